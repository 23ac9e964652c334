//! What a refusal looks like: `{"error": "text", "details": "text"}`. The one place where the domain's errors, denied
//! credentials and the framework's own refusals become answers.

use poem::http::StatusCode;
use poem::{IntoResponse, Response};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Object};

use crate::api::context::{BodyFault, insufficient_scope};
use crate::api::native::refused::{self, Refused};
use crate::api::native::room::{Failure, allowing};
use crate::auth::Denied;
use crate::domain::{self, Thing};

/// Why a request was refused.
#[derive(Object)]
#[oai(example)]
pub(super) struct Error {
    /// The reason in a few fixed words.
    error: String,
    /// What exactly; left out when there is no more to say.
    #[oai(skip_serializing_if_is_none)]
    details: Option<String>,
}

impl Example for Error {
    fn example() -> Self {
        let details = Some("groups[0]: Input should have at least 1 character that are no blanks".to_owned());
        Self { error: INVALID.to_owned(), details }
    }
}

/// The refusals every endpoint shares.
#[derive(ApiResponse)]
pub(super) enum Refusal {
    /// The tenant, the group's id, a parameter, or the body or a value in it cannot be taken; or there is no such tenant.
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
    /// There is no such group in the tenant, or a user to be added is not in it.
    #[oai(status = 404)]
    NotFound(Json<Error>),
    /// The body took too long to come. Nothing was done.
    #[oai(status = 408)]
    Slow(Json<Error>),
    /// The name is taken, or the state of the groups forbids the change.
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

const INVALID: &str = "invalid request";
const INTERNAL: &str = "internal server error";

/// Seconds a client should wait when the server is busy.
const RETRY_AFTER: u32 = 1;

impl Refusal {
    /// The tenant is not named, or not by an id of one.
    pub(super) fn bad_tenant(details: impl Into<String>) -> Self {
        Self::Invalid(body("invalid tenant_id", Some(details.into())))
    }

    /// The path's id of a group can be none.
    pub(super) fn bad_group_id() -> Self {
        Self::Invalid(body("invalid group ID", None))
    }

    fn invalid(details: impl Into<String>) -> Self {
        Self::Invalid(body(INVALID, Some(details.into())))
    }

    fn busy() -> Self {
        Self::Busy(body("the server is busy; try again", None), RETRY_AFTER)
    }

    fn conflict(error: &str, details: impl Into<String>) -> Self {
        Self::Conflict(body(error, Some(details.into())))
    }
}

fn body(error: &str, details: Option<String>) -> Json<Error> {
    Json(Error { error: error.to_owned(), details })
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
            Refused::Limited(exceeded) => Self::Limited(body("too many requests", Some(text)), exceeded.retry_after),
            Refused::Body(BodyFault::TooSlow(_)) => Self::Slow(body("request timeout", Some(text))),
            Refused::Lacking { operation, .. } => {
                Self::Forbidden(body("forbidden", Some(text)), Some(insufficient_scope(operation)))
            }
            Refused::Faults(_) | Refused::NotJson(_) | Refused::Body(BodyFault::Broken) => Self::invalid(text),
            Refused::MediaType(_) => Self::MediaType(body("unsupported media type", Some(text))),
            Refused::Body(BodyFault::TooLarge(_)) => Self::TooLarge(body("request too large", Some(text))),
            Refused::StillRunning | Refused::KeyReused | Refused::AnswerNotKept { .. } => {
                Self::conflict("Idempotency-Key in use", text)
            }
            Refused::Unavailable(error) => error.into(),
        }
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
            | Denied::ApiKey
            | Denied::Jwt(_) => Self::Unauthorized(body("unauthorized", Some(text)), denied.challenge()),
            Denied::Foreign | Denied::Suspended | Denied::PartnerSuspended | Denied::Deleted => {
                Self::Forbidden(body("forbidden", Some(text)), None)
            }
            Denied::NeedsTenant => Self::bad_tenant("tenant_id is required"),
            Denied::NoSuchTenant => Self::bad_tenant("no tenant has this id"),
            Denied::Unavailable(cause) => {
                tracing::warn!(%cause, "a credential could not be checked");
                Self::busy()
            }
        }
    }
}

impl From<domain::Error> for Refusal {
    fn from(error: domain::Error) -> Self {
        let text = error.to_string();
        match error {
            domain::Error::NotFound(Thing::Group) => Self::NotFound(body("group not found", None)),
            domain::Error::NotFound(_) | domain::Error::NotAMember { .. } => Self::NotFound(body(&text, None)),
            domain::Error::UnknownMembers(ids) => Self::NotFound(body("users not found", Some(ids.join(", ")))),
            domain::Error::Taken { value, .. } => {
                Self::conflict("group name already in use", format!("another group has the name \"{value}\""))
            }
            domain::Error::VersionMismatch { .. } => Self::Stale(body("precondition failed", Some(text))),
            domain::Error::Cycle(_)
            | domain::Error::TooDeep { .. }
            | domain::Error::TooManyChildren { .. }
            | domain::Error::NotEmpty { .. }
            | domain::Error::ParentGone { .. }
            | domain::Error::Full { .. }
            | domain::Error::InTheWay(_) => Self::conflict("conflict", text),
            domain::Error::Managed { .. } => Self::conflict("group is managed", text),
            domain::Error::Invalid { attribute: "displayName", reason } => Self::invalid(format!("name: {reason}")),
            domain::Error::Invalid { attribute, reason } => Self::invalid(format!("{attribute}: {reason}")),
            domain::Error::Beyond(_) => Self::Forbidden(body("forbidden", Some(text)), None),
            domain::Error::UnknownParent { .. } | domain::Error::Setting(_) | domain::Error::Refused(_) => {
                Self::invalid(text)
            }
            domain::Error::Busy(cause) => {
                tracing::warn!(%cause, "the database is busy or away");
                Self::busy()
            }
            domain::Error::Internal(cause) => {
                tracing::error!(%cause, "a request failed");
                Self::Internal(body(INTERNAL, None))
            }
        }
    }
}

/// The answer when a handler broke.
pub(super) fn internal() -> Response {
    plain(StatusCode::INTERNAL_SERVER_ERROR, INTERNAL)
}

/// Makes an answer of what went wrong in any layer.
pub(super) fn render(failure: Failure) -> Response {
    match failure {
        Failure::Refused(refused) => poem::Error::from(Refusal::from(refused)).into_response(),
        Failure::NoSuchPath => plain(StatusCode::NOT_FOUND, "not found"),
        Failure::Method(allow) => {
            allowing(plain(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"), allow.as_deref())
        }
        Failure::Client(status, text) => plain(status, &text),
        Failure::Broken => internal(),
    }
}

fn plain(status: StatusCode, error: &str) -> Response {
    let mut response = body(error, None).into_response();
    response.set_status(status);
    response
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    async fn told(refusal: impl Into<Refusal>) -> (u16, Value) {
        let response = poem::Error::from(refusal.into()).into_response();
        let status = response.status().as_u16();
        (status, response.into_body().into_json().await.unwrap())
    }

    #[tokio::test]
    async fn refusals_have_fixed_words_and_details() {
        let unknown = domain::Error::UnknownMembers(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(told(unknown).await, (404, json!({ "error": "users not found", "details": "a, b" })));
        let nothing = domain::Error::NotFound(Thing::Group);
        assert_eq!(told(nothing).await, (404, json!({ "error": "group not found" })));
        let taken = domain::Error::Taken { attribute: "displayName", value: "ops".to_owned() };
        let expected = json!({ "error": "group name already in use", "details": "another group has the name \"ops\"" });
        assert_eq!(told(taken).await, (409, expected));
        let fault = refused::Fault::field("groups", "missing", "Field required");
        let expected = json!({ "error": "invalid request", "details": "groups: Field required" });
        assert_eq!(told(fault).await, (400, expected));
    }
}
