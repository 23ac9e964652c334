//! The response direction: which attributes a client gets to see (RFC 7644 section 3.9), from `attributes` or
//! `excludedAttributes` and the schema's `returned`. It also gives a document its order. It loads nothing; callers ask
//! [`Projection::wants`] before they do.

use super::{Document, refusal::Refusal, resource_type::ResourceType};

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct Projection {}

impl Projection {
    /// From the query parameters, comma-separated.
    ///
    /// # Errors
    /// `invalidValue` when both are given.
    pub fn parse(_attributes: Option<&str>, _excluded: Option<&str>, _rt: &ResourceType) -> Result<Self, Refusal> {
        Ok(Self {})
    }

    /// From the lists of a SearchRequest; an empty list is none.
    ///
    /// # Errors
    /// `invalidValue` when both are given.
    pub fn from_lists(_attributes: &[String], _excluded: &[String], _rt: &ResourceType) -> Result<Self, Refusal> {
        Ok(Self {})
    }

    /// Whether the attribute or sub-attribute (`members`, `members.display`, `urn:…:User:manager`) will be shown.
    #[must_use]
    pub fn wants(&self, _path: &str) -> bool {
        true
    }

    /// Whether `attributes` names the attribute or one of its sub-attributes.
    #[must_use]
    pub fn names(&self, _path: &str) -> bool {
        false
    }

    /// Drops what is not shown and puts the rest in order: schemas, id, externalId, core, extensions, meta.
    pub fn apply(&self, _resource_type: &ResourceType, _resource: &mut Document) {}
}
