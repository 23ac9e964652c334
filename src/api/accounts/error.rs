//! What a refusal looks like: `{"error": {"code", "message", "details"}}`. The one place where the domain's errors, denied
//! credentials and the framework's own refusals become answers.

use poem::http::StatusCode;
use poem::{IntoResponse, Response};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Enum, Object};

use crate::api::context::{BodyFault, insufficient_scope};
use crate::api::native::refused::{self, Refused};
use crate::api::native::room::{Failure, allowing};
use crate::auth::Denied;
use crate::domain::{self, Thing};

/// A refusal.
#[derive(Object)]
#[oai(example)]
pub(super) struct Error {
    error: Reason,
}

/// Why a request was refused.
#[derive(Object)]
#[oai(rename = "ErrorReason")]
struct Reason {
    /// The sort of refusal, for programs.
    code: Code,
    /// The reason, for people.
    message: String,
    /// More about it; left out when there is nothing.
    #[oai(skip_serializing_if_is_none)]
    details: Option<Details>,
}

/// A sort of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename = "ErrorCode", rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Code {
    /// 400
    ValidationError,
    /// 401
    Unauthorized,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 408
    RequestTimeout,
    /// 409
    Conflict,
    /// 412
    PreconditionFailed,
    /// 413
    PayloadTooLarge,
    /// 415
    UnsupportedMediaType,
    /// 429
    RateLimited,
    /// 500
    InternalError,
    /// 503
    ServiceUnavailable,
}

/// More about a refusal.
#[derive(Object, Default)]
#[oai(rename = "ErrorDetails")]
struct Details {
    /// Each parameter or field that cannot be taken.
    #[oai(skip_serializing_if_is_none)]
    fields: Option<Vec<FieldFault>>,
    /// The version that the group has.
    #[oai(skip_serializing_if_is_none)]
    current: Option<String>,
}

/// A parameter or a field that cannot be taken.
#[derive(Object)]
struct FieldFault {
    /// Its name, and where in it.
    field: String,
    /// What is wrong, and what would be right.
    message: String,
}

impl Example for Error {
    fn example() -> Self {
        body(Code::NotFound, "Group not found", None).0
    }
}

/// The refusals every endpoint shares.
#[derive(ApiResponse)]
pub(super) enum Refusal {
    /// A parameter, a value in the body, or the whole of it cannot be taken; or the credential is of several tenants and
    /// `X-Tenant-ID` names none.
    #[oai(status = 400)]
    Invalid(Json<Error>),
    /// There is no credential, or it is not accepted.
    #[oai(status = 401)]
    Unauthorized(
        Json<Error>,
        /// The challenge of RFC 6750 section 3.
        #[oai(header = "WWW-Authenticate")]
        String,
    ),
    /// The credential does not give the right, or does not reach the tenant.
    #[oai(status = 403)]
    Forbidden(
        Json<Error>,
        /// The challenge of RFC 6750 section 3.1, when it is the right that is missing.
        #[oai(header = "WWW-Authenticate")]
        Option<String>,
    ),
    /// There is no such group or tenant within reach.
    #[oai(status = 404)]
    NotFound(Json<Error>),
    /// The body took too long to come. Nothing was done.
    #[oai(status = 408)]
    Slow(Json<Error>),
    /// The group's name is taken, or the state of the groups forbids the change.
    #[oai(status = 409)]
    Conflict(Json<Error>),
    /// The group has another version than `If-Match` names.
    #[oai(status = 412)]
    Stale(Json<Error>),
    /// The body is larger than the server takes.
    #[oai(status = 413)]
    TooLarge(Json<Error>),
    /// The body is of a media type that is not taken.
    #[oai(status = 415)]
    MediaType(Json<Error>),
    /// There are too many requests like this one. Nothing was done.
    #[oai(status = 429)]
    Limited(
        Json<Error>,
        /// Seconds after which there is room again.
        #[oai(header = "Retry-After")]
        u32,
    ),
    /// A defect of the server. The request id leads to its cause in the log.
    #[oai(status = 500)]
    Internal(Json<Error>),
    /// The server is busy. Nothing was done.
    #[oai(status = 503)]
    Busy(
        Json<Error>,
        /// Seconds after which to try again.
        #[oai(header = "Retry-After")]
        u32,
    ),
}

/// Seconds a client should wait when the server is busy.
const RETRY_AFTER: u32 = 1;

impl Refusal {
    /// No such group, whether it is deleted, another tenant's, or its id can be none.
    pub(super) fn no_group() -> Self {
        domain::Error::NotFound(Thing::Group).into()
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(body(Code::ValidationError, message, None))
    }

    fn conflict(message: impl Into<String>) -> Self {
        Self::Conflict(body(Code::Conflict, message, None))
    }

    fn busy(message: impl Into<String>) -> Self {
        Self::Busy(body(Code::ServiceUnavailable, message, None), RETRY_AFTER)
    }

    fn internal() -> Self {
        Self::Internal(body(Code::InternalError, "Internal Server Error", None))
    }
}

fn body(code: Code, message: impl Into<String>, details: Option<Details>) -> Json<Error> {
    Json(Error { error: Reason { code, message: message.into(), details } })
}

impl From<refused::Fault> for Refusal {
    fn from(fault: refused::Fault) -> Self {
        Refused::from(fault).into()
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let text = refused.to_string();
        match refused {
            Refused::Denied(denied) => denied.into(),
            Refused::Limited(exceeded) => Self::Limited(body(Code::RateLimited, text, None), exceeded.retry_after),
            Refused::Body(BodyFault::TooSlow(_)) => Self::Slow(body(Code::RequestTimeout, text, None)),
            Refused::Lacking { operation, .. } => {
                Self::Forbidden(body(Code::Forbidden, text, None), Some(insufficient_scope(operation)))
            }
            Refused::Faults(faults) => {
                let fields = faults.iter().filter_map(field).collect::<Vec<_>>();
                let details = Details { fields: Some(fields).filter(|all| !all.is_empty()), current: None };
                Self::Invalid(body(Code::ValidationError, text, Some(details).filter(|all| all.fields.is_some())))
            }
            Refused::NotJson(_) | Refused::Body(BodyFault::Broken) => Self::invalid(text),
            Refused::MediaType(_) => Self::MediaType(body(Code::UnsupportedMediaType, text, None)),
            Refused::Body(BodyFault::TooLarge(_)) => Self::TooLarge(body(Code::PayloadTooLarge, text, None)),
            Refused::StillRunning | Refused::KeyReused | Refused::AnswerNotKept { .. } => Self::conflict(text),
            Refused::Unavailable(error) => error.into(),
        }
    }
}

/// A fault with its place, unless it is of the body as a whole.
fn field(fault: &refused::Fault) -> Option<FieldFault> {
    let text = fault.to_string();
    let field = text.strip_suffix(&fault.message)?.strip_suffix(": ")?;
    Some(FieldFault { field: field.to_owned(), message: fault.message.clone() })
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
            | Denied::ApiKey
            | Denied::Jwt(_) => Self::Unauthorized(body(Code::Unauthorized, text, None), denied.challenge()),
            Denied::Foreign | Denied::Suspended | Denied::PartnerSuspended | Denied::Deleted => {
                Self::Forbidden(body(Code::Forbidden, text, None), None)
            }
            Denied::NeedsTenant => {
                let message = "this token belongs to no single tenant: name the tenant in the header X-Tenant-ID";
                refused::Fault::new("header", ["X-Tenant-ID".into()], "missing", message).into()
            }
            Denied::NoSuchTenant => Self::NotFound(body(Code::NotFound, text, None)),
            Denied::Unavailable(cause) => {
                tracing::warn!(%cause, "a credential could not be checked");
                Self::busy(text)
            }
        }
    }
}

impl From<domain::Error> for Refusal {
    fn from(error: domain::Error) -> Self {
        let text = error.to_string();
        match error {
            domain::Error::NotFound(_) | domain::Error::NotAMember { .. } => {
                Self::NotFound(body(Code::NotFound, text, None))
            }
            domain::Error::Taken { value, .. } => Self::conflict(format!("the name \"{value}\" is already in use")),
            domain::Error::VersionMismatch { current } => {
                let details = Details { current: Some(current.etag()), ..Details::default() };
                Self::Stale(body(Code::PreconditionFailed, text, Some(details)))
            }
            domain::Error::Cycle(_)
            | domain::Error::TooDeep { .. }
            | domain::Error::TooManyChildren { .. }
            | domain::Error::NotEmpty { .. }
            | domain::Error::ParentGone { .. }
            | domain::Error::Full { .. }
            | domain::Error::InTheWay(_)
            | domain::Error::Managed { .. } => Self::conflict(text),
            domain::Error::Invalid { attribute, reason } => {
                refused::Fault::field(wire_name(attribute), "value_error", reason).into()
            }
            domain::Error::Beyond(_) => Self::Forbidden(body(Code::Forbidden, text, None), None),
            domain::Error::UnknownMembers(_)
            | domain::Error::UnknownParent { .. }
            | domain::Error::Setting(_)
            | domain::Error::Refused(_) => Self::invalid(text),
            domain::Error::Busy(cause) => {
                tracing::warn!(%cause, "the database is busy or away");
                Self::busy(text)
            }
            domain::Error::Internal(cause) => {
                tracing::error!(%cause, "a request failed");
                Self::internal()
            }
        }
    }
}

/// The domain speaks SCIM's names.
fn wire_name(attribute: &'static str) -> &'static str {
    match attribute {
        "displayName" => "name",
        other => other,
    }
}

/// The answer when a handler broke.
pub(super) fn internal() -> Response {
    poem::Error::from(Refusal::internal()).into_response()
}

/// Makes an answer of what went wrong in any layer.
pub(super) fn render(failure: Failure) -> Response {
    match failure {
        Failure::Refused(refused) => poem::Error::from(Refusal::from(refused)).into_response(),
        Failure::NoSuchPath => plain(StatusCode::NOT_FOUND, Code::NotFound, "there is nothing at this path"),
        Failure::Method(allow) => {
            let message = "this path does not take the method; Allow has those it takes";
            let response = plain(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, message);
            allowing(response, allow.as_deref())
        }
        Failure::Client(status, text) => plain(status, Code::ValidationError, &text),
        Failure::Broken => internal(),
    }
}

fn plain(status: StatusCode, code: Code, message: &str) -> Response {
    let mut response = body(code, message, None).into_response();
    response.set_status(status);
    response
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn told(refusal: Refusal) -> (u16, Value) {
        let response = poem::Error::from(refusal).into_response();
        let status = response.status().as_u16();
        (status, response.into_body().into_json().await.unwrap())
    }

    #[tokio::test]
    async fn faults_are_told_one_by_one() {
        let faults = vec![
            refused::Fault::field("name", "missing", "Field required"),
            refused::Fault::query("limit", "int_parsing", "Input should be a valid integer"),
        ];
        let (status, body) = told(Refused::Faults(faults).into()).await;
        assert_eq!(status, 400);
        let expected = json!({ "error": {
            "code": "VALIDATION_ERROR",
            "message": "name: Field required; limit: Input should be a valid integer",
            "details": { "fields": [
                { "field": "name", "message": "Field required" },
                { "field": "limit", "message": "Input should be a valid integer" },
            ] },
        } });
        assert_eq!(body, expected);
        let whole = refused::Fault::new("body", [], "dict_type", "Input should be an object");
        let (_, body) = told(whole.into()).await;
        let expected = json!({ "error": { "code": "VALIDATION_ERROR", "message": "Input should be an object" } });
        assert_eq!(body, expected);
    }

    #[tokio::test]
    async fn the_domains_names_become_the_wires() {
        let error = domain::Error::Invalid { attribute: "displayName", reason: "is blank".to_owned() };
        let (status, body) = told(error.into()).await;
        assert_eq!((status, &body["error"]["message"]), (400, &json!("name: is blank")));
        let error = domain::Error::Taken { attribute: "displayName", value: "Ops".to_owned() };
        let (status, body) = told(error.into()).await;
        let expected = json!({ "error": { "code": "CONFLICT", "message": "the name \"Ops\" is already in use" } });
        assert_eq!((status, body), (409, expected));
    }
}
