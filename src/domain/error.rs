//! What a verb can be refused for. Closed, without HTTP; each facade translates every case. The text of a case is safe to
//! show: it names what the caller named, never what the database said.

use crate::model::ids::GroupId;
use crate::model::membership::GroupLink;
use crate::model::settings::SettingError;
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
    /// A partner.
    Partner,
    /// A tenant.
    Tenant,
    /// An edge between two groups.
    Nesting,
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
            Self::Partner => "Partner",
            Self::Tenant => "Tenant",
            Self::Nesting => "Nested group",
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
    /// The id that was to be the primary parent's names no live group of the tenant; with it, ids of members that name
    /// nobody either.
    #[error("parentGroup names no group: there is none with the id {id}")]
    UnknownParent {
        /// The id.
        id: GroupId,
        /// Ids of members that are unknown as well.
        members: Vec<String>,
    },
    /// The user is not in the group itself.
    #[error("{}", not_a_member(.through))]
    NotAMember {
        /// The groups below it through which the user is in it all the same, nearest first.
        through: Vec<GroupLink>,
    },
    /// A group that is to be deleted only when it is empty is not.
    #[error("Group has {} and {}", counted(*.members, "member"), counted(*.children, "child group"))]
    NotEmpty {
        /// Its direct members.
        members: i64,
        /// Its child groups.
        children: i64,
    },
    /// A group cannot go back to where it was: its primary parent is deleted.
    #[error("the primary parent {id} of this group is deleted: restore that one first, or restore this one as a root")]
    ParentGone {
        /// The parent.
        id: GroupId,
    },
    /// Name and members of the group are not the native APIs' to change.
    #[error(
        "name and members of this group are managed by connection {connection}: change them there, or have \
         groups.lock_scim_managed turned off"
    )]
    Managed {
        /// The SCIM connection.
        connection: String,
    },
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
    /// It would be one more than a partner's limit allows.
    #[error("the partner's limit of {what} is reached ({limit}); delete some, or have the limit raised")]
    Full {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: i64,
    },
    /// The state of something stands in the way; the text says of what, and what to do.
    #[error("{0}")]
    InTheWay(String),
    /// It lies beyond the caller's own reach or rights; the text says what would be needed.
    #[error("{0}")]
    Beyond(String),
    /// A value that cannot be stored as it is.
    #[error("{attribute} {reason}")]
    Invalid {
        /// The attribute, in SCIM's spelling.
        attribute: &'static str,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A tenant's setting that is none, or cannot have the value.
    #[error("{0}")]
    Setting(#[from] SettingError),
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

    /// Whether it was the database that refused, rather than a rule.
    #[must_use]
    pub const fn is_of_database(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Internal(_))
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

/// A store's refusal of a row, where what it refuses can only be a value that is in use.
pub(super) fn taken(error: store::Error, attribute: &'static str, value: &str) -> Error {
    match error {
        store::Error::Duplicate(_) => Error::Taken { attribute, value: value.to_owned() },
        other => other.into(),
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

pub(super) fn counted(number: i64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn not_a_member(through: &[GroupLink]) -> String {
    let text = "User is not a direct member of this group";
    if through.is_empty() {
        return text.to_owned();
    }
    let names: Vec<String> = through.iter().map(|group| format!("\"{}\" ({})", group.name, group.id)).collect();
    format!("{text}; the membership is inherited from {}: remove the user there", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_group_holds_is_counted_in_words() {
        let text = |members, children| Error::NotEmpty { members, children }.to_string();
        assert_eq!(text(3, 2), "Group has 3 members and 2 child groups");
        assert_eq!(text(1, 1), "Group has 1 member and 1 child group");
        assert_eq!(text(0, 2), "Group has 0 members and 2 child groups");
    }
}
