//! The 2026 profiles on a strict tenant, where the tests of strict mode do not reach.

use serde_json::json;

use super::{GROUP, LIST, USER, like, names, start_strict};
use crate::conformance::proves;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_has_pages() {
    let _proof = proves(&["I-13", "S-15"]);
    let (_site, client) = start_strict().await;
    for name in ["a", "b"] {
        client.created("/Users", json!({ "schemas": [USER], "userName": name })).await;
        client.created("/Groups", json!({ "schemas": [GROUP], "displayName": name })).await;
    }
    for (path, total) in [("/Users", 2), ("/Groups", 2), ("", 4)] {
        let page = client.get(&format!("{path}?startIndex=2&count=1")).await.expect(200);
        like(&page, &json!({ "schemas": [LIST], "totalResults": total, "startIndex": 2, "itemsPerPage": 1 }));
        let mut page = client.get(&format!("{path}?cursor&count=1")).await.expect(200);
        let mut seen = 1;
        while let Some(next) = page["nextCursor"].as_str() {
            page = client.get(&format!("{path}?cursor={next}&count=1")).await.expect(200);
            seen += 1;
        }
        assert_eq!(seen, total);
    }
    let config = client.get("/ServiceProviderConfig").await.expect(200);
    assert!(config["pagination"]["maxPageSize"].as_i64() <= Some(1_000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_found() {
    let _proof = proves(&["S-17"]);
    let (_site, client) = start_strict().await;
    let user = client.created("/Users", json!({ "schemas": [USER], "userName": "u" })).await;
    let group =
        json!({ "schemas": [GROUP], "displayName": "staff", "externalId": "E-1", "members": [{ "value": user }] });
    client.created("/Groups", group).await;
    client.created("/Groups", json!({ "schemas": [GROUP], "displayName": "other" })).await;
    for filter in ["displayName eq \"Staff\"", "externalId eq \"E-1\"", &format!("members[value eq \"{user}\"]")] {
        let found = client.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).await.expect(200);
        assert_eq!(names(&found), ["staff"], "{filter}");
        like(&found, &json!({ "Resources": { "@every": { "members": "@absent" } } }));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_have_what_the_profile_wants() {
    let _proof = proves(&["S-12"]);
    let (_site, client) = start_strict().await;
    let schema = client.get(&format!("/Schemas/{USER}")).await.expect(200);
    let named = ["userName", "displayName", "active"].map(|name| json!({ "name": name }));
    like(&schema["attributes"], &json!({ "@contains": named }));
    let user = json!({ "schemas": [USER], "userName": "u", "externalId": "e", "displayName": "U", "active": true });
    let id = client.created("/Users", user.clone()).await;
    like(&client.get(&format!("/Users/{id}")).await.expect(200), &user);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_leaves_a_record() {
    let _proof = proves(&["S-21"]);
    let (site, client) = start_strict().await;
    for (path, name, urn) in [("/Users", "userName", USER), ("/Groups", "displayName", GROUP)] {
        let id = client.created(path, json!({ "schemas": [urn], name: "n" })).await;
        let one = format!("{path}/{id}");
        client.patch(&one, json!([{ "op": "replace", "path": name, "value": "m" }])).await.expect(200);
        client.delete(&one).await.expect(204);
        let query = "SELECT count(*) FROM events
             WHERE resource = $1::text::uuid AND actor LIKE 'token:%' AND api = 'scim' AND request_id <> ''";
        assert_eq!(site.sql.value::<i64>(query, &[&id]).await, 3, "{path}");
    }
}
