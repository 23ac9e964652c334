//! PATCH, of which the profile allows a part.

use serde_json::{Value, json};

use super::{Line, Step, done, hold, line, refused};
use crate::conformance::proves;
use crate::scim_strict::requests::{ENTERPRISE, group_body, patch, patch_at, post, user_body};

fn one(operation: Value) -> crate::scim_strict::requests::Request {
    patch(&Value::Array(vec![operation]))
}

fn set(op: &str, path: &str, value: &Value) -> Step {
    done(one(json!({ "op": op, "path": path, "value": value })), 200)
}

fn form() -> Vec<Line> {
    let refuse = |operation: Value, scim_type: &'static str| refused(one(operation), 400, scim_type);
    vec![
        line(
            "every operation has a path",
            [
                refuse(json!({ "op": "replace", "value": { "active": false } }), "invalidSyntax"),
                refuse(json!({ "op": "add", "value": { "title": "Dr" } }), "invalidSyntax"),
                refuse(json!({ "op": "remove" }), "invalidSyntax"),
                refuse(json!({ "op": "replace", "path": null, "value": { "active": false } }), "invalidSyntax"),
            ],
        ),
        line(
            "several attributes are changed by an operation each",
            [done(
                patch(&json!([{ "op": "replace", "path": "title", "value": "Dr" },
                               { "op": "replace", "path": "name.givenName", "value": "Augusta" },
                               { "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "R&D" }])),
                200,
            )
            .shows("/title", "Dr")
            .shows("/name/givenName", "Augusta")],
        ),
        line(
            "all of them or none (RFC 7644 section 3.5.2)",
            [
                refused(
                    patch(&json!([{ "op": "replace", "path": "title", "value": "Dr" },
                                  { "op": "replace", "path": "active", "value": "no" }])),
                    400,
                    "invalidValue",
                ),
                done(crate::scim_strict::requests::get("/Users/{user}"), 200).shows("/title", "Countess"),
            ],
        ),
        line(
            "op is add, remove or replace (RFC 7644 section 3.5.2)",
            [
                refuse(json!({ "op": "Replace", "path": "title", "value": "Dr" }), "invalidSyntax"),
                refuse(json!({ "op": "move", "path": "title", "value": "Dr" }), "invalidSyntax"),
            ],
        ),
        line(
            "remove has no value (RFC 7644 section 3.5.2.2)",
            [refuse(json!({ "op": "remove", "path": "emails", "value": [{ "value": "ada@work" }] }), "invalidSyntax")],
        ),
    ]
}

fn singular() -> Vec<Line> {
    vec![
        line(
            "add and replace of a simple attribute are the same",
            [
                set("add", "title", &json!("Dr")).shows("/title", "Dr"),
                set("replace", "title", &json!("Prof")).shows("/title", "Prof"),
                set("replace", "nickName", &json!("A")).shows("/nickName", "A"),
                set("add", "active", &json!(false)).shows("/active", false),
            ],
        ),
        line(
            "replace of a complex attribute replaces all of it",
            [set("replace", "name", &json!({ "givenName": "Augusta" }))
                .shows("/name", json!({ "givenName": "Augusta" }))],
        ),
        line(
            "add to a complex attribute merges",
            [set("add", "name", &json!({ "middleName": "King" }))
                .shows("/name", json!({ "givenName": "Ada", "familyName": "Lovelace", "middleName": "King" }))],
        ),
        line(
            "a sub-attribute is named behind a dot",
            [set("replace", "name.givenName", &json!("Augusta")).shows("/name/familyName", "Lovelace")],
        ),
    ]
}

fn several() -> Vec<Line> {
    let refuse = |op: &str, path: &str, scim_type: &'static str| {
        refused(one(json!({ "op": op, "path": path, "value": { "value": "x@y" } })), 400, scim_type)
    };
    let work = "emails[type eq \"work\"]";
    let bare = json!({ "op": "remove", "path": work });
    vec![
        line(
            "replace of a collection replaces all of it, by an array",
            [
                set("replace", "emails", &json!([{ "value": "new@x" }]))
                    .shows("/emails", json!([{ "value": "new@x" }])),
                refused(
                    one(json!({ "op": "replace", "path": "emails", "value": { "value": "x@y" } })),
                    400,
                    "invalidValue",
                ),
            ],
        ),
        line(
            "add to a collection appends, by an array",
            [
                set("add", "emails", &json!([{ "value": "new@x", "type": "other" }]))
                    .shows("/emails/2/value", "new@x")
                    .shows("/emails/0/value", "ada@work"),
                refused(
                    one(json!({ "op": "add", "path": "emails", "value": { "value": "x@y" } })),
                    400,
                    "invalidValue",
                ),
            ],
        ),
        line(
            "a filter in a path selects a sub-attribute",
            [
                set("replace", &format!("{work}.value"), &json!("new@work"))
                    .shows("/emails/0/value", "new@work")
                    .shows("/emails/1/value", "ada@home"),
                done(one(json!({ "op": "remove", "path": format!("{work}.primary") })), 200)
                    .shows("/emails/0/primary", json!(null)),
            ],
        ),
        line(
            "a filter that selects a whole element is forbidden",
            [
                refuse("replace", work, "invalidPath"),
                refuse("add", work, "invalidPath"),
                refused(one(bare), 400, "invalidPath"),
            ],
        ),
        line(
            "a filter selects one element",
            [
                refuse("replace", "emails[value sw \"ada\"].display", "invalidValue"),
                refused(
                    one(json!({ "op": "replace", "path": "emails[value sw \"ada\"].display", "value": "A" })),
                    400,
                    "invalidFilter",
                ),
            ],
        ),
        line(
            "a filter that selects nothing is noTarget (RFC 7644 section 3.5.2.3)",
            [
                refused(
                    one(json!({ "op": "replace", "path": "emails[type eq \"other\"].value", "value": "x@y" })),
                    400,
                    "noTarget",
                ),
                refused(one(json!({ "op": "remove", "path": "emails[type eq \"other\"].value" })), 400, "noTarget"),
            ],
        ),
    ]
}

fn members() -> Vec<Line> {
    let group = |operations: Value| patch_at("/Groups/{group}", &operations);
    let remove = |path: &str| json!([{ "op": "remove", "path": path }]);
    let add: Vec<Value> =
        (0..60).map(|_| json!({ "op": "add", "path": "members", "value": [{ "value": "{user}" }] })).collect();
    let many: Vec<Value> = (0..60)
        .map(|at| json!({ "op": "remove", "path": format!("members[value eq \"0190d3c4-8f4e-7d9a-b1c2-3d4e5f6071{at:02}\"]") }))
        .chain([json!({ "op": "remove", "path": "members[value eq \"{user}\"]" })])
        .collect();
    vec![
        line(
            "a member is removed by its value, the one filter without a sub-attribute that is taken",
            [done(group(remove("members[value eq \"{user}\"]")), 200)
                .shows("/members/0/value", "{other}")
                .shows("/members/1", json!(null))],
        ),
        line(
            "of members, too, a filter selects one",
            [
                refused(group(remove("members[value eq \"{user}\" or value eq \"{other}\"]")), 400, "invalidFilter"),
                refused(group(remove("members[type eq \"User\"]")), 400, "invalidFilter"),
            ],
        ),
        line(
            "the list of members is replaced, by an array",
            [
                done(group(json!([{ "op": "replace", "path": "members", "value": [{ "value": "{other}" }] }])), 200)
                    .shows("/members/1", json!(null)),
                refused(
                    group(json!([{ "op": "replace", "path": "members", "value": { "value": "{other}" } }])),
                    400,
                    "invalidValue",
                ),
            ],
        ),
        line(
            "a member is given by its value",
            [
                refused(
                    group(json!([{ "op": "add", "path": "members", "value": [{ "$ref": "../Users/{user}" }] }])),
                    400,
                    "invalidValue",
                ),
                refused(group(json!([{ "op": "add", "path": "members", "value": ["{user}"] }])), 400, "invalidValue"),
            ],
        ),
        line(
            "an unknown member is refused and named, and nothing is applied",
            [
                refused(
                    group(json!([{ "op": "remove", "path": "members[value eq \"{user}\"]" },
                                 { "op": "add", "path": "members", "value": [{ "value": "nobody" }] }])),
                    400,
                    "invalidValue",
                ),
                done(crate::scim_strict::requests::get("/Groups/{group}"), 200).shows("/members/1/type", "User"),
            ],
        ),
        line(
            "IPSIE: 50 operations on members in one PATCH, and more",
            [
                done(group(Value::Array(add)), 200).shows("/members/2", json!(null)),
                done(group(Value::Array(many)), 200).shows("/members/0/value", "{other}"),
            ],
        ),
        line(
            "IPSIE: a group is made empty and filled by PATCH",
            [
                done(post("/Users", &user_body(&json!({}))), 201).save("{new}"),
                done(post("/Groups", &group_body(&json!({}))), 201).save("{team}"),
                done(
                    patch_at(
                        "/Groups/{team}",
                        &json!([{ "op": "add", "path": "members", "value": [{ "value": "{new}" }] }]),
                    ),
                    200,
                )
                .shows("/members/0/value", "{new}"),
            ],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_of_operations() {
    let _proof = proves(&["I-16", "S-6"]);
    hold("form", form()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_of_one_value() {
    let _proof = proves(&["I-17", "I-18"]);
    hold("singular", singular()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_of_several_values() {
    let _proof = proves(&["I-19", "I-20", "I-21", "12.38"]);
    hold("several", several()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_groups() {
    let _proof = proves(&["T18", "S-16", "S-18"]);
    hold("members", members()).await;
}
