//! Section 3, as far as it says which resource is which: ids, what clients call it, `meta` and references.

use serde_json::json;

use super::{like, start};
use crate::conformance::proves;
use crate::scim::client::Client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_are_the_servers() {
    let _proof = proves(&["3.14", "3.15", "3.16", "3.17"]);
    let (_site, client) = start().await;
    for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let body = json!({ "id": "bulkId:mine", name: "n" });
        let created = client.post(path, &body).await.expect(201);
        let id = created["id"].as_str().unwrap();
        assert!(!id.to_ascii_lowercase().contains("bulkid") && !id.is_empty());
        let one = format!("{path}/{id}");
        assert_eq!(client.put(&one, &json!({ "id": "other", name: "m" })).await.expect(200)["id"], id);
        let patch = json!([{ "op": "replace", "path": name, "value": "o" }]);
        assert_eq!(client.patch(&one, patch).await.expect(200)["id"], id);
        for (filter, total) in [(id.to_owned(), 1), (id.to_uppercase(), 0)] {
            let list = client.get(&format!("{path}?filter=id eq \"{filter}\"")).await.expect(200);
            assert_eq!(list["totalResults"], total, "{filter}");
        }
        client.delete(&one).await;
        assert_ne!(client.post(path, &json!({ name: "o" })).await.expect(201)["id"], id);
        client.get(&one).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn external_ids_are_the_clients() {
    let _proof = proves(&["3.18", "3.19", "19.2"]);
    let (site, client) = start().await;
    let (other, _) = site.server.other_tenant("other").await;
    let other = Client::new(&site.server.base_url, &site.token_in(&other, &["scim"]).await);
    for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let id = client.created(path, json!({ name: "a", "externalId": "aBc 1" })).await;
        let found = client.get(&format!("{path}?filter=externalId eq \"aBc 1\"")).await.expect(200);
        like(&found, &json!({ "Resources": [{ "id": id, "externalId": "aBc 1" }] }));
        let in_other_case = client.get(&format!("{path}?filter=externalId eq \"ABC 1\"")).await.expect(200);
        assert_eq!(in_other_case["totalResults"], 0);
        // The same one again is the client's business.
        client.created(path, json!({ name: "b", "externalId": "aBc 1" })).await;
        other.created(path, json!({ name: "a", "externalId": "aBc 1" })).await;
        other.get(&format!("{path}/{id}")).await.expect(404);
        let theirs = other.get(&format!("{path}?filter=externalId eq \"aBc 1\"")).await.expect(200);
        assert_eq!(theirs["totalResults"], 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_meta_says() {
    let _proof = proves(&["3.21", "3.22", "3.23"]);
    let (_site, client) = start().await;
    for (path, name, kind) in [("/Users", "userName", "User"), ("/Groups", "displayName", "Group")] {
        let created = client.post(path, &json!({ name: "n" })).await.expect(201);
        let meta = &created["meta"];
        let said = json!({ "resourceType": kind, "created": "@time", "lastModified": "@time", "location": "@string",
            "version": "W/\"1\"" });
        like(meta, &said);
        assert_eq!(meta["lastModified"], meta["created"]);
        let one = format!("{path}/{}", created["id"].as_str().unwrap());
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let changed = client.put(&one, &json!({ name: "m" })).await.expect(200)["meta"].clone();
        assert_eq!(changed["created"], meta["created"]);
        assert!(changed["lastModified"].as_str() > meta["lastModified"].as_str(), "{changed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn references_lead_where_they_say() {
    let _proof = proves(&["3.27", "3.28", "3.47"]);
    let (_site, client) = start().await;
    let (user, inner) = (client.user("u").await, client.group("inner").await);
    let extension = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";
    let members = json!([
        { "value": inner, "type": "Group" },
        { "$ref": format!("https://scim.example.com/scim/v1/Users/{user}") },
    ]);
    let group = client.created("/Groups", json!({ "displayName": "g", "members": members })).await;
    let child = json!({ "displayName": "child", extension: { "parentGroup": { "value": group } } });
    let child = client.created("/Groups", child).await;
    let found = client.get(&format!("/Groups/{group}")).await.expect(200);
    let member =
        |id: &str, kind: &str| json!({ "value": id, "type": kind, "$ref": client.url(&format!("/{kind}s/{id}")) });
    let expected = json!({ "@unordered": [member(&user, "User"), member(&inner, "Group"), member(&child, "Group")] });
    like(&found["members"], &expected);
    let groups = client.get(&format!("/Users/{user}")).await.expect(200)["groups"].clone();
    let parent = client.get(&format!("/Groups/{child}")).await.expect(200)[extension]["parentGroup"].clone();
    assert_eq!(parent["value"], group);
    let members = found["members"].as_array().unwrap();
    for reference in members.iter().chain(groups.as_array().unwrap()).chain([&parent]) {
        let (address, id) = (reference["$ref"].as_str().unwrap(), reference["value"].as_str().unwrap());
        let path = address.strip_prefix(&client.url("")).unwrap();
        assert_eq!(client.get(path).await.expect(200)["id"], id);
    }
}
