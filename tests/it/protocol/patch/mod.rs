//! Section 12: PATCH, in tables. A row is a user, operations on it, and what must come of them.

mod verbs;

use serde_json::{Value, json};

use super::{ENTERPRISE, SEARCH, USER, like, refused, start, start_strict};
use crate::conformance::proves;
use crate::scim::client::{Client, PATCH_OP};

/// What a row must lead to.
enum Becomes {
    /// 200, and the resource like this.
    Like(Value),
    /// 200, and the resource as it was, version and all.
    Same,
    /// 400 with this `scimType`, and the resource as it was.
    Refused(&'static str),
}

use Becomes::{Like, Refused, Same};

/// Ada, with something of every kind.
fn ada(strict: bool) -> Value {
    let mut user = json!({
        "userName": "ada", "title": "T", "name": { "givenName": "A", "familyName": "L" },
        "emails": [{ "value": "w@x", "type": "work", "primary": true }, { "value": "h@x", "type": "home" }],
        "phoneNumbers": [{ "value": "1", "type": "work" }, { "value": "2", "type": "work" }],
        ENTERPRISE: { "department": "D" },
    });
    if strict {
        user["schemas"] = json!([USER, ENTERPRISE]);
    }
    user
}

/// Holds each row, each on an Ada of its own.
async fn hold(client: &Client, strict: bool, rows: Vec<(Value, Becomes)>) {
    for (operations, becomes) in rows {
        let path = format!("/Users/{}", client.created("/Users", ada(strict)).await);
        let before = client.get(&path).await.expect(200);
        let answer = client.patch(&path, operations.clone()).await;
        let shown = format!("{operations}\n{}", answer.text);
        match becomes {
            Like(expected) => {
                let differences = crate::replay::matcher::differences(&expected, Some(&answer.body));
                assert!(answer.status == 200 && differences.is_empty(), "{}\n{shown}", differences.join("\n"));
                assert_ne!(answer.body["meta"]["version"], before["meta"]["version"], "{shown}");
                assert_eq!(client.get(&path).await.expect(200), answer.body, "{shown}");
            }
            Same => assert_eq!((answer.status, &answer.body), (200, &before), "{shown}"),
            Refused(scim_type) => {
                assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!(scim_type)), "{shown}");
                assert_eq!(client.get(&path).await.expect(200), before, "{shown}");
            }
        }
        client.delete(&path).await.expect(204);
    }
}

fn add(path: &str, value: impl Into<Value>) -> Value {
    json!({ "op": "add", "path": path, "value": value.into() })
}

fn remove(path: &str) -> Value {
    json!({ "op": "remove", "path": path })
}

fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!({ "op": "replace", "path": path, "value": value.into() })
}

fn work(value: &str) -> Value {
    json!({ "value": value, "type": "work" })
}

fn home() -> Value {
    json!({ "value": "h@x", "type": "home" })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_message() {
    let _proof = proves(&["12.1", "12.2", "12.3", "6.11"]);
    let title = json!([{ "op": "replace", "path": "title", "value": "U" }]);
    let message = |schemas: Value, operations: Value| json!({ "schemas": schemas, "Operations": operations });
    for strict in [false, true] {
        let (_site, client) = if strict { start_strict().await } else { start().await };
        let path = format!("/Users/{}", client.created("/Users", ada(strict)).await);
        let wrong = [
            message(json!([SEARCH]), title.clone()),
            message(json!([USER]), title.clone()),
            json!({ "schemas": [PATCH_OP] }),
            message(json!([PATCH_OP]), json!({})),
            message(json!([PATCH_OP]), json!("replace")),
            message(json!([PATCH_OP]), json!([1])),
            message(json!([PATCH_OP]), json!([{ "path": "title", "value": "U" }])),
            message(json!([PATCH_OP]), json!([{ "op": "set", "path": "title", "value": "U" }])),
            message(json!([PATCH_OP]), json!([{ "op": 1, "path": "title", "value": "U" }])),
            json!([]),
        ];
        for body in &wrong {
            refused(client.send("PATCH", &path, Some(body)).await, 400, "invalidSyntax", &[]);
        }
        let lenient = [json!({ "Operations": title }), message(json!([PATCH_OP]), json!([]))];
        for body in &lenient {
            let answer = client.send("PATCH", &path, Some(body)).await;
            if strict { refused(answer, 400, "invalidSyntax", &[]) } else { drop(answer.expect(200)) }
        }
        let asked = client.patch(&format!("{path}?attributes=title"), json!([replace("title", "V")])).await;
        like(&asked.expect(200), &json!({ "title": "V", "userName": "@absent" }));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_follow_one_another() {
    let _proof = proves(&["12.4", "12.5", "12.6"]);
    let (_site, client) = start().await;
    let division = format!("{ENTERPRISE}:division");
    let department = format!("{ENTERPRISE}:department");
    let rows = vec![
        (json!([replace("title", "U"), remove("title")]), Like(json!({ "title": "@absent" }))),
        (
            json!([add("emails", work("n@x")), replace("emails[value eq \"n@x\"].type", "other")]),
            Like(json!({ "emails": { "@contains": [{ "value": "n@x", "type": "other" }] } })),
        ),
        (
            json!([remove("name"), add("name.givenName", "B")]),
            Like(json!({ "name": { "@exactly": { "givenName": "B" } } })),
        ),
        (json!([replace("title", "U"), replace("title", "T")]), Same),
        (json!([replace("title", "U"), replace("active", "maybe")]), Refused("invalidValue")),
        (json!([remove("emails"), remove("userName")]), Refused("mutability")),
        (json!([add("nickName", "N"), replace("stranger", 1)]), Refused("invalidPath")),
        (json!([remove(&department)]), Like(json!({ "schemas": [USER], ENTERPRISE: "@absent" }))),
        (
            json!([remove(ENTERPRISE), add(&division, "V")]),
            Like(json!({ "schemas": { "@contains": [ENTERPRISE] }, ENTERPRISE: { "@exactly": { "division": "V" } } })),
        ),
    ];
    hold(&client, false, rows).await;
    let bare = format!("/Users/{}", client.user("bare").await);
    like(&client.get(&bare).await.expect(200), &json!({ "schemas": [USER] }));
    let patched = client.patch(&bare, json!([add(&division, "V")])).await.expect(200);
    like(&patched, &json!({ "schemas": { "@unordered": [USER, ENTERPRISE] } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_value_is_primary() {
    let _proof = proves(&["12.7", "12.8"]);
    let (_site, client) = start().await;
    let only = |value: &str| {
        let primaries = ["w@x", "h@x", "n@x"].into_iter().filter(|known| *known != value);
        let mut all: Vec<Value> =
            primaries.map(|other| json!({ "@not": { "value": other, "primary": true } })).collect();
        all.push(json!({ "@not": { "value": value, "primary": false } }));
        Like(
            json!({ "emails": { "@all": [{ "@contains": [{ "value": value, "primary": true }] }, { "@every": { "@all": all } }] } }),
        )
    };
    let new = json!({ "value": "n@x", "primary": true });
    let two = json!([{ "value": "a", "primary": true }, { "value": "b", "primary": true }]);
    let rows = vec![
        (json!([add("emails", json!([new]))]), only("n@x")),
        (json!([add("emails", new.clone())]), only("n@x")),
        (json!([{ "op": "add", "value": { "emails": [new] } }]), only("n@x")),
        (json!([add("emails[type eq \"home\"]", json!({ "primary": true }))]), only("h@x")),
        (json!([add("emails[type eq \"home\"].primary", true)]), only("h@x")),
        (json!([replace("emails[type eq \"home\"].primary", true)]), only("h@x")),
        (
            json!([replace("emails[type eq \"home\"]", json!({ "value": "h@x", "type": "home", "primary": true }))]),
            only("h@x"),
        ),
        (json!([replace("emails", json!([work("w@x"), new]))]), only("n@x")),
        (json!([add("emails", two.clone())]), Refused("invalidValue")),
        (json!([replace("emails", two.clone())]), Refused("invalidValue")),
        (json!([{ "op": "replace", "value": { "emails": two } }]), Refused("invalidValue")),
    ];
    hold(&client, false, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_come_before_the_body() {
    let _proof = proves(&["12.9"]);
    let (site, client) = start().await;
    let path = format!("/Users/{}", client.user("u").await);
    let reader = Client::new(&site.server.base_url, &site.token(&["scim:read"]).await);
    for body in [json!({}), json!([]), json!({ "Operations": [{ "op": "replace", "path": "stranger", "value": 1 }] })] {
        let answer = reader.send("PATCH", &path, Some(&body)).await.expect(403);
        assert!(!answer.to_string().contains("stranger"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_and_values_that_do_not_fit() {
    let _proof = proves(&["12.10", "12.11", "12.13", "4.9"]);
    let (_site, client) = start().await;
    let mut rows: Vec<(Value, Becomes)> = Vec::new();
    for path in
        ["stranger", "name.stranger", "userName.x", "a b", "emails]", "1", "urn:x:y:User:z", ".title", "members", USER]
    {
        rows.push((json!([replace(path, "x")]), Refused("invalidPath")));
    }
    for path in
        ["emails[", "emails[]", "emails[type]", "emails[type eq]", "emails[type is \"work\"]", "emails[stranger eq 1]"]
    {
        rows.push((json!([replace(&format!("{path}.value"), "x")]), Refused("invalidFilter")));
        rows.push((json!([remove(path)]), Refused("invalidFilter")));
    }
    for (path, value) in [
        ("active", json!("maybe")),
        ("active", json!({})),
        ("title", json!({ "a": 1 })),
        ("name", json!("x")),
        ("name.givenName", json!({})),
        ("emails", json!([{ "value": {} }])),
        ("emails[type eq \"work\"].primary", json!("perhaps")),
    ] {
        rows.push((json!([replace(path, value.clone())]), Refused("invalidValue")));
        rows.push((json!([add(path, value)]), Refused("invalidValue")));
    }
    for path in ["title", "name", "emails", "emails[type eq \"work\"].value"] {
        rows.push((json!([{ "op": "add", "path": path }]), Refused("invalidValue")));
        rows.push((json!([{ "op": "replace", "path": path }]), Refused("invalidValue")));
    }
    for path in ["id", "meta", "meta.created", "groups"] {
        rows.push((json!([replace(path, "x")]), Refused("mutability")));
        rows.push((json!([remove(path)]), Refused("mutability")));
    }
    hold(&client, false, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_filter_on_a_single_value() {
    let _proof = proves(&["12.12"]);
    let manager = format!("{ENTERPRISE}:manager");
    let with = json!([add(&manager, json!({ "value": "m" }))]);
    for (strict, path) in [(false, "manager[value eq \"m\"]".to_owned()), (true, format!("{manager}[value eq \"m\"]"))]
    {
        let (_site, client) = if strict { start_strict().await } else { start().await };
        let user = format!("/Users/{}", client.created("/Users", ada(strict)).await);
        client.patch(&user, with.clone()).await.expect(200);
        let answer = client.patch(&user, json!([remove(&path)])).await;
        if strict {
            refused(answer, 400, "invalidPath", &["manager"]);
        } else {
            like(&answer.expect(200), &json!({ ENTERPRISE: { "@exactly": { "department": "D" } } }));
        }
    }
}
