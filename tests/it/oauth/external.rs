//! A second issuer, with new keys and an outage in the middle of traffic, on a clock that the test puts forward.

use std::sync::atomic::{AtomicUsize, Ordering};

use convoke::model::ids::TenantId;
use convoke::model::principal::{Reach, Role};
use jsonwebtoken::Algorithm;
use serde_json::json;

use super::issuer::{Issuer, Pair};
use super::keys::clock;
use crate::support::{Setup, TestServer};

async fn status(server: &TestServer, token: &str) -> u16 {
    server.with_token(token).get("/scim/v2/Users").await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_keys_are_found_and_old_ones_outlast_an_outage() {
    let (clock, ahead) = clock();
    let (old, new) = (Pair::new("old", Algorithm::ES256), Pair::new("new", Algorithm::EdDSA));
    let issuer = Issuer::start(&[&old]).await;
    let setup = Setup { clock: Some(clock.clone()), issuers: vec![issuer.trusted()], ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    let by = |pair: &Pair| pair.sign(&issuer.claims(&clock));
    assert_eq!(status(&server, &by(&old)).await, 200);
    assert_eq!(status(&server, &by(&old)).await, 200);
    assert_eq!(issuer.asked(), 1);

    // A new key is fetched when a token names it, but not again within ten seconds.
    issuer.publish(&[&old, &new]);
    assert_eq!(status(&server, &by(&new)).await, 401);
    assert_eq!(issuer.asked(), 1);
    ahead.store(10, Ordering::SeqCst);
    assert_eq!(status(&server, &by(&new)).await, 200);
    assert_eq!(issuer.asked(), 2);
    for number in 0..5 {
        assert_eq!(status(&server, &by(&Pair::new(&format!("x{number}"), Algorithm::ES256))).await, 401);
    }
    assert_eq!(issuer.asked(), 2);

    // The outage: known keys go on, for hours, unknown ones are refused, and the server does not wait for the issuer.
    issuer.be_down(true);
    for hours in [1, 12, 23] {
        ahead.store(hours * 3600, Ordering::SeqCst);
        let answers = (0..4).map(|_| async { status(&server, &by(&new)).await });
        assert_eq!(futures_util::future::join_all(answers).await, [200; 4], "after {hours} hours");
    }
    let unknown = Pair::new("next", Algorithm::ES256);
    assert_eq!(status(&server, &by(&unknown)).await, 401);
    ahead.store(48 * 3600, Ordering::SeqCst);
    assert_eq!(status(&server, &by(&new)).await, 503, "keys that nobody has confirmed for a day are not believed");

    issuer.publish(&[&unknown]);
    issuer.be_down(false);
    ahead.fetch_add(11, Ordering::SeqCst);
    assert_eq!(status(&server, &by(&unknown)).await, 200);
    assert_eq!(status(&server, &by(&old)).await, 401, "a key that was taken away is forgotten");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn traffic_does_not_notice_rotation_and_outage() {
    let (clock, ahead) = clock();
    let (old, new) = (Pair::new("old", Algorithm::ES256), Pair::new("new", Algorithm::RS256));
    let issuer = Issuer::start(&[&old]).await;
    let setup = Setup { clock: Some(clock.clone()), issuers: vec![issuer.trusted()], ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    assert_eq!(status(&server, &old.sign(&issuer.claims(&clock))).await, 200);
    assert_eq!(issuer.asked(), 1);
    let phase = AtomicUsize::new(0);
    let traffic = (0..4).map(|_| async {
        let mut answered = 0;
        while phase.load(Ordering::SeqCst) < 4 {
            // While both keys are published either may sign; later the new one does.
            let pair = if phase.load(Ordering::SeqCst) < 2 { &old } else { &new };
            assert_eq!(status(&server, &pair.sign(&issuer.claims(&clock))).await, 200);
            answered += 1;
        }
        answered
    });
    let changes = async {
        for step in 1..=4 {
            match step {
                1 => issuer.publish(&[&old, &new]),
                3 => issuer.be_down(true),
                _ => {}
            }
            // Older than keys may get: the next request has them read anew, beside it.
            ahead.fetch_add(301, Ordering::SeqCst);
            for _ in 0..4 {
                let pair = if step < 2 { &old } else { &new };
                assert_eq!(status(&server, &pair.sign(&issuer.claims(&clock))).await, 200, "step {step}");
            }
            phase.store(step, Ordering::SeqCst);
        }
    };
    let (answered, ()) = tokio::join!(futures_util::future::join_all(traffic), changes);
    assert!(issuer.asked() >= 2 && answered.iter().all(|count| *count > 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_once_fetch_the_keys_once() {
    let pair = Pair::new("a", Algorithm::RS256);
    let issuer = Issuer::start(&[&pair]).await;
    let server = TestServer::start_with(Setup { issuers: vec![issuer.trusted()], ..Setup::default() }).await;
    let token = pair.sign(&issuer.claims(server.domain.clock()));
    let answers = (0..8).map(|_| status(&server, &token));
    assert_eq!(futures_util::future::join_all(answers).await, [200; 8]);
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_issuer_that_was_never_there_is_no_reason_to_refuse_for_good() {
    let pair = Pair::new("a", Algorithm::ES256);
    let issuer = Issuer::start(&[&pair]).await;
    issuer.be_down(true);
    let server = TestServer::start_with(Setup { issuers: vec![issuer.trusted()], ..Setup::default() }).await;
    let token = pair.sign(&issuer.claims(server.domain.clock()));
    assert_eq!(status(&server, &token).await, 503);
    assert_eq!(server.get("/scim/v2/Users").await.status, 200, "others are not touched by it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_open_what_their_issuer_may_open() {
    let pair = Pair::new("a", Algorithm::PS256);
    let issuer = Issuer::start(&[&pair]).await;
    let wide = convoke::model::issuer::ExternalIssuer { platform: true, ..issuer.trusted() };
    let server = TestServer::start_with(Setup { issuers: vec![wide], ..Setup::default() }).await;
    let owned = server.domain.create_tenant("owned", None, Some("reseller"), false).await.unwrap();
    let partner = owned.partner.unwrap();
    let claims = |more: serde_json::Value| {
        let mut claims = issuer.claims(server.domain.clock());
        claims["tenant_id"] = serde_json::Value::Null;
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        server.with_token(&pair.sign(&claims))
    };
    let (acme, owned) = (server.tenant.id, owned.id);
    let groups = |tenant: TenantId| format!("/api/v1/admin/groups?tenant_id={tenant}");
    let platform = claims(json!({ "platform_token": true, "scope": "admin:read" }));
    assert_eq!(platform.get(&groups(acme)).await.status, 200);
    let admin = claims(json!({ "role": "super_admin" }));
    assert_eq!(admin.get(&groups(owned)).await.status, 200);
    let reseller = claims(json!({ "role": "partner_admin", "partner_id": partner }));
    assert_eq!(reseller.get(&groups(owned)).await.status, 200);
    assert_eq!(reseller.get(&groups(acme)).await.status, 403);
    let powerless = claims(json!({ "tenant_id": "acme", "scope": "root everything" }));
    assert_eq!(powerless.get("/scim/v2/Users").await.status, 403);
    let opaque = server.client_for(Reach::Partner(partner), &[], &[Role::PartnerAdmin]).await;
    assert_eq!(opaque.get(&groups(owned)).await.status, 200);
}
