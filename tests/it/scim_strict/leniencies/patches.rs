//! PATCH, and the members of groups.

use convoke::schema::leniency::Leniency;
use serde_json::{Value, json};

use super::{Row, Strict, filtered, path, row, syntax, value};
use crate::scim_strict::requests::{ENTERPRISE, OWN_GROUP, group_body, patch, patch_at, put};

pub(super) fn patches() -> Vec<Row> {
    let one = |operation: Value| patch(&json!([operation]));
    let replace = |path: &str, value: Value| one(json!({ "op": "replace", "path": path, "value": value }));
    let group = |operation: Value| patch_at("/Groups/{group}", &json!([operation]));
    let work = "emails[type eq \"work\"]";
    let home = json!({ "streetAddress": "1 Main St" });
    let own_id = json!({ "op": "replace", "value": { "id": "{user}", "title": "Dr" } });
    let in_value = json!({ "isPrivileged": true, "description": "d" });
    vec![
        row(
            Leniency::CapitalisedOperation,
            one(json!({ "op": "Replace", "path": "title", "value": "Dr" })),
            200,
            syntax(&["\"op\"", "Replace", "written \"replace\""]),
        ),
        row(Leniency::EmptyOperations, patch(&json!([])), 200, syntax(&["Operations", "at least one"])),
        row(
            Leniency::PathlessOperation,
            one(json!({ "op": "replace", "value": { "active": false } })),
            200,
            syntax(&["\"path\"", "name the attribute in it"]),
        ),
        row(
            Leniency::EmptyPath,
            one(json!({ "op": "replace", "path": " ", "value": { "title": "Dr" } })),
            200,
            path(&["\"path\"", "empty", "name the attribute in it"]),
        ),
        row(
            Leniency::BareValuePath,
            one(json!({ "op": "remove", "path": work })),
            200,
            path(&["emails[type eq \"work\"]", "name a sub-attribute"]),
        ),
        row(
            Leniency::SeveralSelected,
            replace("emails[value sw \"ada\"].display", json!("Ada")),
            200,
            filtered(&["emails[value sw \"ada\"].display", "select one"]),
        ),
        row(
            Leniency::MergedReplace,
            replace("name", json!({ "givenName": "Augusta" })),
            200,
            Strict::Differs {
                path: "/Users/{user}",
                at: "/name/familyName",
                compat: json!("Lovelace"),
                strict: Value::Null,
            },
        ),
        row(Leniency::IdInValue, one(own_id), 200, syntax(&["\"path\""])).with(&[Leniency::PathlessOperation]),
        row(
            Leniency::ReadOnlyInValue,
            group(json!({ "op": "add", "path": OWN_GROUP, "value": in_value })),
            200,
            Strict::Refused(400, Some("mutability"), &["isPrivileged", "readOnly", "leave it out"]),
        ),
        row(
            Leniency::RemoveWithValue,
            group(json!({ "op": "remove", "path": "members", "value": [{ "value": "{user}" }] })),
            200,
            syntax(&["members", "\"value\"", "members[value eq \"id\"]"]),
        ),
        row(
            Leniency::FilterOnSingleValue,
            one(json!({ "op": "remove", "path": format!("{ENTERPRISE}:manager[value eq \"m\"]") })),
            200,
            path(&["manager", "without brackets"]),
        ),
        row(
            Leniency::CreatedFromFilter,
            replace("phoneNumbers[type eq \"work\"].value", json!("1")),
            200,
            Strict::Refused(400, Some("noTarget"), &["phoneNumbers[type eq \"work\"].value", "add"]),
        ),
        row(
            Leniency::KeptFilterTerms,
            replace("emails[type eq \"work\"]", json!({ "value": "new@work" })),
            200,
            path(&["emails[type eq \"work\"]", "name a sub-attribute"]),
        )
        .with(&[Leniency::BareValuePath]),
        row(
            Leniency::MemberByReference,
            group(json!({ "op": "add", "path": "members", "value": [{ "$ref": "../Users/{user}" }] })),
            200,
            value(&["members", "\"value\"", "give the id"]),
        ),
        row(
            Leniency::MalformedMember,
            group(json!({ "op": "add", "path": "members", "value": [{ "value": "nobody" }] })),
            200,
            value(&["members", "nobody", "no user or group"]),
        ),
        row(
            Leniency::MembersNotAsserted,
            put("/Groups/{group}", &group_body(&json!({}))),
            200,
            Strict::Differs {
                path: "/Groups/{group}",
                at: "/members/1/type",
                compat: json!("User"),
                strict: Value::Null,
            },
        ),
        row(
            Leniency::UnknownSchema,
            one(json!({ "op": "add", "path": "schemas", "value": ["urn:x"] })),
            200,
            syntax(&["schemas", "urn:x", "leave it out"]),
        ),
        row(
            Leniency::PasswordDropped,
            replace("password", json!("secret-9")),
            200,
            path(&["password", "leave it out"]),
        ),
        row(
            Leniency::NonCanonicalValue,
            replace("addresses", json!([home, { "type": "office", "locality": "L" }])),
            200,
            value(&["addresses.type", "office", "work, home, other"]),
        ),
    ]
}
