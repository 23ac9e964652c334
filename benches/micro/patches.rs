//! PATCH, from the body to the changed document or to what changes of the members, in the words of each client.

use convoke::api::scim::patch::{Patch, parse};
use convoke::schema::input::Input;
use convoke::schema::resource_type::ResourceType;
use convoke::schema::{Document, Mode};
use divan::{Bencher, black_box};
use serde_json::{Value, json};

use super::case::Case;
use super::material::{ENTERPRISE, SCHEMAS, document, ids};

fn body(operations: &Value) -> String {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }).to_string()
}

/// What Entra ID, Okta and others send about a user.
fn of_user() -> [Case<String>; 4] {
    [
        Case::new(
            "Entra ID, add and replace by path",
            body(&json!([
                { "op": "Add", "path": "nickName", "value": "Q" },
                { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@example.com" },
                { "op": "Replace", "path": "active", "value": "False" },
                { "op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Sales" },
            ])),
        ),
        Case::new("Okta, without a path", body(&json!([{ "op": "replace", "value": { "active": false } }]))),
        Case::new(
            "Okta, several without a path",
            body(
                &json!([{ "op": "replace", "value": { "title": "Lead", "name.givenName": "P", "displayName": "P" } }]),
            ),
        ),
        Case::new(
            "value path, element replaced",
            body(&json!([{ "op": "replace", "path": "phoneNumbers[type eq \"mobile\"]",
                "value": { "type": "mobile", "value": "tel:+44-20-7946-0003" } }])),
        ),
    ]
}

/// Changes of a hundred members of a group.
fn of_members() -> [Case<String>; 3] {
    let ids = ids(100);
    let each: Value =
        ids.iter().map(|id| json!({ "op": "Add", "path": "members", "value": [{ "value": id }] })).collect();
    let all: Value = ids.iter().map(|id| json!({ "value": id })).collect();
    let remove = |id| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") });
    let removed: Value = ids.iter().map(remove).collect();
    [
        Case::new("Entra ID, 100 operations of one", body(&each)),
        Case::new("one operation of 100", body(&json!([{ "op": "add", "path": "members", "value": all }]))),
        Case::new("Okta, 100 removals by value path", body(&removed)),
    ]
}

fn read(body: &str, resource_type: &ResourceType) -> Patch {
    parse(Input::parse(body.as_bytes()).unwrap(), resource_type, Mode::Compat).unwrap()
}

#[divan::bench(args = of_user())]
fn of_a_user(bencher: Bencher<'_, '_>, body: &Case<String>) {
    let Value::Object(full) = document(1) else { unreachable!("a user is an object") };
    bencher.with_inputs(|| full.clone()).bench_values(|mut document: Document| {
        read(black_box(&body.of), SCHEMAS.user()).apply(SCHEMAS.user(), "id", &mut document).unwrap();
        document
    });
}

#[divan::bench(args = of_members())]
fn of_a_hundred_members(body: &Case<String>) -> Patch {
    read(black_box(&body.of), SCHEMAS.group())
}
