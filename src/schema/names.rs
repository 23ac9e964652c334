//! Attribute names: they compare without regard to ASCII case (RFC 7643 section 2.1). Also the few names whose attributes
//! the server treats in a way no schema can express, each with the reason; no other module spells an attribute.

use std::cmp::Ordering;

/// Memberships are rows, not part of a document, so this attribute is taken out of whatever a client sends.
pub const MEMBERS: &str = "members";
/// Hashed or dropped, never stored in a document.
pub const PASSWORD: &str = "password";
/// A user is active unless somebody says otherwise (RFC 7643 section 4.1.1 leaves the default to the server).
pub const ACTIVE: &str = "active";
/// Derived from what a resource holds, so writes to it are checked and dropped.
pub const SCHEMAS: &str = "schemas";
/// Issued by the server.
pub const ID: &str = "id";
/// The sub-attribute a complex value is known by (RFC 7643 section 2.4).
pub const VALUE: &str = "value";
/// What kind of value an element is.
pub const TYPE: &str = "type";
/// What an element is called; of a member it is derived.
pub const DISPLAY: &str = "display";
/// Marks the preferred element; at most one has it.
pub const PRIMARY: &str = "primary";
/// The URI beside `value`; stale as soon as `value` changes.
pub const REF: &str = "$ref";

/// What every core schema of the RFC is called, before its last part.
pub const CORE_URNS: &str = "urn:ietf:params:scim:schemas:core:2.0:";
/// What every message is called, before its last part; never a schema of a resource (RFC 7644 section 3.1).
pub const MESSAGE_URNS: &str = "urn:ietf:params:scim:api:messages:";

/// Compares without regard to ASCII case, allocating nothing.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// What follows `prefix` in `text`, when `text` starts with it in any case.
#[must_use]
pub fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    if head.eq_ignore_ascii_case(prefix) { text.get(prefix.len()..) } else { None }
}

/// Positions by name, found in any case without allocating.
#[derive(Debug, Clone, Default)]
pub struct NameIndex(Vec<(String, usize)>);

impl NameIndex {
    /// Indexes names by their position.
    pub fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut entries: Vec<_> = names.enumerate().map(|(at, name)| (name.to_ascii_lowercase(), at)).collect();
        entries.sort();
        Self(entries)
    }

    /// The position of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let at = self.0.binary_search_by(|(known, _)| compare(known, name)).ok()?;
        self.0.get(at).map(|(_, position)| *position)
    }
}

#[cfg(test)]
mod tests {
    use super::{NameIndex, strip_prefix};

    #[test]
    fn names_are_found_in_any_case() {
        let index = NameIndex::new(["userName", "$ref", "name"].into_iter());
        assert_eq!(index.find("USERNAME"), Some(0));
        assert_eq!(index.find("$REF"), Some(1));
        assert_eq!(index.find("userNam"), None);
    }

    #[test]
    fn prefixes_respect_character_borders() {
        assert_eq!(strip_prefix("URN:a:b", "urn:A"), Some(":b"));
        assert_eq!(strip_prefix("é", "e"), None);
    }
}
