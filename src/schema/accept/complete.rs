//! What a whole document must satisfy: required attributes are there, immutable ones have not changed. It runs after every
//! value has been brought into form.

use serde_json::Value;

use crate::schema::{
    Document,
    definition::{Attribute, Mutability},
    is_unassigned, names,
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

/// Refuses a document that lacks a required attribute, or a value that lacks a required sub-attribute. Attributes of an
/// extension are required where the extension is required or present.
///
/// # Errors
/// `invalidValue` naming the attribute.
pub fn check_required(resource_type: &ResourceType, document: &Document) -> Result<(), Refusal> {
    for located in resource_type.attributes() {
        let value = held(document, located);
        if is_written_by_clients(located.attribute) && applies(resource_type, document, located) && is_blank(value) {
            return Err(missing(&located.attribute.name));
        }
        if let Some(value) = value.filter(|_| located.attribute.is_complex()) {
            check_subs(located.attribute, value)?;
        }
    }
    Ok(())
}

fn missing(name: &str) -> Refusal {
    Refusal::value(format!("\"{name}\" is required and must not be empty; give it a value"))
}

fn is_written_by_clients(attribute: &Attribute) -> bool {
    attribute.required && !attribute.is_read_only() && attribute.name != names::MEMBERS
}

fn applies(resource_type: &ResourceType, document: &Document, located: Located<'_>) -> bool {
    located.extension.is_none_or(|urn| {
        document.contains_key(urn) || resource_type.extension(urn).is_some_and(|extension| extension.required)
    })
}

fn check_subs(attribute: &Attribute, value: &Value) -> Result<(), Refusal> {
    let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    for sub in attribute.sub_attributes.iter().filter(|sub| is_written_by_clients(sub)) {
        if elements.iter().any(|element| is_blank(element.get(&sub.name))) {
            return Err(missing(&format!("{}.{}", attribute.name, sub.name)));
        }
    }
    Ok(())
}

/// Keeps immutable values that were not sent again, refuses those that differ (RFC 7644 section 3.5.1).
pub(super) fn keep_immutable(
    resource_type: &ResourceType,
    current: &Document,
    document: &mut Document,
) -> Result<(), Refusal> {
    let immutable = resource_type.attributes().filter(|located| located.attribute.mutability == Mutability::Immutable);
    for located in immutable {
        let Some(old) = held(current, located) else { continue };
        match held(document, located) {
            Some(new) if new == old => {}
            Some(_) => {
                let detail = format!(
                    "\"{}\" is immutable and already has a value; leave it out or send that value",
                    located.attribute.name
                );
                return Err(Refusal::mutability(detail));
            }
            None => put(document, located, old.clone()),
        }
    }
    Ok(())
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
