//! A group: its record, its counters, and how it hangs in the tree.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::attributes::Attributes;
use super::event::SCIM_SOURCE;
use super::ids::{GroupId, GroupNumber};
use super::version::Version;

/// What a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum GroupType {
    /// Grants rights.
    #[default]
    Security,
    /// Receives mail.
    Distribution,
}

impl GroupType {
    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Security => "SECURITY",
            Self::Distribution => "DISTRIBUTION",
        }
    }

    /// Reads the word in any case; `DISTRIBUTION_LIST` is an older spelling of `DISTRIBUTION`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word.trim().to_ascii_uppercase().as_str() {
            "SECURITY" => Some(Self::Security),
            "DISTRIBUTION" | "DISTRIBUTION_LIST" => Some(Self::Distribution),
            _ => None,
        }
    }
}

/// A stored group. Members and edges are rows of their own and never part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Canonical id.
    pub id: GroupId,
    /// Integer id of the Auth-Admin API.
    pub num: GroupNumber,
    /// What can be written.
    pub record: GroupRecord,
    /// The primary parent, if any.
    pub parent: Option<GroupId>,
    /// Who made it: `native`, or a SCIM connection.
    pub source: String,
    /// Direct members whose membership has no time window; see [`Group::member_count`] for the number to show.
    pub standing_members: i64,
    /// Memberships with a window that holds at the time of reading.
    pub windowed_members: i64,
    /// Child edges of both kinds.
    pub nested_groups: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it, its members or its edges last changed.
    pub updated_at: DateTime<Utc>,
    /// Rises with every change.
    pub version: Version,
}

impl Group {
    /// Direct user members as they stand now.
    #[must_use]
    pub const fn member_count(&self) -> i64 {
        self.standing_members + self.windowed_members
    }

    /// The SCIM connection that made it, if one did.
    #[must_use]
    pub fn connection(&self) -> Option<&str> {
        self.source.strip_prefix(SCIM_SOURCE)
    }

    /// When it was last changed; `None` while it never was.
    #[must_use]
    pub fn changed_at(&self) -> Option<DateTime<Utc>> {
        (self.updated_at != self.created_at).then_some(self.updated_at)
    }
}

/// The writable part of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRecord {
    /// Shown as `name` or `displayName`; stored trimmed.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What it is for; a security group while nobody has said.
    pub group_type: Option<GroupType>,
    /// Marks groups whose membership grants administration; an IdP can not set it.
    pub is_privileged: bool,
    /// The client's own identifier (RFC 7643 section 3.1).
    pub external_id: Option<String>,
    /// Free-form attributes of the native APIs.
    pub custom_attributes: Option<Map<String, Value>>,
    /// SCIM attributes that have no column.
    pub attributes: Attributes,
    /// The record folded for comparison; filters are answered from it.
    pub search: Value,
}

impl GroupRecord {
    /// A record with a name, trimmed, and nothing else.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.trim().to_owned(),
            description: None,
            group_type: None,
            is_privileged: false,
            external_id: None,
            custom_attributes: None,
            attributes: Attributes::default(),
            search: Value::Object(Map::new()),
        }
    }
}

/// Longest name, in characters after trimming.
pub const MAX_NAME: usize = 256;
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 4_096;
/// Most bytes of custom attributes, written as JSON without blanks.
pub const MAX_CUSTOM_ATTRIBUTES: usize = 64 * 1024;
/// Most levels of objects and lists in custom attributes; the whole is the first one.
pub const MAX_CUSTOM_DEPTH: usize = 8;

/// What becomes of the child groups of a group that is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeleteStrategy {
    /// A group with members or child groups is not deleted.
    #[default]
    Block,
    /// Those whose primary parent it is go to its own primary parent, or become roots; the others lose an edge.
    Orphan,
    /// Those below it by primary edges are deleted with it; the others lose an edge.
    Cascade,
}

impl DeleteStrategy {
    /// Every strategy, with its word.
    pub const WORDS: [(&'static str, Self); 3] =
        [("BLOCK", Self::Block), ("ORPHAN", Self::Orphan), ("CASCADE", Self::Cascade)];

    /// Reads the word in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.trim();
        Self::WORDS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, strategy)| strategy)
    }
}
