//! What a whole document must satisfy: required attributes are there, immutable ones have not changed. It runs after every
//! value has been brought into form.

use serde_json::Value;

use crate::schema::{
    Document,
    definition::{Attribute, Mutability, Returned},
    is_unassigned,
    refusal::Refusal,
    resource_type::{Located, ResourceType},
};

/// Whether a value is missing for the purpose of `required`: unassigned, or text of blanks.
#[must_use]
pub fn is_blank(value: Option<&Value>) -> bool {
    value.is_none_or(|value| is_unassigned(value) || value.as_str().is_some_and(|text| text.trim().is_empty()))
}

fn held<'d>(document: &'d Document, located: Located<'_>) -> Option<&'d Value> {
    let holder = match located.extension {
        Some(urn) => document.get(urn)?.as_object()?,
        None => document,
    };
    holder.get(&located.attribute.name)
}

/// Refuses a document that lacks a required extension or attribute, or a value that lacks a required sub-attribute.
/// Attributes of an extension are required where the extension is required or present.
///
/// # Errors
/// `invalidValue` naming what is missing.
pub fn check_required(resource_type: &ResourceType, document: &Document) -> Result<(), Refusal> {
    for located in resource_type.attributes() {
        let value = held(document, located);
        let is_row = resource_type.keeps_in_rows(&located);
        let required = is_written_by_clients(located.attribute) && applies(resource_type, document, located);
        if required && !is_row && is_blank(value) {
            return Err(missing(&located.path()));
        }
        if let Some(value) = value.filter(|_| located.attribute.is_complex()) {
            check_subs(located, value)?;
        }
    }
    let mut required = resource_type.extensions.iter().filter(|extension| extension.required);
    match required.find(|extension| document.get(&extension.schema.id).is_none_or(is_unassigned)) {
        Some(extension) => Err(missing(&extension.schema.id)),
        None => Ok(()),
    }
}

fn missing(name: &str) -> Refusal {
    Refusal::value(format!("\"{name}\" is required and must not be empty; give it a value"))
}

fn is_written_by_clients(attribute: &Attribute) -> bool {
    attribute.required && !attribute.is_read_only()
}

fn applies(resource_type: &ResourceType, document: &Document, located: Located<'_>) -> bool {
    located.extension.is_none_or(|urn| {
        document.contains_key(urn) || resource_type.extension(urn).is_some_and(|extension| extension.required)
    })
}

fn check_subs(located: Located<'_>, value: &Value) -> Result<(), Refusal> {
    let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    for sub in located.attribute.sub_attributes.iter().filter(|sub| is_written_by_clients(sub)) {
        if elements.iter().any(|element| is_blank(element.get(&sub.name))) {
            return Err(missing(&format!("{}.{}", located.path(), sub.name)));
        }
    }
    Ok(())
}

/// Keeps immutable values that were not sent again, refuses those that differ (RFC 7644 section 3.5.1). In a list there is
/// no telling which element was which, so its elements may come and go.
pub(super) fn keep_immutable(
    resource_type: &ResourceType,
    current: &Document,
    document: &mut Document,
) -> Result<(), Refusal> {
    let is_immutable = |attribute: &Attribute| attribute.mutability == Mutability::Immutable;
    for located in resource_type.attributes() {
        let Some(old) = held(current, located) else { continue };
        if is_immutable(located.attribute) {
            let new = keep(&located.path(), old, held(document, located))?;
            put(document, located, new);
        } else if let (Value::Object(parts), false) = (old, located.attribute.multi_valued) {
            let subs = located.attribute.sub_attributes.iter().filter(|sub| is_immutable(sub));
            for (sub, old) in subs.filter_map(|sub| Some((sub, parts.get(&sub.name)?))) {
                let mut whole = held(document, located).and_then(Value::as_object).cloned().unwrap_or_default();
                let new = keep(&format!("{}.{}", located.path(), sub.name), old, whole.get(&sub.name))?;
                whole.insert(sub.name.clone(), new);
                put(document, located, Value::Object(whole));
            }
        }
    }
    Ok(())
}

fn keep(path: &str, old: &Value, new: Option<&Value>) -> Result<Value, Refusal> {
    if new.is_some_and(|new| new != old) {
        let detail = format!("\"{path}\" is immutable and already has a value; leave it out or send that value");
        return Err(Refusal::mutability(detail));
    }
    Ok(old.clone())
}

/// Keeps values that are never returned, unless they are among those `cleared`.
pub(super) fn keep_unseen(
    resource_type: &ResourceType,
    current: &Document,
    cleared: &[String],
    document: &mut Document,
) {
    for located in resource_type.attributes().filter(|located| located.attribute.returned == Returned::Never) {
        let Some(old) = held(current, located) else { continue };
        if held(document, located).is_none() && !cleared.contains(&located.path()) {
            put(document, located, old.clone());
        }
    }
}

fn put(document: &mut Document, located: Located<'_>, value: Value) {
    let name = located.attribute.name.clone();
    match located.extension {
        None => drop(document.insert(name, value)),
        Some(urn) => {
            let holder = document.entry(urn).or_insert_with(|| Value::Object(Document::new()));
            if let Value::Object(holder) = holder {
                holder.insert(name, value);
            }
        }
    }
}
