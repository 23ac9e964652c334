//! Who is asking and what they may do. A [`TenantScope`] is proof that someone may act in a tenant: nothing reaches a
//! tenant's rows without one. An [`AdminScope`] is the same for what lies above tenants. Only the auth room (and the
//! operator's command line) grants them.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::event::Actor;
use super::ids::{PartnerId, TenantId, UserId};
use super::settings::TenantSettings;

/// A permission a credential carries (native-API contract, credentials and rights).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// SCIM, reading and writing.
    Scim,
    /// SCIM, reading alone.
    ScimRead,
    /// Read everything the credential can reach.
    AdminRead,
    /// Write everything the credential can reach.
    AdminWrite,
    /// Read groups.
    GroupsRead,
    /// Write groups.
    GroupsWrite,
    /// Read users.
    UsersRead,
    /// Write users.
    UsersWrite,
    /// All rights of the Launch API.
    Admin,
}

impl Scope {
    /// Every scope there is.
    pub const ALL: [Self; 9] = [
        Self::Scim,
        Self::ScimRead,
        Self::AdminRead,
        Self::AdminWrite,
        Self::GroupsRead,
        Self::GroupsWrite,
        Self::UsersRead,
        Self::UsersWrite,
        Self::Admin,
    ];

    /// The word used in tokens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::ScimRead => "scim:read",
            Self::AdminRead => "admin:read",
            Self::AdminWrite => "admin:write",
            Self::GroupsRead => "groups:read",
            Self::GroupsWrite => "groups:write",
            Self::UsersRead => "users:read",
            Self::UsersWrite => "users:write",
            Self::Admin => "admin",
        }
    }

    /// The wider scope that includes this one, if there is one.
    const fn wider(self) -> Option<Self> {
        match self {
            Self::ScimRead => Some(Self::Scim),
            Self::AdminRead => Some(Self::AdminWrite),
            Self::GroupsRead => Some(Self::GroupsWrite),
            Self::UsersRead => Some(Self::UsersWrite),
            _ => None,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word names no scope or role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{word}\" is not a {what}; there are: {known}")]
pub struct UnknownWord {
    word: String,
    what: &'static str,
    known: String,
}

fn find<T: Copy>(all: &[T], text: fn(T) -> &'static str, what: &'static str, word: &str) -> Result<T, UnknownWord> {
    all.iter().copied().find(|item| text(*item) == word).ok_or_else(|| UnknownWord {
        word: word.to_owned(),
        what,
        known: all.iter().map(|item| text(*item)).collect::<Vec<_>>().join(", "),
    })
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        find(&Self::ALL, Self::as_str, "scope", word)
    }
}

/// A role: a bundle of rights that people understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Everything, everywhere.
    SuperAdmin,
    /// All tenants of a partner.
    PartnerAdmin,
    /// One tenant.
    TenantAdmin,
    /// Writes in the Accounts-style API.
    Administrator,
    /// Reads in the Accounts-style API.
    Viewer,
    /// Reads in the Accounts-style API, and the audit trail.
    Auditor,
}

impl Role {
    /// Every role there is.
    pub const ALL: [Self; 6] =
        [Self::SuperAdmin, Self::PartnerAdmin, Self::TenantAdmin, Self::Administrator, Self::Viewer, Self::Auditor];

    /// The word used in tokens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::PartnerAdmin => "partner_admin",
            Self::TenantAdmin => "tenant_admin",
            Self::Administrator => "Administrator",
            Self::Viewer => "Viewer",
            Self::Auditor => "Auditor",
        }
    }

    /// Whether it is a role of credentials that reach so far: an administrator's role is one of just that breadth.
    #[must_use]
    pub const fn fits(self, reach: Reach) -> bool {
        match self {
            Self::SuperAdmin => matches!(reach, Reach::Platform),
            Self::PartnerAdmin => matches!(reach, Reach::Partner(_)),
            Self::TenantAdmin => matches!(reach, Reach::Tenant(_)),
            Self::Administrator | Self::Viewer | Self::Auditor => true,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        find(&Self::ALL, Self::as_str, "role", word)
    }
}

/// How far a credential reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Every tenant.
    Platform,
    /// The tenants of one partner.
    Partner(PartnerId),
    /// One tenant.
    Tenant(TenantId),
}

/// Whoever presented a valid credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Name for the audit trail, such as `token:<id>`.
    pub name: String,
    /// How far it reaches.
    pub reach: Reach,
    /// Its scopes.
    pub scopes: BTreeSet<Scope>,
    /// Its roles.
    pub roles: BTreeSet<Role>,
    /// The user it belongs to, for `/Me`.
    pub user: Option<UserId>,
    /// Whether it came as an API key, which only some endpoints take.
    pub api_key: bool,
}

impl Principal {
    /// Whether it carries the scope, or one that includes it.
    #[must_use]
    pub fn has_scope(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || scope.wider().is_some_and(|wider| self.scopes.contains(&wider))
    }

    /// Whether it has the role.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// Proof that someone may act in one tenant.
#[derive(Debug, Clone)]
pub struct TenantScope {
    tenant: TenantId,
    actor: Actor,
    settings: Arc<TenantSettings>,
    user_limit: Option<i64>,
}

impl TenantScope {
    /// Grants it. `tests/it/layering.rs` sees to it that only `auth` does, after checking a credential, and `domain`
    /// for the operator's own commands.
    #[must_use]
    pub fn grant(tenant: TenantId, actor: Actor, settings: Arc<TenantSettings>) -> Self {
        Self { tenant, actor, settings, user_limit: None }
    }

    /// The same, in a tenant that may have so many live users; `None` for as many as it likes.
    #[must_use]
    pub fn limited(self, user_limit: Option<i64>) -> Self {
        Self { user_limit, ..self }
    }

    /// Live users the tenant may have.
    #[must_use]
    pub const fn user_limit(&self) -> Option<i64> {
        self.user_limit
    }

    /// The tenant.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// How the tenant wants things done.
    #[must_use]
    pub fn settings(&self) -> &TenantSettings {
        &self.settings
    }
}

/// Proof that someone may act on partners, tenants as a whole, and credentials of the platform, within a reach.
#[derive(Debug, Clone)]
pub struct AdminScope {
    reach: Reach,
    actor: Actor,
}

impl AdminScope {
    /// Grants it; see [`TenantScope::grant`] for who does.
    #[must_use]
    pub const fn grant(reach: Reach, actor: Actor) -> Self {
        Self { reach, actor }
    }

    /// How far it reaches.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_includes_read_and_not_the_reverse() {
        let with = |scope| Principal {
            name: String::new(),
            reach: Reach::Platform,
            scopes: BTreeSet::from([scope]),
            roles: BTreeSet::new(),
            user: None,
            api_key: false,
        };
        assert!(with(Scope::GroupsWrite).has_scope(Scope::GroupsRead));
        assert!(!with(Scope::GroupsRead).has_scope(Scope::GroupsWrite));
        assert!(with(Scope::Scim).has_scope(Scope::ScimRead));
        assert!(!with(Scope::Admin).has_scope(Scope::AdminWrite));
    }

    #[test]
    fn an_unknown_word_names_the_known_ones() {
        let error = "groups:all".parse::<Scope>().unwrap_err().to_string();
        assert!(error.contains("groups:write"), "{error}");
    }
}
