//! Section 2: media types, addresses, entity tags, preconditions.

use convoke::api::Options;
use serde_json::{Value, json};

use super::{like, start};
use crate::conformance::proves;
use crate::scim::client::Client;
use crate::scim::site::Site;
use crate::support::Setup;

const SCIM: &str = "application/scim+json";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_types_of_answers() {
    let _proof = proves(&["2.1", "2.3", "2.6"]);
    let (_site, client) = start().await;
    let paths = ["/Users", "/Users/nobody", "/Nothing", "/Schemas", "/Users?filter=x", "/ServiceProviderConfig", "/Me"];
    for accept in [SCIM, "application/json", "*/*", "application/json;q=0.5, text/html", "text/html", "image/png", ""] {
        for path in paths {
            let answer = client.send_with("GET", path, &[("accept", accept)], None).await;
            assert!(answer.header("content-type").starts_with(SCIM), "{path} as {accept}: {answer:?}");
            assert_ne!(answer.status, 406);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_types_of_requests() {
    let _proof = proves(&["2.2", "2.4", "2.5"]);
    let (_site, client) = start().await;
    let post = async |kind: Option<&str>, name: &str| {
        let request = client.request("POST", "/Users").body(json!({ "userName": name }).to_string());
        let request = kind.into_iter().fold(request, |request, kind| request.header("content-type", kind));
        request.send().await.unwrap().status().as_u16()
    };
    for kind in
        [SCIM, "application/scim+json; charset=utf-8", "Application/SCIM+JSON;charset=UTF-8", "application/json"]
    {
        assert_eq!(post(Some(kind), kind).await, 201, "{kind}");
    }
    assert_eq!(post(None, "none").await, 201);
    for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        assert_eq!(post(Some(kind), kind).await, 415, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_say_where_the_resource_is_and_in_which_version() {
    let _proof = proves(&["2.7", "2.8", "2.10", "2.12"]);
    let (_site, client) = start().await;
    for (path, name) in [("/Users", "userName"), ("/Groups", "displayName")] {
        let created = client.post(path, &json!({ name: "one" })).await;
        let location = created.header("location").to_owned();
        assert!(location.starts_with(&client.url(path)), "{location}");
        let one = location.strip_prefix(&client.url("")).unwrap().to_owned();
        let replaced = client.put(&one, &json!({ name: "two" })).await;
        let patched = client.patch(&one, json!([{ "op": "replace", "path": name, "value": "three" }])).await;
        for answer in [created, replaced, patched, client.get(&one).await] {
            assert_eq!(answer.header("location"), location);
            let version = answer.header("etag");
            assert!(version.starts_with("W/\"") && version.ends_with('"'), "{version}");
            like(&answer.body, &json!({ "meta": { "location": location, "version": version } }));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_follow_the_configured_one() {
    let _proof = proves(&["2.11", "19.3"]);
    let api = Options { public_url: Some("https://scim.example.com/".to_owned()), ..Options::default() };
    let site = Site::set_up(Setup { api, ..Setup::default() }).await;
    let client = site.client().await;
    let user = client.user("u").await;
    let group = client.created("/Groups", json!({ "displayName": "g", "members": [{ "value": user }] })).await;
    let base = "https://scim.example.com";
    for mount in ["/scim/v2", "/tenants/acme/scim/v2", "/api/v1/tenants/acme/scim/v2"] {
        let answer = site.server.get(&format!("{mount}/Groups/{group}")).await;
        assert_eq!(answer.header("location"), format!("{base}{mount}/Groups/{group}"));
        like(
            &answer.body,
            &json!({ "meta": { "location": answer.header("location") },
                     "members": [{ "$ref": format!("{base}{mount}/Users/{user}") }] }),
        );
        let user = site.server.get(&format!("{mount}/Users/{user}")).await.expect(200);
        like(&user, &json!({ "groups": [{ "$ref": format!("{base}{mount}/Groups/{group}") }] }));
        let types = site.server.get(&format!("{mount}/ResourceTypes")).await.expect(200);
        let locations = json!({ "meta": { "location": { "@text": format!("{base}{mount}/ResourceTypes/") } } });
        like(&types["Resources"], &json!({ "@every": locations }));
    }

    // Without a configured one, the address is the one the client used.
    let (_site, client) = start().await;
    let (body, host) = (json!({ "userName": "u" }), [("host", "idp.example.org:8443")]);
    let answer = client.send_with("POST", "/Users", &host, Some(&body)).await;
    assert!(answer.header("location").starts_with("http://idp.example.org:8443/scim/v2/Users/"));
}

async fn resources(client: &Client) -> [(String, &'static str); 2] {
    [
        (format!("/Users/{}", client.user("one").await), "userName"),
        (format!("/Groups/{}", client.group("one").await), "displayName"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_has_the_version_gets_no_body() {
    let _proof = proves(&["2.13", "2.14"]);
    let (_site, client) = start().await;
    for (path, _) in resources(&client).await {
        for tags in ["W/\"1\"", "\"1\"", "\"x\", W/\"1\"", "*"] {
            let answer = client.send_with("GET", &path, &[("if-none-match", tags)], None).await;
            assert_eq!((answer.status, answer.text.as_str(), answer.header("etag")), (304, "", "W/\"1\""), "{tags}");
        }
        for tags in ["W/\"2\"", "", "x"] {
            let answer = client.send_with("GET", &path, &[("if-none-match", tags)], None).await;
            assert_eq!(answer.status, 200, "{tags}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preconditions_of_writes() {
    let _proof = proves(&["2.15", "2.16", "2.17", "2.18", "2.19", "13.5"]);
    let (_site, client) = start().await;
    for (path, name) in resources(&client).await {
        let patch = json!({ "Operations": [{ "op": "replace", "path": name, "value": "two" }] });
        let put = json!({ name: "two" });
        let writes: [(&str, Option<&Value>); 3] = [("PUT", Some(&put)), ("PATCH", Some(&patch)), ("DELETE", None)];
        for (method, body) in writes {
            for stale in ["W/\"7\"", "\"0\"", "W/\"2\", \"x\"", "nonsense"] {
                let answer = client.send_with(method, &path, &[("if-match", stale)], body).await;
                assert_eq!(answer.status, 412, "{method} {stale}");
            }
        }
        let found = client.get(&path).await.expect(200);
        like(&found, &json!({ name: "one", "meta": { "version": "W/\"1\"" } }));
        // Each lets the write through, and each write is a new version.
        let mut version = 1;
        for (position, tags) in ["*", "W/\"2\"", "\"3\"", "\"x\", W/\"4\"", ""].into_iter().enumerate() {
            let headers: &[(&str, &str)] = if tags.is_empty() { &[] } else { &[("if-match", tags)] };
            let body = json!({ name: format!("name {position}") });
            let answer = client.send_with("PUT", &path, headers, Some(&body)).await;
            version += 1;
            assert_eq!((answer.status, answer.header("etag")), (200, &*format!("W/\"{version}\"")), "{tags}");
        }
        let gone = client.send_with("DELETE", &path, &[("if-match", "W/\"6\"")], None).await;
        assert_eq!(gone.status, 204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_nothing_is_no_new_version() {
    let _proof = proves(&["2.20"]);
    let (_site, client) = start().await;
    let user = json!({ "userName": "one", "title": "T", "emails": [{ "value": "a@x", "type": "work" }] });
    let path = format!("/Users/{}", client.created("/Users", user.clone()).await);
    let before = client.get(&path).await.expect(200);
    let patches = [
        json!([{ "op": "replace", "path": "title", "value": "T" }]),
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "a@x", "type": "work" }] }]),
        json!([{ "op": "remove", "path": "nickName" }]),
        json!([{ "op": "replace", "path": "title", "value": "U" }, { "op": "replace", "path": "title", "value": "T" }]),
    ];
    for patch in patches {
        assert_eq!(client.patch(&path, patch.clone()).await.expect(200), before, "{patch}");
    }
    assert_eq!(client.put(&path, &user).await.expect(200), before);
    assert_eq!(client.put(&path, &before).await.expect(200), before);
}
