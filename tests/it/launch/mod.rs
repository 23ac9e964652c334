//! The Launch API over HTTP: what it answers, and what it refuses and how.

mod access;
mod document;
mod groups;
mod lists;
mod members;

use serde_json::{Value, json};

use crate::support::TestServer;

const GROUPS: &str = "/api/admin/groups/";

/// Creates a user over SCIM and gives its id.
async fn user(server: &TestServer, user_name: &str) -> String {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name,
        "displayName": user_name.to_uppercase(), "emails": [{ "value": format!("{user_name}@example.com") }],
    });
    id(&server.post("/scim/v2/Users", &body).await.expect(201))
}

/// Creates a group and gives its id.
async fn group(server: &TestServer, body: Value) -> String {
    id(&server.post(GROUPS, &body).await.expect(201))
}

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

/// Creates a scope set and gives its id.
async fn scope_set(server: &TestServer, name: &str, scopes: &[&str]) -> String {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    server.domain.create_scope_set(&server.tenant, name, &scopes).await.unwrap().id.to_string()
}

/// `loc` and `type` of each fault.
fn faults(body: &Value) -> Vec<(Value, String)> {
    let all = body["detail"].as_array().unwrap();
    all.iter().map(|fault| (fault["loc"].clone(), fault["type"].as_str().unwrap().to_owned())).collect()
}
