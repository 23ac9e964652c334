//! What is too large: bodies, URLs and heads.

use convoke::api;
use convoke::edge::listener;

use super::facades::Facade;
use super::wire::Wire;
use crate::support::{Setup, TestServer};

async fn small() -> TestServer {
    let api = api::Options { max_body: 2_000, max_url: 1_000, ..api::Options::default() };
    let listener = listener::Options { max_head: 8 * 1024, ..listener::Options::default() };
    TestServer::start_with(Setup { api, listener, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_is_refused_by_every_protocol() {
    let server = small().await;
    for facade in Facade::ALL {
        // A token request has a limit of its own.
        let size = if facade == Facade::OAuth { 70_000 } else { 3_000 };
        let body = format!("{{\"name\":\"{}\"}}", "x".repeat(size)).into_bytes();
        let text = facade.told(&facade.send(&server, &facade.client(&server), body).await, 413);
        assert!(text.contains("larger than"), "{facade:?}: {text}");
    }
    server.get("/scim/v2/Users").await.expect(200);
}

/// Also where its length is not said before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_in_chunks_has_the_same_limit() {
    let server = small().await;
    let mut wire = Wire::to(&server).await;
    let head = format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\
         Content-Type: application/scim+json\r\n\r\n",
        server.token
    );
    wire.send(&head).await;
    let chunk = format!("3e8\r\n{}\r\n", " ".repeat(1000));
    wire.send(&chunk.repeat(3)).await;
    let answer = wire.answer().await;
    Facade::Scim.told_of(413, answer.status, answer.header("content-type"), &answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_url_that_is_too_long_is_refused_by_every_protocol() {
    let server = small().await;
    for facade in Facade::ALL {
        let path = facade.path(&server);
        let long = format!("{path}{}filter={}", if path.contains('?') { '&' } else { '?' }, "x".repeat(1_000));
        let text = facade.told(&server.get(&long).await, 414);
        assert!(text.contains("longer than 1000 bytes"), "{facade:?}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_too_large_ends_the_connection() {
    let server = small().await;
    let mut wire = Wire::to(&server).await;
    wire.send(&format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(20_000))).await;
    let answer = wire.rest().await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    server.anonymous().get("/healthz").await.expect(200);
}

/// As much as identity providers send, with a token of the largest size, goes through a server as it is shipped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_usual_limits_take_a_long_filter_and_a_large_token() {
    let server = TestServer::start().await;
    let filter = format!("userName+eq+%22{}%22", "x".repeat(4_000));
    server.get(&format!("/scim/v2/Users?filter={filter}")).await.expect(200);
    let jwt = format!("eyJhbGciOiJFUzI1NiJ9.{}.x", "x".repeat(15 * 1024));
    assert_eq!(server.with_token(&jwt).get("/scim/v2/Users").await.status, 401);
}
