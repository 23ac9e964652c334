//! Tokens that are JWTs: given out by the server to its clients, and by other issuers that it trusts.

mod assertions;
mod attacks;
mod commands;
mod endpoint;
mod external;
pub(crate) mod issuer;
mod keys;

use convoke::domain::NewClient;
use convoke::model::ids::TenantId;
use convoke::model::principal::Scope;
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::support::{Answer, Client, TestServer};

/// A registered client: id and secret.
pub(crate) struct Registered {
    pub(crate) id: String,
    secret: String,
}

pub(crate) const PLATFORM: &str = "/api/v1/platform/oauth/token";
pub(crate) const ACME: &str = "/api/v1/auth/tenants/acme/oauth/token";

pub(crate) async fn register(
    server: &TestServer,
    tenant: Option<TenantId>,
    scopes: &[Scope],
    jwks: Option<Value>,
) -> Registered {
    let new = NewClient { name: "test".to_owned(), scopes: scopes.to_vec(), jwks };
    let (info, secret) = server.domain.register_client(tenant, &new).await.unwrap();
    Registered { id: info.id.to_string(), secret: secret.expose_secret().to_owned() }
}

/// A token request with these parameters, and with HTTP Basic when somebody is given.
pub(crate) async fn ask(server: &TestServer, path: &str, basic: Option<&Registered>, form: &[(&str, &str)]) -> Answer {
    let proof = basic.map(|client| format!("Basic {}", base64(&format!("{}:{}", client.id, client.secret))));
    let headers: Vec<(&str, &str)> = proof.iter().map(|proof| ("authorization", proof.as_str())).collect();
    server.anonymous().send_bytes(Method::POST, path, &headers, self::form(form)).await
}

/// The body that has these parameters, and its media type.
fn form(parameters: &[(&str, &str)]) -> Option<(&'static str, Vec<u8>)> {
    let mut url: reqwest::Url = "x:/".parse().unwrap();
    url.query_pairs_mut().extend_pairs(parameters);
    Some(("application/x-www-form-urlencoded", url.query().unwrap_or_default().as_bytes().to_vec()))
}

pub(crate) const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// A client of the server's with the token that `who` gets with all scopes.
pub(crate) async fn signed_in(server: &TestServer, path: &str, who: &Registered) -> Client {
    let answer = ask(server, path, Some(who), &[GRANT]).await.expect(200);
    server.with_token(answer["access_token"].as_str().unwrap())
}

fn base64(text: &str) -> String {
    data_encoding::BASE64.encode(text.as_bytes())
}
