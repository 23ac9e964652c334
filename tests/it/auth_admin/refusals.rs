//! What every endpoint does with what it cannot take, one table for all of them.

use convoke::model::principal::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::{GROUPS, body, create, path};
use crate::support::TestServer;

/// An endpoint: its method, its path with a group in it, and a body that it takes.
struct Endpoint {
    method: Method,
    rest: String,
    body: Option<Value>,
    /// What is left out of a body that is complete.
    needs: Option<&'static str>,
}

async fn endpoints(server: &TestServer) -> Vec<Endpoint> {
    let (id, user) = (create(server, "eng").await, server.user("ada").await);
    let ids = json!({ "user_ids": [user.to_string()] });
    let endpoint = |method, rest: &str, body, needs| Endpoint { method, rest: rest.to_owned(), body, needs };
    vec![
        endpoint(Method::GET, "", None, None),
        endpoint(Method::POST, "", Some(json!({ "groups": ["ops"] })), Some("groups")),
        endpoint(Method::GET, &format!("/{id}"), None, None),
        endpoint(Method::PUT, &format!("/{id}"), Some(json!({ "name": "eng" })), None),
        endpoint(Method::GET, &format!("/{id}/users"), None, None),
        endpoint(Method::POST, &format!("/{id}/users"), Some(ids.clone()), Some("user_ids")),
        endpoint(Method::DELETE, &format!("/{id}/users"), Some(ids), Some("user_ids")),
        endpoint(Method::DELETE, &format!("/{id}"), None, None),
    ]
}

impl Endpoint {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.rest)
    }

    fn at(&self, server: &TestServer) -> String {
        path(server, &self.rest)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials() {
    let server = TestServer::start().await;
    let reader = server.client_with(&[Scope::Scim, Scope::UsersWrite], &[]).await;
    for endpoint in endpoints(&server).await {
        let (at, body, name) = (endpoint.at(&server), endpoint.body.as_ref(), endpoint.name());
        for (client, error) in [(server.anonymous(), "missing"), (server.with_token("cvk_nonsense"), "unknown")] {
            let answer = client.send(endpoint.method.clone(), &at, &[], body).await;
            assert_eq!((answer.status, &answer.body["error"]), (401, &json!("unauthorized")), "{name} {error}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{name}");
            assert!(answer.body["details"].is_string(), "{name}");
        }
        let answer = reader.send(endpoint.method.clone(), &at, &[], body).await;
        assert_eq!((answer.status, &answer.body["error"]), (403, &json!("forbidden")), "{name}");
        let scope = if endpoint.method == Method::GET { "groups:read" } else { "groups:write" };
        assert!(answer.body["details"].as_str().unwrap().contains(scope), "{name}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies() {
    let server = TestServer::start().await;
    for endpoint in endpoints(&server).await.into_iter().filter(|endpoint| endpoint.body.is_some()) {
        let (at, name) = (endpoint.at(&server), endpoint.name());
        let send = |media: &'static str, bytes: Vec<u8>| {
            server.send_bytes(endpoint.method.clone(), &at, &[], Some((media, bytes)))
        };
        for bad in ["{", "", "nonsense", "{\"a\": \u{1}}", "[1, 2", &"[".repeat(200_000)] {
            let answer = send("application/json", bad.as_bytes().to_vec()).await;
            assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid request")), "{name} {bad:.20}");
        }
        for bad in ["[]", "7", "\"x\"", "null"] {
            let answer = send("application/json", bad.as_bytes().to_vec()).await;
            assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid request")), "{name} {bad}");
        }
        let answer = send("application/json", vec![0xff, 0xfe]).await;
        assert_eq!(answer.status, 400, "{name}");
        let good = body(&server, endpoint.body.clone().unwrap()).to_string().into_bytes();
        let answer = send("text/plain", good.clone()).await;
        assert_eq!((answer.status, &answer.body["error"]), (415, &json!("unsupported media type")), "{name}");
        let answer = send("application/json", vec![b' '; 9 * 1024 * 1024]).await;
        assert_eq!((answer.status, &answer.body["error"]), (413, &json!("request too large")), "{name}");
        if let Some(field) = endpoint.needs {
            let answer = server.send(endpoint.method.clone(), &at, &[], Some(&json!({ "unknown": 1 }))).await;
            assert_eq!(answer.body["details"], json!(format!("{field}: Field required")), "{name}");
        }
        let answer = send("Application/JSON; charset=utf-8", good).await;
        assert!(answer.status < 300, "{name}: {}", answer.text);
    }
    let at = path(&server, &format!("/{}", create(&server, "typed").await));
    for (bad, says) in [(json!({ "name": 7 }), "name: "), (json!({ "description": [] }), "description: ")] {
        let answer = server.put(&at, &bad).await;
        assert!(answer.status == 400 && answer.body["details"].as_str().unwrap().starts_with(says), "{}", answer.text);
    }
    for bad in
        [json!({ "name": "   " }), json!({ "name": "x".repeat(257) }), json!({ "description": "x".repeat(4_097) })]
    {
        assert_eq!(server.put(&at, &bad).await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids() {
    let server = TestServer::start().await;
    for endpoint in endpoints(&server).await.into_iter().filter(|endpoint| !endpoint.rest.is_empty()) {
        let tail = if endpoint.rest.ends_with("/users") { "/users" } else { "" };
        for bad in ["0", "-1", "x", "1.5", "01980000-0000-7000-8000-000000000002", "99999999999999999999", "%20", "%00"]
        {
            let at = path(&server, &format!("/{bad}{tail}"));
            let answer = server.send(endpoint.method.clone(), &at, &[], endpoint.body.as_ref()).await;
            assert_eq!((answer.status, answer.body), (400, json!({ "error": "invalid group ID" })), "{bad}");
        }
        let at = path(&server, &format!("/2147483647{tail}"));
        let answer = server.send(endpoint.method.clone(), &at, &[], endpoint.body.as_ref()).await;
        assert_eq!((answer.status, answer.body), (404, json!({ "error": "group not found" })), "{}", endpoint.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preconditions_and_conflicts() {
    let server = TestServer::start().await;
    let endpoints = endpoints(&server).await;
    create(&server, "taken").await;
    for endpoint in &endpoints {
        if endpoint.method == Method::GET || endpoint.rest.is_empty() {
            continue;
        }
        let stale = [("if-match", "W/\"77\"")];
        let body = match endpoint.method {
            Method::PUT => Some(json!({ "name": "renamed" })),
            _ => endpoint.body.clone(),
        };
        let answer = server.send(endpoint.method.clone(), &endpoint.at(&server), &stale, body.as_ref()).await;
        assert_eq!((answer.status, &answer.body["error"]), (412, &json!("precondition failed")), "{}", endpoint.name());
    }
    let at = endpoints[3].at(&server);
    let answer = server.put(&at, &json!({ "name": " TAKEN" })).await;
    assert_eq!((answer.status, &answer.body["error"]), (409, &json!("group name already in use")));
    assert_eq!(server.get(&at).await.header("etag"), "W/\"1\"", "nothing was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slashes_head_and_other_methods() {
    let server = TestServer::start().await;
    let endpoints = endpoints(&server).await;
    for endpoint in &endpoints {
        let (at, name) = (endpoint.at(&server).replacen('?', "/?", 1), endpoint.name());
        if endpoint.method == Method::GET {
            let answer = server.get(&at).await;
            assert_eq!(answer.status, 200, "{name}/");
            assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
            let head = server.send(Method::HEAD, &at, &[], None).await;
            assert_eq!(
                (head.status, head.text.as_str(), head.header("etag")),
                (200, "", answer.header("etag")),
                "{name}"
            );
        }
    }
    for endpoint in &endpoints {
        let at = endpoint.at(&server).replacen('?', "/?", 1);
        let answer = server.send(endpoint.method.clone(), &at, &[], endpoint.body.as_ref()).await;
        assert!(answer.status < 300, "{}/: {}", endpoint.name(), answer.text);
    }
    for (rest, allow) in
        [("", "GET, HEAD, POST"), ("/7", "DELETE, GET, HEAD, PUT"), ("/7/users", "DELETE, GET, HEAD, POST")]
    {
        let answer = server.patch(&path(&server, rest), &json!({})).await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{rest}");
        assert_eq!(answer.body, json!({ "error": "method not allowed" }));
    }
    let answer = server.get(&format!("{GROUPS}/7/owners")).await;
    assert_eq!((answer.status, answer.body), (404, json!({ "error": "not found" })));
}
