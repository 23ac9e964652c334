//! Pure nouns: what the product talks about, with no I/O, no SQL and no HTTP. Everything else may import this room; it
//! imports nothing of ours.

pub mod attributes;
pub mod clock;
pub mod connections;
pub mod event;
pub mod filter;
pub mod fold;
pub mod grants;
pub mod group;
pub mod ids;
pub mod issuer;
pub mod jwk;
pub mod leniency;
pub mod listing;
pub mod membership;
pub mod page;
pub mod principal;
pub mod rate;
pub mod redact;
pub mod replica;
pub mod settings;
pub mod tenant;
pub mod tenant_hosts;
pub mod token;
pub mod user;
pub mod version;
