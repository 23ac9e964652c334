//! What browsers are told: how to treat answers, and whose pages may read them.

use convoke::api::{self, cors::Origins};
use reqwest::Method;

use super::facades::Facade;
use crate::support::{Answer, Setup, TestServer};

const CONSOLE: &str = "https://console.example.com";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_covered() {
    let server = TestServer::start().await;
    let mut answers = Vec::new();
    for facade in Facade::ALL {
        answers.push((format!("{facade:?}"), facade.read(&server, &server).await));
        answers.push((format!("{facade:?} refused"), facade.read(&server, &server.anonymous()).await));
    }
    for path in ["/healthz", "/metrics", "/nowhere", "/docs", "/openapi/launch.json", "/.well-known/jwks.json"] {
        answers.push((path.to_owned(), server.anonymous().get(path).await));
    }
    for (what, answer) in &answers {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{what}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{what}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{what}");
        assert_eq!(answer.header("strict-transport-security"), "", "{what}: this is no TLS");
        let public = ["/docs", "/openapi/launch.json", "/.well-known/jwks.json"].contains(&what.as_str());
        let kept = answer.header("cache-control");
        assert_eq!(kept, if public { "public, max-age=300" } else { "no-store" }, "{what}");
    }
    let docs = server.anonymous().get("/docs").await;
    assert!(docs.header("content-security-policy").contains("script-src 'unsafe-inline'"), "its own script runs");
}

fn cross(answer: &Answer) -> Vec<String> {
    let names = answer.headers.keys().map(ToString::to_string);
    names.filter(|name| name.starts_with("access-control-")).collect()
}

async fn ask(server: &TestServer, origin: &str) -> (Answer, Answer) {
    let headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "PATCH"),
        ("Access-Control-Request-Headers", "authorization, content-type"),
    ];
    let preflight = server.anonymous().send(Method::OPTIONS, "/scim/v2/Users/x", &headers, None).await;
    (preflight, server.send(Method::GET, "/scim/v2/Users", &headers[..1], None).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_may_read_anything_unless_it_is_set() {
    let server = TestServer::start().await;
    let (preflight, answer) = ask(&server, CONSOLE).await;
    assert!(preflight.status >= 400, "{}", preflight.status);
    assert_eq!((cross(&preflight), cross(&answer)), (Vec::new(), Vec::new()));
    assert_eq!(answer.status, 200, "what is no browser does not ask");
}

async fn open_to(origins: &[&str]) -> TestServer {
    let cors = Origins::new(origins.iter().map(|origin| (*origin).to_owned()));
    let api = api::Options { cors, ..api::Options::default() };
    TestServer::start_with(Setup { api, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_an_origin_that_is_set_may() {
    let server = open_to(&["https://other.example.com", CONSOLE]).await;
    let (preflight, answer) = ask(&server, CONSOLE).await;
    assert_eq!((preflight.status, preflight.text.as_str()), (204, ""));
    for answer in [&preflight, &answer] {
        assert_eq!(answer.header("access-control-allow-origin"), CONSOLE);
        assert_eq!(answer.header("access-control-allow-credentials"), "", "no browser's own credentials");
        assert_eq!(answer.header("vary").to_ascii_lowercase(), "origin");
    }
    let allowed = preflight.header("access-control-allow-headers");
    assert!(["Authorization", "Content-Type", "If-Match", "X-API-Key"].iter().all(|name| allowed.contains(name)));
    assert!(preflight.header("access-control-allow-methods").contains("PATCH"));
    assert_eq!(preflight.header("access-control-max-age"), "7200");
    assert!(answer.header("access-control-expose-headers").contains("Retry-After"));
    let refused = server.anonymous().send(Method::GET, "/scim/v2/Users", &[("Origin", CONSOLE)], None).await;
    assert_eq!((refused.status, refused.header("access-control-allow-origin")), (401, CONSOLE), "a page may know why");
    for origin in ["https://evil.example", "http://console.example.com", "null"] {
        let (preflight, answer) = ask(&server, origin).await;
        assert!(preflight.status >= 400, "{origin}");
        assert_eq!((cross(&preflight), cross(&answer)), (Vec::new(), Vec::new()), "{origin}");
        assert_eq!(answer.header("vary").to_ascii_lowercase(), "origin", "a cache must not give it to the other");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_origin_never_comes_with_credentials() {
    let server = open_to(&["*"]).await;
    let (preflight, answer) = ask(&server, "https://anybody.example").await;
    for answer in [&preflight, &answer] {
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    // A question without the browser's header is an ordinary request.
    let plain = server.send(Method::OPTIONS, "/scim/v2/Users", &[("Origin", CONSOLE)], None).await;
    assert_eq!(plain.status, 405);
}
