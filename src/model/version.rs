//! The version of a record: rises by one with every change of the record, its members or its edges, and only then.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A record's version; shown as the weak entity tag `W/"n"` (RFC 9110 section 8.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

impl Version {
    /// The entity tag, quotes and all.
    #[must_use]
    pub fn etag(self) -> String {
        format!("W/\"{}\"", self.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What `If-Match` or `If-None-Match` named. Tags are compared weakly: SCIM's own examples send weak tags in `If-Match`
/// (RFC 7644 section 3.14), which strong comparison would never match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityTags {
    /// `*`: any current representation.
    Any,
    /// A list of tags, each without `W/` and quotes.
    Listed(Vec<String>),
}

impl EntityTags {
    /// Reads a header value. Text that is no entity tag matches nothing.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
        Self::Listed(header.split(',').map(opaque).collect())
    }

    /// Whether a header value is what RFC 9110 section 8.8.3 has it be: `*`, or tags in quotes.
    #[must_use]
    pub fn is_well_formed(header: &str) -> bool {
        let quoted = |tag: &str| {
            let tag = tag.trim();
            let opaque = tag.strip_prefix("W/").unwrap_or(tag);
            opaque.len() >= 2 && opaque.starts_with('"') && opaque.ends_with('"')
        };
        header.trim() == "*" || header.split(',').all(quoted)
    }

    /// The versions listed, for a check in the database; `None` when any will do. Tags that are none of ours are left out:
    /// they match nothing.
    #[must_use]
    pub fn numbers(&self) -> Option<Vec<i64>> {
        match self {
            Self::Any => None,
            Self::Listed(tags) => Some(tags.iter().filter_map(|tag| tag.parse().ok()).collect()),
        }
    }

    /// Whether the version is among them.
    #[must_use]
    pub fn matches(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(|tag| *tag == version.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_in_quotes() {
        for header in ["*", " * ", "W/\"3\"", "\"3\", W/\"4\""] {
            assert!(EntityTags::is_well_formed(header), "{header}");
        }
        for header in ["3", "", "W/3", "\"3\", 4", "\"", "w/\"3\""] {
            assert!(!EntityTags::is_well_formed(header), "{header}");
        }
    }

    #[test]
    fn weak_and_strong_spellings_match_alike() {
        for header in ["W/\"3\"", "\"3\"", "W/\"1\", W/\"3\"", "*"] {
            assert!(EntityTags::parse(header).matches(Version(3)), "{header}");
        }
        for header in ["W/\"30\"", "", "\"x\""] {
            assert!(!EntityTags::parse(header).matches(Version(3)), "{header}");
        }
    }
}
