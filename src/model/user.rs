//! A user: what the columns hold, and the rest of its attributes as one canonical document.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::attributes::Attributes;
use super::ids::UserId;
use super::version::Version;

/// A stored user.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Canonical id.
    pub id: UserId,
    /// What can be written.
    pub record: UserRecord,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it, or nothing yet, was last changed.
    pub updated_at: DateTime<Utc>,
    /// Rises with every change.
    pub version: Version,
}

/// The writable part of a user: the hot attributes as fields, everything else in `attributes`.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRecord {
    /// Unique in the tenant without regard to case (RFC 7643 section 4.1.1).
    pub user_name: String,
    /// The client's own identifier (RFC 7643 section 3.1).
    pub external_id: Option<String>,
    /// Name to show.
    pub display_name: Option<String>,
    /// Whether the account may be used; an inactive user stays visible. A client may take the attribute away; the
    /// account can then be used as if it were `true`.
    pub active: Option<bool>,
    /// The primary e-mail address, else the first; derived from the attributes.
    pub email: Option<String>,
    /// All other attributes.
    pub attributes: Attributes,
    /// The whole record folded for comparison; filters are answered from it.
    pub search: Value,
}

impl UserRecord {
    /// The status native APIs show.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self.active {
            Some(false) => "inactive",
            _ => "active",
        }
    }
}
