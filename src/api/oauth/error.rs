//! Refusals in the form of RFC 6749 section 5.2. A description is for the developer of the client; it never says whether a
//! client or tenant exists.

use poem::Response;
use poem::http::{StatusCode, header};
use serde_json::json;

use crate::api::context::BodyFault;
use crate::auth::ClientDenied;
use crate::domain;
use crate::edge::limits::Exceeded;

/// What every 401 asks for.
const CHALLENGE: &str = "Basic realm=\"convoke\", charset=\"UTF-8\"";

/// Why there is no token.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
    allow: Option<&'static str>,
    retry_after: Option<u32>,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), allow: None, retry_after: None }
    }

    /// The request has not the form it must have.
    pub(super) fn request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// The client is not known, or has not proved who it is.
    pub(super) fn client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    /// It asks for another grant.
    pub(super) fn grant_type() -> Self {
        let description = "grant_type must be client_credentials";
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", description)
    }

    /// The path takes other methods.
    pub(super) fn method(allowed: &'static str) -> Self {
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", format!("use {allowed}"));
        Self { allow: Some(allowed), ..refusal }
    }

    /// The request is to be sent as a form, not in the URL.
    pub(super) fn url_too_long(limit: usize) -> Self {
        let description = format!("the URL is longer than {limit} bytes; send the parameters in the body");
        Self::new(StatusCode::URI_TOO_LONG, "invalid_request", description)
    }

    /// A defect of the server.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal error")
    }

    fn busy() -> Self {
        let text = "the server is busy; try again";
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", text);
        Self { retry_after: Some(1), ..refusal }
    }

    pub(super) fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": plain(&self.description) });
        let mut response = super::json(self.status, super::SECRET, &body);
        let headers = response.headers_mut();
        let mut put = |name, value: &'static str| headers.insert(name, header::HeaderValue::from_static(value));
        match self.status {
            StatusCode::UNAUTHORIZED => put(header::WWW_AUTHENTICATE, CHALLENGE),
            _ => self.allow.and_then(|allowed| put(header::ALLOW, allowed)),
        };
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// The characters that a description may have (RFC 6749 section 5.2).
fn plain(text: &str) -> String {
    let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    text.chars().map(|c| if allowed(c) { c } else { '\'' }).collect()
}

impl From<ClientDenied> for Refusal {
    fn from(denied: ClientDenied) -> Self {
        let text = denied.to_string();
        match denied {
            ClientDenied::Unproved => Self::client(text),
            ClientDenied::Barred(_) => Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", text),
            ClientDenied::Unavailable(cause) => {
                tracing::warn!(%cause, "a client could not be judged");
                Self::busy()
            }
        }
    }
}

impl From<Exceeded> for Refusal {
    fn from(exceeded: Exceeded) -> Self {
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", exceeded.to_string());
        Self { retry_after: Some(exceeded.retry_after), ..refusal }
    }
}

impl From<domain::Error> for Refusal {
    fn from(error: domain::Error) -> Self {
        match error {
            domain::Error::Invalid { attribute: "scope", .. } => {
                Self::new(StatusCode::BAD_REQUEST, "invalid_scope", error.to_string())
            }
            domain::Error::Busy(cause) => {
                tracing::warn!(%cause, "busy");
                Self::busy()
            }
            other => {
                tracing::error!(error = %other, "no token can be issued");
                Self::internal()
            }
        }
    }
}

impl From<BodyFault> for Refusal {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", fault.to_string()),
            BodyFault::TooSlow(_) => Self::new(StatusCode::REQUEST_TIMEOUT, "invalid_request", fault.to_string()),
            BodyFault::Broken => Self::request(fault.to_string()),
        }
    }
}
