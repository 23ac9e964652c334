//! Partners and tenants: who owns whom.

use chrono::{DateTime, Utc};

use super::ids::{PartnerId, ScopeSetId, TenantId};
use super::settings::TenantSettings;

/// A reseller or group of companies that owns tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Canonical id.
    pub id: PartnerId,
    /// Short unique name for addresses and commands.
    pub slug: String,
    /// Name to show.
    pub name: String,
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Canonical id.
    pub id: TenantId,
    /// The partner it belongs to, if any.
    pub partner: Option<PartnerId>,
    /// Short unique name for addresses and commands.
    pub slug: String,
    /// Name to show.
    pub name: String,
    /// Whether its credentials work.
    pub active: bool,
    /// How it wants things done.
    pub settings: TenantSettings,
    /// When it was created.
    pub created_at: DateTime<Utc>,
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
    use super::is_slug;

    #[test]
    fn slugs_fit_host_names() {
        assert!(is_slug("demo") && is_slug("acme-2"));
        for text in ["", "Acme", "-a", "a-", "a b", "a/b", &"a".repeat(64)] {
            assert!(!is_slug(text), "{text}");
        }
    }
}
