//! What a verb can be refused for. Closed, without HTTP; each facade translates every case. The text of a case is safe to
//! show: it names what the caller named, never what the database said.

use crate::model::version::Version;
use crate::schema::refusal::Refusal;
use crate::store;

/// What was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// A user.
    User,
    /// A group.
    Group,
    /// A tenant.
    Tenant,
    /// A token.
    Token,
    /// An OAuth client.
    Client,
    /// A scope set.
    ScopeSet,
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Tenant => "Tenant",
            Self::Token => "Token",
            Self::Client => "Client",
            Self::ScopeSet => "Scope set",
        })
    }
}

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing in the caller's reach.
    #[error("{0} not found")]
    NotFound(Thing),
    /// A value that must be unique is in use.
    #[error("{attribute} \"{value}\" is already in use")]
    Taken {
        /// What must be unique, in SCIM's spelling.
        attribute: &'static str,
        /// The value.
        value: String,
    },
    /// The precondition names another version than the current one.
    #[error("the resource has changed: its version is now {}", .current.etag())]
    VersionMismatch {
        /// The version it has.
        current: Version,
    },
    /// Ids that were to become members and name no user and no group of the tenant.
    #[error("{}", unknown_members(.0))]
    UnknownMembers(Vec<String>),
    /// A nesting edge would close a ring; the names along it, the first one again at the end.
    #[error("Nesting would create a cycle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    /// A chain of groups would be longer than the tenant allows.
    #[error("Nesting would make a chain of {length} groups; at most {limit} are allowed")]
    TooDeep {
        /// How long.
        length: u32,
        /// The tenant's limit.
        limit: u32,
    },
    /// A group would have more child groups than the tenant allows.
    #[error("A group can have at most {limit} child groups")]
    TooManyChildren {
        /// The tenant's limit.
        limit: u32,
    },
    /// A value that cannot be stored as it is.
    #[error("{attribute} {reason}")]
    Invalid {
        /// The attribute, in SCIM's spelling.
        attribute: &'static str,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// The schema refuses the document, the path or the filter.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The database is away, or every attempt collided with other writers. Nothing was done; the same request may pass later.
    #[error("the server is busy; try again")]
    Busy(#[source] store::Error),
    /// A defect.
    #[error("internal error")]
    Internal(#[source] store::Error),
}

impl Error {
    /// Whether the transaction collided with another and may be run again.
    #[must_use]
    pub fn is_collision(&self) -> bool {
        matches!(self, Self::Busy(cause) if cause.is_collision())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Collision(_) | store::Error::Unavailable(_) => Self::Busy(error),
            store::Error::Duplicate(_) | store::Error::Broken(_) | store::Error::Unexpected(_) => Self::Internal(error),
        }
    }
}

/// At most this many bad ids are spelled out; a client that sends thousands gets the count of the rest.
const SPELLED_OUT: usize = 100;

fn unknown_members(ids: &[String]) -> String {
    let shown = ids.iter().take(SPELLED_OUT).map(String::as_str).collect::<Vec<_>>().join(", ");
    let rest = match ids.len().saturating_sub(SPELLED_OUT) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("members: no user or group has the id {shown}{rest}; nothing was changed")
}
