//! Section 4: what the characteristics of an attribute do, on an operator's extension that has all of them.

use serde_json::{Value, json};

use super::badge::{self, BADGE, CREW};
use super::{GROUP, LIST, USER, like, refused, start, start_strict};
use crate::conformance::proves;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn required_attributes() {
    let _proof = proves(&["4.3", "4.4", "11.8", "12.31", "12.39", "3.35", "3.44"]);
    let (_site, client) = badge::start(&[]).await;
    let path = badge::user_with(&client, "u", json!({ "seat": { "building": "B" } })).await;
    let group = json!({ "displayName": "g", CREW: { "leads": ["one"] } });
    let group = format!("/Groups/{}", client.created("/Groups", group).await);
    for (name, body) in [
        ("userName", json!({ "title": "T" })),
        ("userName", json!({ "userName": null })),
        ("userName", json!({ "userName": "" })),
        ("userName", json!({ "userName": " " })),
        ("code", badge::user("v", &json!({ "code": null, "label": "red" }))),
        ("code", badge::user("v", &json!({ "code": "", "label": "red" }))),
        ("seat.building", badge::user("v", &json!({ "seat": { "floor": 1 } }))),
    ] {
        refused(client.post("/Users", &body).await, 400, "invalidValue", &[name]);
        refused(client.put(&path, &body).await, 400, "invalidValue", &[name]);
    }
    for (name, body) in [("displayName", json!({ "externalId": "e" })), ("displayName", json!({ "displayName": null }))]
    {
        refused(client.post("/Groups", &body).await, 400, "invalidValue", &[name]);
        refused(client.put(&group, &body).await, 400, "invalidValue", &[name]);
    }
    for (path, attribute) in [
        (&path, "userName".to_owned()),
        (&path, format!("{BADGE}:code")),
        (&path, format!("{BADGE}:seat.building")),
        (&group, "displayName".to_owned()),
        (&group, format!("{CREW}:leads")),
        (&group, format!("{CREW}:leads[value eq \"one\"]")),
    ] {
        let answer = client.patch(path, json!([{ "op": "remove", "path": attribute }])).await;
        refused(answer, 400, "mutability", &["required"]);
        if !attribute.contains('[') {
            let null = json!([{ "op": "replace", "path": attribute, "value": null }]);
            assert_eq!(client.patch(path, null).await.status, 400, "{attribute}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn canonical_values_are_suggestions() {
    let _proof = proves(&["4.5", "4.7"]);
    let (_site, client) = badge::start(&[]).await;
    let path =
        badge::user_with(&client, "u", json!({ "label": "Green", "desks": [{ "value": "x", "type": "Sofa" }] })).await;
    let found = client.get(&path).await.expect(200);
    like(&found, &json!({ BADGE: { "label": "Green", "desks": [{ "type": "Sofa" }] } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_exact_decides_how_filters_compare() {
    let _proof = proves(&["4.6", "4.7"]);
    let (_site, client) = badge::start(&[]).await;
    let path =
        badge::user_with(&client, "u", json!({ "code": "Ab-1", "label": "Red", "desks": [{ "value": "Dx" }] })).await;
    let found = client.get(&path).await.expect(200);
    like(&found, &json!({ BADGE: { "code": "Ab-1", "label": "Red", "desks": [{ "value": "Dx" }] } }));
    for (filter, total) in [
        ("code eq \"Ab-1\"", 1),
        ("code eq \"AB-1\"", 0),
        ("code sw \"ab\"", 0),
        ("code co \"b-\"", 1),
        ("code ew \"B-1\"", 0),
        ("label eq \"RED\"", 1),
        ("label sw \"rE\"", 1),
        ("desks eq \"Dx\"", 1),
        ("desks.value eq \"dx\"", 0),
    ] {
        let list = client.get(&format!("/Users?filter={BADGE}:{filter}")).await.expect(200);
        assert_eq!(list["totalResults"], total, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_attributes() {
    let _proof = proves(&["4.8", "4.9", "11.1", "11.9", "3.20", "3.42", "3.50"]);
    let (_site, client) = badge::start(&[]).await;
    let other = client.user("other").await;
    let meta =
        json!({ "resourceType": "Group", "created": "1999-01-01T00:00:00Z", "version": "W/\"99\"", "location": "x" });
    let mut body = badge::user("u", &json!({ "printed": "2026-01-01T00:00:00Z" }));
    (body["id"], body["meta"], body["groups"]) = (json!(other), meta, json!([{ "value": "g" }]));
    body[super::ENTERPRISE] = json!({ "manager": { "value": other, "displayName": "Boss" } });
    let created = client.post("/Users", &body).await.expect(201);
    let id = created["id"].as_str().unwrap();
    assert_ne!(id, other);
    let ignored = json!({
        "id": id, "groups": "@absent", BADGE: { "printed": "@absent" },
        "meta": { "resourceType": "User", "version": "W/\"1\"", "created": { "@not": { "@text": "1999" } } },
        super::ENTERPRISE: { "manager": { "value": other, "displayName": "@absent" } },
    });
    like(&created, &ignored);
    let path = format!("/Users/{id}");
    like(&client.put(&path, &body).await.expect(200), &ignored);
    for attribute in ["id", "meta", "meta.version", "groups", "groups.value", &format!("{BADGE}:printed")] {
        for operation in [
            json!({ "op": "add", "path": attribute, "value": "x" }),
            json!({ "op": "replace", "path": attribute, "value": "x" }),
            json!({ "op": "remove", "path": attribute }),
        ] {
            refused(
                client.patch(&path, json!([operation])).await,
                400,
                "mutability",
                &[attribute.rsplit(':').next().unwrap()],
            );
        }
    }
    like(&client.get(&path).await.expect(200), &ignored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn immutable_attributes() {
    let _proof = proves(&["4.10", "4.11"]);
    let (_site, client) = badge::start(&[]).await;
    let serial = format!("{BADGE}:serial");
    let set = |op: &str, value: &str| json!([{ "op": op, "path": serial, "value": value }]);
    let posted = badge::user_with(&client, "posted", json!({ "serial": "S" })).await;
    let put = badge::user_with(&client, "put", json!({})).await;
    client.put(&put, &badge::user("put", &json!({ "serial": "S" }))).await.expect(200);
    let patched = badge::user_with(&client, "patched", json!({})).await;
    client.patch(&patched, set("add", "S")).await.expect(200);
    for (path, name) in [(posted, "posted"), (put, "put"), (patched, "patched")] {
        let before = client.get(&path).await.expect(200);
        like(&before, &json!({ BADGE: { "serial": "S" } }));
        client.put(&path, &badge::user(name, &json!({ "serial": "S" }))).await.expect(200);
        client.patch(&path, set("replace", "S")).await.expect(200);
        refused(client.put(&path, &badge::user(name, &json!({ "serial": "T" }))).await, 400, "mutability", &["serial"]);
        for operations in [set("add", "T"), set("replace", "T"), json!([{ "op": "remove", "path": serial }])] {
            refused(client.patch(&path, operations).await, 400, "mutability", &["serial"]);
        }
        assert_eq!(client.get(&path).await.expect(200), before);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_returned() {
    let _proof = proves(&["4.12", "4.13", "4.14", "4.15", "4.16", "4.17"]);
    let (_site, client) = badge::start(&[]).await;
    let given = json!({ "secret": "hush", "note": "N", "pinned": "P", "label": "L" });
    let created = client.post("/Users", &badge::user("u", &given)).await.expect(201);
    like(&created, &json!({ BADGE: { "secret": "@absent", "note": "N", "pinned": "P", "label": "L" } }));
    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    let [secret, note, label] = ["secret", "note", "label"].map(|name| format!("{BADGE}:{name}"));
    let usual = json!({ "secret": "@absent", "note": "@absent", "pinned": "P", "label": "L" });
    for (query, shown) in [
        (String::new(), usual.clone()),
        ("?attributes=userName".to_owned(), json!({ "@exactly": { "pinned": "P" } })),
        (format!("?attributes={secret}"), json!({ "@exactly": { "pinned": "P" } })),
        (format!("?attributes={note}"), json!({ "@exactly": { "note": "N", "pinned": "P" } })),
        (format!("?excludedAttributes={BADGE}:pinned"), usual.clone()),
        (format!("?excludedAttributes={BADGE}"), json!({ "@exactly": { "pinned": "P" } })),
        (format!("?excludedAttributes={label}"), json!({ "label": "@absent", "note": "@absent", "pinned": "P" })),
    ] {
        like(&client.get(&format!("{path}{query}")).await.expect(200), &json!({ BADGE: shown }));
        let list = client.get(&format!("/Users{query}")).await.expect(200);
        like(&list, &json!({ "schemas": [LIST], "Resources": [{ BADGE: shown }] }));
    }
    // A write shows what it gave; one that does not speak of it does not.
    let replaced = client.put(&path, &badge::user("u", &given)).await.expect(200);
    like(&replaced, &json!({ BADGE: { "note": "N", "secret": "@absent" } }));
    let patch = async |path: &str, name: &str, value: &str| {
        client.patch(path, json!([{ "op": "replace", "path": name, "value": value }])).await.expect(200)
    };
    like(&patch(&path, &note, "M").await, &json!({ BADGE: { "note": "M" } }));
    like(&patch(&path, &label, "K").await, &json!({ BADGE: { "note": "@absent", "label": "K" } }));
    like(&patch(&path, &secret, "hush hush").await, &json!({ BADGE: { "secret": "@absent" } }));
    like(&client.get(&format!("{path}?attributes={note}")).await.expect(200), &json!({ BADGE: { "note": "M" } }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_in_use() {
    let _proof = proves(&["4.18", "4.19", "3.36", "3.37", "3.45"]);
    let (_site, client) = start().await;
    let (_, other) = (client.user("Ångström").await, client.user("other").await);
    let (_, other_group) = (client.group("Group").await, client.group("other").await);
    // Composed and decomposed, full width, other case.
    for name in ["Ångström", "ÅNGSTRÖM", "A\u{30a}ngstro\u{308}m", "ångström", "Ａ\u{30a}ngström"] {
        refused(client.post("/Users", &json!({ "userName": name })).await, 409, "uniqueness", &["userName"]);
        let path = format!("/Users/{other}");
        refused(client.put(&path, &json!({ "userName": name })).await, 409, "uniqueness", &["userName"]);
        let patch = json!([{ "op": "replace", "path": "userName", "value": name }]);
        refused(client.patch(&path, patch).await, 409, "uniqueness", &["userName"]);
    }
    for name in ["Group", "GROUP", "group"] {
        refused(client.post("/Groups", &json!({ "displayName": name })).await, 409, "uniqueness", &["displayName"]);
        let path = format!("/Groups/{other_group}");
        refused(client.put(&path, &json!({ "displayName": name })).await, 409, "uniqueness", &["displayName"]);
        let patch = json!([{ "op": "replace", "value": { "displayName": name } }]);
        refused(client.patch(&path, patch).await, 409, "uniqueness", &["displayName"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_may_allow_equal_names_of_groups() {
    let _proof = proves(&["3.45", "T49"]);
    let site = crate::scim::site::Site::with(&["groups.name_unique=none"]).await;
    let client = site.client().await;
    assert_ne!(client.group("same").await, client.group("SAME").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn references_must_exist() {
    let _proof = proves(&["4.22"]);
    let (_site, client) = start().await;
    let nobody = "0190d3c4-8f4e-7d9a-b1c2-3d4e5f607182";
    let extension = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";
    for body in [
        json!({ "displayName": "g", "members": [{ "value": nobody }] }),
        json!({ "displayName": "g", extension: { "parentGroup": { "value": nobody } } }),
    ] {
        refused(client.post("/Groups", &body).await, 400, "invalidValue", &[nobody]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_characteristics_fit_their_type() {
    let _proof = proves(&["4.23"]);
    let (_site, client) = badge::start(&[]).await;
    let schemas = client.get("/Schemas").await.expect(200);
    let mut seen = 0;
    let mut waiting: Vec<&Value> = schemas["Resources"].as_array().unwrap().iter().map(|s| &s["attributes"]).collect();
    while let Some(list) = waiting.pop() {
        for attribute in list.as_array().unwrap() {
            let kind = attribute["type"].as_str().unwrap();
            if kind != "string" && kind != "reference" {
                assert_eq!(attribute["uniqueness"].as_str().unwrap_or("none"), "none", "{attribute}");
                seen += 1;
            }
            if matches!(kind, "boolean" | "dateTime" | "integer" | "decimal") {
                assert!(attribute.get("caseExact").is_none(), "{attribute}");
            }
            waiting.extend(attribute.get("subAttributes"));
        }
    }
    assert!(seen > 30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_attributes() {
    let _proof = proves(&["4.24"]);
    let unknown = [
        json!({ "stranger": 1 }),
        json!({ "name": { "stranger": "x" } }),
        json!({ "emails": [{ "value": "a@x", "stranger": true }] }),
        json!({ "urn:x:y:User": { "a": 1 } }),
        json!({ super::ENTERPRISE: { "stranger": 1 } }),
    ];
    let with = |name: &str, more: &Value, urns: Value| {
        let mut body = json!({ "schemas": urns, "userName": name });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let (_site, client) = start().await;
    for (position, more) in unknown.iter().enumerate() {
        let name = format!("u{position}");
        let created = client.post("/Users", &with(&name, more, json!([USER]))).await.expect(201);
        assert!(!created.to_string().contains("stranger") && created.get("urn:x:y:User").is_none(), "{created}");
        let path = format!("/Users/{}", created["id"].as_str().unwrap());
        client.put(&path, &with(&name, more, json!([USER]))).await.expect(200);
    }
    let (_site, client) = start_strict().await;
    let plain = with("u", &json!({}), json!([USER]));
    let path = format!("/Users/{}", client.created("/Users", plain).await);
    for more in &unknown {
        let urns = json!([USER, super::ENTERPRISE]);
        refused(client.post("/Users", &with("v", more, urns.clone())).await, 400, "invalidSyntax", &[]);
        refused(client.put(&path, &with("u", more, urns)).await, 400, "invalidSyntax", &[]);
    }
    let group = json!({ "schemas": [GROUP], "displayName": "g", "stranger": 1 });
    refused(client.post("/Groups", &group).await, 400, "invalidSyntax", &["stranger"]);
}
