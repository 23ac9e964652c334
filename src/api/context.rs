//! What every facade needs to know of a request, whatever its dialect.

use poem::http::{HeaderMap, header};
use poem::{Body, Request};

use crate::domain::Operation;

/// The request's id: the client's `X-Request-ID` or one made here. Goes into logs, events and answers.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The path of the request had a slash at its end, which was taken off.
#[derive(Debug, Clone, Copy)]
pub struct TrailingSlash;

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// It has more bytes than the server takes.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// It ended early or could not be read.
    #[error("the body could not be read")]
    Broken,
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// See [`BodyFault`].
pub async fn read_body(body: Body, limit: usize) -> Result<Vec<u8>, BodyFault> {
    match body.into_bytes_limit(limit).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(poem::error::ReadBodyError::PayloadTooLarge) => Err(BodyFault::TooLarge(limit)),
        Err(_) => Err(BodyFault::Broken),
    }
}

/// A header's text, if it has one that can be read.
#[must_use]
pub fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The challenge of a 403 for want of a scope (RFC 6750 section 3.1). It names the narrowest scope that would do.
#[must_use]
pub fn insufficient_scope(operation: Operation) -> String {
    let scope = operation.scopes().first().map_or_else(String::new, |scope| format!(", scope=\"{scope}\""));
    format!("Bearer realm=\"convoke\", error=\"insufficient_scope\"{scope}")
}

/// The address the client reached the server by, without a path: the configured one, else from `Host`. A `Host` that is
/// none gives the address the connection came in on.
#[must_use]
pub fn origin(public_url: Option<&str>, request: &Request) -> String {
    if let Some(url) = public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let plausible = |host: &&str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        (1..=255).contains(&host.len()) && host.chars().all(allowed)
    };
    let host =
        header(request.headers(), header::HOST.as_str()).or_else(|| request.uri().authority().map(|a| a.as_str()));
    match host.filter(plausible) {
        Some(host) => format!("{}://{host}", request.scheme()),
        None => match request.local_addr().as_socket_addr() {
            Some(address) => format!("{}://{address}", request.scheme()),
            None => format!("{}://localhost", request.scheme()),
        },
    }
}
