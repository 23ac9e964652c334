//! What a group grants in the tenant's own applications: scopes, and scope sets, which bundle scopes under a name. The
//! words are the applications' own; nothing here gives a right in this server.

use super::ids::ScopeSetId;

/// Longest scope, in characters (RFC 6749 section 3.3 sets none; this one fits an index).
pub const MAX_SCOPE: usize = 256;
/// Scopes a group or a scope set has at the most.
pub const MAX_SCOPES: usize = 1_000;

/// A scope set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeSet {
    /// Its id.
    pub id: ScopeSetId,
    /// Its name, unique in the tenant without regard to case.
    pub name: String,
    /// What it bundles.
    pub scopes: Vec<String>,
}

/// What a group grants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Scopes of its own, as they were given.
    pub scopes: Vec<String>,
    /// Scope sets, by name.
    pub sets: Vec<ScopeSet>,
}

/// What a group is to grant. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantChange {
    /// Its scopes, all of them.
    pub scopes: Option<Vec<String>>,
    /// Its scope sets, all of them.
    pub sets: Option<Vec<ScopeSetId>>,
}

impl GrantChange {
    /// Whether nothing is to change.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.scopes.is_none() && self.sets.is_none()
    }
}

/// Whether the text is a scope as RFC 6749 section 3.3 has it: printable ASCII without blanks, quotes and backslashes.
#[must_use]
pub fn is_scope(text: &str) -> bool {
    let token = |c: char| matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
    (1..=MAX_SCOPE).contains(&text.len()) && text.chars().all(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_tokens() {
        for scope in ["store:read", "forms.submit", "a", "https://api.example.com/read", &"x".repeat(256)] {
            assert!(is_scope(scope), "{scope}");
        }
        for text in ["", "two words", "quoted\"", "back\\slash", "größe", "tab\t", &"x".repeat(257)] {
            assert!(!is_scope(text), "{text}");
        }
    }
}
