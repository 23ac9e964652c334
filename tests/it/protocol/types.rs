//! Sections 3 and 4, as far as types go: an operator's extension that has all of them, from its file to the filter.

use serde_json::json;

use super::badge::{self, BADGE, CREW};
use super::{USER, like, refused};
use crate::conformance::proves;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_from_a_file_has_every_type() {
    let _proof = proves(&["4.25", "3.11", "3.24", "3.25", "3.26", "3.29"]);
    let (_site, client) = badge::start(&[]).await;
    let given = json!({
        "code": "C-1", "label": "red", "level": 3, "ratio": 0.5, "trained": false, "issuedAt": "2026-02-01T10:00:00.25+02:00",
        "photo": "aGk_-w", "page": "relative/page", "seat": { "building": "B", "floor": -1, "since": "2026-01-01T00:00:00Z" },
        "tags": ["a", "b"], "serial": "S",
        "desks": [{ "value": "D1", "type": "desk", "primary": true, "$ref": "https://x/d1", "height": 1.25, "display": "one" }],
    });
    let path = badge::user_with(&client, "u", given.clone()).await;
    let mut expected = given.clone();
    let found = client.get(&path).await.expect(200);
    like(&found, &json!({ "schemas": { "@unordered": [USER, BADGE] }, BADGE: { "@exactly": expected } }));
    assert!(found.get("code").is_none() && found.get("level").is_none());

    let operations = json!([
        { "op": "replace", "path": format!("{BADGE}:level"), "value": 4 },
        { "op": "add", "path": format!("{BADGE}:tags"), "value": ["c"] },
        { "op": "replace", "path": format!("{BADGE}:desks[type eq \"desk\"].height"), "value": 2 },
        { "op": "remove", "path": format!("{BADGE}:seat.floor") },
        { "op": "replace", "path": format!("{BADGE}:photo"), "value": "aGk+/w==" },
    ]);
    (expected["level"], expected["tags"], expected["photo"]) = (json!(4), json!(["a", "b", "c"]), json!("aGk+/w=="));
    expected["desks"][0]["height"] = json!(2);
    expected["seat"].as_object_mut().unwrap().remove("floor");
    like(&client.patch(&path, operations).await.expect(200), &json!({ BADGE: { "@exactly": expected } }));

    for filter in ["level gt 3", "seat.building eq \"b\"", "tags eq \"C\"", "desks[height ge 2].value eq \"D1\""] {
        let list = client.get(&format!("/Users?filter={BADGE}:{filter}&sortBy={BADGE}:level")).await.expect(200);
        assert_eq!(list["totalResults"], 1, "{filter}");
    }
    let only = client.get(&format!("{path}?attributes={BADGE}:level")).await.expect(200);
    like(&only, &json!({ BADGE: { "@exactly": { "level": 4 } } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_from_a_file_is_published() {
    let _proof = proves(&["4.25"]);
    let (_site, client) = badge::start(&[]).await;
    let schema = client.get(&format!("/Schemas/{BADGE}")).await.expect(200);
    let attribute = |name: &str, kind: &str| json!({ "name": name, "type": kind });
    like(
        &schema["attributes"],
        &json!({ "@contains": [attribute("level", "integer"), attribute("photo", "binary"), attribute("seat", "complex")] }),
    );
    let user = client.get("/ResourceTypes/User").await.expect(200);
    like(&user["schemaExtensions"], &json!({ "@contains": [{ "schema": BADGE, "required": false }] }));
    let group = client.get("/ResourceTypes/Group").await.expect(200);
    like(&group["schemaExtensions"], &json!({ "@contains": [{ "schema": CREW }] }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_stops_the_start() {
    let _proof = proves(&["3.31", "4.26"]);
    let inner = json!({ "name": "inner", "type": "complex", "multiValued": false, "subAttributes": [] });
    for (broken, place, reason) in [
        (
            json!({ "name": "outer", "type": "complex", "multiValued": false, "subAttributes": [inner] }),
            "subAttributes",
            "nested",
        ),
        (json!({ "name": "x", "type": "text", "multiValued": false }), "$.attributes[16]", "text"),
        (json!({ "name": "1x", "type": "string", "multiValued": false }), "$.attributes[16]", "1x"),
        (json!({ "name": "CODE", "type": "string", "multiValued": false }), "$.attributes[16].name", "twice"),
        (json!({ "name": "x", "type": "complex", "multiValued": false }), "$.attributes[16]", "sub-attributes"),
    ] {
        let said = badge::refusal_of(broken);
        for part in ["broken.json", place, reason] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_another_json_type_are_refused() {
    let _proof = proves(&["4.1", "3.24", "3.25", "3.29"]);
    let (_site, client) = badge::start(&[]).await;
    let path = badge::user_with(&client, "u", json!({})).await;
    for (name, wrong) in [
        ("code", json!({})),
        ("label", json!(["a", "b"])),
        ("level", json!(1.5)),
        ("level", json!("many")),
        ("level", json!(true)),
        ("ratio", json!("half")),
        ("ratio", json!([1, 2])),
        ("trained", json!("maybe")),
        ("trained", json!(1)),
        ("issuedAt", json!("yesterday")),
        ("issuedAt", json!("2026-02-01")),
        ("issuedAt", json!("2026-02-30T00:00:00Z")),
        ("issuedAt", json!(1)),
        ("photo", json!("not base64!")),
        ("photo", json!({})),
        ("page", json!({})),
        ("seat", json!("B")),
        ("seat", json!({ "building": "B", "floor": "ground" })),
        ("tags", json!([{}])),
        ("desks", json!([{ "height": "tall" }])),
    ] {
        let post = client.post("/Users", &badge::user("v", &json!({ name: wrong }))).await;
        refused(post, 400, "invalidValue", &[name]);
        refused(client.put(&path, &badge::user("u", &json!({ name: wrong }))).await, 400, "invalidValue", &[name]);
        let patch = json!([{ "op": "replace", "path": format!("{BADGE}:{name}"), "value": wrong }]);
        refused(client.patch(&path, patch).await, 400, "invalidValue", &[name]);
    }
    assert_eq!(client.get("/Users").await.expect(200)["totalResults"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn integers_have_neither_fraction_nor_exponent() {
    let _proof = proves(&["3.29"]);
    let (_site, client) = badge::start(&[]).await;
    let post = async |level: &str, name: &str| {
        let text = badge::user(name, &json!({ "level": "LEVEL" })).to_string().replace("\"LEVEL\"", level);
        let request = client.request("POST", "/Users").header("content-type", "application/scim+json");
        request.body(text).send().await.unwrap().status().as_u16()
    };
    for (level, status) in [("7", 201), ("-7", 201), ("9007199254740993", 201), ("7.0", 400), ("7e1", 400), ("07", 400)]
    {
        assert_eq!(post(level, level).await, status, "{level}");
    }
    let found = client.get(&format!("/Users?filter={BADGE}:level eq 9007199254740993")).await.expect(200);
    assert_eq!(found["totalResults"], 1);
    assert!(found.to_string().contains("\"level\":9007199254740993"), "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_for_booleans_and_numbers() {
    let _proof = proves(&["3.30", "4.2"]);
    let sent = json!({ "level": "3", "ratio": "0.5", "trained": "True", "tags": "one", "desks": { "value": "D" } });
    let (_site, client) = badge::start(&[]).await;
    let path = badge::user_with(&client, "u", sent.clone()).await;
    let stored = json!({ "level": 3, "ratio": 0.5, "trained": true, "tags": ["one"], "desks": [{ "value": "D" }] });
    like(&client.get(&path).await.expect(200), &json!({ BADGE: stored }));

    let (_site, client) = badge::start(&["scim.mode=strict"]).await;
    for (name, value) in sent.as_object().unwrap() {
        let user = badge::user("u", &json!({ name: value }));
        refused(client.post("/Users", &user).await, 400, "invalidValue", &[name]);
    }
}
