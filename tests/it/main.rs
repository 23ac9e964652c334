//! Everything that needs a real database, the real listener or the real program, in one binary. Each test owns what it
//! works on, so all of them run at once.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, also in its helpers")]

mod accounts;
mod auth_admin;
mod canary;
mod catalogue;
mod cli;
mod concurrency;
mod conformance;
mod credentials;
mod directory;
mod domain;
mod durability;
mod edge;
mod launch;
mod layering;
mod matrix;
mod metrics;
mod migrations;
mod native_docs;
mod native_table;
mod oauth;
mod protocol;
mod replay;
mod row_security;
mod scale;
mod scim;
mod scim_bulk;
mod scim_filters;
mod scim_lists;
mod scim_me;
mod scim_patch;
mod scim_schemas;
mod scim_strict;
mod servers;
mod settled;
mod siblings;
mod support;
#[path = "../tap/mod.rs"]
mod tap;
mod tenants;
