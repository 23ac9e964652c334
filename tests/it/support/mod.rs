//! What tests stand on.
//!
//! - [`TestServer`]: the whole server on a real listener in this process, on a database of its own, with a tenant and a
//!   token. It is also a [`Client`]:
//!   `TestServer::start().await.post("/scim/v2/Users", &json!({..})).await.expect(201)`.
//! - [`database`]: a migrated database of a test's own.
//! - [`Program`]: the real binary, for the command line and for what survives `kill -9`.
//!
//! Tests are `#[tokio::test(flavor = "multi_thread", worker_threads = 2)]`.

mod client;
mod database;
mod people;
mod program;
mod server;
mod tests;

pub(crate) use client::{Answer, Client};
pub(crate) use database::{database, sql};
pub(crate) use program::{Program, Ran, Served};
pub(crate) use server::{Setup, TestServer, issue};
