//! What the server says of itself as an authorization server (RFC 8414).

use poem::Response;
use poem::http::StatusCode;
use serde_json::{Value, json};

use crate::model::jwk::ACCEPTED;
use crate::model::principal::Scope;

/// The document. Its token endpoint is the platform's; each tenant has one of its own.
pub(super) fn describe(issuer: &str) -> Response {
    super::json(StatusCode::OK, super::PUBLIC, &document(issuer))
}

fn document(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/api/v1/platform/oauth/token"),
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "scopes_supported": Scope::ALL.map(Scope::as_str),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ACCEPTED,
        "service_documentation": format!("{issuer}/docs"),
    })
}
