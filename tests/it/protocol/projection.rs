//! Section 6: what `attributes` and `excludedAttributes` show.

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, SEARCH, USER, like, refused, start};
use crate::conformance::proves;
use crate::scim::client::{Client, PATCH_OP};

fn ada(name: &str) -> Value {
    json!({ "schemas": [USER, ENTERPRISE], "userName": name, "externalId": "x", "title": "T",
        "name": { "givenName": "A", "familyName": "L" },
        "emails": [{ "value": "a@x", "type": "work", "display": "A" }, { "value": "b@x", "type": "home" }],
        ENTERPRISE: { "department": "D", "manager": { "value": "m" } } })
}

async fn created(client: &Client) -> String {
    format!("/Users/{}", client.created("/Users", ada("ada")).await)
}

/// The keys a resource shows.
fn keys(resource: &Value) -> Vec<&str> {
    resource.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_with_a_resource_is_projected() {
    let _proof = proves(&["6.1", "6.11"]);
    let (_site, client) = start().await;
    let path = created(&client).await;
    let patch = json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "path": "title", "value": "U" }] });
    let search = json!({ "schemas": [SEARCH] });
    let (put, post) = (ada("ada"), ada("bob"));
    for (parameter, names, shown) in [
        ("attributes", "title", &["schemas", "id", "title"][..]),
        ("excludedAttributes", "name,emails,meta,active,userName,externalId", &["schemas", "id", "title", ENTERPRISE]),
    ] {
        let ask = async |method: &str, path: &str, body: Option<&Value>| {
            let answer = client.send(method, &format!("{path}?{parameter}={names}"), body).await;
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
            answer.body
        };
        let posted = ask("POST", "/Users", Some(&post)).await;
        for answer in [
            ask("GET", &path, None).await,
            ask("PUT", &path, Some(&put)).await,
            ask("PATCH", &path, Some(&patch)).await,
            ask("GET", "/Users", None).await["Resources"][0].clone(),
            posted.clone(),
        ] {
            assert_eq!(keys(&answer), shown, "{parameter}");
        }
        let mut search = search.clone();
        search[parameter] = names.split(',').collect();
        let found = client.post("/Users/.search", &search).await.expect(200);
        assert_eq!(keys(&found["Resources"][0]), shown);
        client.delete(&format!("/Users/{}", posted["id"].as_str().unwrap())).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_at_once_are_refused() {
    let _proof = proves(&["6.2"]);
    let (_site, client) = start().await;
    let path = created(&client).await;
    let query = "attributes=userName&excludedAttributes=title";
    for path in [&path, "/Users", "/Groups", ""] {
        refused(client.get(&format!("{path}?{query}")).await, 400, "invalidValue", &["excludedAttributes"]);
    }
    let search = json!({ "schemas": [SEARCH], "attributes": ["userName"], "excludedAttributes": ["title"] });
    refused(client.post("/.search", &search).await, 400, "invalidValue", &["excludedAttributes"]);
    refused(client.put(&format!("{path}?{query}"), &ada("b")).await, 400, "invalidValue", &[]);
    refused(client.post(&format!("/Users?{query}"), &ada("b")).await, 400, "invalidValue", &[]);
    assert_eq!(client.get("/Users").await.expect(200)["Resources"][0]["meta"]["version"], "W/\"1\"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_in_every_notation() {
    let _proof = proves(&["6.3", "6.4", "6.5", "6.8"]);
    let (_site, client) = start().await;
    let path = created(&client).await;
    let urn = |rest: &str| format!("{ENTERPRISE}:{rest}");
    let core = |rest: &str| format!("{USER}:{rest}");
    for (query, shown) in [
        ("attributes=userName,title".to_owned(), &["userName", "title"][..]),
        ("attributes=userName,%20title".to_owned(), &["userName", "title"]),
        ("attributes=userName&attributes=title".to_owned(), &["userName", "title"]),
        ("attributes=title,stranger,urn:x:y,name.stranger,,".to_owned(), &["title"]),
        ("attributes=stranger".to_owned(), &[]),
        (format!("attributes={}", core("title")), &["title"]),
        (format!("attributes={},{}", core("emails.type"), urn("manager.value")), &["emails", ENTERPRISE]),
        (format!("attributes={ENTERPRISE}"), &[ENTERPRISE]),
        ("attributes=department".to_owned(), &[ENTERPRISE]),
        ("attributes=id,schemas,meta.version".to_owned(), &["meta"]),
    ] {
        let found = client.get(&format!("{path}?{query}")).await.expect(200);
        let expected: Vec<&str> = ["schemas", "id"].iter().chain(shown).copied().collect();
        assert_eq!(keys(&found), expected, "{query}");
    }
    let parts = client.get(&format!("{path}?attributes=name.givenName,emails.value,{}", urn("department"))).await;
    let expected = json!({
        "name": { "@exactly": { "givenName": "A" } },
        "emails": { "@exactly": [{ "value": "a@x" }, { "value": "b@x" }] },
        ENTERPRISE: { "@exactly": { "department": "D" } },
    });
    like(&parts.expect(200), &expected);
    let search = json!({ "schemas": [SEARCH], "attributes": ["userName", "name.givenName"] });
    let found = client.post("/Users/.search", &search).await.expect(200);
    assert_eq!(keys(&found["Resources"][0]), ["schemas", "id", "userName", "name"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_excluded() {
    let _proof = proves(&["6.6", "6.7", "6.8", "6.9"]);
    let (_site, client) = start().await;
    let path = created(&client).await;
    let whole = client.get(&path).await.expect(200);
    let all = keys(&whole);
    for (query, missing) in [
        ("excludedAttributes=title".to_owned(), &["title"][..]),
        ("excludedAttributes=id,schemas,stranger".to_owned(), &[]),
        ("excludedAttributes=NAME,Emails,meta".to_owned(), &["name", "emails", "meta"]),
        (format!("excludedAttributes={ENTERPRISE}"), &[ENTERPRISE]),
        (format!("excludedAttributes={USER}:title&excludedAttributes={ENTERPRISE}:department"), &["title"]),
    ] {
        let found = client.get(&format!("{path}?{query}")).await.expect(200);
        let expected: Vec<&str> = all.iter().copied().filter(|key| !missing.contains(key)).collect();
        assert_eq!(keys(&found), expected, "{query}");
    }
    let query = format!("excludedAttributes=name.familyName,emails.display,meta.version,{ENTERPRISE}:manager");
    let expected = json!({
        "name": { "@exactly": { "givenName": "A" } }, "meta": { "version": "@absent", "created": "@time" },
        "emails": { "@exactly": [{ "value": "a@x", "type": "work" }, { "value": "b@x", "type": "home" }] },
        ENTERPRISE: { "@exactly": { "department": "D" } },
    });
    like(&client.get(&format!("{path}?{query}")).await.expect(200), &expected);
    assert!(all.contains(&"meta"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_left_out_when_they_are_excluded() {
    let _proof = proves(&["6.10", "6.4"]);
    let (_site, client) = start().await;
    let (user, inner) = (client.user("u").await, client.group("inner").await);
    let body = json!({ "schemas": [GROUP], "displayName": "g", "members": [{ "value": user }, { "value": inner }] });
    let path = format!("/Groups/{}", client.created("/Groups", body.clone()).await);
    let put = async |query: &str| client.put(&format!("{path}?{query}"), &body).await.expect(200);
    for query in ["excludedAttributes=members", "attributes=displayName", "excludedAttributes=MEMBERS"] {
        let list = client.get(&format!("/Groups?{query}&filter=displayName eq \"g\"")).await.expect(200);
        for found in
            [&client.get(&format!("{path}?{query}")).await.expect(200), &list["Resources"][0], &put(query).await]
        {
            like(found, &json!({ "displayName": "g", "members": "@absent" }));
        }
    }
    for (query, member) in [
        ("attributes=members.value", json!({ "@exactly": { "value": user } })),
        ("attributes=members", json!({ "value": user, "type": "User", "$ref": "@string" })),
        (
            "excludedAttributes=members.$ref,members.display",
            json!({ "value": user, "type": "User", "$ref": "@absent" }),
        ),
    ] {
        let found = client.get(&format!("{path}?{query}")).await.expect(200);
        like(&found, &json!({ "members": { "@contains": [member] } }));
        assert_eq!(found.get("displayName").is_some(), query.starts_with("excluded"));
    }
}
