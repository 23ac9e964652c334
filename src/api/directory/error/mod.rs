//! What a refusal looks like: `{"detail": …}`, a text or, for a parameter or body, a list that leads to each fault. The
//! one place where the domain's errors, denied credentials and the framework's own refusals become answers.

use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::error::{ContentTypeError, ParseParamError, ParsePathError, ParseRequestPayloadError};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Object, Union};

use crate::auth::Denied;
use crate::domain::{self, Thing};

/// Why a request was refused.
#[derive(Object)]
#[oai(rename = "Error", example)]
pub(super) struct Detail {
    /// The reason, for people.
    detail: String,
}

/// Why a parameter or a body was refused.
#[derive(Object)]
#[oai(rename = "ValidationError")]
pub(super) struct Faults {
    /// Each fault.
    detail: Vec<Fault>,
}

/// A fault of a parameter or a body.
#[derive(Object)]
#[oai(example)]
pub(super) struct Fault {
    /// Where it is: `query`, `path`, `header` or `body`, then the name, then positions.
    loc: Vec<Step>,
    /// What is wrong, what was sent, and what would be right.
    msg: String,
    /// A word for programs, such as `less_than_equal`.
    #[oai(rename = "type")]
    kind: String,
}

impl Example for Detail {
    fn example() -> Self {
        Self { detail: "Group not found".to_owned() }
    }
}

impl Example for Fault {
    fn example() -> Self {
        let msg = "Input should be less than or equal to 500, not \"501\"".to_owned();
        fault("query", Some("per_page"), "less_than_equal", msg)
    }
}

/// A step on the way to a faulty value.
#[derive(Union)]
#[oai(rename = "Step")]
pub(super) enum Step {
    /// A name.
    Name(String),
    /// A position in a list, from 0.
    Position(u64),
}

/// The refusals every endpoint shares. Each endpoint documents its own beside them.
#[derive(ApiResponse)]
pub(super) enum Refusal {
    /// There is no credential, or it is not accepted.
    #[oai(status = 401)]
    Unauthorized(
        Json<Detail>,
        /// The challenge of RFC 6750 section 3.
        #[oai(header = "WWW-Authenticate")]
        String,
    ),
    /// The credential does not reach the tenant, or does not give the right.
    #[oai(status = 403)]
    Forbidden(Json<Detail>),
    /// There is no such group or tenant within reach.
    #[oai(status = 404)]
    NotFound(Json<Detail>),
    /// A parameter has a value that cannot be taken.
    #[oai(status = 422)]
    Invalid(Json<Faults>),
    /// A defect of the server. The request id leads to its cause in the log.
    #[oai(status = 500)]
    Internal(Json<Detail>),
    /// The server is busy. Nothing was done.
    #[oai(status = 503)]
    Busy(
        Json<Detail>,
        /// Seconds after which to try again.
        #[oai(header = "Retry-After")]
        u32,
    ),
}

impl Refusal {
    /// A fault of one query parameter.
    pub(super) fn query(name: &str, kind: &str, message: String) -> Self {
        Self::Invalid(Json(Faults { detail: vec![fault("query", Some(name), kind, message)] }))
    }

    /// The credential lacks a right.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden(detail(message))
    }

    /// No such group, whether it is deleted, another tenant's, or its id can be none.
    pub(super) fn no_group() -> Self {
        Self::from(domain::Error::NotFound(Thing::Group))
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        let text = denied.to_string();
        match denied {
            Denied::Missing
            | Denied::NotBearer
            | Denied::Unknown
            | Denied::Revoked(_)
            | Denied::Expired(_)
            | Denied::ApiKey => Self::Unauthorized(detail(text), denied.challenge()),
            Denied::Foreign | Denied::Suspended | Denied::NeedsTenant => Self::forbidden(text),
            Denied::NoSuchTenant => Self::NotFound(detail(text)),
            Denied::Unavailable(cause) => {
                tracing::warn!(%cause, "a credential could not be checked");
                Self::Busy(detail(text), RETRY_AFTER)
            }
        }
    }
}

impl From<domain::Error> for Refusal {
    fn from(error: domain::Error) -> Self {
        let text = error.to_string();
        match error {
            domain::Error::NotFound(_) => Self::NotFound(detail(text)),
            domain::Error::Busy(cause) => {
                tracing::warn!(%cause, "the database is busy or away");
                Self::Busy(detail(text), RETRY_AFTER)
            }
            domain::Error::Internal(cause) => {
                tracing::error!(%cause, "a request failed");
                Self::Internal(detail("Internal Server Error"))
            }
            // These come of writes. A read that meets one has a defect, which must not pass for the caller's fault.
            domain::Error::Taken { .. }
            | domain::Error::VersionMismatch { .. }
            | domain::Error::UnknownMembers(_)
            | domain::Error::UnknownParent { .. }
            | domain::Error::NotAMember { .. }
            | domain::Error::NotEmpty { .. }
            | domain::Error::ParentGone { .. }
            | domain::Error::Managed { .. }
            | domain::Error::Cycle(_)
            | domain::Error::TooDeep { .. }
            | domain::Error::TooManyChildren { .. }
            | domain::Error::Invalid { .. }
            | domain::Error::Refused(_) => {
                tracing::error!(cause = %text, "a read was refused as if it were a write");
                Self::Internal(detail("Internal Server Error"))
            }
        }
    }
}

/// Seconds a client should wait when the server is busy.
const RETRY_AFTER: u32 = 1;

fn detail(text: impl Into<String>) -> Json<Detail> {
    Json(Detail { detail: text.into() })
}

fn fault(place: &str, name: Option<&str>, kind: &str, msg: String) -> Fault {
    let loc = [Some(place), name].into_iter().flatten().map(|step| Step::Name(step.to_owned())).collect();
    Fault { loc, msg, kind: kind.to_owned() }
}

/// A refusal with a text alone.
pub(super) fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = detail(text).into_response();
    response.set_status(status);
    response
}

/// Makes an answer of an error of any layer. `allow` says which methods the path takes.
pub(super) fn render<'a>(error: poem::Error, allow: impl FnOnce() -> Option<&'a str>) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    let invalid = |place, name, kind, message: &str| {
        let faults = Faults { detail: vec![fault(place, name, kind, message.to_owned())] };
        poem::Error::from(Refusal::Invalid(Json(faults))).into_response()
    };
    if let Some(error) = error.downcast_ref::<ParseParamError>() {
        return invalid("query", Some(error.name), "value_error", &error.reason);
    }
    if let Some(error) = error.downcast_ref::<ParseRequestPayloadError>() {
        return invalid("body", None, "json_invalid", &error.reason);
    }
    // A path that cannot be decoded names nothing.
    if error.is::<NotFoundError>() || error.is::<ParsePathError>() || error.is::<poem::error::ParsePathError>() {
        return plain(StatusCode::NOT_FOUND, "Not Found");
    }
    if error.is::<MethodNotAllowedError>() {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
        if let Some(Ok(value)) = allow().map(HeaderValue::from_str) {
            response.headers_mut().insert(header::ALLOW, value);
        }
        return response;
    }
    if error.is::<ContentTypeError>() {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json");
    }
    let status = error.status();
    if status.is_client_error() {
        return plain(status, &error.to_string());
    }
    tracing::error!(%error, "the framework failed");
    super::internal_error()
}

#[cfg(test)]
mod tests;
