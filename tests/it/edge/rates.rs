//! How often somebody may ask, with a time that goes on only when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use convoke::api;
use convoke::domain::{NewClient, NewToken};
use convoke::edge::limits::Rates;
use convoke::model::principal::{Reach, Role, Scope};
use convoke::model::rate::{Rate, Stopwatch};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::json;

use super::facades::Facade;
use crate::conformance::proves;
use crate::support::{Answer, Client, Setup, TestServer};

/// A stopwatch in the hand of a test.
#[derive(Clone, Default)]
pub(super) struct Hand(Arc<AtomicU64>);

impl Hand {
    pub(super) fn stopwatch(&self) -> Stopwatch {
        let hand = self.clone();
        Stopwatch::from_fn(move || Duration::from_secs(hand.0.load(Ordering::Relaxed)))
    }

    pub(super) fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

pub(super) fn rate(text: &str) -> Option<Rate> {
    Some(text.parse().unwrap())
}

/// A server with these rates.
pub(super) async fn limited(rates: Rates) -> (TestServer, Hand) {
    let hand = Hand::default();
    let api = api::Options { rates, stopwatch: hand.stopwatch(), ..api::Options::default() };
    (TestServer::start_with(Setup { api, ..Setup::default() }).await, hand)
}

/// How many of so many requests are let through, and the first that is not.
async fn let_through(client: &Client, path: &str, times: usize) -> (usize, Option<Answer>) {
    let mut refused = None;
    let mut through = 0;
    for _ in 0..times {
        let answer = client.get(path).await;
        match answer.status {
            200 => through += 1,
            _ => refused = refused.or(Some(answer)),
        }
    }
    (through, refused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_protocol_says_it_in_its_own_words() {
    let _proof = proves(&["T61", "S-3"]);
    let (server, hand) = limited(Rates { tenant: rate("1/s burst 5"), ..Rates::off() }).await;
    for _ in 0..5 {
        server.get("/scim/v2/Users").await.expect(200);
    }
    for facade in Facade::BY_TOKEN {
        let answer = facade.read(&server, &server).await;
        let text = facade.told(&answer, 429);
        assert_eq!(answer.header("retry-after"), "1", "{facade:?}");
        assert!(text.contains("more requests") && text.ends_with("try again in 1 s"), "{facade:?}: {text}");
    }
    assert_eq!(server.anonymous().get("/healthz").await.status, 200);
    hand.forward(5);
    for facade in Facade::BY_TOKEN {
        facade.read(&server, &server).await.expect(200);
    }
    let numbers = server.anonymous().get("/metrics").await.text;
    assert!(numbers.contains("convoke_requests_limited_total{limit=\"tenant\"} 5"), "{numbers}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_and_a_credential_have_buckets_of_their_own() {
    let rates = Rates { tenant: rate("1/s burst 12"), credential: rate("1/s burst 8"), ..Rates::off() };
    let (server, hand) = limited(rates).await;
    let (_, other) = server.other_tenant("other").await;
    let second = server.client_with(&Scope::ALL, &[]).await;
    let (through, refused) = let_through(&server, "/scim/v2/Users", 10).await;
    let refused = refused.expect("a credential has its limit");
    assert_eq!((through, refused.status), (8, 429));
    assert!(refused.body["detail"].as_str().unwrap().contains("with this credential"), "{}", refused.text);
    let (through, refused) = let_through(&second, "/scim/v2/Users", 10).await;
    assert_eq!(through, 4, "the two share the tenant's");
    assert!(refused.unwrap().body["detail"].as_str().unwrap().contains("the tenant sends"));
    assert_eq!(let_through(&other, "/scim/v2/Users", 8).await.0, 8, "another tenant is not concerned");
    let platform = server.client_for(Reach::Platform, &[], &[Role::SuperAdmin]).await;
    assert_eq!(let_through(&platform, "/api/v1/tenants/acme/groups", 8).await.0, 8, "who reaches all uses up nobody's");
    hand.forward(3);
    assert_eq!(let_through(&server, "/scim/v2/Users", 10).await.0, 3);
}

/// A client of OAuth.
pub(super) struct OAuthClient {
    pub(super) id: String,
    pub(super) secret: String,
}

impl OAuthClient {
    /// A token request of it.
    pub(super) fn form(&self) -> String {
        format!("grant_type=client_credentials&client_id={}&client_secret={}", self.id, self.secret)
    }
}

/// A client of the server's tenant.
pub(super) async fn client_of(server: &TestServer) -> OAuthClient {
    let new = NewClient { name: "sync".to_owned(), scopes: vec![Scope::GroupsRead], jwks: None };
    let (info, secret) = server.domain.register_client(Some(server.tenant.id), &new).await.unwrap();
    OAuthClient { id: info.id.to_string(), secret: secret.expose_secret().to_owned() }
}

/// A POST with an `Idempotency-Key` is judged by two layers and counts once; API keys count as tokens do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_counts_once() {
    let (server, _) = limited(Rates { credential: rate("1/s burst 3"), ..Rates::off() }).await;
    let keyed = [("Idempotency-Key", "one")];
    for _ in 0..3 {
        let answer = server.send(Method::POST, "/api/v1/groups", &keyed, Some(&json!({ "name": "ops" }))).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    let refused = server.send(Method::POST, "/api/v1/groups", &keyed, Some(&json!({ "name": "ops" }))).await;
    assert_eq!(refused.status, 429, "a repeat is a request");
    let new = NewToken {
        reach: Reach::Tenant(server.tenant.id),
        scopes: vec![Scope::GroupsRead],
        roles: Vec::new(),
        user_name: None,
        name: "key".to_owned(),
        ttl: None,
        api_key: true,
    };
    let (_, key) = server.domain.issue_token(&new).await.unwrap();
    let header = [("X-API-Key", key.expose_secret())];
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(server.anonymous().send(Method::GET, "/api/admin/groups", &header, None).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_oauth_has_a_limit_too() {
    let (server, hand) = limited(Rates { credential: rate("1/s burst 2"), ..Rates::off() }).await;
    let form = client_of(&server).await.form();
    let ask = async || {
        let body = Some(("application/x-www-form-urlencoded", form.clone().into_bytes()));
        server.anonymous().send_bytes(Method::POST, "/api/v1/auth/tenants/acme/oauth/token", &[], body).await
    };
    ask().await.expect(200);
    ask().await.expect(200);
    let refused = ask().await;
    Facade::OAuth.told(&refused, 429);
    assert_eq!(refused.header("retry-after"), "1");
    hand.forward(1);
    ask().await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platform_gives_a_tenant_a_rate_of_its_own() {
    let (server, _) = limited(Rates { tenant: rate("1/s burst 2"), ..Rates::off() }).await;
    let wider = json!({ "settings": { "limits.requests": "2/s burst 20" } });
    let admin = server.client_with(&[Scope::AdminWrite], &[Role::TenantAdmin]).await;
    let refused = admin.patch("/api/v1/admin/tenants/acme", &wider).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert!(refused.text.contains("limits.requests"), "{}", refused.text);
    let platform = server.client_for(Reach::Platform, &[], &[Role::SuperAdmin]).await;
    let wrong = json!({ "settings": { "limits.requests": "many" } });
    assert_eq!(platform.patch("/api/v1/admin/tenants/acme", &wrong).await.status, 422);
    platform.patch("/api/v1/admin/tenants/acme", &wider).await.expect(200);
    assert_eq!(let_through(&server, "/scim/v2/Users", 25).await.0, 20);
}

/// The limits as shipped: what an identity provider sends in its first cycle stays far below them.
#[test]
fn the_usual_rates_are_generous() {
    let usual = Rates::default();
    let second = Duration::from_secs(1);
    for rate in [usual.tenant.unwrap(), usual.credential.unwrap()] {
        assert!(rate.period() * 25 < second && rate.burst().get() >= 5_000, "{rate}");
    }
}
