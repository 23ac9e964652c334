//! PATCHed: every form of path, on every kind of attribute, by schema alone.

use serde_json::{Value, json};

use super::{TYPES, URN, made, shown, site};

fn at(path: &str) -> String {
    format!("{URN}:{path}")
}

/// Operations on a resource with the extension `start`, and the extension afterwards.
fn cases() -> Vec<(Value, Value, Value)> {
    let one = |op: &str, path: &str, value: Value| json!([{ "op": op, "path": at(path), "value": value }]);
    let places =
        json!({ "places": [{ "value": "1", "type": "home", "primary": true }, { "value": "2", "type": "office" }] });
    vec![
        (json!({}), one("add", "text", json!("t")), json!({ "text": "t" })),
        (json!({}), one("replace", "FLAG", json!(false)), json!({ "flag": false })),
        (json!({ "level": 1 }), one("replace", "level", json!(2)), json!({ "level": 2 })),
        (json!({ "level": 1, "text": "t" }), one("replace", "level", Value::Null), json!({ "text": "t" })),
        (
            json!({ "ratio": 1.5, "text": "t" }),
            json!([{ "op": "remove", "path": at("ratio") }]),
            json!({ "text": "t" }),
        ),
        (json!({ "levels": [1, 2] }), one("add", "levels", json!([2, 3])), json!({ "levels": [1, 2, 3] })),
        (json!({ "levels": [1, 2] }), one("add", "levels", json!(4)), json!({ "levels": [1, 2, 4] })),
        (
            json!({ "moments": ["2026-01-01T00:00:00Z"] }),
            one("replace", "moments", json!(["2027-01-01T00:00:00Z"])),
            json!({ "moments": ["2027-01-01T00:00:00Z"] }),
        ),
        (
            json!({ "texts": ["a", "b", "A"] }),
            json!([{ "op": "remove", "path": at("texts[value eq \"a\"]") }]),
            json!({ "texts": ["b"] }),
        ),
        (
            json!({ "codes": ["a", "b", "A"] }),
            json!([{ "op": "remove", "path": at("codes[value eq \"a\"]") }]),
            json!({ "codes": ["b", "A"] }),
        ),
        (
            json!({ "levels": [1, 5, 9] }),
            json!([{ "op": "remove", "path": at("levels[value gt 4]") }]),
            json!({ "levels": [1] }),
        ),
        (
            json!({ "levels": [1, 5, 9] }),
            one("replace", "levels[value eq 5]", json!(6)),
            json!({ "levels": [1, 6, 9] }),
        ),
        (
            json!({ "links": ["urn:a", "urn:b"] }),
            one("remove", "links", json!(["urn:b"])),
            json!({ "links": ["urn:a"] }),
        ),
        (
            json!({}),
            one("add", "place", json!({ "level": 1, "flag": true })),
            json!({ "place": { "flag": true, "level": 1 } }),
        ),
        (
            json!({ "place": { "level": 1, "text": "t" } }),
            one("replace", "place", json!({ "level": 2 })),
            json!({ "place": { "text": "t", "level": 2 } }),
        ),
        (
            json!({ "place": { "level": 1, "text": "t" } }),
            one("add", "place.moment", json!("2026-01-01T00:00:00Z")),
            json!({ "place": { "text": "t", "level": 1, "moment": "2026-01-01T00:00:00Z" } }),
        ),
        (
            json!({ "place": { "level": 1, "text": "t" } }),
            json!([{ "op": "remove", "path": at("place.level") }]),
            json!({ "place": { "text": "t" } }),
        ),
        (
            places.clone(),
            one("add", "places", json!({ "value": "3", "primary": true })),
            json!({ "places": [{ "value": "1", "type": "home", "primary": false }, { "value": "2", "type": "office" }, { "value": "3", "primary": true }] }),
        ),
        (
            places.clone(),
            one("replace", "places[type eq \"office\"].primary", json!(true)),
            json!({ "places": [{ "value": "1", "type": "home", "primary": false }, { "value": "2", "type": "office", "primary": true }] }),
        ),
        (
            places.clone(),
            one("replace", "places[type eq \"office\" and value eq \"2\"].level", json!(9)),
            json!({ "places": [{ "value": "1", "type": "home", "primary": true }, { "value": "2", "type": "office", "level": 9 }] }),
        ),
        (
            places.clone(),
            one("add", "places[type eq \"barn\"].level", json!(4)),
            json!({ "places": [{ "value": "1", "type": "home", "primary": true }, { "value": "2", "type": "office" }, { "type": "barn", "level": 4 }] }),
        ),
        (
            places.clone(),
            json!([{ "op": "remove", "path": at("places[primary eq true]") }]),
            json!({ "places": [{ "value": "2", "type": "office" }] }),
        ),
        (
            places.clone(),
            json!([{ "op": "remove", "path": at("places[type eq \"home\"].primary") }]),
            json!({ "places": [{ "value": "1", "type": "home" }, { "value": "2", "type": "office" }] }),
        ),
        (
            places,
            json!([{ "op": "add", "path": at("places.level"), "value": 7 }]),
            json!({ "places": [{ "value": "1", "type": "home", "primary": true, "level": 7 }, { "value": "2", "type": "office", "level": 7 }] }),
        ),
        // Without a path: dotted, qualified, and within the extension's object.
        (
            json!({}),
            json!([{ "op": "add", "value": { at("place.level"): 1, at("texts"): ["a"] } }]),
            json!({ "texts": ["a"], "place": { "level": 1 } }),
        ),
        (
            json!({ "text": "t" }),
            json!([{ "op": "replace", "value": { URN: { "level": 1, "text": null } } }]),
            json!({ "level": 1 }),
        ),
        (
            json!({}),
            json!([{ "op": "add", "value": { at("places[type eq \"home\"].level"): 3 } }]),
            json!({ "places": [{ "type": "home", "level": 3 }] }),
        ),
        // The extension itself as a path, a dot behind it, and none before the name.
        (
            json!({ "text": "t" }),
            json!([{ "op": "add", "path": URN, "value": { "flag": true } }]),
            json!({ "text": "t", "flag": true }),
        ),
        (json!({}), json!([{ "op": "add", "path": format!("{URN}.level"), "value": 1 }]), json!({ "level": 1 })),
        (json!({}), json!([{ "op": "add", "path": "place.level", "value": 1 }]), json!({ "place": { "level": 1 } })),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_of_path_works() {
    let (_site, client) = site().await;
    for (endpoint, ..) in TYPES {
        for (start, operations, expected) in cases() {
            let path = made(&client, endpoint, "it", start).await;
            let answer = client.patch(&path, operations.clone()).await;
            assert_eq!(answer.status, 200, "{operations}: {}", answer.text);
            assert_eq!(answer.body[URN], expected, "{operations}");
            assert_eq!(shown(&client, &path).await, expected, "{operations}");
            let etag = client.get(&path).await.header("etag").to_owned();
            let first = operations.to_string();
            if !first.contains("remove") && !first.contains("[value eq 5]") {
                assert_eq!(
                    client.patch(&path, operations).await.header("etag"),
                    etag,
                    "again changes nothing: {first}"
                );
            }
            client.send("DELETE", &path, None).await.expect(204);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_value_takes_the_extension_along() {
    let (_site, client) = site().await;
    for (endpoint, core, _) in TYPES {
        for (start, removal) in [
            (json!({ "text": "t" }), at("text")),
            (json!({ "place": { "level": 1 } }), at("place.level")),
            (json!({ "levels": [1] }), at("levels[value eq 1]")),
            (json!({ "flag": true, "level": 1 }), URN.to_owned()),
        ] {
            let path = made(&client, endpoint, "it", start).await;
            let left = client.patch(&path, json!([{ "op": "remove", "path": removal }])).await.expect(200);
            assert_eq!((&left["schemas"], left.get(URN)), (&json!([core]), None), "{removal}");
            client.send("DELETE", &path, None).await.expect(204);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutability_decides_what_can_be_patched() {
    let (site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let start = json!({ "place": { "level": 1, "fixed": "F" }, "places": [{ "value": "1", "fixed": "f" }], "seals": ["a"] });
        let path = made(&client, endpoint, "it", start.clone()).await;
        let before = site.sql.traces().await;
        for (operation, scim_type) in [
            (json!({ "op": "add", "path": at("derived"), "value": "d" }), "mutability"),
            (json!({ "op": "remove", "path": at("derived") }), "mutability"),
            (json!({ "op": "replace", "path": at("place.derived"), "value": "d" }), "mutability"),
            (json!({ "op": "replace", "path": at("place.fixed"), "value": "G" }), "mutability"),
            (json!({ "op": "remove", "path": at("place.fixed") }), "mutability"),
            (json!({ "op": "replace", "path": at("places[value eq \"1\"].fixed"), "value": "g" }), "mutability"),
            (json!({ "op": "add", "path": at("seals"), "value": ["b"] }), "mutability"),
            (json!({ "op": "replace", "path": at("seals"), "value": ["b"] }), "mutability"),
            (json!({ "op": "remove", "path": at("seals") }), "mutability"),
            (json!({ "op": "remove", "path": at("seals[value eq \"a\"]") }), "mutability"),
            (json!({ "op": "remove", "path": at("places[value eq \"1\"].value[a]") }), "invalidPath"),
            (json!({ "op": "add", "path": at("nothing"), "value": 1 }), "invalidPath"),
            (json!({ "op": "add", "path": at("place.nothing"), "value": 1 }), "invalidPath"),
            (json!({ "op": "add", "path": at("places[level sw \"a\"]"), "value": {} }), "invalidFilter"),
        ] {
            let refused =
                client.patch(&path, json!([{ "op": "add", "path": at("text"), "value": "x" }, operation])).await;
            assert_eq!(refused.status, 400, "{operation}: {}", refused.text);
            assert_eq!(refused.body["scimType"], scim_type, "{operation}: {}", refused.text);
        }
        assert_eq!(site.sql.traces().await, before, "all or nothing");
        // Given once, and again the same.
        for value in ["S", "S"] {
            client.patch(&path, json!([{ "op": "replace", "path": at("sealed"), "value": value }])).await.expect(200);
        }
        client.patch(&path, json!([{ "op": "add", "path": at("seals"), "value": ["a"] }])).await.expect(200);
        let refused =
            client.patch(&path, json!([{ "op": "add", "path": at("sealed"), "value": "T" }])).await.expect(400);
        assert_eq!(refused["scimType"], "mutability");
        // An element that is immutable in part can still go as a whole.
        client.patch(&path, json!([{ "op": "remove", "path": at("places[value eq \"1\"]") }])).await.expect(200);
        assert!(shown(&client, &path).await.get("places").is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_written_and_never_shown() {
    let (site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let path = made(&client, endpoint, "it", json!({ "level": 1 })).await;
        let answer = client
            .patch(
                &path,
                json!([{ "op": "add", "value": { at("secret"): "Hush", at("place.hidden"): "Hush" } },
            { "op": "add", "path": at("asked"), "value": "yes" }]),
            )
            .await;
        assert!(!answer.text.contains("Hush"));
        assert_eq!(answer.expect(200)[URN], json!({ "level": 1, "asked": "yes" }));
        let table = endpoint.trim_start_matches('/').to_lowercase();
        let stored = site.sql.value::<String>(&format!("SELECT attributes::text FROM {table}"), &[]).await;
        assert_eq!(stored.matches("Hush").count(), 2);
        let read = client.get(&format!("{path}?attributes={URN},{URN}:secret,{URN}:place.hidden,{URN}:asked")).await;
        assert!(!read.text.contains("Hush"));
        assert_eq!(read.expect(200)[URN], json!({ "level": 1, "asked": "yes" }));
    }
}
