//! The server's own signing keys over time, on a clock that the test puts forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use convoke::model::clock::Clock;
use convoke::model::principal::Scope;

use super::{ACME, register, signed_in};
use crate::support::{Setup, TestServer};

/// A clock that stands still, and how many seconds it is put forward.
pub(super) fn clock() -> (Clock, Arc<AtomicI64>) {
    let (ahead, begun) = (Arc::new(AtomicI64::new(0)), Clock::system().now());
    let seconds = Arc::clone(&ahead);
    let clock = Clock::from_fn(move || begun + TimeDelta::seconds(seconds.load(Ordering::SeqCst)));
    (clock, ahead)
}

async fn published(server: &TestServer) -> usize {
    let body = server.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let keys = body["keys"].as_array().unwrap();
    assert!(keys.iter().all(|key| key.get("d").is_none() && key["alg"] == "ES256" && key["use"] == "sig"));
    keys.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_key_is_believed_until_its_last_token_has_expired() {
    let (clock, ahead) = clock();
    let server = TestServer::start_with(Setup { clock: Some(clock), ..Setup::default() }).await;
    let client = register(&server, Some(server.tenant.id), &[Scope::Scim], None).await;
    let first = signed_in(&server, ACME, &client).await;
    assert_eq!((first.get("/scim/v2/Users").await.status, published(&server).await), (200, 1));
    server.domain.rotate_signing_key(false).await.unwrap();
    let second = signed_in(&server, ACME, &client).await;
    for api in [&first, &second] {
        assert_eq!(api.get("/scim/v2/Users").await.status, 200);
    }
    assert_eq!(published(&server).await, 2);
    ahead.store(3600 + 59, Ordering::SeqCst);
    assert_eq!(first.get("/scim/v2/Users").await.status, 200);
    ahead.store(3600 + 61, Ordering::SeqCst);
    let expired = first.get("/scim/v2/Users").await;
    assert_eq!((expired.status, expired.text.contains("expired on")), (401, true));
    ahead.store(3600 + 601, Ordering::SeqCst);
    assert_eq!(published(&server).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_known_to_somebody_else_ends_at_once() {
    let (clock, ahead) = clock();
    let server = TestServer::start_with(Setup { clock: Some(clock), ..Setup::default() }).await;
    let client = register(&server, Some(server.tenant.id), &[Scope::Scim], None).await;
    let first = signed_in(&server, ACME, &client).await;
    assert_eq!(first.get("/scim/v2/Users").await.status, 200);
    server.domain.rotate_signing_key(true).await.unwrap();
    ahead.store(30, Ordering::SeqCst);
    assert_eq!(first.get("/scim/v2/Users").await.status, 401);
    let second = signed_in(&server, ACME, &client).await;
    assert_eq!((second.get("/scim/v2/Users").await.status, published(&server).await), (200, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_need_the_first_key_at_once_make_one() {
    let server = TestServer::start().await;
    let client = register(&server, Some(server.tenant.id), &[Scope::Scim], None).await;
    let asked = (0..8).map(|_| signed_in(&server, ACME, &client));
    for api in futures_util::future::join_all(asked).await {
        assert_eq!(api.get("/scim/v2/Users").await.status, 200);
    }
    assert_eq!(published(&server).await, 1);
}
