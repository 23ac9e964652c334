//! A tenant's settings: how it wants things done where the product leaves a choice. Every key is documented here, has a
//! default, and is refused by name when it is unknown.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use validator::{Validate, ValidationError};

use super::rate::Rate;

/// How SCIM requests are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScimMode {
    /// What identity providers really send is accepted; every deviation it takes to do so has a name and is counted.
    #[default]
    Compat,
    /// RFC 7643 and RFC 7644 by the letter, and every requirement that draft-zollner-scim-interop-profile-01 has of a
    /// server.
    ///
    /// Where the profile contradicts the RFCs, it prevails here: an operation of a PATCH without `path` is refused, a
    /// `replace` of a whole complex attribute keeps nothing of the old one, a value filter in a path must select one
    /// value and name a sub-attribute of it, a body must be sent as `application/scim+json`. It is not followed in three
    /// points. `remove` of `members[value eq "id"]` stays, for nothing else in it removes one member of a large group, and
    /// it allows a server to refuse such a path, no more. A path that names no attribute is `invalidPath`, as RFC 7644
    /// table 9 and clients have it; the profile's `invalidSyntax` is for undefined attributes in bodies. Preconditions
    /// (`If-Match`) are honoured: it forbids clients to send them and allows servers to ignore them, but whoever sends one
    /// asks that something be left undone, and doing it would lose an update.
    ///
    /// What it demands of clients alone (a `User-Agent`, no PUT, no operators but `eq` and `and`) is nothing a server
    /// should refuse; TLS is up to the proxy or listener in front.
    Strict,
}

/// What a SCIM write does about member ids that name nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownMembers {
    /// Refuse the request, naming them all.
    #[default]
    Reject,
    /// Apply the rest and log them.
    Skip,
}

/// Among which groups a name must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NameUnique {
    /// All live groups of the tenant.
    #[default]
    Tenant,
    /// Live groups of the same primary parent.
    Sibling,
    /// None.
    None,
}

/// How native APIs print ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdStyle {
    /// The bare UUID.
    #[default]
    Plain,
    /// `grp_…`, `usr_…`, `tnt_…` in the Directory API.
    Prefixed,
}

/// All settings of a tenant. Stored as JSON with the dotted keys; what is absent has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct TenantSettings {
    /// How SCIM requests are judged.
    #[serde(rename = "scim.mode")]
    pub scim_mode: ScimMode,
    /// What SCIM does about unknown member ids.
    #[serde(rename = "scim.unknown_members")]
    pub unknown_members: UnknownMembers,
    /// Whether a POST with a deleted resource's externalId brings that one back under its old id.
    #[serde(rename = "scim.resurrect")]
    pub resurrect: bool,
    /// Among which groups names are unique.
    #[serde(rename = "groups.name_unique")]
    pub name_unique: NameUnique,
    /// Longest chain of groups, 1 to 32.
    #[serde(rename = "groups.max_depth")]
    #[validate(range(min = 1, max = 32))]
    pub max_depth: u32,
    /// Most child groups of one group, 1 to 1,000,000.
    #[serde(rename = "groups.max_children")]
    #[validate(range(min = 1, max = 1_000_000))]
    pub max_children: u32,
    /// Whether members of a primary child are effective members of its parent.
    #[serde(rename = "groups.primary_edge_confers_membership")]
    pub primary_edge_confers_membership: bool,
    /// Whether the Launch API takes API keys at every endpoint, not only where its groups are read.
    #[serde(rename = "launch.api_key_everywhere")]
    pub api_key_everywhere: bool,
    /// Whether the native APIs leave name and members of a group alone that a SCIM connection made.
    #[serde(rename = "groups.lock_scim_managed")]
    pub lock_scim_managed: bool,
    /// Days after which a deleted group is gone for good, 1 to 3,650.
    #[serde(rename = "groups.retention_days")]
    #[validate(range(min = 1, max = 3_650))]
    pub group_retention_days: u32,
    /// Days after which a deleted user is gone for good, 1 to 3,650.
    #[serde(rename = "users.retention_days")]
    #[validate(range(min = 1, max = 3_650))]
    pub user_retention_days: u32,
    /// Requests that the tenant's credentials may send together, such as `500/s burst 10000`; without it, what the server
    /// allows every tenant. The platform alone sets it.
    #[serde(rename = "limits.requests")]
    pub requests: Option<Rate>,
    /// How the Directory API prints ids.
    #[serde(rename = "ids.style")]
    pub id_style: IdStyle,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            scim_mode: ScimMode::default(),
            unknown_members: UnknownMembers::default(),
            resurrect: true,
            name_unique: NameUnique::default(),
            max_depth: 32,
            max_children: 10_000,
            primary_edge_confers_membership: true,
            api_key_everywhere: false,
            lock_scim_managed: false,
            group_retention_days: 30,
            user_retention_days: 30,
            requests: None,
            id_style: IdStyle::default(),
        }
    }
}

/// Why a setting was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Not of the form `KEY=VALUE`.
    #[error("\"{0}\" is not of the form KEY=VALUE")]
    NotAnAssignment(String),
    /// No such key, or a value that does not fit it.
    #[error("{key}={value}: {reason}")]
    Refused {
        /// The key.
        key: String,
        /// What it was to be.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl TenantSettings {
    /// These settings with `KEY=VALUE` applied. The value is read as JSON where it is JSON (`true`, `32`), else as text.
    ///
    /// # Errors
    /// The key is unknown, the value does not fit the key, or a number is out of its range.
    pub fn with(&self, assignment: &str) -> Result<Self, SettingError> {
        let (key, value) =
            assignment.split_once('=').ok_or_else(|| SettingError::NotAnAssignment(assignment.to_owned()))?;
        let value = value.trim();
        self.with_value(key.trim(), serde_json::from_str(value).unwrap_or_else(|_| value.into()))
    }

    /// These settings with another value for a key; null brings the key's default back.
    ///
    /// # Errors
    /// As [`Self::with`].
    pub fn with_value(&self, key: &str, value: Value) -> Result<Self, SettingError> {
        let given = match &value {
            Value::String(text) => text.chars().take(80).collect(),
            other => other.to_string().chars().take(80).collect(),
        };
        let refused = |reason: String| SettingError::Refused { key: key.to_owned(), value: given, reason };
        let applied = || {
            let mut all = serde_json::to_value(self)?;
            let defaults = serde_json::to_value(Self::default())?;
            // A key that is unknown stays in, for the refusal to name it.
            all[key] = if value.is_null() { defaults.get(key).cloned().unwrap_or(value) } else { value };
            serde_json::from_value::<Self>(all)
        };
        match applied() {
            Ok(settings) => settings.check().map_err(refused),
            Err(error) => Err(refused(error.to_string())),
        }
    }

    /// All keys with their values.
    #[must_use]
    pub fn to_map(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(all)) => all,
            _ => Map::new(),
        }
    }

    /// The settings of these that differ from `before`, by their keys: what somebody who read `before` has changed.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Map<String, Value> {
        let object = |settings: &Self| match serde_json::to_value(settings) {
            Ok(Value::Object(all)) => all,
            _ => Map::new(),
        };
        let known = object(before);
        object(self).into_iter().filter(|(key, value)| known.get(key) != Some(value)).collect()
    }

    fn check(self) -> Result<Self, String> {
        let range = |fault: &ValidationError| {
            let bound = |name: &str| fault.params.get(name).cloned().unwrap_or_default();
            format!("must be from {} to {}", bound("min"), bound("max"))
        };
        match self.validate() {
            Ok(()) => Ok(self),
            Err(faults) => Err(faults.field_errors().into_values().flatten().map(range).collect::<Vec<_>>().join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_applied_and_kept() {
        let settings = TenantSettings::default()
            .with("scim.mode=strict")
            .and_then(|s| s.with("groups.name_unique = sibling"))
            .and_then(|s| s.with("groups.max_depth=8"))
            .unwrap();
        assert_eq!(settings.scim_mode, ScimMode::Strict);
        assert_eq!(settings.name_unique, NameUnique::Sibling);
        assert_eq!(settings.max_depth, 8);
    }

    #[test]
    fn changes_are_what_differs() {
        let before = TenantSettings::default().with("groups.max_depth=8").unwrap();
        let after = before.with("scim.mode=strict").unwrap();
        assert_eq!(Value::Object(after.changes_since(&before)), serde_json::json!({ "scim.mode": "strict" }));
        assert!(after.changes_since(&after).is_empty());
        let back = after.with("groups.max_depth=32").unwrap().changes_since(&after);
        assert_eq!(Value::Object(back), serde_json::json!({ "groups.max_depth": 32 }));
    }

    #[test]
    fn wrong_keys_and_values_are_named() {
        let settings = TenantSettings::default();
        let unknown = settings.with("scim.mood=strict").unwrap_err().to_string();
        assert!(unknown.contains("scim.mood") && unknown.contains("scim.mode"), "{unknown}");
        let value = settings.with("scim.mode=loose").unwrap_err().to_string();
        assert!(value.contains("compat"), "{value}");
        for assignment in ["groups.max_depth=33", "groups.retention_days=0", "users.retention_days=3651"] {
            assert!(settings.with(assignment).is_err(), "{assignment}");
        }
        let range = settings.with("groups.max_depth=33").unwrap_err().to_string();
        assert!(range.contains("must be from 1 to 32"), "{range}");
        assert!(settings.with("scim.mode").is_err());
    }

    #[test]
    fn null_brings_the_default_back_and_no_unknown_key_in() {
        let settings = TenantSettings::default().with("groups.max_depth=8").unwrap();
        assert_eq!(settings.with_value("groups.max_depth", Value::Null).unwrap().max_depth, 32);
        for (key, value) in
            [("nothing", Value::Null), ("", 1.into()), ("scim.mode", 3.into()), ("scim.mode", "x".into())]
        {
            assert!(settings.with_value(key, value).is_err(), "{key}");
        }
    }
}
