//! Why a request is refused, in the terms of RFC 7644 table 9. No HTTP status in it: the facade decides that. Details are
//! written for the administrator who reads them in a provisioning log: the attribute, the value, the remedy.

use std::fmt;

/// The kind of refusal; each is one `scimType` of RFC 7644 table 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// A filter that cannot be read, or compares an attribute with an operator it does not have.
    InvalidFilter,
    /// A PATCH path that cannot be read or names no attribute.
    InvalidPath,
    /// A body whose structure is wrong.
    InvalidSyntax,
    /// A value that does not fit its attribute, or a required one that is missing.
    InvalidValue,
    /// A change the attribute's mutability forbids.
    Mutability,
    /// A PATCH path whose filter selects nothing.
    NoTarget,
    /// More than the server will process in one request.
    TooMany,
    /// A value that another resource has and that must be unique.
    Uniqueness,
}

impl RefusalKind {
    /// The `scimType` keyword.
    #[must_use]
    pub const fn scim_type(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::InvalidPath => "invalidPath",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidValue => "invalidValue",
            Self::Mutability => "mutability",
            Self::NoTarget => "noTarget",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
        }
    }
}

/// A refused request: what kind, and why in words that are safe to show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// Which rule was broken.
    pub kind: RefusalKind,
    /// What is wrong and what would be right. Values in it are shortened, secrets never appear.
    pub detail: String,
}

impl Refusal {
    /// A refusal of this kind.
    pub fn new(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// See [`RefusalKind::InvalidFilter`].
    pub fn filter(detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::InvalidFilter, detail)
    }

    /// See [`RefusalKind::InvalidPath`].
    pub fn path(detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::InvalidPath, detail)
    }

    /// See [`RefusalKind::InvalidSyntax`].
    pub fn syntax(detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::InvalidSyntax, detail)
    }

    /// See [`RefusalKind::InvalidValue`].
    pub fn value(detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::InvalidValue, detail)
    }

    /// See [`RefusalKind::Mutability`].
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::Mutability, detail)
    }

    /// See [`RefusalKind::NoTarget`].
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::NoTarget, detail)
    }
}

/// At most this many characters of what a client sent are repeated in a detail.
const SHOWN: usize = 80;

/// Client text made fit for a detail: shortened, without control characters.
#[must_use]
pub fn shown(text: impl fmt::Display) -> String {
    let text = text.to_string();
    let mut short: String = text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

/// What JSON calls the type of a value, for messages.
#[must_use]
pub const fn type_name(value: &serde_json::Value) -> &'static str {
    use serde_json::Value;
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn long_and_hostile_text_is_tamed() {
        assert_eq!(shown("a\0b\n"), "a\u{fffd}b\u{fffd}");
        assert_eq!(shown("é".repeat(200)).chars().count(), 81);
    }
}
