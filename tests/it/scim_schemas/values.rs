//! Validated: every type refuses what is none of its values, with attribute, value and remedy, and takes what is.

use serde_json::{Value, json};

use super::{TYPES, URN, body, made, shown, site, site_with};

/// Attribute, values it refuses in both modes, and what the detail says is expected.
fn wrong() -> Vec<(&'static str, Vec<Value>, &'static str)> {
    let others = |more: &[Value]| [&[json!({ "a": 1 }), json!(["a", "b"])][..], more].concat();
    vec![
        ("text", others(&[]), "a string"),
        ("flag", others(&[json!("yes"), json!(1), json!("1")]), "a boolean"),
        ("ratio", others(&[json!("many"), json!(true), json!("1,5")]), "a number"),
        (
            "level",
            others(&[json!("ten"), json!(1.5), json!(false), json!("1.5"), json!(1e30)]),
            "a number without fraction",
        ),
        (
            "moment",
            others(&[json!("yesterday"), json!("2026-01-31"), json!(1_700_000_000), json!(true)]),
            "a date and time",
        ),
        ("blob", others(&[json!("not base64!"), json!("A"), json!("AA=A"), json!(7), json!(true)]), "a base64 string"),
        ("link", others(&[json!(7), json!(false)]), "a URI"),
        ("place", vec![json!("Main Street"), json!(7), json!([{ "level": 1 }, { "level": 2 }])], "an object"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_another_type_is_named_and_refused() {
    for settings in [&[][..], &["scim.mode=strict"]] {
        let (site, client) = site_with(settings).await;
        for (endpoint, ..) in TYPES {
            let path = made(&client, endpoint, "it", json!({ "level": 1 })).await;
            let before = site.sql.traces().await;
            for (attribute, values, expected) in wrong() {
                for value in values {
                    let extension = json!({ attribute: value });
                    let patch = json!([{ "op": "add", "path": format!("{URN}:{attribute}"), "value": value }]);
                    let mut answers = vec![
                        client.send("POST", endpoint, Some(&body(endpoint, "other", extension.clone()))).await,
                        client.send("PUT", &path, Some(&body(endpoint, "it", extension.clone()))).await,
                        client.patch(&path, patch).await,
                    ];
                    // Strict wants a path in every operation.
                    if settings.is_empty() {
                        let pathless = json!([{ "op": "replace", "value": { URN: extension } }]);
                        answers.push(client.patch(&path, pathless).await);
                    }
                    for refused in answers {
                        assert_eq!(refused.status, 400, "{attribute} {value}: {}", refused.text);
                        assert_eq!(refused.body["scimType"], "invalidValue", "{attribute} {value}: {}", refused.text);
                        let detail = refused.body["detail"].as_str().unwrap();
                        let many = detail.contains("one value, not 2");
                        assert!(detail.contains(attribute) && (many || detail.contains(expected)), "{detail}");
                        let scalar = !value.is_object() && !value.is_array();
                        assert!(!scalar || detail.contains(&value.to_string()), "{detail} does not name {value}");
                    }
                }
            }
            assert_eq!(site.sql.traces().await, before, "nothing was written");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_value_in_a_list_or_in_an_object_is_refused_too() {
    let (site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let before = site.sql.traces().await;
        for (attribute, values, _) in wrong().into_iter().filter(|(attribute, ..)| *attribute != "place") {
            for value in values.into_iter().filter(|value| !value.is_array()) {
                for (extension, named) in [
                    (json!({ format!("{attribute}s"): [value] }), format!("{attribute}s")),
                    (json!({ "place": { attribute: value } }), format!("place.{attribute}")),
                ] {
                    let refused =
                        client.send("POST", endpoint, Some(&body(endpoint, "it", extension))).await.expect(400);
                    assert_eq!(refused["scimType"], "invalidValue", "{attribute} {value}");
                    assert!(refused["detail"].as_str().unwrap().contains(&named), "{refused}");
                }
            }
        }
        let two = json!({ "places": [{ "value": "1", "primary": true }, { "value": "2", "primary": true }] });
        let refused = client.send("POST", endpoint, Some(&body(endpoint, "it", two))).await.expect(400);
        assert!(refused["detail"].as_str().unwrap().contains("primary"), "{refused}");
        assert_eq!(site.sql.traces().await, before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_not_repeated() {
    let (_site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let body = body(endpoint, "it", json!({ "place": { "secret": ["hush"] }, "secret": [{ "hush": 1 }] }));
        let refused = client.send("POST", endpoint, Some(&body)).await.expect(400);
        assert!(!refused.to_string().contains("hush"), "{refused}");
    }
}

/// What compat takes for a value because it can mean only one thing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compat_converts_what_strict_refuses() {
    let (_site, client) = site().await;
    let (_strict_site, strict) = site_with(&["scim.mode=strict"]).await;
    for (endpoint, ..) in TYPES {
        for (sent, stored) in [
            (json!({ "flag": "True" }), json!({ "flag": true })),
            (json!({ "level": "12" }), json!({ "level": 12 })),
            (json!({ "ratio": "-1.5" }), json!({ "ratio": -1.5 })),
            (json!({ "text": 7 }), json!({ "text": "7" })),
            (json!({ "texts": "one" }), json!({ "texts": ["one"] })),
            (json!({ "text": ["one"] }), json!({ "text": "one" })),
            (json!({ "places": ["x"] }), json!({ "places": [{ "value": "x" }] })),
            (json!({ "place": { "unknown": 1, "LEVEL": 2 } }), json!({ "place": { "level": 2 } })),
        ] {
            let path = made(&client, endpoint, "it", sent.clone()).await;
            assert_eq!(shown(&client, &path).await, stored, "{sent}");
            client.send("DELETE", &path, None).await.expect(204);
            let answer = strict.send("POST", endpoint, Some(&body(endpoint, "it", sent.clone()))).await;
            assert_eq!(answer.status, 400, "{sent}: {}", answer.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_in_another_case_mean_the_same_and_twice_is_refused() {
    let (_site, client) = site().await;
    for (endpoint, core, named) in TYPES {
        let sent =
            json!({ "schemas": [core], named: "it", URN.to_uppercase(): { "TEXT": "t", "Place": { "Level": 1 } } });
        let created = client.send("POST", endpoint, Some(&sent)).await.expect(201);
        assert_eq!(created[URN], json!({ "text": "t", "place": { "level": 1 } }));
        for extension in [json!({ "text": "a", "Text": "b" }), json!({ "place": { "level": 1, "LEVEL": 2 } })] {
            let refused = client.send("POST", endpoint, Some(&body(endpoint, "x", extension))).await.expect(400);
            assert_eq!(refused["scimType"], "invalidSyntax");
        }
    }
}
