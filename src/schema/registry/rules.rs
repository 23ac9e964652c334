//! What a schema file may say: URNs that can be told apart in a path, names that the grammar can read, characteristics that
//! do not contradict each other. It judges one thing at a time and knows no file.

use crate::schema::definition::{Attribute, Mutability, Returned, Type, Uniqueness};
use crate::schema::names;

/// Longest URN, in bytes. A path is part of index entries, which have a limit.
const MAX_URN: usize = 255;
/// Longest name of an attribute, in bytes.
const MAX_NAME: usize = 100;

/// Refuses what is no URI, or none that can stand before an attribute's name in a path (RFC 7644 section 3.10).
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn check_urn(urn: &str) -> Result<(), String> {
    if urn.is_empty() {
        return Err("is missing: the schema needs a URN, such as urn:example:params:scim:schemas:badge:2.0:User".into());
    }
    if urn.len() > MAX_URN {
        return Err(format!("has {} bytes; at most {MAX_URN} are accepted", urn.len()));
    }
    let (scheme, rest) = urn.split_once(':').ok_or_else(|| format!("\"{urn}\" is no URN: it has no colon"))?;
    if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(is_scheme_character) {
        return Err(format!("\"{urn}\" is no URN: it must begin with \"urn:\""));
    }
    if let Some(other) = rest.chars().find(|c| !is_urn_character(*c)) {
        return Err(format!("\"{urn}\" is no URN that a path can name: it contains {other:?}"));
    }
    let is_urn = scheme.eq_ignore_ascii_case("urn");
    if rest.split(':').any(str::is_empty) || (is_urn && !rest.contains(':')) || rest.ends_with(['.', '/']) {
        return Err(format!("\"{urn}\" is no URN: it must have the form urn:NAMESPACE:NAME, no part of it empty"));
    }
    if names::strip_prefix(urn, names::MESSAGE_URNS).is_some() {
        return Err(format!("\"{urn}\" is the URN of a message; a schema cannot have it"));
    }
    Ok(())
}

const fn is_scheme_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')
}

const fn is_urn_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$' | ':' | '.' | '/' | '#' | '%' | '+' | '@' | '~')
}

/// The first characteristic that breaks a rule, and why. The schemas of discovery documents, which nobody writes, may have
/// required attributes that are readOnly.
pub(super) fn breach(attribute: &Attribute, discovery: bool) -> Option<(&'static str, String)> {
    if !is_name(&attribute.name) {
        let name = &attribute.name;
        let reason = format!("\"{name}\" is no attribute name: a letter, then letters, digits, \"$\", \"-\" and \"_\"");
        return Some(("name", reason));
    }
    if attribute.name.len() > MAX_NAME {
        return Some(("name", format!("has {} bytes; at most {MAX_NAME} are accepted", attribute.name.len())));
    }
    let Attribute { kind, mutability, returned, .. } = attribute;
    let has_no_uniqueness = matches!(kind, Type::Boolean | Type::DateTime | Type::Complex);
    let is_text = matches!(kind, Type::String | Type::Reference);
    let rules = [
        (
            attribute.required && *mutability == Mutability::ReadOnly && !discovery,
            "required",
            "a readOnly attribute cannot be required: no client can give it a value",
        ),
        (
            *mutability == Mutability::WriteOnly && *returned != Returned::Never,
            "returned",
            "a writeOnly attribute is never returned: say \"never\" or leave it out",
        ),
        (
            *mutability == Mutability::ReadOnly && *returned == Returned::Never,
            "returned",
            "nobody could write or read an attribute that is readOnly and never returned",
        ),
        (
            attribute.uniqueness != Uniqueness::None && has_no_uniqueness,
            "uniqueness",
            "boolean, dateTime and complex attributes have no uniqueness (RFC 7643 section 2.3)",
        ),
        (
            !attribute.canonical_values.is_empty() && !is_text,
            "canonicalValues",
            "only an attribute of type string or reference has canonical values",
        ),
        (
            !attribute.reference_types.is_empty() && *kind != Type::Reference,
            "referenceTypes",
            "only an attribute of type reference has reference types",
        ),
    ];
    rules.into_iter().find(|(broken, ..)| *broken).map(|(_, key, reason)| (key, reason.to_owned()))
}

/// ATTRNAME of RFC 7643 section 2.1, and `$ref`, which the RFC uses against its own grammar.
fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let begins_well = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
    name == names::REF || begins_well && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '$' | '-' | '_'))
}
