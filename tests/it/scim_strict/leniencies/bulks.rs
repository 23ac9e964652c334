//! Bulk.

use convoke::schema::leniency::Leniency;
use serde_json::{Value, json};

use super::{Row, row, syntax, value};
use crate::scim_strict::requests::{BULK, GROUP, PATCH_OP, bulk, group_body, post, user_body};

/// A Bulk answers 200 for the operations it could read; the refusal is that operation's.
pub(super) fn bulks() -> Vec<Row> {
    let one = |operation: Value| bulk(&json!([operation]));
    let operations = json!([{ "op": "replace", "path": "title", "value": "Dr" }]);
    let message = json!({ "schemas": [PATCH_OP], "Operations": operations });
    let user = user_body(&json!({}));
    let new_group = |member: &str| {
        let group = group_body(&json!({ "members": [{ "value": member }] }));
        bulk(&json!([{ "method": "POST", "bulkId": "u", "path": "/Users", "data": user },
                     { "method": "POST", "bulkId": "g", "path": "/Groups", "data": group }]))
    };
    vec![
        row(
            Leniency::MethodCase,
            one(json!({ "method": "patch", "path": "/Users/{user}", "data": message })),
            200,
            syntax(&["method", "patch", "PATCH"]),
        ),
        row(
            Leniency::BulkPathForm,
            one(json!({ "method": "PATCH", "path": "Users/{user}", "data": message })),
            200,
            value(&["path", "relative to the base URL", "/Users"]),
        ),
        row(Leniency::BulkIdCase, new_group("bulkid:u"), 200, value(&["bulkId:"])),
        row(
            Leniency::OperationsWithoutMessage,
            one(json!({ "method": "PATCH", "path": "/Users/{user}", "data": operations })),
            200,
            syntax(&["data", "an array", "an object"]),
        )
        .with(&[Leniency::MissingMessageSchema]),
        row(
            Leniency::UnknownAttribute,
            one(json!({ "method": "PATCH", "path": "/Users/{user}", "data": message, "note": 1 })),
            200,
            syntax(&["note", "leave it out"]),
        ),
        row(
            Leniency::EndpointCase,
            one(json!({ "method": "PATCH", "path": "/users/{user}", "data": message })),
            200,
            value(&["/users/", "/Users"]),
        ),
        row(
            Leniency::MissingMessageSchema,
            post("/Bulk", &json!({ "Operations": [] })),
            200,
            syntax(&["schemas", BULK]),
        ),
        row(
            Leniency::MissingSchemas,
            one(json!({ "method": "POST", "bulkId": "x", "path": "/Groups", "data": { "displayName": "n" } })),
            200,
            syntax(&["schemas", GROUP]),
        ),
    ]
}
