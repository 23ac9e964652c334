//! What a refusal looks like: `{"detail": …}`, a text or, for a parameter or body, a list that leads to each fault. The
//! one place where the domain's errors, denied credentials and the framework's own refusals become answers.

use poem::http::StatusCode;
use poem::{IntoResponse, Response};
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Object, Union};

use crate::api::context::{BodyFault, insufficient_scope};
use crate::api::native::refused::{self, Refused};
use crate::api::native::room::{Failure, allowing};
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
        let msg = "Input should be less than or equal to 500, not \"501\"";
        refused::Fault::query("per_page", "less_than_equal", msg).into()
    }
}

/// A step on the way to a faulty value.
#[derive(Debug, Union)]
#[oai(rename = "Step")]
pub(super) enum Step {
    /// A name.
    Name(String),
    /// A position in a list, from 0.
    Position(u64),
}

/// The refusals an endpoint can meet.
#[derive(ApiResponse)]
pub(super) enum Refusal {
    /// A cursor that was not made for this query, or a credential of several tenants without `X-Tenant-ID`.
    #[oai(status = 400)]
    Unfit(Json<Detail>),
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
    Forbidden(
        Json<Detail>,
        /// The challenge of RFC 6750 section 3.1, when it is the right that is missing.
        #[oai(header = "WWW-Authenticate")]
        Option<String>,
    ),
    /// There is no such group, user or membership.
    #[oai(status = 404)]
    NotFound(Json<Detail>),
    /// The body took too long to come. Nothing was done.
    #[oai(status = 408)]
    Slow(Json<Detail>),
    /// The name is in use, or the group is managed elsewhere.
    #[oai(status = 409)]
    Conflict(Json<Detail>),
    /// The group has another version than `If-Match` names.
    #[oai(status = 412)]
    Changed(Json<Detail>),
    /// The body is larger than the server takes.
    #[oai(status = 413)]
    TooLarge(Json<Detail>),
    /// The body is of a media type that is not taken.
    #[oai(status = 415)]
    MediaType(Json<Detail>),
    /// A parameter, or a value in the body, cannot be taken.
    #[oai(status = 422)]
    Invalid(Json<Faults>),
    /// There are too many requests like this one. Nothing was done.
    #[oai(status = 429)]
    Limited(
        Json<Detail>,
        /// Seconds after which there is room again.
        #[oai(header = "Retry-After")]
        u32,
    ),
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
    /// The credential lacks a right.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::Forbidden(detail(message), None)
    }

    /// The request cannot be taken as it is.
    pub(super) fn unfit(message: impl Into<String>) -> Self {
        Self::Unfit(detail(message))
    }

    /// Something the path names is not there.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::NotFound(detail(message))
    }

    /// Faults of parameters or of the body.
    pub(super) fn faults(faults: Vec<refused::Fault>) -> Self {
        faults.into()
    }

    /// No such group, whether it is deleted, another tenant's, or its id can be none.
    pub(super) fn no_group() -> Self {
        Self::from(domain::Error::NotFound(Thing::Group))
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let text = refused.to_string();
        match refused {
            Refused::Denied(denied) => denied.into(),
            Refused::Limited(exceeded) => Self::Limited(detail(text), exceeded.retry_after),
            Refused::Body(BodyFault::TooSlow(_)) => Self::Slow(detail(text)),
            Refused::Lacking { operation, .. } => {
                let scope = operation.scopes().first().map_or("", |scope| scope.as_str());
                let text = format!("Missing required scope: {scope}");
                Self::Forbidden(detail(text), Some(insufficient_scope(operation)))
            }
            Refused::Faults(faults) => faults.into(),
            Refused::NotJson(_) => vec![refused::Fault::new("body", [], "json_invalid", text)].into(),
            Refused::MediaType(_) => Self::MediaType(detail(text)),
            Refused::Body(BodyFault::TooLarge(_)) => Self::TooLarge(detail(text)),
            Refused::StillRunning | Refused::KeyReused | Refused::AnswerNotKept { .. } => Self::Conflict(detail(text)),
            Refused::Unavailable(error) => error.into(),
            Refused::Body(BodyFault::Broken) => vec![refused::Fault::new("body", [], "json_invalid", text)].into(),
        }
    }
}

impl From<Vec<refused::Fault>> for Refusal {
    fn from(faults: Vec<refused::Fault>) -> Self {
        Self::Invalid(Json(Faults { detail: faults.into_iter().map(Fault::from).collect() }))
    }
}

impl From<refused::Fault> for Fault {
    fn from(fault: refused::Fault) -> Self {
        let step = |step| match step {
            refused::Step::Name(name) => Step::Name(name),
            // No list has more positions than fit.
            refused::Step::Position(position) => Step::Position(u64::try_from(position).unwrap_or(u64::MAX)),
        };
        Self { loc: fault.loc.into_iter().map(step).collect(), msg: fault.message, kind: fault.kind.to_owned() }
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
            | Denied::Jwt(_) => Self::Unauthorized(detail(text), denied.challenge()),
            Denied::Foreign | Denied::Suspended | Denied::PartnerSuspended | Denied::Deleted => Self::forbidden(text),
            Denied::NeedsTenant => {
                Self::unfit("this credential belongs to no single tenant: name one with X-Tenant-ID")
            }
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
            domain::Error::Taken { attribute, value } => {
                Self::Conflict(detail(format!("{} \"{value}\" is already in use", wire_name(attribute))))
            }
            domain::Error::Managed { .. } => Self::Conflict(detail(text)),
            domain::Error::NotAMember { .. } => Self::missing(text),
            domain::Error::VersionMismatch { .. } => Self::Changed(detail(text)),
            domain::Error::Invalid { attribute, reason } => {
                vec![refused::Fault::field(wire_name(attribute), "value_error", reason)].into()
            }
            domain::Error::UnknownMembers(_) => vec![refused::Fault::field("users", "not_found", text)].into(),
            // What is about edges or documents cannot come of this API, which has neither.
            domain::Error::UnknownParent { .. }
            | domain::Error::Full { .. }
            | domain::Error::InTheWay(_)
            | domain::Error::Beyond(_)
            | domain::Error::Setting(_)
            | domain::Error::NotEmpty { .. }
            | domain::Error::ParentGone { .. }
            | domain::Error::Cycle(_)
            | domain::Error::TooDeep { .. }
            | domain::Error::TooManyChildren { .. }
            | domain::Error::Refused(_) => {
                tracing::error!(cause = %text, "a request was refused for what it cannot ask");
                Self::Internal(detail("Internal Server Error"))
            }
        }
    }
}

/// The body's word for an attribute.
fn wire_name(attribute: &'static str) -> &'static str {
    match attribute {
        "displayName" => "name",
        other => other,
    }
}

/// Seconds a client should wait when the server is busy.
const RETRY_AFTER: u32 = 1;

fn detail(text: impl Into<String>) -> Json<Detail> {
    Json(Detail { detail: text.into() })
}

/// A refusal with a text alone.
pub(super) fn plain(status: StatusCode, text: &str) -> Response {
    let mut response = detail(text).into_response();
    response.set_status(status);
    response
}

/// Makes an answer of what went wrong in any layer.
pub(super) fn render(failure: Failure) -> Response {
    match failure {
        Failure::Refused(refused) => poem::Error::from(Refusal::from(refused)).into_response(),
        Failure::NoSuchPath => plain(StatusCode::NOT_FOUND, "Not Found"),
        Failure::Method(allow) => {
            allowing(plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"), allow.as_deref())
        }
        Failure::Client(status, text) => plain(status, &text),
        Failure::Broken => super::internal_error(),
    }
}
