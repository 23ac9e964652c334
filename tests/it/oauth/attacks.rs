//! Tokens that must not be believed. Each is one change away from one that is.

use convoke::model::principal::Scope;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::issuer::{Issuer, Pair};
use super::{ACME, GRANT, ask, register};
use crate::support::{Setup, TestServer};

async fn status(server: &TestServer, token: &str) -> u16 {
    let answer = server.with_token(token).get("/scim/v2/Users").await;
    if answer.status == 401 {
        assert!(answer.header("www-authenticate").starts_with("Bearer "), "{}", answer.text);
    }
    answer.status
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}.", part(header), part(claims))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_issuer_has_not_signed_is_not_believed() {
    let pair = Pair::new("a", Algorithm::ES256);
    let issuer = Issuer::start(&[&pair]).await;
    let server = TestServer::start_with(Setup { issuers: vec![issuer.trusted()], ..Setup::default() }).await;
    let claims = issuer.claims(server.domain.clock());
    let good = pair.sign(&claims);
    assert_eq!(status(&server, &good).await, 200);
    for none in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": none, "typ": "JWT", "kid": "a" });
        assert_eq!(status(&server, &unsigned(&header, &claims)).await, 401, "{none}");
        let borrowed = format!("{}{}", unsigned(&header, &claims), good.rsplit('.').next().unwrap());
        assert_eq!(status(&server, &borrowed).await, 401, "{none}");
    }
    let public = pair.public();
    for secret in [public.to_string(), public["x"].as_str().unwrap().to_owned(), String::new()] {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("a".to_owned());
        let forged = encode(&header, &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap();
        assert_eq!(status(&server, &forged).await, 401);
    }
    let stranger = Pair::new("a", Algorithm::ES256);
    assert_eq!(status(&server, &stranger.sign(&claims)).await, 401);
    assert_eq!(status(&server, &Pair::new("b", Algorithm::ES256).sign(&claims)).await, 401);
    assert_eq!(status(&server, &Pair::new("a", Algorithm::EdDSA).sign(&claims)).await, 401);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let mut changed = claims;
    changed["tenant_id"] = json!("globex");
    let payload = BASE64URL_NOPAD.encode(changed.to_string().as_bytes());
    let header = head.split('.').next().unwrap();
    assert_eq!(status(&server, &format!("{header}.{payload}.{signature}")).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_a_token_brings_along_are_not_looked_at() {
    let (pair, attacker) = (Pair::new("a", Algorithm::ES256), Pair::new("a", Algorithm::ES256));
    let (issuer, theirs) = (Issuer::start(&[&pair]).await, Issuer::start(&[&attacker]).await);
    let server = TestServer::start_with(Setup { issuers: vec![issuer.trusted()], ..Setup::default() }).await;
    let claims = issuer.claims(server.domain.clock());
    assert_eq!(status(&server, &pair.sign(&claims)).await, 200);
    let mut header = attacker.header();
    header.jku = Some(format!("{}/keys", theirs.url));
    header.x5u = Some(format!("{}/keys", theirs.url));
    header.jwk = Some(serde_json::from_value(attacker.public()).unwrap());
    assert_eq!(status(&server, &encode(&header, &claims, &attacker.key).unwrap()).await, 401);
    assert_eq!(theirs.asked(), 0);
    let mut harmless = pair.header();
    harmless.jku = Some(format!("{}/keys", theirs.url));
    assert_eq!(status(&server, &encode(&harmless, &claims, &pair.key).unwrap()).await, 200);
    assert_eq!(theirs.asked(), 0);
    let mut critical = pair.header();
    critical.crit = Some(vec!["b64".to_owned()]);
    assert_eq!(status(&server, &encode(&critical, &claims, &pair.key).unwrap()).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn claims_out_of_order_are_refused() {
    let pair = Pair::new("a", Algorithm::EdDSA);
    let issuer = Issuer::start(&[&pair]).await;
    let server = TestServer::start_with(Setup { issuers: vec![issuer.trusted()], ..Setup::default() }).await;
    let (claims, now) = (issuer.claims(server.domain.clock()), server.domain.clock().now().timestamp());
    let changes = [
        ("exp", json!(now - 120)),
        ("exp", Value::Null),
        ("nbf", json!(now + 120)),
        ("aud", json!("somebody")),
        ("aud", Value::Null),
        ("iss", json!("https://login.example.com")),
        ("iss", json!([issuer.url])),
        ("iss", Value::Null),
        ("tenant_id", json!("nowhere")),
        ("tenant_id", Value::Null),
        ("sub", Value::Null),
    ];
    assert_eq!(status(&server, &pair.sign(&claims)).await, 200);
    for (name, value) in changes {
        let mut changed = claims.clone();
        changed[name] = value.clone();
        assert_eq!(status(&server, &pair.sign(&changed)).await, 401, "{name}: {value}");
    }
    for typ in ["id_token", "logout+jwt", "application/client-authentication+jwt"] {
        let mut header = pair.header();
        header.typ = Some(typ.to_owned());
        assert_eq!(status(&server, &encode(&header, &claims, &pair.key).unwrap()).await, 401, "{typ}");
    }
    let mut giant = claims;
    giant["padding"] = json!("x".repeat(20_000));
    let answer = server.with_token(&pair.sign(&giant)).get("/scim/v2/Users").await;
    assert!([401, 431].contains(&answer.status), "{}", answer.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keys_of_one_issuer_are_not_those_of_another() {
    let (pair, other) = (Pair::new("a", Algorithm::ES256), Pair::new("b", Algorithm::ES256));
    let (first, second) = (Issuer::start(&[&pair]).await, Issuer::start(&[&other]).await);
    let mut limited = second.trusted();
    limited.tenants = vec!["globex".to_owned()];
    let issuers = vec![first.trusted(), limited];
    let server = TestServer::start_with(Setup { issuers, ..Setup::default() }).await;
    let (globex, _) = server.other_tenant("globex").await;
    let clock = server.domain.clock();
    assert_eq!(status(&server, &pair.sign(&first.claims(clock))).await, 200);
    assert_eq!(status(&server, &other.sign(&first.claims(clock))).await, 401);
    let mut claims = second.claims(clock);
    assert_eq!(status(&server, &other.sign(&claims)).await, 401, "it does not speak for acme");
    claims["tenant_id"] = json!(globex.id);
    assert_eq!(status(&server, &other.sign(&claims)).await, 200);
    let foreign = server.with_token(&other.sign(&claims)).get("/tenants/acme/scim/v2/Users").await;
    assert_eq!(foreign.status, 403);
    claims["platform_token"] = json!(true);
    claims["roles"] = json!(["super_admin"]);
    claims["scope"] = json!("admin:write");
    let wide = server.with_token(&other.sign(&claims));
    let elsewhere = format!("/api/v1/admin/groups?tenant_id={}", server.tenant.id);
    assert_eq!(wide.get(&elsewhere).await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_own_tokens_cannot_be_made_elsewhere() {
    let pair = Pair::new("a", Algorithm::ES256);
    let issuer = Issuer::start(&[&pair]).await;
    let public_url = "https://id.example.com";
    let api = convoke::api::Options { public_url: Some(public_url.to_owned()), ..Default::default() };
    let setup = Setup { api, issuers: vec![issuer.trusted()], ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    let client = register(&server, Some(server.tenant.id), &[Scope::Scim], None).await;
    let body = ask(&server, ACME, Some(&client), &[GRANT]).await.expect(200);
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(status(&server, token).await, 200);
    let read = jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap();
    assert_eq!((read.header.typ.as_deref(), &read.claims["iss"]), (Some("at+jwt"), &json!(public_url)));
    // The same claims, by the keys of an issuer that is trusted for itself alone.
    let mut header = pair.header();
    header.typ = Some("at+jwt".to_owned());
    assert_eq!(status(&server, &encode(&header, &read.claims, &pair.key).unwrap()).await, 401);
    header.kid = read.header.kid;
    assert_eq!(status(&server, &encode(&header, &read.claims, &pair.key).unwrap()).await, 401);
    let mut borrowed = read.claims;
    borrowed["iss"] = json!(issuer.url);
    borrowed["aud"] = json!("convoke");
    let mut claims = issuer.claims(server.domain.clock());
    claims["client_id"] = borrowed["client_id"].clone();
    let by_issuer = server.with_token(&pair.sign(&claims));
    let made = by_issuer.post("/scim/v2/Users", &json!({ "userName": "ada" })).await;
    assert_eq!(made.status, 201, "it is believed for what it is, and not as the client it names");
}
