//! Facts: what happened, to what, by whom. Written in the transaction that made it true, replayable from the first day.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

/// The facade a change came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// SCIM 2.0.
    Scim,
    /// Directory API.
    Dir,
    /// Auth-Admin API.
    Auth,
    /// Launch API.
    Launch,
    /// Accounts-style API.
    Acct,
    /// The command line and background work.
    System,
}

impl Api {
    /// Whether it is one of the native group APIs, whose writes a tenant can keep off what a SCIM connection manages.
    #[must_use]
    pub const fn is_native(self) -> bool {
        match self {
            Self::Dir | Self::Auth | Self::Launch | Self::Acct => true,
            Self::Scim | Self::System => false,
        }
    }
    /// Every facade there is.
    pub const ALL: [Self; 6] = [Self::Scim, Self::Dir, Self::Auth, Self::Launch, Self::Acct, Self::System];

    /// The word stored with the event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Dir => "dir",
            Self::Auth => "auth",
            Self::Launch => "launch",
            Self::Acct => "acct",
            Self::System => "system",
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the source of a record begins with that a SCIM connection made; the connection's name follows.
pub const SCIM_SOURCE: &str = "scim:";

/// Who acts, through what, in which request: goes into every event and every membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `token:<id>`, `client:<id>`, or `operator` for the command line.
    pub name: String,
    /// The facade.
    pub api: Api,
    /// The request's `X-Request-ID`.
    pub request_id: String,
}

impl Actor {
    /// What created records carry as their source: `native`, or the SCIM connection.
    #[must_use]
    pub fn source(&self) -> String {
        match self.api {
            Api::Scim => format!("{SCIM_SOURCE}{}", self.name),
            _ => "native".to_owned(),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A user was created.
    UserCreated,
    /// A user's record changed.
    UserChanged,
    /// A user was deleted.
    UserDeleted,
    /// A deleted user came back under its old id.
    UserRestored,
    /// A deleted user is gone for good.
    UserPurged,
    /// A group was created.
    GroupCreated,
    /// A group's record changed.
    GroupChanged,
    /// A group was deleted.
    GroupDeleted,
    /// A deleted group came back under its old id: as it was where the event carries no record, else as the record says
    /// and without its old members.
    GroupRestored,
    /// A deleted group is gone for good.
    GroupPurged,
    /// Members or child groups of a group changed; the delta names them.
    MembersChanged,
    /// A tenant was created.
    TenantCreated,
    /// A tenant's name, status or settings changed.
    TenantChanged,
    /// A tenant was deleted.
    TenantDeleted,
    /// A deleted tenant came back.
    TenantRestored,
    /// A partner was created.
    PartnerCreated,
    /// A partner's name, status or limits changed.
    PartnerChanged,
    /// A partner was deleted.
    PartnerDeleted,
    /// A deleted partner came back.
    PartnerRestored,
    /// A token or API key was made.
    TokenIssued,
    /// A token or API key was ended by somebody.
    TokenRevoked,
    /// An OAuth client was registered.
    ClientRegistered,
    /// An OAuth client got a new secret.
    ClientRotated,
    /// An OAuth client was ended.
    ClientRevoked,
    /// Another key signs the server's own tokens.
    SigningKeyRotated,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 23] = [
        Self::UserCreated,
        Self::UserChanged,
        Self::UserDeleted,
        Self::UserRestored,
        Self::GroupCreated,
        Self::GroupChanged,
        Self::GroupDeleted,
        Self::GroupRestored,
        Self::MembersChanged,
        Self::TenantCreated,
        Self::TenantChanged,
        Self::TenantDeleted,
        Self::TenantRestored,
        Self::PartnerCreated,
        Self::PartnerChanged,
        Self::PartnerDeleted,
        Self::PartnerRestored,
        Self::TokenIssued,
        Self::TokenRevoked,
        Self::ClientRegistered,
        Self::ClientRotated,
        Self::ClientRevoked,
        Self::SigningKeyRotated,
    ];

    /// The word stored with the event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserCreated => "user.created",
            Self::UserChanged => "user.changed",
            Self::UserDeleted => "user.deleted",
            Self::UserRestored => "user.restored",
            Self::UserPurged => "user.purged",
            Self::GroupCreated => "group.created",
            Self::GroupChanged => "group.changed",
            Self::GroupDeleted => "group.deleted",
            Self::GroupRestored => "group.restored",
            Self::GroupPurged => "group.purged",
            Self::MembersChanged => "group.members_changed",
            Self::TenantCreated => "tenant.created",
            Self::TenantChanged => "tenant.changed",
            Self::TenantDeleted => "tenant.deleted",
            Self::TenantRestored => "tenant.restored",
            Self::PartnerCreated => "partner.created",
            Self::PartnerChanged => "partner.changed",
            Self::PartnerDeleted => "partner.deleted",
            Self::PartnerRestored => "partner.restored",
            Self::TokenIssued => "token.issued",
            Self::TokenRevoked => "token.revoked",
            Self::ClientRegistered => "client.registered",
            Self::ClientRotated => "client.rotated",
            Self::ClientRevoked => "client.revoked",
            Self::SigningKeyRotated => "signing_key.rotated",
        }
    }
}

/// One fact, ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// The resource it happened to.
    pub resource: Uuid,
    /// What the change took away: the whole record for a deletion, the changed attributes otherwise.
    pub before: Option<Value>,
    /// What the change put in its place.
    pub after: Option<Value>,
}

/// A fact as it was written, with who made it so.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its number among the events of its tenant, or of the platform.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; see [`Actor::name`].
    pub actor: String,
    /// Through which facade, as the word of [`Api::as_str`].
    pub api: String,
    /// In which request.
    pub request_id: String,
    /// What, as the word of [`Kind::as_str`].
    pub kind: String,
    /// To what.
    pub resource: Uuid,
    /// What the change took away.
    pub before: Option<Value>,
    /// What the change put in its place.
    pub after: Option<Value>,
}

/// A place in the trail, told by the event before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPlace {
    /// The event's time.
    pub at: DateTime<Utc>,
    /// Its number.
    pub seq: i64,
}

/// Which events a list shows; all conditions hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventSelection {
    /// To this resource.
    pub resource: Option<Uuid>,
    /// By whom.
    pub actor: Option<String>,
    /// What.
    pub kind: Option<Kind>,
    /// Through which facade.
    pub api: Option<Api>,
    /// In which request.
    pub request_id: Option<String>,
    /// At this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
}
