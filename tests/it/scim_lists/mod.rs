//! Lists over HTTP: sorting, index pages, cursor pages in both directions while the list changes, `.search`, and the base
//! URI over both kinds (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865).

mod cursors;
mod search;

use serde_json::{Value, json};

use crate::conformance::proves;
use crate::support::{Client, TestServer};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

async fn user(client: &Client, name: &str, more: Value) -> String {
    let mut body = json!({ "schemas": [USER], "userName": name });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/scim/v2/Users", &body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn group(client: &Client, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let body = json!({ "schemas": [GROUP], "displayName": name, "members": members });
    client.post("/scim/v2/Groups", &body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    list["Resources"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

fn names(list: &Value) -> Vec<&str> {
    let name = |r: &'_ Value| if r.get("userName").is_some() { "userName" } else { "displayName" };
    list["Resources"].as_array().unwrap().iter().map(|r| r[name(r)].as_str().unwrap()).collect()
}

/// The `scimType` of a 400.
async fn refused(client: &Client, path: &str) -> String {
    let body = client.get(path).await.expect(400);
    assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{body}");
    body["scimType"].as_str().unwrap().to_owned()
}

/// A few users with values missing here and there, and values that differ in case or not at all.
async fn cast(client: &Client) {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    for (name, more) in [
        (
            "delta",
            json!({ "displayName": "Bea", "title": "x", "emails": [{ "value": "b@x" }, { "value": "A@x", "primary": true }] }),
        ),
        (
            "Alpha",
            json!({ "displayName": "ada", "active": false, "emails": [{ "value": "c@x" }, { "value": "0@x", "primary": false }] }),
        ),
        (
            "charlie",
            json!({ "displayName": "Ada", "name": { "familyName": "Zed" }, enterprise: { "department": "r&d" } }),
        ),
        ("bravo", json!({ "title": "X", "emails": [{ "value": "B@y" }], enterprise: { "department": "Ops" } })),
        ("Écho", json!({ "displayName": "éa", "name": { "familyName": "abel" } })),
    ] {
        user(client, name, more).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sorts_by_any_attribute() {
    let _proof = proves(&["7.1", "7.2", "7.4", "7.5", "7.6"]);
    let server = TestServer::start().await;
    cast(&server).await;
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    // Without a value last. Descending is the exact reverse, so without a value first.
    for (by, ascending) in [
        ("userName", "Alpha bravo charlie delta Écho"),
        ("displayName", "Alpha charlie delta Écho bravo"),
        ("emails", "delta bravo Alpha charlie Écho"),
        ("emails.value", "delta bravo Alpha charlie Écho"),
        ("NAME.familyname", "Écho charlie delta Alpha bravo"),
        (enterprise, "bravo charlie delta Alpha Écho"),
        ("department", "bravo charlie delta Alpha Écho"),
        ("title", "delta bravo Alpha charlie Écho"),
        ("active", "Alpha delta charlie bravo Écho"),
        ("id", "delta Alpha charlie bravo Écho"),
        ("meta.created", "delta Alpha charlie bravo Écho"),
        ("meta.lastModified", "delta Alpha charlie bravo Écho"),
        ("meta.resourceType", "delta Alpha charlie bravo Écho"),
    ] {
        let expected: Vec<&str> = ascending.split(' ').collect();
        let up = server.get(&format!("/scim/v2/Users?sortBy={}", by)).await.expect(200);
        assert_eq!(names(&up), expected, "{by}");
        let down = server.get(&format!("/scim/v2/Users?sortBy={by}&sortOrder=descending")).await.expect(200);
        assert_eq!(names(&down), expected.into_iter().rev().collect::<Vec<_>>(), "{by} descending");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sorted_by_is_refused() {
    let _proof = proves(&["7.3", "7.4"]);
    let server = TestServer::start().await;
    for by in ["nosuch", "name", "password", "groups", "schemas", "x509Certificates", "userName.x", "a[b"] {
        assert_eq!(refused(&server, &format!("/scim/v2/Users?sortBy={by}")).await, "invalidPath", "{by}");
    }
    assert_eq!(refused(&server, "/scim/v2/Groups?sortBy=members.value").await, "invalidPath");
    assert_eq!(refused(&server, "/scim/v2/Users?sortBy=userName&sortOrder=up").await, "invalidValue");
    server.get("/scim/v2/Users?sortBy=&sortOrder=").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn index_pages_do_not_shift_under_ties() {
    let _proof = proves(&["7.7"]);
    let server = TestServer::start().await;
    for number in 0..7 {
        user(&server, &format!("u{number}"), json!({ "title": "same" })).await;
    }
    let whole = ids(&server.get("/scim/v2/Users?sortBy=title").await.expect(200));
    let mut paged = Vec::new();
    for start in [1, 4, 7] {
        let page = server.get(&format!("/scim/v2/Users?sortBy=title&startIndex={start}&count=3")).await.expect(200);
        assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(7), &json!(start)));
        paged.extend(ids(&page));
    }
    assert_eq!(paged, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_cut_and_none_gives_the_total() {
    let _proof = proves(&["7.8", "8.2"]);
    let server = TestServer::start().await;
    cast(&server).await;
    for path in ["/scim/v2/Users?count=0", "/scim/v2/Users?count=-1", "/scim/v2/Users?cursor=&count=0"] {
        let list = server.get(path).await.expect(200);
        assert_eq!(
            (&list["totalResults"], &list["itemsPerPage"], ids(&list).len()),
            (&json!(5), &json!(0), 0),
            "{path}"
        );
        assert!(list.get("nextCursor").is_none());
    }
    for count in ["1000000", "99999999999999999999"] {
        let list = server.get(&format!("/scim/v2/Users?count={count}")).await.expect(200);
        assert_eq!(ids(&list).len(), 5);
    }
    let config = server.get("/scim/v2/ServiceProviderConfig").await.expect(200);
    assert_eq!(config["filter"]["maxResults"], config["pagination"]["maxPageSize"]);
    assert_eq!((&config["pagination"]["cursor"], &config["sort"]["supported"]), (&json!(true), &json!(true)));
}
