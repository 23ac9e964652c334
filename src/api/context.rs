//! What every facade needs to know of a request, whatever its dialect.

use std::time::Duration;

use futures_util::StreamExt;
use poem::http::uri::Scheme;
use poem::http::{HeaderMap, header};
use poem::{Body, Request};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::domain::Operation;
use crate::edge::proxies::Client;

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
    /// It took longer to come than the server waits.
    #[error("the body did not come within {} s", .0.as_secs_f64())]
    TooSlow(Duration),
    /// It ended early or could not be read.
    #[error("the body could not be read")]
    Broken,
}

/// What reading a body ends with that has not come in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come within {} s", .0.as_secs_f64())]
struct Late(Duration);

/// A body that has so long to come, from now on.
pub(super) fn in_time(body: Body, patience: Duration) -> Body {
    let deadline = tokio::time::Instant::now() + patience;
    let late = move || std::io::Error::other(Late(patience));
    let parts = futures_util::stream::try_unfold(body.into_bytes_stream(), move |mut parts| async move {
        match tokio::time::timeout_at(deadline, parts.next()).await {
            Ok(Some(part)) => Ok(Some((part?, parts))),
            Ok(None) => Ok(None),
            Err(_) => Err(late()),
        }
    });
    Body::from_bytes_stream(parts)
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// See [`BodyFault`].
pub async fn read_body(body: Body, limit: usize) -> Result<Vec<u8>, BodyFault> {
    match body.into_bytes_limit(limit).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(poem::error::ReadBodyError::PayloadTooLarge) => Err(BodyFault::TooLarge(limit)),
        Err(poem::error::ReadBodyError::Io(error)) => Err(match error.get_ref().and_then(|e| e.downcast_ref()) {
            Some(Late(patience)) => BodyFault::TooSlow(*patience),
            None => BodyFault::Broken,
        }),
        Err(_) => Err(BodyFault::Broken),
    }
}

/// Bytes of a body from which on others should not have to wait until it has been worked through.
const LONG: usize = 64 * 1024;

/// Works through a body of so many bytes. While it is long, another thread takes the place of this one, of which there may
/// be no other.
pub fn at_length<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let replaceable = || Handle::try_current().is_ok_and(|on| on.runtime_flavor() == RuntimeFlavor::MultiThread);
    if bytes >= LONG && replaceable() { tokio::task::block_in_place(work) } else { work() }
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
    let scheme = if is_https(request) { "https" } else { "http" };
    match host(request).filter(plausible) {
        Some(host) => format!("{scheme}://{host}"),
        None => match request.local_addr().as_socket_addr() {
            Some(address) => format!("{scheme}://{address}"),
            None => format!("{scheme}://localhost"),
        },
    }
}

/// The host the client asked for, as a trusted proxy or else the request itself says.
pub(super) fn host(request: &Request) -> Option<&str> {
    let forwarded = request.extensions().get::<Client>().and_then(|client| client.host.as_deref());
    let own = || header(request.headers(), header::HOST.as_str());
    forwarded.or_else(own).or_else(|| request.uri().authority().map(|authority| authority.as_str()))
}

/// Whether the client came by TLS, to this server or to a trusted proxy.
pub(super) fn is_https(request: &Request) -> bool {
    match request.extensions().get::<Client>() {
        Some(client) => client.https,
        None => *request.scheme() == Scheme::HTTPS,
    }
}
