//! What SCIM documents may hold. Attribute definitions are read from `scim-schemas/*.json`; paths, filters, bodies and
//! projections are checked against them here and nowhere else. Everything is pure: the room reads schema files at start
//! and otherwise does no I/O, and knows neither SQL nor HTTP.

pub mod accept;
pub mod address;
pub mod definition;
pub mod filter;
pub mod input;
pub mod instant;
pub mod leniency;
pub mod names;
pub mod path;
pub mod project;
pub mod refusal;
pub mod registry;
pub mod resource_type;
pub mod search;
pub mod unique;

pub use crate::model::settings::ScimMode as Mode;

/// A resource in canonical spelling: core attributes at the top, extension attributes in an object under the URN of
/// their extension, nothing unassigned. A stored document holds what a client may write and nothing else: no `id`, no
/// `meta`, no `schemas`, no `password`, and no `members` (memberships are rows).
pub type Document = serde_json::Map<String, serde_json::Value>;

/// Whether a value means "unassigned" (RFC 7643 section 2.5): null, an empty array, an object with nothing assigned.
#[must_use]
pub fn is_unassigned(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(members) => members.values().all(is_unassigned),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
