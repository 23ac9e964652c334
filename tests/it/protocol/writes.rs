//! Sections 11 and 13: POST, PUT and DELETE, where no client case reaches.

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, SEARCH, USER, like, names, refused, start, start_strict};
use crate::conformance::proves;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_account_is_active_unless_it_is_not() {
    let _proof = proves(&["11.2"]);
    let (_site, client) = start().await;
    for (body, active) in [
        (json!({ "userName": "a" }), true),
        (json!({ "userName": "b", "active": null }), true),
        (json!({ "userName": "c", "active": true }), true),
        (json!({ "userName": "d", "active": false }), false),
    ] {
        like(&client.post("/Users", &body).await.expect(201), &json!({ "active": active }));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_again_overwrites_nothing() {
    let _proof = proves(&["11.4"]);
    let (_site, client) = start().await;
    for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let body = json!({ name: "n", "externalId": "first" });
        let created = client.post(path, &body).await.expect(201);
        let again = json!({ name: "N", "externalId": "second" });
        for body in [&body, &again] {
            refused(client.post(path, body).await, 409, "uniqueness", &[name]);
        }
        let one = format!("{path}/{}", created["id"].as_str().unwrap());
        assert_eq!(client.get(&one).await.expect(200), created);
        assert_eq!(client.get(path).await.expect(200)["totalResults"], 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn put_is_the_whole_resource() {
    let _proof = proves(&["11.7"]);
    let (_site, client) = start().await;
    let full = json!({ "userName": "u", "externalId": "e", "title": "T", "name": { "givenName": "G", "familyName": "F" },
        "emails": [{ "value": "a@x" }, { "value": "b@x" }], "active": false, ENTERPRISE: { "department": "D", "division": "V" } });
    let path = format!("/Users/{}", client.created("/Users", full).await);
    let part = json!({ "userName": "v", "name": { "givenName": "H" }, "emails": [{ "value": "c@x" }],
        ENTERPRISE: { "division": "W" } });
    let replaced = client.put(&path, &part).await.expect(200);
    let expected = json!({ "userName": "v", "externalId": "@absent", "title": "@absent", "active": false,
        "name": { "@exactly": { "givenName": "H" } }, "emails": { "@exactly": [{ "value": "c@x" }] },
        ENTERPRISE: { "@exactly": { "division": "W" } } });
    like(&replaced, &expected);
    assert_eq!(client.get(&path).await.expect(200), replaced);
    like(
        &client.put(&path, &json!({ "userName": "v" })).await.expect(200),
        &json!({ "active": false, ENTERPRISE: "@absent" }),
    );

    let group =
        format!("/Groups/{}", client.created("/Groups", json!({ "displayName": "g", "externalId": "e" })).await);
    let replaced = client.put(&group, &json!({ "displayName": "h" })).await.expect(200);
    like(&replaced, &json!({ "displayName": "h", "externalId": "@absent" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn put_of_a_group_and_its_members() {
    let _proof = proves(&["11.10"]);
    for strict in [false, true] {
        let (_site, client) = if strict { start_strict().await } else { start().await };
        let user = client.created("/Users", json!({ "schemas": [USER], "userName": "u" })).await;
        let body = |members: Option<Value>| {
            let mut body = json!({ "schemas": [GROUP], "displayName": "g" });
            members.into_iter().for_each(|members| body["members"] = members);
            body
        };
        let id = client.created("/Groups", body(Some(json!([{ "value": user }])))).await;
        client.put(&format!("/Groups/{id}"), &body(None)).await.expect(200);
        assert_eq!(client.members(&id).await.is_empty(), strict);
        client.put(&format!("/Groups/{id}"), &body(Some(json!([{ "value": user }])))).await.expect(200);
        assert_eq!(client.members(&id).await.len(), 1);
        client.put(&format!("/Groups/{id}"), &body(Some(json!([])))).await.expect(200);
        assert!(client.members(&id).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_is_gone() {
    let _proof = proves(&["13.1", "13.2", "13.4"]);
    let (_site, client) = start().await;
    let user = client.created("/Users", json!({ "userName": "u", "externalId": "e" })).await;
    let members = json!([{ "value": user }]);
    let inner = client.created("/Groups", json!({ "displayName": "inner", "members": members })).await;
    let members = json!([{ "value": user }, { "value": inner }]);
    let outer = client.created("/Groups", json!({ "displayName": "outer", "members": members })).await;
    let patch = json!([{ "op": "replace", "path": "externalId", "value": "x" }]);
    for (path, name) in [(format!("/Users/{user}"), "userName"), (format!("/Groups/{inner}"), "displayName")] {
        assert_eq!(client.delete(&path).await.status, 204);
        client.get(&path).await.expect(404);
        client.put(&path, &json!({ name: "x" })).await.expect(404);
        client.patch(&path, patch.clone()).await.expect(404);
        client.delete(&path).await.expect(404);
    }
    for (path, filter) in [
        ("/Users", "userName eq \"u\"".to_owned()),
        ("/Users", "externalId eq \"e\"".to_owned()),
        ("/Users", format!("id eq \"{user}\"")),
        ("/Users", "not (userName eq \"x\")".to_owned()),
        ("/Groups", "displayName eq \"inner\"".to_owned()),
        ("/Groups", format!("members eq \"{user}\"")),
        ("/Groups", format!("members.value eq \"{inner}\"")),
    ] {
        let found = client.get(&format!("{path}?filter={filter}")).await.expect(200);
        like(&found, &json!({ "totalResults": 0, "Resources": [] }));
        let search = json!({ "schemas": [SEARCH], "filter": filter });
        assert_eq!(client.post(&format!("{path}/.search"), &search).await.expect(200)["totalResults"], 0);
    }
    assert_eq!(names(&client.get("").await.expect(200)), ["outer"]);
    like(&client.get(&format!("/Groups/{outer}")).await.expect(200), &json!({ "members": "@absent" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_what_is_deleted_are_free() {
    let _proof = proves(&["11.6", "13.3", "T50"]);
    let (_site, client) = start().await;
    for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let first = client.created(path, json!({ name: "n" })).await;
        client.delete(&format!("{path}/{first}")).await.expect(204);
        let second = client.created(path, json!({ name: "N" })).await;
        let other = client.created(path, json!({ name: "other" })).await;
        client.delete(&format!("{path}/{second}")).await.expect(204);
        client.put(&format!("{path}/{other}"), &json!({ name: "n" })).await.expect(200);
        assert_eq!(client.get(path).await.expect(200)["totalResults"], 1);
    }
    let inactive = client.created("/Users", json!({ "userName": "inactive", "active": false })).await;
    refused(client.post("/Users", &json!({ "userName": "inactive" })).await, 409, "uniqueness", &["userName"]);
    like(&client.get(&format!("/Users/{inactive}")).await.expect(200), &json!({ "active": false }));
}
