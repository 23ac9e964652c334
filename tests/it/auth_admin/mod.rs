//! The Auth-Admin API over HTTP: what its eight endpoints answer, whom they let in, and what their document says.

mod document;
mod groups;
mod refusals;
mod tenants;
mod users;

use serde_json::{Value, json};

use crate::support::TestServer;

const GROUPS: &str = "/auth/admin/group";

/// The path of the groups, or of one of them, with the tenant named.
fn path(server: &TestServer, rest: &str) -> String {
    let sign = if rest.contains('?') { '&' } else { '?' };
    format!("{GROUPS}{rest}{sign}tenant_id={}", server.tenant.id)
}

/// A body with the tenant named.
fn body(server: &TestServer, mut fields: Value) -> Value {
    fields["tenant_id"] = json!(server.tenant.id.to_string());
    fields
}

/// Creates a group; its integer id.
async fn create(server: &TestServer, name: &str) -> i64 {
    let answer = server.post(GROUPS, &body(server, json!({ "groups": [name] }))).await.expect(201);
    answer["groups"][0]["id"].as_i64().expect("an integer")
}
