//! Requests as rows of a table: exactly what is sent, so that a row shows the whole deviation it is about.

use serde_json::{Value, json};

pub(super) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(super) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(super) const OWN_GROUP: &str = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";
pub(super) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(super) const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
pub(super) const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub(super) const SCIM_JSON: &str = "application/scim+json";

/// One request. `{user}`, `{USER}`, `{other}`, `{group}` in path and body stand for ids of the tenant it is sent to.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: &'static str,
    /// Below the SCIM base, encoded.
    pub(super) path: String,
    pub(super) content_type: Option<&'static str>,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<String>,
}

impl Request {
    pub(super) fn new(method: &'static str, path: impl Into<String>) -> Self {
        let content_type = Some(SCIM_JSON);
        Self { method, path: path.into(), content_type, headers: Vec::new(), body: None }
    }

    /// Sends the body as something else than SCIM, or as nothing in particular.
    pub(super) fn typed(self, content_type: impl Into<Option<&'static str>>) -> Self {
        Self { content_type: content_type.into(), ..self }
    }

    /// A header; an `authorization` takes the place of the tenant's own.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The body as text: rows need to be able to get it wrong.
    pub(super) fn body(self, body: impl Into<String>) -> Self {
        Self { body: Some(body.into()), ..self }
    }
}

pub(super) fn get(path: impl Into<String>) -> Request {
    Request::new("GET", path)
}

pub(super) fn delete(path: impl Into<String>) -> Request {
    Request::new("DELETE", path)
}

pub(super) fn post(path: impl Into<String>, body: &Value) -> Request {
    Request::new("POST", path).body(body.to_string())
}

pub(super) fn put(path: impl Into<String>, body: &Value) -> Request {
    Request::new("PUT", path).body(body.to_string())
}

/// PATCH of the user with these operations.
pub(super) fn patch(operations: &Value) -> Request {
    patch_at("/Users/{user}", operations)
}

pub(super) fn patch_at(path: &str, operations: &Value) -> Request {
    let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
    Request::new("PATCH", path).body(body.to_string())
}

/// A list of users with a filter.
pub(super) fn filter(text: &str) -> Request {
    filter_at("Users", text)
}

pub(super) fn filter_at(endpoint: &str, text: &str) -> Request {
    let encoded: String = text.chars().map(encoded).collect();
    get(format!("/{endpoint}?filter={encoded}"))
}

/// Braces stay: what they name is filled in later, and needs no encoding.
fn encoded(c: char) -> String {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '{' | '}' => c.to_string(),
        other => other.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
    }
}

/// The body of a user, with what makes it one and these attributes.
pub(super) fn user_body(attributes: &Value) -> Value {
    with(json!({ "schemas": [USER], "userName": "new" }), attributes)
}

/// The body of a group.
pub(super) fn group_body(attributes: &Value) -> Value {
    with(json!({ "schemas": [GROUP], "displayName": "new" }), attributes)
}

fn with(mut body: Value, attributes: &Value) -> Value {
    let parts = body.as_object_mut().expect("an object");
    parts.extend(attributes.as_object().expect("an object").clone());
    body
}

/// A Bulk of these operations.
pub(super) fn bulk(operations: &Value) -> Request {
    post("/Bulk", &json!({ "schemas": [BULK], "Operations": operations }))
}
