//! The values of a document that no other resource of its type may have, by the schema's `uniqueness` (RFC 7643 section 7).
//! It says what must differ; that it does is for a key of the database to see to.

use serde_json::{Number, Value};

use super::{
    Document,
    definition::{Attribute, Mutability, Uniqueness},
    resource_type::ResourceType,
};
use crate::model::fold::fold;

/// Longest text that can be unique, in bytes once it is folded: what an index entry holds beside its path.
pub const MAX_KEY: usize = 2_000;

/// One value that must be unique.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UniqueValue {
    /// The attribute, in the notation of RFC 7644 section 3.10.
    pub attribute: String,
    /// What values are compared by.
    pub key: String,
    /// The value as a message may show it; empty when it is a secret.
    pub shown: String,
}

/// Every value that must be unique and has no column of its own, each once, in the order of attribute and key. Core
/// attributes that must be unique have a column.
#[must_use]
pub fn unique_values(resource_type: &ResourceType, document: &Document) -> Vec<UniqueValue> {
    let mut found = Vec::new();
    for located in resource_type.attributes().filter(|located| is_unique(located.attribute)) {
        let Some(holder) = located.extension.and_then(|urn| document.get(urn)) else { continue };
        let Some(value) = holder.get(&located.attribute.name) else { continue };
        collect(located.attribute, &located.path(), value, &mut found);
        for sub in &located.attribute.sub_attributes {
            let path = format!("{}.{}", located.path(), sub.name);
            for element in elements(value) {
                element.get(&sub.name).into_iter().for_each(|held| collect(sub, &path, held, &mut found));
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| (&a.attribute, &a.key) == (&b.attribute, &b.key));
    found
}

/// Whether a resource of the type can have such values.
#[must_use]
pub fn can_be(resource_type: &ResourceType) -> bool {
    let extensions = resource_type.extensions.iter();
    extensions.flat_map(|extension| &extension.schema.attributes).any(is_unique)
}

/// Whether values of the attribute, or of one of its sub-attributes, must be unique.
fn is_unique(attribute: &Attribute) -> bool {
    attribute.uniqueness != Uniqueness::None || attribute.sub_attributes.iter().any(is_unique)
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

fn collect(attribute: &Attribute, path: &str, value: &Value, found: &mut Vec<UniqueValue>) {
    if attribute.uniqueness == Uniqueness::None {
        return;
    }
    for value in elements(value) {
        let (key, shown) = match value {
            Value::String(text) if attribute.case_exact => (text.clone(), text.clone()),
            Value::String(text) => (fold(text), text.clone()),
            Value::Number(number) => (number_key(number), number.to_string()),
            _ => continue,
        };
        let is_secret = attribute.mutability == Mutability::WriteOnly;
        let shown = if is_secret { String::new() } else { shown };
        found.push(UniqueValue { attribute: path.to_owned(), key, shown });
    }
}

/// One text for one number: 1, 1.0 and 1e0 are the same.
fn number_key(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => if float == 0.0 { 0.0 } else { float }.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::registry::tests::load_with;

    const URN: &str = "urn:example:params:badge:2.0:User";

    fn keys(badge: &Value) -> Vec<(String, String)> {
        let schema = json!({ "id": URN, "name": "Badge", "attributes": [
            { "name": "badge", "uniqueness": "server" },
            { "name": "serial", "type": "decimal", "multiValued": true, "uniqueness": "global" },
            { "name": "pin", "mutability": "writeOnly", "caseExact": true, "uniqueness": "server" },
            { "name": "card", "type": "complex", "multiValued": true, "subAttributes": [
                { "name": "value", "uniqueness": "server" }, { "name": "type" }] }] });
        let registry = load_with("badge.json", &schema).expect("loads");
        let document = json!({ "title": "t", URN: badge });
        let found = unique_values(registry.user(), document.as_object().expect("is one"));
        assert!(found.iter().all(|value| value.shown.is_empty() == value.attribute.ends_with("pin")));
        found.into_iter().map(|value| (value.attribute.replace(&format!("{URN}:"), ""), value.key)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(path, key)| ((*path).to_owned(), (*key).to_owned())).collect()
    }

    #[test]
    fn each_value_has_one_key() {
        let found = keys(&json!({ "badge": "B-1", "pin": "Ab", "serial": [1, 1.0, 1e0, -0.0, 0, 2.5, 1e21],
            "card": [{ "value": "X", "type": "a" }, { "value": "x" }, { "type": "b" }] }));
        let numbers = [("serial", "0"), ("serial", "1"), ("serial", "1000000000000000000000"), ("serial", "2.5")];
        let expected = [&[("badge", "b-1"), ("card.value", "x"), ("pin", "Ab")][..], &numbers].concat();
        assert_eq!(found, pairs(&expected));
    }

    #[test]
    fn what_has_no_value_has_no_key() {
        assert_eq!(keys(&json!({ "card": [{ "type": "a" }] })), []);
        assert_eq!(keys(&json!(null)), []);
    }
}
