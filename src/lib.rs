//! Convoke: an identity provisioning server.
//!
//! Identity providers push users and groups in over SCIM 2.0; administrators and their programs manage the same groups
//! over native REST APIs; everything lives in one Postgres.
//!
//! # Rooms, and who may import whom
//!
//! | room | what it is for | may import |
//! |---|---|---|
//! | [`model`] | pure nouns: ids, users, groups, principals, filters, pages | nothing of ours |
//! | [`schema`] | SCIM attribute definitions; paths, filters, documents checked against them | `model` |
//! | [`postgres`] | finds, fetches, starts and supervises a private Postgres | nothing of ours |
//! | [`store`] | the only room that speaks SQL | `model` |
//! | [`auth`] | credentials to principals to scopes | `model`, `store` |
//! | [`domain`] | the verbs: rules, transactions, events | `model`, `schema`, `store` |
//! | [`metrics`] | what is counted and timed, for monitoring | `model` |
//! | [`edge`] | the network's edge: connections, TLS, proxies, limits | `model`, `metrics` |
//! | [`api`] | one room a protocol facade: they translate, the domain decides | `model`, `schema`, `auth`, `domain`, `edge`, `metrics` |
//! | [`telemetry`] | log lines: set-up and field names | `config`, `model` |
//! | [`config`] | settings from flags, environment and file | `model` |
//! | [`app`] | composition root | everything except `cli` |
//! | [`cli`] | one file per command | `app`, `config`, `domain`, `model`, `postgres`, `telemetry` |
//!
//! `tests/it/layering.rs` holds the code to this table.

pub mod api;
pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod domain;
pub mod edge;
pub mod metrics;
pub mod model;
pub mod postgres;
pub mod schema;
pub mod store;
pub mod telemetry;
