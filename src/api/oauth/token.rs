//! `POST …/oauth/token`: a client proves who it is and gets an access token.

use std::net::IpAddr;

use poem::http::StatusCode;
use poem::{Request, Response};
use secrecy::ExposeSecret;
use serde_json::json;

use super::Destination;
use super::error::Refusal;
use super::request::{self, Credentials};
use crate::api::Services;
use crate::api::gate;
use crate::auth::{ClientDenied, Endpoint, Proof};
use crate::domain::{ACCESS_TOKEN_LIFETIME, ClientInfo};

/// Answers a token request.
pub(super) async fn issue(services: &Services, at: &Destination, request: Request) -> Result<Response, Refusal> {
    let issuer = super::issuer(services, &request);
    let audiences = [issuer.clone(), format!("{issuer}{}", request.uri().path())];
    let source = gate::source(&request);
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
    let client = prove(services, endpoint, &proof, source).await?;
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

/// The client, once it has proved who it is and unless it asks too often. An assertion names its client only in what has
/// not been proved yet, so a failed one counts by where it came from, and by the id that was sent beside it.
async fn prove(
    services: &Services,
    endpoint: Endpoint<'_>,
    proof: &Proof<'_>,
    source: Option<IpAddr>,
) -> Result<ClientInfo, Refusal> {
    let (id, text) = match proof {
        Proof::Secret { client, secret } => (Some(*client), *secret),
        Proof::Assertion { jwt, client, .. } => (*client, *jwt),
    };
    let failures = services.limits.failures();
    let attempt = failures.attempt(source, id, text);
    failures.turn(&attempt).await;
    match services.authenticator.client(endpoint, proof).await {
        Ok(client) => {
            failures.right(&attempt);
            let name = format!("client:{}", client.id);
            services.limits.take(&name, None).map_err(|exceeded| services.limited(exceeded))?;
            Ok(client)
        }
        Err(denied) => {
            if matches!(denied, ClientDenied::Unproved) {
                failures.wrong(&attempt).map_err(|exceeded| services.limited(exceeded))?;
            }
            Err(denied.into())
        }
    }
}
