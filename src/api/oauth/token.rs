//! `POST …/oauth/token`: a client proves who it is and gets an access token.

use poem::http::StatusCode;
use poem::{Request, Response};
use secrecy::ExposeSecret;
use serde_json::json;

use super::Destination;
use super::error::Refusal;
use super::request::{self, Credentials};
use crate::api::Services;
use crate::auth::{Endpoint, Proof};
use crate::domain::ACCESS_TOKEN_LIFETIME;

/// Answers a token request.
pub(super) async fn issue(services: &Services, at: &Destination, request: Request) -> Result<Response, Refusal> {
    let issuer = super::issuer(services, &request);
    let audiences = [issuer.clone(), format!("{issuer}{}", request.uri().path())];
    let asked = request::read(request).await?;
    let proof = match &asked.credentials {
        Credentials::Secret(client, secret) => Proof::Secret { client, secret },
        Credentials::Assertion(jwt, client) => {
            Proof::Assertion { jwt, client: client.as_deref(), audiences: &audiences }
        }
    };
    let endpoint = match at {
        Destination::TenantToken(slug) => Endpoint::Tenant(slug),
        _ => Endpoint::Platform,
    };
    let client = services.authenticator.client(endpoint, &proof).await?;
    let token = services.domain.issue_access_token(&client, &issuer, asked.scope.as_deref()).await?;
    tracing::info!(client.id = %client.id, "access token issued");
    let body = json!({
        "access_token": token.text.expose_secret(),
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_LIFETIME.num_seconds(),
        "scope": token.scopes.join(" "),
    });
    Ok(super::json(StatusCode::OK, "no-store", &body))
}
