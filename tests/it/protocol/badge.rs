//! An operator's own extension of users and one of groups, with every type and every characteristic, as files in a folder.

use convoke::schema::registry::Registry;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scim::client::Client;
use crate::scim::site::Site;
use crate::support::Setup;

pub(crate) const BADGE: &str = "urn:example:params:scim:schemas:extension:badge:2.0:User";
pub(crate) const CREW: &str = "urn:example:params:scim:schemas:extension:crew:2.0:Group";

/// An attribute that differs from the usual one by `more`.
fn attribute(name: &str, kind: &str, more: &Value) -> Value {
    let mut attribute = json!({ "name": name, "type": kind, "multiValued": false, "description": name, "required": false,
        "mutability": "readWrite", "returned": "default" });
    attribute.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    attribute
}

fn badge() -> Value {
    let simple = || json!({});
    let seat = json!([
        attribute("building", "string", &json!({ "required": true })),
        attribute("floor", "integer", &simple()),
        attribute("since", "dateTime", &simple()),
    ]);
    let desks = json!([
        attribute("value", "string", &json!({ "caseExact": true })),
        attribute("display", "string", &simple()),
        attribute("type", "string", &json!({ "canonicalValues": ["desk", "bench"] })),
        attribute("primary", "boolean", &simple()),
        attribute("$ref", "reference", &json!({ "referenceTypes": ["external"] })),
        attribute("height", "decimal", &simple()),
    ]);
    schema(
        BADGE,
        &json!([
            attribute("code", "string", &json!({ "required": true, "caseExact": true })),
            attribute("label", "string", &json!({ "canonicalValues": ["red", "blue"] })),
            attribute("level", "integer", &simple()),
            attribute("ratio", "decimal", &simple()),
            attribute("trained", "boolean", &simple()),
            attribute("issuedAt", "dateTime", &simple()),
            attribute("photo", "binary", &simple()),
            attribute("page", "reference", &json!({ "referenceTypes": ["external"] })),
            attribute("seat", "complex", &json!({ "subAttributes": seat })),
            attribute("tags", "string", &json!({ "multiValued": true })),
            attribute("desks", "complex", &json!({ "multiValued": true, "subAttributes": desks })),
            attribute("serial", "string", &json!({ "mutability": "immutable" })),
            attribute("secret", "string", &json!({ "mutability": "writeOnly", "returned": "never" })),
            attribute("printed", "dateTime", &json!({ "mutability": "readOnly" })),
            attribute("note", "string", &json!({ "returned": "request" })),
            attribute("pinned", "string", &json!({ "returned": "always" })),
        ]),
    )
}

fn crew() -> Value {
    schema(CREW, &json!([attribute("leads", "string", &json!({ "multiValued": true, "required": true }))]))
}

fn schema(urn: &str, attributes: &Value) -> Value {
    let name = urn.rsplit(':').nth(2).unwrap();
    json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": urn, "name": name, "description": name,
        "attributes": attributes })
}

fn folder(schemas: &[(&str, Value)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, schema) in schemas {
        std::fs::write(folder.path().join(name), schema.to_string()).unwrap();
    }
    folder
}

/// A server that has both extensions, and a client of its tenant.
pub(crate) async fn start(settings: &'static [&'static str]) -> (Site, Client) {
    let folder = folder(&[("badge.json", badge()), ("crew.json", crew())]);
    let schema_dir = Some(folder.path().to_owned());
    let site = Site::set_up(Setup { schema_dir, settings, ..Setup::default() }).await;
    let client = site.client().await;
    (site, client)
}

/// A user with a badge.
pub(crate) fn user(name: &str, badge: &Value) -> Value {
    let mut user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", BADGE], "userName": name });
    user[BADGE] = json!({ "code": name });
    user[BADGE].as_object_mut().unwrap().extend(badge.as_object().unwrap().clone());
    user
}

/// Why a server with this attribute beside the others does not start.
pub(crate) fn refusal_of(broken: Value) -> String {
    let mut schema = badge();
    schema["attributes"].as_array_mut().unwrap().push(broken);
    let folder = folder(&[("broken.json", schema)]);
    Registry::load(Some(folder.path())).unwrap_err().to_string()
}

/// Creates a user with a badge; its path.
pub(crate) async fn user_with(client: &Client, name: &str, badge: Value) -> String {
    format!("/Users/{}", client.created("/Users", user(name, &badge)).await)
}
