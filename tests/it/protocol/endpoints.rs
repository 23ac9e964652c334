//! Sections 1 and 18: which endpoint answers which method, and with what.

use serde_json::{Value, json};

use super::{LIST, SEARCH, like, start};
use crate::conformance::proves;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_of_a_resource_has_its_status() {
    let _proof = proves(&["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]);
    let (_site, client) = start().await;
    for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let none = client.get(path).await.expect(200);
        like(&none, &json!({ "schemas": [LIST], "totalResults": 0, "Resources": [] }));
        let created = client.post(path, &json!({ name: "one" })).await;
        let location = created.header("location").to_owned();
        assert_eq!((created.status, created.header("etag")), (201, "W/\"1\""));
        assert_eq!(created.body["meta"]["location"], location.as_str());
        let one = location.strip_prefix(&client.url("")).expect("an absolute URL below the base").to_owned();
        assert_eq!(client.get(path).await.expect(200)["totalResults"], 1);

        let whole = json!({ name: "one", "id": created.body["id"], "meta": "@object", "schemas": "@array" });
        like(&client.get(&one).await.expect(200), &whole);
        let replaced = client.put(&one, &json!({ name: "two" })).await.expect(200);
        like(&replaced, &json!({ name: "two", "id": created.body["id"], "meta": { "version": "W/\"2\"" } }));
        let patch = json!([{ "op": "replace", "path": name, "value": "three" }]);
        like(&client.patch(&one, patch).await.expect(200), &json!({ name: "three", "id": created.body["id"] }));
        let deleted = client.delete(&one).await;
        assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_and_the_base_give_lists() {
    let _proof = proves(&["1.7", "1.8", "10.4"]);
    let (_site, client) = start().await;
    client.user("u").await;
    client.group("g").await;
    let search = json!({ "schemas": [SEARCH] });
    for (path, total) in [("/Users", 1), ("/Groups", 1), ("", 2)] {
        let found = client.post(&format!("{path}/.search"), &search).await.expect(200);
        like(&found, &json!({ "schemas": [LIST], "totalResults": total, "Resources": { "@length": total } }));
        assert_eq!(client.get(path).await.expect(200)["Resources"], found["Resources"]);
        for resource in found["Resources"].as_array().unwrap() {
            let name = resource["meta"]["resourceType"].as_str().unwrap();
            assert_eq!(resource["schemas"], json!([format!("urn:ietf:params:scim:schemas:core:2.0:{name}")]));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discovery_documents_are_single_or_lists() {
    let _proof = proves(&["1.11", "1.12", "1.13", "1.21"]);
    let (_site, client) = start().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200);
    like(&config, &json!({ "patch": "@object", "Resources": "@absent", "totalResults": "@absent" }));
    for path in ["/ResourceTypes", "/Schemas"] {
        let list = client.get(path).await.expect(200);
        like(&list, &json!({ "schemas": [LIST], "totalResults": "@integer" }));
        for listed in list["Resources"].as_array().unwrap() {
            let id = listed["id"].as_str().unwrap();
            assert_eq!(client.get(&format!("{path}/{id}")).await.expect(200), *listed);
            if let Some(endpoint) = listed["endpoint"].as_str() {
                like(&client.get(endpoint).await.expect(200), &json!({ "schemas": [LIST] }));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn put_never_creates() {
    let _proof = proves(&["1.14"]);
    let (_site, client) = start().await;
    for path in ["/Users", "/Groups"] {
        for id in ["0190d3c4-8f4e-7d9a-b1c2-3d4e5f607182", "new"] {
            client.put(&format!("{path}/{id}"), &json!({ "userName": "x", "displayName": "x" })).await.expect(404);
        }
        assert_eq!(client.get(path).await.expect(200)["totalResults"], 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spellings_of_a_path() {
    let _proof = proves(&["1.18", "1.22"]);
    let (_site, client) = start().await;
    let (user, group) = (client.user("u").await, client.group("g").await);
    for (usual, unusual) in [
        ("/Users", "/users"),
        ("/Users", "/Users/"),
        ("/Users", "//Users"),
        (&format!("/Groups/{group}"), &format!("//Groups/{group}")),
        ("/Groups", "/groups/"),
        (&format!("/Users/{user}"), &format!("/users/{user}/")),
        (&format!("/Groups/{group}"), &format!("/GROUPS/{group}")),
        ("/Schemas", "/schemas"),
        ("/ResourceTypes", "/resourcetypes/"),
        ("/ServiceProviderConfig", "/serviceproviderconfig"),
        ("/Users?count=1", "/Users?count=1&stranger=x&aadOptscim062020"),
        (&format!("/Users/{user}"), &format!("/Users/{user}?stranger")),
    ] {
        let (expected, found) = (client.get(usual).await.expect(200), client.get(unusual).await.expect(200));
        assert_eq!(found, expected, "{unusual}");
    }
    client.post("/users/?stranger=1", &json!({ "userName": "v" })).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_version_in_the_path() {
    let _proof = proves(&["1.19", "1.20"]);
    let (site, client) = start().await;
    let user = client.user("u").await;
    let server = &site.server;
    let get = async |path: &str| server.get(path).await;
    let expected = client.get(&format!("/Users/{user}")).await.expect(200);
    for base in ["/scim/v2", "/scim"] {
        assert_eq!(get(&format!("{base}/Users/{user}")).await.expect(200), expected, "{base}");
    }
    like(&get("/scim").await.expect(200), &json!({ "totalResults": 1 }));
    like(&get("/tenants/acme/scim/Users").await.expect(200), &json!({ "totalResults": 1 }));
    for path in ["/scim/v1/Users", "/scim/v3", "/scim/v22/Users", "/tenants/acme/scim/v1/Users"] {
        let refused = get(path).await.expect(400);
        like(&refused, &json!({ "scimType": "invalidVers", "status": "400", "detail": { "@text": "/scim/v2" } }));
    }
    let unknown: Value = get("/scim/Nothing").await.expect(404);
    like(&unknown, &json!({ "status": "404", "detail": { "@text": "Nothing" } }));
}
