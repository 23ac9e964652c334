//! OAuth 2.0: the token endpoints for the client credentials grant (RFC 6749 section 4.4), the server's metadata (RFC 8414)
//! and its public keys (RFC 7517). Who a client is, and what it may have, is judged elsewhere.

mod error;
mod metadata;
mod request;
mod token;

use poem::http::{Method, StatusCode, header};
use poem::{Request, Response};
use serde_json::Value;

use self::error::Refusal;
use super::Services;
use super::context::origin;

/// What everybody may know may be kept for a while: shorter than a replaced key is believed.
const PUBLIC: &str = "public, max-age=300";
/// What nobody may keep.
const SECRET: &str = "no-store";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// A token for a client of the platform.
    PlatformToken,
    /// A token for a client of the tenant with this slug.
    TenantToken(String),
    /// The metadata.
    Metadata,
    /// The public keys.
    Keys,
}

/// Answers a request.
pub(super) async fn call(services: &Services, destination: &Destination, request: Request) -> Response {
    let outcome = match (destination, request.method()) {
        (Destination::PlatformToken | Destination::TenantToken(_), &Method::POST) => {
            token::issue(services, destination, request).await
        }
        (Destination::Metadata, &Method::GET) => Ok(metadata::describe(&issuer(services, &request))),
        (Destination::Keys, &Method::GET) => keys(services).await,
        (Destination::PlatformToken | Destination::TenantToken(_), _) => Err(Refusal::method("POST")),
        (Destination::Metadata | Destination::Keys, _) => Err(Refusal::method("GET, HEAD")),
    };
    outcome.unwrap_or_else(Refusal::into_response)
}

/// What a panic is answered with.
pub(super) fn internal_error() -> Response {
    Refusal::internal().into_response()
}

/// The answer to a request whose path and query are longer than `limit` bytes.
pub(super) fn url_too_long(limit: usize) -> Response {
    Refusal::url_too_long(limit).into_response()
}

async fn keys(services: &Services) -> Result<Response, Refusal> {
    let keys = services.domain.published_keys().await?;
    Ok(json(StatusCode::OK, PUBLIC, &keys))
}

/// The address the server is known by: the issuer of its tokens.
fn issuer(services: &Services, request: &Request) -> String {
    origin(services.options.public_url.as_deref(), request)
}

/// A JSON answer, with how long it may be kept.
fn json(status: StatusCode, kept: &'static str, body: &Value) -> Response {
    let answer = Response::builder().status(status).content_type("application/json");
    let answer = answer.header(header::CACHE_CONTROL, kept);
    // Caches from before Cache-Control know this alone (RFC 6749 section 5.1).
    let answer = if kept == SECRET { answer.header(header::PRAGMA, "no-cache") } else { answer };
    answer.body(body.to_string())
}
