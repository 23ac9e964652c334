//! How often a tenant's requests needed a rule of compat mode. Which rules there are is for the schema room to say; here
//! they are names.

use chrono::{DateTime, Utc};

/// What is known of one rule in one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeniencyUse {
    /// The rule's name. It may be one of another release.
    pub rule: String,
    /// Requests that needed it; each counts once, however often it needed it.
    pub uses: i64,
    /// When one last did.
    pub last_used_at: DateTime<Utc>,
}
