//! `Idempotency-Key`: a repeat gets the first answer, and nothing is done twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{TimeDelta, Utc};
use convoke::domain::{Begun, KeptAnswer, Repeatable};
use convoke::model::clock::Clock;
use convoke::model::principal::{Principal, Reach, Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::place::{Place, TENANTS, TOKENS, USERS, column, faults, reason, told};
use crate::scim::site::Sql;
use crate::support::{Answer, Client, Setup};

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    client.send(Method::POST, path, &[("idempotency-key", key)], Some(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_first_answer() {
    let place = Place::start().await;
    let body = json!({ "user_name": "ada" });
    let first = post(&place.root, USERS, "k1", &body).await;
    let again = post(&place.root, USERS, "k1", &body).await;
    assert_eq!((first.status, again.status, first.header("idempotency-replayed")), (201, 201, ""));
    assert_eq!(again.header("idempotency-replayed"), "true");
    for header in ["location", "etag", "content-type"] {
        assert!(!first.header(header).is_empty());
        assert_eq!(first.header(header), again.header(header), "{header}");
    }
    assert_eq!(first.text, again.text);
    assert_ne!(first.header("x-request-id"), again.header("x-request-id"));
    let slashed = post(&place.root, &format!("{USERS}/"), "k1", &body).await;
    assert_eq!(slashed.header("idempotency-replayed"), "true", "with a slash at the end it is the same path");
    assert_eq!(column(&place.root.get(USERS).await.expect(200), "user_name"), ["ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_body_query_path_or_key_is_another_request() {
    let place = Place::start().await;
    let body = json!({ "user_name": "ada" });
    post(&place.root, USERS, "k1", &body).await.expect(201);
    for answer in [
        post(&place.root, USERS, "k1", &json!({ "user_name": "ben" })).await,
        post(&place.root, &format!("{USERS}?x=1"), "k1", &body).await,
    ] {
        assert!(reason(answer, 409).contains("was used for another request"));
    }
    post(&place.root, USERS, "k2", &json!({ "user_name": "ben" })).await.expect(201);
    post(&place.root, TENANTS, "k1", &json!({ "slug": "x" })).await.expect(201);
    assert_eq!(column(&place.root.get(USERS).await.expect(200), "user_name"), ["ada", "ben"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_other_callers_are_apart() {
    let place = Place::start().await;
    let (_, south) = place.server.other_tenant("south").await;
    let own = place.tenant(&[Scope::UsersWrite], &[]).await;
    let body = json!({ "user_name": "ada" });
    post(&own, USERS, "k", &body).await.expect(201);
    post(&south, "/api/v1/tenants/south/users", "k", &body).await.expect(201);
    // The platform's keys are not the tenant's: it is done again, and refused.
    post(&place.root, USERS, "k", &body).await.expect(409);
    let rotated = place.tenant(&[Scope::UsersWrite], &[]).await;
    assert_eq!(post(&rotated, USERS, "k", &body).await.header("idempotency-replayed"), "true", "the same rights");
    let lesser = place.tenant(&[Scope::GroupsRead], &[]).await;
    assert!(reason(post(&lesser, USERS, "k", &body).await, 409).contains("with other rights"), "and not a word of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_answers_too_but_not_those_of_strangers() {
    let place = Place::start().await;
    let wrong = json!({ "user_name": "" });
    faults(post(&place.root, USERS, "k", &wrong).await);
    let again = post(&place.root, USERS, "k", &wrong).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (422, "true"));
    let stranger = place.server.anonymous();
    for _ in 0..2 {
        let answer = post(&stranger, USERS, "k2", &json!({ "user_name": "ada" })).await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (401, ""));
    }
    post(&place.root, USERS, "k2", &json!({ "user_name": "ada" })).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_limits() {
    let place = Place::start().await;
    let body = json!({ "user_name": "ada" });
    let long = "x".repeat(256);
    for (key, kind) in [(long.as_str(), "string_too_long"), ("", "string_too_short"), (" ", "string_too_short")] {
        let expected = told(&[("header.Idempotency-Key", kind)]);
        assert_eq!(faults(post(&place.root, USERS, key, &body).await), expected, "{key}");
    }
    let umlaut = place.root.send(Method::POST, USERS, &[("idempotency-key", "ä")], Some(&body)).await;
    assert_eq!(faults(umlaut), told(&[("header.Idempotency-Key", "string_type")]));
    assert_eq!(column(&place.root.get(USERS).await.expect(200), "id"), [""; 0]);
    post(&place.root, USERS, &long[1..], &body).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_take_no_key() {
    let place = Place::start().await;
    let path = format!("{USERS}/{}", place.user("ada").await);
    let key = [("idempotency-key", "k")];
    for title in ["a", "b"] {
        let answer = place.root.send(Method::PATCH, &path, &key, Some(&json!({ "title": title }))).await;
        assert_eq!(answer.header("idempotency-replayed"), "");
        assert_eq!(answer.expect(200)["data"]["title"], json!(title));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_repeats_at_once_one_is_done() {
    let place = Place::start_with(Setup { connections: Some(8), ..Setup::default() }).await;
    for round in 0..5 {
        let sent = (0..6).map(|_| {
            let (root, key, body) =
                (place.root.clone(), format!("k{round}"), json!({ "user_name": format!("u{round}") }));
            tokio::spawn(async move { post(&root, USERS, &key, &body).await })
        });
        let (mut done, mut replayed, mut waiting) = (0, 0, 0);
        for answer in sent.collect::<Vec<_>>() {
            let answer = answer.await.unwrap();
            match (answer.status, answer.header("idempotency-replayed")) {
                (201, "") => done += 1,
                (201, "true") => replayed += 1,
                (409, _) => {
                    assert_eq!(answer.header("retry-after"), "1");
                    assert!(answer.text.contains("still running"), "{}", answer.text);
                    waiting += 1;
                }
                other => panic!("{other:?}: {}", answer.text),
            }
        }
        assert_eq!((done, done + replayed + waiting), (1, 6), "round {round}");
    }
    assert_eq!(column(&place.root.get(USERS).await.expect(200), "id").len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_a_secret_is_not_kept() {
    let place = Place::start().await;
    let body = json!({ "scopes": ["scim"] });
    let made = post(&place.root, TOKENS, "k", &body).await;
    let location = made.header("location").to_owned();
    made.expect(201);
    let text = reason(post(&place.root, TOKENS, "k", &body).await, 409);
    assert!(text.contains(&format!("answered 201 and made {location}")) && text.contains("not kept"), "{text}");
    let live = place.root.get(&format!("{TOKENS}?per_page=500")).await.expect(200);
    let scopes = live["data"].as_array().unwrap().iter().filter(|token| token["scopes"] == json!(["scim"])).count();
    assert_eq!(scopes, 1);
}

/// A clock that a test can put forward.
fn clock() -> (Clock, Arc<AtomicI64>) {
    let ahead = Arc::new(AtomicI64::new(0));
    let seconds = Arc::clone(&ahead);
    #[expect(clippy::disallowed_methods, reason = "the test's own clock runs with the system's, ahead of it")]
    let now = move || Utc::now() + TimeDelta::seconds(seconds.load(Ordering::Relaxed));
    (Clock::from_fn(now), ahead)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_kept_for_a_day_and_then_forgotten() {
    let (clock, ahead) = clock();
    let place = Place::start_with(Setup { clock: Some(clock), ..Setup::default() }).await;
    let sql = Sql::connect(place.server.database_url()).await;
    let kept = async || sql.value::<i64>("SELECT count(*) FROM idempotency_keys", &[]).await;
    let body = json!({ "user_name": "ada" });
    post(&place.root, USERS, "old", &body).await.expect(201);
    ahead.store(24 * 3_600 - 60, Ordering::Relaxed);
    assert_eq!(post(&place.root, USERS, "old", &body).await.header("idempotency-replayed"), "true");
    post(&place.root, USERS, "new", &json!({ "user_name": "ben" })).await.expect(201);
    assert_eq!(place.server.domain.forget_requests().await.unwrap(), 0);
    ahead.store(24 * 3_600 + 60, Ordering::Relaxed);
    let done_again = post(&place.root, USERS, "old", &body).await;
    assert_eq!((done_again.status, done_again.header("idempotency-replayed")), (409, ""), "the user is there");
    assert_eq!(kept().await, 2);
    ahead.store(48 * 3_600, Ordering::Relaxed);
    assert_eq!(place.server.domain.forget_requests().await.unwrap(), 1);
    assert_eq!(kept().await, 1, "the one that was done again is a day old and no older");
}

fn caller(place: &Place) -> Principal {
    Principal {
        name: "token:x".to_owned(),
        reach: Reach::Tenant(place.server.tenant.id),
        scopes: [Scope::UsersWrite].into(),
        roles: [Role::Viewer].into(),
        user: None,
        api_key: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_died_holds_its_key_no_longer_than_a_minute() {
    let (clock, ahead) = clock();
    let place = Place::start_with(Setup { clock: Some(clock), ..Setup::default() }).await;
    let (domain, principal) = (&place.server.domain, caller(&place));
    let request =
        |body: &'static [u8]| Repeatable { principal: &principal, key: "k", endpoint: "POST /x", query: "", body };
    let Begun::First(dead) = domain.begin_request(&request(b"1")).await.unwrap() else { panic!("not the first") };
    assert!(matches!(domain.begin_request(&request(b"1")).await.unwrap(), Begun::Running));
    ahead.store(50, Ordering::Relaxed);
    domain.renew_request(&dead).await.unwrap();
    ahead.store(100, Ordering::Relaxed);
    assert!(matches!(domain.begin_request(&request(b"1")).await.unwrap(), Begun::Running), "it said it still runs");
    ahead.store(120, Ordering::Relaxed);
    assert!(matches!(domain.begin_request(&request(b"2")).await.unwrap(), Begun::Misused));
    let Begun::First(second) = domain.begin_request(&request(b"1")).await.unwrap() else { panic!("held for ever") };
    // What the first one says after all does not count.
    let late = KeptAnswer { status: 500, headers: Value::Null, body: None };
    domain.answer_request(&dead, &late).await.unwrap();
    domain.release_request(&dead).await.unwrap();
    assert!(matches!(domain.begin_request(&request(b"1")).await.unwrap(), Begun::Running));
    let kept = KeptAnswer { status: 200, headers: json!({}), body: Some(b"done".to_vec()) };
    domain.answer_request(&second, &kept).await.unwrap();
    let Begun::Answered(found) = domain.begin_request(&request(b"1")).await.unwrap() else { panic!("not kept") };
    assert_eq!(found, kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_was_given_up_can_be_made_again() {
    let place = Place::start().await;
    let (domain, principal) = (&place.server.domain, caller(&place));
    let request = Repeatable { principal: &principal, key: "k", endpoint: "POST /x", query: "", body: b"1" };
    let Begun::First(claim) = domain.begin_request(&request).await.unwrap() else { panic!("not the first") };
    domain.release_request(&claim).await.unwrap();
    assert!(matches!(domain.begin_request(&request).await.unwrap(), Begun::First(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_native_api_takes_keys_and_refuses_in_its_own_words() {
    let place = Place::start().await;
    let client = place.tenant(&Scope::ALL, &[Role::Administrator]).await;
    let tenant = place.server.tenant.id.to_string();
    let long = "x".repeat(256);
    for (path, first, other, refusal) in [
        ("/api/v1/admin/groups", json!({ "name": "a" }), json!({ "name": "b" }), (422, "/detail/0/msg", "/detail")),
        (
            "/api/v1/tenants/acme/groups",
            json!({ "name": "c" }),
            json!({ "name": "d" }),
            (422, "/detail/0/msg", "/detail"),
        ),
        ("/api/admin/groups", json!({ "name": "e" }), json!({ "name": "f" }), (422, "/detail/0/msg", "/detail")),
        ("/api/v1/groups", json!({ "name": "g" }), json!({ "name": "h" }), (400, "/error/message", "/error/message")),
        (
            "/auth/admin/group",
            json!({ "tenant_id": tenant, "groups": ["i"] }),
            json!({ "tenant_id": tenant, "groups": ["j"] }),
            (400, "/details", "/details"),
        ),
    ] {
        let made = post(&client, path, "k", &first).await;
        let again = post(&client, path, "k", &first).await;
        assert_eq!((made.status, again.status, again.header("idempotency-replayed")), (201, 201, "true"), "{path}");
        assert_eq!(made.text, again.text, "{path}");
        let (status, too_long, reused) = refusal;
        let answer = post(&client, path, &long, &other).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let text = |answer: &Answer, at: &str| answer.body.pointer(at).and_then(Value::as_str).map(str::to_owned);
        assert!(text(&answer, too_long).is_some_and(|text| text.contains("at most 255")), "{path}: {}", answer.text);
        let answer = post(&client, path, "k", &other).await;
        assert_eq!(answer.status, 409, "{path}: {}", answer.text);
        assert!(text(&answer, reused).is_some_and(|text| text.contains("another request")), "{path}: {}", answer.text);
    }
}
