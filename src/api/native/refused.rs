//! Why a request got no further than its reading, in terms of the request alone. Each facade turns every case into its own
//! error body, at the one place where it shapes errors.

use std::fmt;

use poem::error::ResponseError;
use poem::http::StatusCode;

use crate::api::context::BodyFault;
use crate::api::gate::Turned;
use crate::auth::Denied;
use crate::domain::{self, Operation};
use crate::edge::limits::Exceeded;

/// A step on the way to a faulty value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) enum Step {
    /// A name, as the client wrote it.
    Name(String),
    /// A position in a list, from 0.
    Position(usize),
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<usize> for Step {
    fn from(position: usize) -> Self {
        Self::Position(position)
    }
}

/// One value that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Fault {
    /// Where it is: `query`, `path`, `header` or `body`, then names and positions.
    pub(in crate::api) loc: Vec<Step>,
    /// A word for programs, as FastAPI's validation has it: `missing`, `string_type`, `too_long` …
    pub(in crate::api) kind: &'static str,
    /// What is wrong, and what would be right.
    pub(in crate::api) message: String,
}

impl Fault {
    /// A fault at the end of a way that begins with `place`.
    pub(in crate::api) fn new(
        place: &str,
        way: impl IntoIterator<Item = Step>,
        kind: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { loc: std::iter::once(Step::from(place)).chain(way).collect(), kind, message: message.into() }
    }

    /// A fault of a query parameter.
    pub(in crate::api) fn query(name: &str, kind: &'static str, message: impl Into<String>) -> Self {
        Self::new("query", [name.into()], kind, message)
    }

    /// A fault of a field of the body.
    pub(in crate::api) fn field(name: &str, kind: &'static str, message: impl Into<String>) -> Self {
        Self::new("body", [name.into()], kind, message)
    }
}

impl fmt::Display for Fault {
    /// `user_ids[3]: …`, for dialects whose errors are a text. The place itself is left out: names are unique enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.loc.iter().skip(1).enumerate() {
            match step {
                Step::Name(name) if at == 0 => write!(f, "{name}")?,
                Step::Name(name) => write!(f, ".{name}")?,
                Step::Position(position) => write!(f, "[{position}]")?,
            }
        }
        if self.loc.len() > 1 {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub(in crate::api) enum Refused {
    /// Its credential does not get through, or not to that tenant.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// There are too many requests like it.
    #[error("{0}")]
    Limited(#[from] Exceeded),
    /// Its credential does not give the right.
    #[error("{}", lacking(*.operation))]
    Lacking {
        /// What was to be done.
        operation: Operation,
        /// Whether the credential is one of the whole platform.
        platform: bool,
    },
    /// Values that cannot be taken, all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Faults(Vec<Fault>),
    /// The body is no JSON.
    #[error("the body is not valid JSON: {0}")]
    NotJson(String),
    /// The body is of a media type that is not taken.
    #[error("the body must be application/json, not \"{0}\"")]
    MediaType(String),
    /// The body cannot be read.
    #[error("{0}")]
    Body(#[from] BodyFault),
    /// The first request with its `Idempotency-Key` has not been answered yet.
    #[error("the first request with this Idempotency-Key is still running; repeat this one in a second")]
    StillRunning,
    /// Its `Idempotency-Key` belongs to another request.
    #[error(
        "this Idempotency-Key was used for another request, or by a credential with other rights; repeat that request as \
         it was, or use a new key"
    )]
    KeyReused,
    /// It repeats a request whose answer showed a secret, which is nowhere kept.
    #[error("{}", not_kept(*.status, .location.as_deref()))]
    AnswerNotKept {
        /// Status of the answer.
        status: u16,
        /// Where what was made is.
        location: Option<String>,
    },
    /// Whether it repeats another one cannot be told.
    #[error("{0}")]
    Unavailable(#[source] domain::Error),
}

impl From<Turned> for Refused {
    fn from(turned: Turned) -> Self {
        match turned {
            Turned::Denied(denied) => denied.into(),
            Turned::Limited(exceeded) => exceeded.into(),
        }
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

fn lacking(operation: Operation) -> String {
    let scopes: Vec<&str> = operation.scopes().iter().map(|scope| scope.as_str()).collect();
    format!("this credential does not give the right to do this: it needs the scope {}", scopes.join(" or "))
}

fn not_kept(status: u16, location: Option<&str>) -> String {
    let made = location.map_or_else(String::new, |location| format!(" and made {location}"));
    format!(
        "the first request with this Idempotency-Key was answered {status}{made}; the secret in that answer was shown once \
         and is not kept: end what was made and use a new key"
    )
}

impl ResponseError for Refused {
    /// Where a facade has no word of its own for a case.
    fn status(&self) -> StatusCode {
        match self {
            Self::Denied(denied) if denied.is_unauthenticated() => StatusCode::UNAUTHORIZED,
            Self::Denied(Denied::NoSuchTenant) => StatusCode::NOT_FOUND,
            Self::Denied(Denied::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Limited(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Denied(_) | Self::Lacking { .. } => StatusCode::FORBIDDEN,
            Self::Faults(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotJson(_) | Self::Body(BodyFault::Broken) => StatusCode::BAD_REQUEST,
            Self::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Body(BodyFault::TooSlow(_)) => StatusCode::REQUEST_TIMEOUT,
            Self::Body(BodyFault::TooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::StillRunning | Self::KeyReused | Self::AnswerNotKept { .. } => StatusCode::CONFLICT,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_a_way_and_a_reason() {
        let fault = Fault::new("body", ["user_ids".into(), 3.into()], "string_type", "should be a string");
        assert_eq!(fault.to_string(), "user_ids[3]: should be a string");
        assert_eq!(Fault::new("body", [], "missing", "Field required").to_string(), "Field required");
        let both = Refused::Faults(vec![fault, Fault::query("limit", "int_parsing", "should be a number")]);
        assert_eq!(both.to_string(), "user_ids[3]: should be a string; limit: should be a number");
    }
}
