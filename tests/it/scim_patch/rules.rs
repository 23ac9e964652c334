//! Rules of RFC 7644 section 3.5.2 one by one, in both modes, where it matters what a client is told.

use serde_json::{Value, json};

use crate::scim::client::Client;
use crate::scim::site::Site;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn both() -> [(Site, Client, bool); 2] {
    let (compat, strict) = (Site::start().await, Site::with(&["scim.mode=strict"]).await);
    let (a, b) = (compat.client().await, strict.client().await);
    [(compat, a, false), (strict, b, true)]
}

async fn ada(client: &Client) -> String {
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE], "userName": "ada", "title": "Countess",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "value": "a@work", "type": "work", "primary": true }, { "value": "a@home", "type": "home" }],
        ENTERPRISE: { "department": "Engines", "manager": { "value": "m" } } });
    let id = client.send("POST", "/Users", Some(&body)).await.expect(201)["id"].as_str().unwrap().to_owned();
    format!("/Users/{id}")
}

/// What the profile has no place for: operations without a path, brackets without a sub-attribute behind them.
fn is_of_compat(operation: &Value) -> bool {
    operation["path"].as_str().is_none_or(|path| path.ends_with(']'))
}

/// Changes nothing: the version, the time of the last change and the events stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_nothing_leaves_no_trace() {
    for (site, client, strict) in both().await {
        let path = ada(&client).await;
        let (before, traces) = (client.get(&path).await.expect(200), site.sql.traces().await);
        for operations in [
            json!([{ "op": "replace", "path": "title", "value": "Countess" }]),
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "a@home", "type": "home" }] }]),
            json!([{ "op": "add", "value": { "emails": [{ "value": "a@work", "type": "work", "primary": true }], "active": true } }]),
            json!([{ "op": "replace", "path": "emails[type eq \"work\"].primary", "value": true }]),
            json!([{ "op": "add", "path": "name", "value": { "givenName": "Ada" } }]),
            json!([{ "op": "replace", "path": "name", "value": { "givenName": "Ada", "familyName": "Lovelace" } }]),
            json!([{ "op": "replace", "path": "emails", "value": before["emails"] }]),
            json!([{ "op": "remove", "path": "nickName" }]),
            json!([{ "op": "remove", "path": "addresses" }]),
            json!([{ "op": "add", "path": ENTERPRISE, "value": { "department": "Engines" } }]),
            json!([{ "op": "add", "path": "nickName", "value": "x" }, { "op": "remove", "path": "nickName" }]),
            json!([{ "op": "remove", "path": "title" }, { "op": "add", "path": "title", "value": "Countess" }]),
        ] {
            if strict && is_of_compat(&operations[0]) {
                continue;
            }
            let answer = client.patch(&path, operations.clone()).await;
            assert_eq!(answer.status, 200, "{operations}: {}", answer.text);
            assert_eq!(answer.body, before, "{operations}");
            assert_eq!(site.sql.traces().await, traces, "{operations}");
        }
    }
}

/// T37 with every kind of second operation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_or_nothing() {
    for (site, client, strict) in both().await {
        let path = ada(&client).await;
        let (before, traces) = (client.get(&path).await.expect(200), site.sql.traces().await);
        for (operation, in_compat, in_strict) in [
            (json!({ "op": "replace", "path": "active", "value": "maybe" }), "invalidValue", "invalidValue"),
            (json!({ "op": "replace", "path": "shoeSize", "value": 3 }), "invalidPath", "invalidPath"),
            (
                json!({ "op": "replace", "path": "emails[type xx \"work\"].value", "value": "x" }),
                "invalidFilter",
                "invalidFilter",
            ),
            (json!({ "op": "replace", "path": "groups", "value": [] }), "mutability", "mutability"),
            (json!({ "op": "remove", "path": "userName" }), "mutability", "mutability"),
            (json!({ "op": "replace", "path": "userName", "value": null }), "invalidValue", "invalidValue"),
            (json!({ "op": "remove" }), "noTarget", "invalidSyntax"),
            (json!({ "op": "add", "path": "title" }), "invalidValue", "invalidValue"),
            (json!({ "op": "move", "path": "title" }), "invalidSyntax", "invalidSyntax"),
            (
                json!({ "op": "replace", "path": "emails[value sw \"a\"].primary", "value": true }),
                "invalidValue",
                "invalidFilter",
            ),
            (json!({ "op": "replace", "path": "emails[type sw \"x\"].value", "value": "v" }), "noTarget", "noTarget"),
        ] {
            // Without a primary address there are two that could become one.
            let first = [
                json!({ "op": "replace", "path": "title", "value": "Other" }),
                json!({ "op": "remove", "path": "emails.primary" }),
            ];
            let operations = json!([first[0], first[1], operation, { "op": "remove", "path": "name" }]);
            let refused = client.patch(&path, operations).await;
            let kind = if strict { in_strict } else { in_compat };
            assert_eq!(
                (refused.status, refused.body["scimType"].as_str()),
                (400, Some(kind)),
                "{strict} {operation}: {}",
                refused.text
            );
            assert_eq!(client.get(&path).await.expect(200), before, "{operation}");
            assert_eq!(site.sql.traces().await, traces, "{operation}");
        }
    }
}

/// T23, T24 and what the RFC says of a filter that selects nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_that_selects_nothing() {
    for (_site, client, strict) in both().await {
        let path = ada(&client).await;
        for (op, target, value, created) in [
            ("replace", "phoneNumbers[type eq \"work\"].value", json!("1"), json!({ "type": "work", "value": "1" })),
            (
                "add",
                "phoneNumbers[type eq \"work\" and primary eq true]",
                json!({ "value": "2" }),
                json!({ "type": "work", "primary": true, "value": "2" }),
            ),
            (
                "replace",
                "phoneNumbers[type eq \"fax\"]",
                json!({ "value": "3" }),
                json!({ "type": "fax", "value": "3" }),
            ),
        ] {
            let answer = client.patch(&path, json!([{ "op": op, "path": target, "value": value }])).await;
            if strict {
                let kind = if target.ends_with(']') { "invalidPath" } else { "noTarget" };
                assert_eq!((answer.status, &answer.body["scimType"]), (400, &json!(kind)), "{target}");
            } else {
                assert_eq!(answer.expect(200)["phoneNumbers"], json!([created]), "{target}");
                client.patch(&path, json!([{ "op": "remove", "path": "phoneNumbers" }])).await.expect(200);
            }
        }
        for target in [
            "phoneNumbers[type eq \"work\" or type eq \"fax\"].value",
            "phoneNumbers[type ne \"work\"].value",
            "phoneNumbers[type eq \"work\" and type eq \"fax\"].value",
        ] {
            let answer =
                client.patch(&path, json!([{ "op": "replace", "path": target, "value": "1" }])).await.expect(400);
            assert_eq!(answer["scimType"], "noTarget", "{target}");
        }
        let pieces = ["locality", "region", "country"]
            .map(|sub| json!({ "op": "add", "path": format!("addresses[type eq \"work\"].{sub}"), "value": sub }));
        let answer = client.patch(&path, pieces.into_iter().collect()).await;
        if strict {
            answer.expect(400);
        } else {
            let one = json!({ "type": "work", "locality": "locality", "region": "region", "country": "country" });
            assert_eq!(answer.expect(200)["addresses"], json!([one]));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_value_is_primary_whoever_makes_it_so() {
    let work = json!({ "value": "a@work", "type": "work", "primary": false });
    let home = json!({ "value": "a@home", "type": "home" });
    let risen = json!({ "value": "a@home", "type": "home", "primary": true });
    let new = json!({ "value": "n", "primary": true });
    for (_site, client, strict) in both().await {
        for (operation, expected) in [
            (
                json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }),
                json!([work, risen]),
            ),
            (
                json!({ "op": "add", "path": "emails[type eq \"home\"]", "value": { "primary": true } }),
                json!([work, risen]),
            ),
            (json!({ "op": "add", "path": "emails", "value": [risen] }), json!([work, risen])),
            (json!({ "op": "add", "path": "emails", "value": [new] }), json!([work, home, new])),
            (json!({ "op": "add", "value": { "emails": [new] } }), json!([work, home, new])),
        ] {
            if strict && is_of_compat(&operation) {
                continue;
            }
            let path = ada(&client).await;
            assert_eq!(client.patch(&path, json!([operation])).await.expect(200)["emails"], expected, "{operation}");
            client.send("DELETE", &path, None).await.expect(204);
        }
    }
}

/// RFC 7644 section 3.5.2.1: "if the target location does not exist, the attribute and value are added".
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sub_attribute_of_no_values_makes_the_first_one() {
    for (_site, client, _) in both().await {
        let path = ada(&client).await;
        for op in ["add", "replace"] {
            let answer = client
                .patch(&path, json!([{ "op": op, "path": "photos.value", "value": "https://p" }]))
                .await
                .expect(200);
            assert_eq!(answer["photos"], json!([{ "value": "https://p" }]));
            let answer = client.patch(&path, json!([{ "op": "remove", "path": "photos.value" }])).await.expect(200);
            assert!(answer.get("photos").is_none());
        }
    }
}

/// The sequence is one change: one version, one event, however many operations.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_operations_are_one_change() {
    for (site, client, _) in both().await {
        let path = ada(&client).await;
        let events = site.sql.value::<i64>("SELECT count(*) FROM events", &[]).await;
        let operations: Value =
            (0..1_000).map(|n| json!({ "op": "replace", "path": "title", "value": n.to_string() })).collect();
        let answer = client.patch(&path, operations).await;
        assert_eq!(answer.header("etag"), "W/\"2\"");
        assert_eq!(answer.expect(200)["title"], "999");
        assert_eq!(site.sql.value::<i64>("SELECT count(*) FROM events", &[]).await, events + 1);
        let too_many: Value = (0..1_001).map(|_| json!({ "op": "remove", "path": "title" })).collect();
        assert_eq!(client.patch(&path, too_many).await.expect(400)["scimType"], "invalidSyntax");
    }
}
