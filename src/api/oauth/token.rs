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
    let audiences = audiences(services, &request);
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
    Ok(super::json(StatusCode::OK, super::SECRET, &body))
}

/// What an assertion may be meant for: the server or this endpoint of it. Not what the request names as its host, or
/// whoever was sent an assertion could pass it on as one that is meant for this server.
fn audiences(services: &Services, request: &Request) -> Vec<String> {
    let here = |base: &String| [base.clone(), format!("{base}{}", request.uri().path())];
    match &services.options.public_url {
        Some(url) => here(&url.trim_end_matches('/').to_owned()).to_vec(),
        None => own_addresses(request).iter().flat_map(here).collect(),
    }
}

/// The address that the connection came in on; on this machine under its name, too.
fn own_addresses(request: &Request) -> Vec<String> {
    let Some(address) = request.local_addr().as_socket_addr() else { return Vec::new() };
    let base = |host: &dyn std::fmt::Display| format!("{}://{host}", request.scheme());
    let mut bases = vec![base(address)];
    if address.ip().is_loopback() {
        bases.push(base(&format_args!("localhost:{}", address.port())));
    }
    bases
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
    let attempt = failures.attempt(source, || id.map(str::to_owned), text);
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
