//! Clients that prove themselves by a key of their own (`private_key_jwt`, RFC 7523).

use convoke::model::principal::Scope;
use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};

use super::issuer::Pair;
use super::{ACME, GRANT, PLATFORM, Registered, ask, form, register};
use crate::conformance::proves;
use crate::support::{Answer, Setup, TestServer, sql};

const SORT: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client with a key, at a server.
struct Keyed {
    server: TestServer,
    pair: Pair,
    client: Registered,
}

impl Keyed {
    async fn start(setup: Setup) -> Self {
        let server = TestServer::start_with(setup).await;
        let pair = Pair::new("a", Algorithm::ES256);
        let client = register(&server, Some(server.tenant.id), &[Scope::Scim], Some(pair.public())).await;
        Self { server, pair, client }
    }

    /// Claims that are in order but for their `jti`, which is the one given.
    fn claims(&self, jti: &str) -> Value {
        let (id, now) = (&self.client.id, self.server.domain.clock().now().timestamp());
        let audience = format!("{}{ACME}", self.server.base_url);
        json!({ "iss": id, "sub": id, "aud": audience, "exp": now + 300, "jti": jti })
    }

    fn changed(&self, jti: &str, name: &str, value: Value) -> String {
        let mut claims = self.claims(jti);
        claims[name] = value;
        self.pair.sign(&claims)
    }

    async fn ask(&self, jwt: &str) -> Answer {
        ask(&self.server, ACME, None, &[GRANT, ("client_assertion_type", SORT), ("client_assertion", jwt)]).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_proves_itself_by_its_key() {
    let _proof = proves(&["S-1"]);
    let it = Keyed::start(Setup::default()).await;
    let (stranger, now) = (Pair::new("a", Algorithm::ES256), it.server.domain.clock().now().timestamp());
    let body = it.ask(&it.pair.sign(&it.claims("1"))).await.expect(200);
    let token = body["access_token"].as_str().unwrap();
    assert_eq!(it.server.with_token(token).get("/scim/v2/Users").await.status, 200);
    it.ask(&it.changed("2", "aud", json!(it.server.base_url))).await.expect(200);
    it.ask(&it.changed("3", "aud", json!(["x", it.server.base_url]))).await.expect(200);
    for jwt in [
        stranger.sign(&it.claims("4")),
        it.changed("5", "aud", json!("https://elsewhere.example.com")),
        it.changed("6", "aud", json!(format!("{}{PLATFORM}", it.server.base_url))),
        it.changed("7", "exp", json!(now - 61)),
        it.changed("8", "exp", json!(now + 7200)),
        it.changed("9", "exp", Value::Null),
        it.changed("10", "nbf", json!(now + 120)),
        it.changed("11", "iss", json!("somebody")),
        it.changed("12", "sub", json!("01890a5d-ac96-774b-bcce-b302099a8057")),
        token.to_owned(),
        "junk".to_owned(),
    ] {
        assert_eq!(it.ask(&jwt).await.expect(401)["error"], "invalid_client", "{jwt}");
    }
    // None of the refused ones counts as used.
    it.ask(&it.pair.sign(&it.claims("4"))).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assertion_is_taken_once_by_all_servers_together() {
    let it = Keyed::start(Setup::default()).await;
    let other = TestServer::on(it.server.database_url(), &it.server.tenant, &it.server.token, &Setup::default()).await;
    let mut claims = it.claims("once");
    claims["aud"] = json!([it.server.base_url, other.base_url]);
    let jwt = it.pair.sign(&claims);
    let parameters = [GRANT, ("client_assertion_type", SORT), ("client_assertion", jwt.as_str())];
    let answers = [&it.server, &other, &it.server, &other].map(|server| ask(server, ACME, None, &parameters));
    let answers = futures_util::future::join_all(answers).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401]);
    // The same jti in another assertion is the same one; without a jti the assertion itself is.
    it.ask(&it.changed("once", "iat", json!(1))).await.expect(401);
    let unnamed = it.changed("", "jti", Value::Null);
    assert_eq!([it.ask(&unnamed).await.status, it.ask(&unnamed).await.status], [200, 401]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn used_assertions_are_forgotten_after_their_end() {
    let it = Keyed::start(Setup::default()).await;
    it.ask(&it.pair.sign(&it.claims("1"))).await.expect(200);
    assert_eq!(it.server.domain.forget_assertions().await.unwrap(), 0);
    let database = sql(it.server.database_url()).await;
    database.execute("UPDATE client_assertions SET expires_at = expires_at - interval '2 hours'", &[]).await.unwrap();
    assert_eq!(it.server.domain.forget_assertions().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_meant_for_another_server_is_not_taken_by_its_name() {
    let it = Keyed::start(Setup::default()).await;
    let passed_on = it.changed("1", "aud", json!("http://evil.example.com"));
    let parameters = [GRANT, ("client_assertion_type", SORT), ("client_assertion", passed_on.as_str())];
    let headers = [("host", "evil.example.com")];
    let answer = it.server.anonymous().send_bytes(Method::POST, ACME, &headers, form(&parameters)).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    let api = convoke::api::Options { public_url: Some("https://id.example.com".to_owned()), ..Default::default() };
    let named = Keyed::start(Setup { api, ..Setup::default() }).await;
    named.ask(&named.changed("1", "aud", json!("https://id.example.com"))).await.expect(200);
    named.ask(&named.pair.sign(&named.claims("2"))).await.expect(401);
}
