//! Sections 7 to 9, where the tests of lists do not reach: case in orders, limits as published, cursors and rights.

use convoke::model::principal::Scope;
use convoke::model::token::PresentedToken;
use serde_json::{Value, json};

use super::{like, names, refused, start};
use crate::conformance::proves;
use crate::scim::client::Client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_know_which_case_counts() {
    let _proof = proves(&["7.4", "7.6"]);
    let (_site, client) = start().await;
    for (name, external) in [("b", "a"), ("A", "B"), ("C", "c")] {
        client.created("/Users", json!({ "userName": name, "externalId": external, "nickName": name })).await;
    }
    for (by, expected) in [("userName", "A b C"), ("nickName", "A b C"), ("externalId", "A b C"), ("id", "b A C")] {
        for order in ["", "&sortOrder=ascending", "&sortOrder=Ascending"] {
            let list = client.get(&format!("/Users?sortBy={by}{order}")).await.expect(200);
            assert_eq!(names(&list).join(" "), expected, "{by}");
        }
    }
    // By external id in any case it would be b A C as well.
    client.created("/Users", json!({ "userName": "D", "externalId": "C" })).await;
    assert_eq!(names(&client.get("/Users?sortBy=externalId").await.expect(200)).join(" "), "A D b C");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_into_a_list() {
    let _proof = proves(&["8.1", "8.2", "8.3", "8.5", "8.6", "8.7", "8.8", "8.9", "8.10", "8.11"]);
    let (_site, client) = start().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200)["pagination"].clone();
    let size = config["defaultPageSize"].as_u64().unwrap();
    let operations: Vec<Value> = (0..=size)
        .map(|number| {
            json!({ "method": "POST", "path": "/Users", "bulkId": number.to_string(),
            "data": { "userName": format!("user{number}") } })
        })
        .collect();
    client.post("/Bulk", &json!({ "Operations": operations })).await.expect(200);
    let total = size + 1;
    let whole = client.get("/Users?count=1000").await.expect(200);
    let mut created: Vec<&str> =
        whole["Resources"].as_array().unwrap().iter().map(|user| user["meta"]["created"].as_str().unwrap()).collect();
    assert!(created.is_sorted() && created.len() as u64 == total);
    created.clear();
    let all = names(&whole);
    for (query, start, shown) in [
        ("", 1, &all[..total as usize - 1]),
        ("startIndex=1&count=2", 1, &all[..2]),
        ("startIndex=0&count=2", 1, &all[..2]),
        ("startIndex=-7&count=2", 1, &all[..2]),
        ("startIndex=3&count=2", 3, &all[2..4]),
        ("startIndex=100&count=5", 100, &all[99..]),
        ("startIndex=5000", 5000, &[]),
        ("count=0", 1, &[]),
        ("count=-1", 1, &[]),
        ("count=999999999", 1, &all),
        ("filter=userName eq \"nobody\"", 1, &[]),
    ] {
        for _ in 0..2 {
            let page = client.get(&format!("/Users?{query}")).await.expect(200);
            assert_eq!(names(&page), shown, "{query}");
            let total = if query.starts_with("filter") { 0 } else { total };
            let counts = json!({ "totalResults": total, "startIndex": start, "itemsPerPage": shown.len() });
            like(&page, &counts);
            assert!(page["Resources"].is_array());
        }
    }
    assert_eq!(config["maxPageSize"], client.get("/ServiceProviderConfig").await.expect(200)["filter"]["maxResults"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_the_maximum_is_cut() {
    let _proof = proves(&["8.5"]);
    let (_site, client) = start().await;
    let config = client.get("/ServiceProviderConfig").await.expect(200)["pagination"].clone();
    let most = config["maxPageSize"].as_u64().unwrap();
    for part in 0..2 {
        let user = |number: u64| {
            json!({ "method": "POST", "path": "/Users", "bulkId": number.to_string(),
            "data": { "userName": format!("user{part}.{number}") } })
        };
        let operations: Vec<Value> = (0..=most / 2).map(user).collect();
        client.post("/Bulk", &json!({ "Operations": operations })).await.expect(200);
    }
    for query in
        [format!("count={}", most + 1), "count=99999999999999999999".to_owned(), format!("cursor&count={}", most + 1)]
    {
        let page = client.get(&format!("/Users?attributes=userName&{query}")).await.expect(200);
        like(&page, &json!({ "totalResults": most + 2, "itemsPerPage": most, "Resources": { "@length": most } }));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_are_none() {
    let _proof = proves(&["8.4", "9.10", "9.20"]);
    let (_site, client) = start().await;
    for path in ["/Users", "/Groups", ""] {
        for (query, scim_type, name) in [
            ("startIndex=one", "invalidValue", "startIndex"),
            ("startIndex=1.5", "invalidValue", "startIndex"),
            ("count=many", "invalidValue", "count"),
            ("count=1e2", "invalidValue", "count"),
            ("cursor&count=many", "invalidCount", "count"),
            ("cursor&startIndex=1", "invalidValue", "startIndex"),
        ] {
            refused(client.get(&format!("{path}?{query}")).await, 400, scim_type, &[name]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pages_published_are_those_served() {
    let _proof = proves(&["9.1", "9.5", "9.14", "9.16"]);
    let (_site, client) = start().await;
    client.user("a").await;
    client.user("b").await;
    let config = client.get("/ServiceProviderConfig").await.expect(200)["pagination"].clone();
    let said = json!({ "cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": "@integer",
        "maxPageSize": "@integer", "cursorTimeout": "@integer" });
    like(&config, &said);
    like(&client.get("/Users?count=1").await.expect(200), &json!({ "startIndex": 1, "nextCursor": "@absent" }));
    for first in ["cursor", "cursor=", "cursor=&count=1"] {
        let page = client.get(&format!("/Users?count=1&{first}")).await.expect(200);
        like(&page, &json!({ "startIndex": "@absent", "nextCursor": "@string", "totalResults": 2, "itemsPerPage": 1 }));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_gives_no_right() {
    let _proof = proves(&["9.17", "9.18"]);
    let (site, client) = start().await;
    client.user("a").await;
    client.user("b").await;
    let token = site.token(&["scim:read"]).await;
    let reader = Client::new(&site.server.base_url, &token);
    let page = reader.get("/Users?cursor&count=1").await.expect(200);
    let next = format!("/Users?count=1&cursor={}", page["nextCursor"].as_str().unwrap());
    reader.get(&next).await.expect(200);
    let unfit = Client::new(&site.server.base_url, &site.token(&["admin:read"]).await);
    unfit.get(&next).await.expect(403);
    site.server.domain.revoke_token(&site.scope(), PresentedToken::parse(&token).unwrap().id).await.unwrap();
    reader.get(&next).await.expect(401);

    let (_, other) = site.server.other_tenant("other").await;
    let other = other.get(&format!("/scim/v2{next}")).await.expect(400);
    assert_eq!(other, client.get("/Users?cursor=none&count=1").await.expect(400));
    let scim = site.server.client_with(&[Scope::ScimRead], &[]).await;
    scim.get(&format!("/scim/v2{next}")).await.expect(200);
}
