//! The document filters look into.

use serde_json::Value;

use super::{Document, resource_type::ResourceType};

/// The document folded for comparison.
#[must_use]
pub fn search_document(_resource_type: &ResourceType, document: &Document) -> Value {
    Value::Object(document.clone())
}
