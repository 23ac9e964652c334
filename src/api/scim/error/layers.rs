//! What other layers refuse, in SCIM's words: each case gets its status, its `scimType`, and behind what is wrong the
//! remedy, which differs from protocol to protocol and so stands here.

use poem::http::{StatusCode, header};

use super::Error;
use crate::api::context::BodyFault;
use crate::api::gate::Turned;
use crate::auth::Denied;
use crate::domain;
use crate::schema::refusal::{Refusal, RefusalKind};

impl Error {
    /// What a verb refused about the resource of this id.
    pub(in crate::api::scim) fn about(id: impl ToString) -> impl FnOnce(domain::Error) -> Self {
        move |error| match error {
            domain::Error::NotFound(thing) => Self::no_such_resource(&thing.to_string(), &id.to_string()),
            other => other.into(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::InvalidFilter
            | RefusalKind::InvalidPath
            | RefusalKind::InvalidSyntax
            | RefusalKind::InvalidValue
            | RefusalKind::Mutability
            | RefusalKind::NoTarget
            | RefusalKind::TooMany => StatusCode::BAD_REQUEST,
            RefusalKind::Uniqueness => StatusCode::CONFLICT,
        };
        Self::new(status, Some(refusal.kind.scim_type()), refusal.detail)
    }
}

impl From<domain::Error> for Error {
    fn from(error: domain::Error) -> Self {
        let wrong = error.to_string();
        let with = |remedy: &str| format!("{wrong}; {remedy}");
        match error {
            domain::Error::NotFound(_) | domain::Error::NotAMember { .. } => {
                Self::new(StatusCode::NOT_FOUND, None, with("look it up by a list"))
            }
            domain::Error::NotEmpty { .. }
            | domain::Error::ParentGone { .. }
            | domain::Error::Managed { .. }
            | domain::Error::InTheWay(_) => Self::conflict(wrong),
            // Not 409: clients take that for a resource that is there already, and go looking for it.
            domain::Error::Full { .. } | domain::Error::Beyond(_) => Self::new(StatusCode::FORBIDDEN, None, wrong),
            domain::Error::Taken { .. } => {
                let detail = with("choose another value, or change the resource that has this one");
                Self::new(StatusCode::CONFLICT, Some("uniqueness"), detail)
            }
            domain::Error::VersionMismatch { .. } => {
                let detail = with("read it again, and repeat the change if it is still wanted");
                Self::new(StatusCode::PRECONDITION_FAILED, None, detail)
            }
            domain::Error::UnknownParent { .. } => Self::value(with("create it first, or leave it out")),
            domain::Error::UnknownMembers(_) => Self::value(with("create them first, or leave them out")),
            domain::Error::Cycle(_) => {
                Self::value(format!("members: {}", with("take one of these memberships away first")))
            }
            domain::Error::TooDeep { .. } => {
                Self::value(format!("members: {}", with("nest fewer groups in each other")))
            }
            domain::Error::TooManyChildren { .. } => {
                Self::value(format!("members: {}", with("put some of them into a group between")))
            }
            domain::Error::Invalid { .. } | domain::Error::Setting(_) => Self::value(wrong),
            domain::Error::Refused(refusal) => refusal.into(),
            domain::Error::Busy(cause) => {
                tracing::warn!(error = %cause, "busy");
                Self::busy()
            }
            domain::Error::Internal(cause) => {
                tracing::error!(error = %cause, "internal error");
                Self::internal()
            }
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        let detail = denied.to_string();
        if denied.is_unauthenticated() {
            let challenge = denied.challenge();
            return Self::new(StatusCode::UNAUTHORIZED, None, detail).with_header(header::WWW_AUTHENTICATE, challenge);
        }
        match denied {
            Denied::Unavailable(cause) => {
                tracing::warn!(error = %cause, "a credential could not be judged");
                Self::busy()
            }
            Denied::NoSuchTenant => {
                Self::new(StatusCode::NOT_FOUND, None, format!("{detail}; check the tenant in the path"))
            }
            Denied::NeedsTenant => Self::value(detail),
            Denied::Foreign => {
                let remedy = "use a token of that tenant, or the path of the token's own";
                Self::new(StatusCode::FORBIDDEN, None, format!("{detail}; {remedy}"))
            }
            _ => Self::new(StatusCode::FORBIDDEN, None, detail),
        }
    }
}

impl From<Turned> for Error {
    fn from(turned: Turned) -> Self {
        match turned {
            Turned::Denied(denied) => denied.into(),
            Turned::Limited(exceeded) => Self::new(StatusCode::TOO_MANY_REQUESTS, None, exceeded.to_string())
                .with_header(header::RETRY_AFTER, exceeded.retry_after.to_string()),
        }
    }
}

impl From<BodyFault> for Error {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge(_) => Self::too_large(format!("{fault}; send it in several requests")),
            BodyFault::TooSlow(_) => {
                Self::new(StatusCode::REQUEST_TIMEOUT, None, format!("{fault}; send it again, or in several requests"))
            }
            BodyFault::Broken => Self::syntax(format!("{fault}; send it again")),
        }
    }
}
