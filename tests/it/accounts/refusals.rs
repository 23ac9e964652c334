//! What every endpoint does with what it cannot take, one table for all of them.

use convoke::model::principal::Scope;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::GROUPS;
use crate::support::{Answer, TestServer};

/// An endpoint: its method, its path behind that of the groups, and a body that it takes.
struct Endpoint {
    method: Method,
    rest: String,
    body: Option<Value>,
}

async fn endpoints(server: &TestServer) -> Vec<Endpoint> {
    let group = server.group("eng", &[server.user("ada").await]).await;
    let endpoint = |method, rest: String, body| Endpoint { method, rest, body };
    vec![
        endpoint(Method::GET, String::new(), None),
        endpoint(Method::POST, String::new(), Some(json!({ "name": "ops" }))),
        endpoint(Method::GET, format!("/{group}"), None),
        endpoint(Method::PUT, format!("/{group}"), Some(json!({ "description": "Builds" }))),
        endpoint(Method::GET, format!("/{group}/members"), None),
        endpoint(Method::DELETE, format!("/{group}"), None),
    ]
}

impl Endpoint {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.rest)
    }

    fn at(&self) -> String {
        format!("{GROUPS}{}", self.rest)
    }
}

/// Holds a refusal to its form.
#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str, name: &str) {
    assert_eq!((answer.status, &answer.body["error"]["code"]), (status, &json!(code)), "{name}: {}", answer.text);
    assert!(answer.body["error"]["message"].is_string(), "{name}");
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials() {
    let server = TestServer::start().await;
    let powerless = server.client_with(&[Scope::Scim, Scope::UsersWrite], &[]).await;
    let (_, foreign) = server.other_tenant("south").await;
    for endpoint in endpoints(&server).await {
        let (at, body, name) = (endpoint.at(), endpoint.body.as_ref(), endpoint.name());
        for client in [server.anonymous(), server.with_token("cvk_nonsense")] {
            let answer = client.send(endpoint.method.clone(), &at, &[], body).await;
            refused(&answer, 401, "UNAUTHORIZED", &name);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{name}");
        }
        refused(&powerless.send(endpoint.method.clone(), &at, &[], body).await, 403, "FORBIDDEN", &name);
        let answer = foreign.send(endpoint.method.clone(), &at, &[], body).await;
        if endpoint.rest.is_empty() {
            assert!(answer.status < 300 && !answer.text.contains("eng"), "{name}: {}", answer.text);
        } else {
            refused(&answer, 404, "NOT_FOUND", &name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies() {
    let server = TestServer::start().await;
    for endpoint in endpoints(&server).await.into_iter().filter(|endpoint| endpoint.body.is_some()) {
        let (at, name) = (endpoint.at(), endpoint.name());
        let send = |media: &'static str, bytes: Vec<u8>| {
            server.send_bytes(endpoint.method.clone(), &at, &[], Some((media, bytes)))
        };
        for bad in ["{", "", "nonsense", "[1, 2", "[]", "7", "null", "{\"name\": 7}", "{\"is_privileged\": \"yes\"}"] {
            let answer = send("application/json", bad.as_bytes().to_vec()).await;
            refused(&answer, 400, "VALIDATION_ERROR", &format!("{name} {bad}"));
        }
        let answer = send("application/json", vec![0xff, 0xfe]).await;
        refused(&answer, 400, "VALIDATION_ERROR", &name);
        let good = endpoint.body.as_ref().unwrap().to_string().into_bytes();
        refused(&send("text/plain", good.clone()).await, 415, "UNSUPPORTED_MEDIA_TYPE", &name);
        refused(&send("application/json", vec![b' '; 9 * 1024 * 1024]).await, 413, "PAYLOAD_TOO_LARGE", &name);
        for (bad, field) in [
            (json!({ "name": "" }), "name"),
            (json!({ "name": "x".repeat(257) }), "name"),
            (json!({ "name": "a\u{7}b" }), "name"),
            (json!({ "name": "x", "description": "x".repeat(4_097) }), "description"),
            (json!({ "name": "x", "group_type": "mail" }), "group_type"),
            (json!({ "name": "x", "group_type": 7 }), "group_type"),
        ] {
            let answer = server.send(endpoint.method.clone(), &at, &[], Some(&bad)).await;
            refused(&answer, 400, "VALIDATION_ERROR", &format!("{name} {field}"));
            assert_eq!(answer.body["error"]["details"]["fields"][0]["field"], json!(field), "{}", answer.text);
        }
        let answer = send("application/json; charset=UTF-8", good).await;
        assert!(answer.status < 300, "{name}: {}", answer.text);
    }
    let both = server.post(GROUPS, &json!({ "description": 7, "is_privileged": 1 })).await;
    let fields: Vec<&Value> =
        both.body["error"]["details"]["fields"].as_array().unwrap().iter().map(|fault| &fault["field"]).collect();
    assert_eq!(fields, ["name", "description", "is_privileged"], "all faults at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_conflicts_and_preconditions() {
    let server = TestServer::start().await;
    let endpoints = endpoints(&server).await;
    server.group("taken", &[]).await;
    for endpoint in endpoints.iter().filter(|endpoint| !endpoint.rest.is_empty()) {
        let tail = if endpoint.rest.ends_with("/members") { "/members" } else { "" };
        for id in [&Uuid::from_u128(7).to_string(), "x", "7", "%20", "%00", "usr_01980000-0000-7000-8000-000000000002"]
        {
            let at = format!("{GROUPS}/{id}{tail}");
            let answer = server.send(endpoint.method.clone(), &at, &[], endpoint.body.as_ref()).await;
            refused(&answer, 404, "NOT_FOUND", &format!("{} {id}", endpoint.name()));
        }
        if endpoint.method != Method::GET {
            let stale = [("if-match", "W/\"77\"")];
            let answer = server.send(endpoint.method.clone(), &endpoint.at(), &stale, endpoint.body.as_ref()).await;
            refused(&answer, 412, "PRECONDITION_FAILED", &endpoint.name());
        }
    }
    let taken = json!({ "name": " TAKEN " });
    refused(&server.post(GROUPS, &taken).await, 409, "CONFLICT", "create");
    refused(&server.put(&endpoints[2].at(), &taken).await, 409, "CONFLICT", "update");
    let shown = server.get(&endpoints[2].at()).await;
    assert_eq!((shown.header("etag"), &shown.body["name"]), ("W/\"1\"", &json!("eng")), "nothing was changed");
    for query in ["membership_type=owner", "membership_type=", "limit=0", "limit=x", "after=x"] {
        let answer = server.get(&format!("{}?{query}", endpoints[4].at())).await;
        refused(&answer, 400, "VALIDATION_ERROR", query);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slashes_head_and_other_methods() {
    let server = TestServer::start().await;
    let endpoints = endpoints(&server).await;
    for endpoint in &endpoints {
        let at = format!("{}/", endpoint.at());
        let answer = server.send(endpoint.method.clone(), &at, &[], endpoint.body.as_ref()).await;
        assert!(answer.status < 300, "{}/: {}", endpoint.name(), answer.text);
        if endpoint.method == Method::GET {
            let head = server.send(Method::HEAD, &at, &[], None).await;
            assert_eq!(
                (head.status, head.text.as_str(), head.header("etag")),
                (200, "", answer.header("etag")),
                "{at}"
            );
            assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        }
    }
    for (rest, allow) in [("", "GET, HEAD, POST"), ("/x", "DELETE, GET, HEAD, PUT"), ("/x/members", "GET, HEAD")] {
        let answer = server.patch(&format!("{GROUPS}{rest}"), &json!({})).await;
        refused(&answer, 405, "METHOD_NOT_ALLOWED", rest);
        assert_eq!(answer.header("allow"), allow, "{rest}");
    }
    refused(&server.get(&format!("{GROUPS}/x/owners")).await, 404, "NOT_FOUND", "no such path");
}
