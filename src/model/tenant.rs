//! Partners and tenants: who owns whom, and who may be used.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::ids::{PartnerId, ScopeSetId, TenantId};
use super::settings::TenantSettings;
use super::version::Version;

/// Whether a partner or a tenant may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It may.
    Active,
    /// Its credentials are refused until it is made active again.
    Suspended,
}

impl Status {
    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
        }
    }

    /// Reads the word, in any case of letters.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Suspended].into_iter().find(|status| word.eq_ignore_ascii_case(status.as_str()))
    }
}

/// What of a partner can be written after it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRecord {
    /// Name to show.
    pub name: String,
    /// Whether it and its tenants may be used.
    pub status: Status,
    /// Live tenants it may have; `None` for as many as it likes.
    pub max_tenants: Option<i64>,
    /// Live users each of its tenants may have; `None` for as many as it likes.
    pub max_users_per_tenant: Option<i64>,
}

/// A reseller or group of companies that owns tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Canonical id.
    pub id: PartnerId,
    /// Short name for addresses and commands, unique among live partners.
    pub slug: String,
    /// What can be written.
    pub record: PartnerRecord,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it, or nothing yet, was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Rises with every change.
    pub version: Version,
}

/// How a tenant stands: what its credentials, and those that reach it, find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may be used.
    Active,
    /// It is suspended.
    Suspended,
    /// Its partner is.
    PartnerSuspended,
    /// It was deleted.
    Deleted,
}

impl Standing {
    /// Of a tenant's own state and its partner's.
    #[must_use]
    pub const fn of(status: Status, partner: Option<Status>, deleted: bool) -> Self {
        match (status, partner, deleted) {
            (_, _, true) => Self::Deleted,
            (Status::Suspended, ..) => Self::Suspended,
            (Status::Active, Some(Status::Suspended), _) => Self::PartnerSuspended,
            (Status::Active, ..) => Self::Active,
        }
    }
}

/// What of a tenant can be written after it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRecord {
    /// Name to show.
    pub name: String,
    /// Whether it may be used.
    pub status: Status,
    /// How it wants things done.
    pub settings: TenantSettings,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Canonical id.
    pub id: TenantId,
    /// The partner it belongs to, if any. It never changes.
    pub partner: Option<PartnerId>,
    /// Short name for addresses and commands, unique among live tenants.
    pub slug: String,
    /// Name to show.
    pub name: String,
    /// Whether it may be used, as far as it is up to the tenant itself.
    pub status: Status,
    /// How it stands, its partner considered.
    pub standing: Standing,
    /// Live users it may have, by its partner's limit.
    pub user_limit: Option<i64>,
    /// How it wants things done.
    pub settings: Arc<TenantSettings>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it, or nothing yet, was last changed.
    pub updated_at: DateTime<Utc>,
    /// Rises with every change.
    pub version: Version,
}

impl Tenant {
    /// What can be written of it.
    #[must_use]
    pub fn record(&self) -> TenantRecord {
        TenantRecord { name: self.name.clone(), status: self.status, settings: (*self.settings).clone() }
    }
}

/// A named set of scopes that groups of the Launch API refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeSetRow {
    /// Canonical id.
    pub id: ScopeSetId,
    /// Unique in the tenant.
    pub name: String,
    /// The scopes; free text, they belong to the tenant's applications.
    pub scopes: Vec<String>,
}

/// Whether the text can be a slug: 1 to 63 of `a-z`, `0-9` and inner hyphens, so that it fits a path and a host name.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_stands_as_the_worst_of_its_own_and_its_partners_state() {
        use Status::{Active, Suspended};
        assert_eq!(Standing::of(Active, None, false), Standing::Active);
        assert_eq!(Standing::of(Active, Some(Active), false), Standing::Active);
        assert_eq!(Standing::of(Active, Some(Suspended), false), Standing::PartnerSuspended);
        assert_eq!(Standing::of(Suspended, Some(Suspended), false), Standing::Suspended);
        assert_eq!(Standing::of(Active, Some(Active), true), Standing::Deleted);
    }

    #[test]
    fn slugs_fit_host_names() {
        assert!(is_slug("demo") && is_slug("acme-2"));
        for text in ["", "Acme", "-a", "a-", "a b", "a/b", &"a".repeat(64)] {
            assert!(!is_slug(text), "{text}");
        }
    }
}
