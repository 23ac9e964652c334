//! The values of a document that no other resource of its type may have, by the schema's `uniqueness` (RFC 7643 section 7).
//! It says what must differ; that it does is for a key of the database to see to.

use serde_json::{Number, Value, json};

use super::{
    Document,
    definition::{Attribute, Mutability, Uniqueness},
    resource_type::ResourceType,
    search::comparable_text,
};

/// Longest text that can be unique, in bytes once it is folded: what an index entry holds beside its path.
pub const MAX_KEY: usize = 2_000;

/// One value that must be unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UniqueValue {
    /// The attribute, in the notation of RFC 7644 section 3.10.
    pub attribute: String,
    /// What values are compared by.
    pub key: String,
    /// The value as a message may show it; empty when it is a secret.
    pub shown: String,
    /// What the search document of whoever has it contains (see [`super::search`]).
    pub within: Value,
}

impl UniqueValue {
    /// What tells it from others: attribute and key.
    #[must_use]
    pub fn identity(&self) -> (&str, &str) {
        (&self.attribute, &self.key)
    }
}

/// Every value that must be unique and has no column of its own, each once, in the order of attribute and key. Core
/// attributes that must be unique have a column.
#[must_use]
pub fn unique_values(resource_type: &ResourceType, document: &Document) -> Vec<UniqueValue> {
    let mut found = Vec::new();
    for located in resource_type.attributes().filter(|located| is_unique(located.attribute)) {
        let Some(urn) = located.extension else { continue };
        let Some(value) = document.get(urn).and_then(|holder| holder.get(&located.attribute.name)) else { continue };
        let name = &located.attribute.name;
        collect(located.attribute, &located.path(), value, &mut found, &|within| json!({ urn: { name: within } }));
        for sub in &located.attribute.sub_attributes {
            let path = format!("{}.{}", located.path(), sub.name);
            let place = |within: Value| {
                let element = json!({ &sub.name: within });
                json!({ urn: { name: in_list(located.attribute, element) } })
            };
            for element in elements(value) {
                element.get(&sub.name).into_iter().for_each(|held| collect(sub, &path, held, &mut found, &place));
            }
        }
    }
    found.sort_by(|a, b| a.identity().cmp(&b.identity()));
    found.dedup_by(|a, b| a.identity() == b.identity());
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

fn in_list(attribute: &Attribute, value: Value) -> Value {
    if attribute.multi_valued { Value::Array(vec![value]) } else { value }
}

/// `place` puts what a search document has for the attribute in its place there.
fn collect(
    attribute: &Attribute,
    path: &str,
    value: &Value,
    found: &mut Vec<UniqueValue>,
    place: &dyn Fn(Value) -> Value,
) {
    if attribute.uniqueness == Uniqueness::None {
        return;
    }
    for value in elements(value) {
        let (key, shown) = match value {
            Value::String(text) => (comparable_text(attribute, text), text.clone()),
            Value::Number(number) => (number_key(number), number.to_string()),
            _ => continue,
        };
        let is_secret = attribute.mutability == Mutability::WriteOnly;
        let shown = if is_secret { String::new() } else { shown };
        let within = if value.is_string() { Value::String(key.clone()) } else { value.clone() };
        let within = place(in_list(attribute, within));
        found.push(UniqueValue { attribute: path.to_owned(), key, shown, within });
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
    use super::*;
    use crate::schema::registry::tests::load_with;
    use crate::schema::search::search_document;

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
        let document = document.as_object().expect("is one");
        let found = unique_values(registry.user(), document);
        let search = search_document(registry.user(), document);
        assert!(found.iter().all(|value| contains(&search, &value.within)), "{search} {found:?}");
        assert!(found.iter().all(|value| value.shown.is_empty() == value.attribute.ends_with("pin")));
        found.into_iter().map(|value| (value.attribute.replace(&format!("{URN}:"), ""), value.key)).collect()
    }

    /// Containment as the database has it.
    fn contains(held: &Value, wanted: &Value) -> bool {
        match (held, wanted) {
            (Value::Object(held), Value::Object(wanted)) => {
                wanted.iter().all(|(key, value)| held.get(key).is_some_and(|held| contains(held, value)))
            }
            (Value::Array(held), Value::Array(wanted)) => {
                wanted.iter().all(|value| held.iter().any(|held| contains(held, value)))
            }
            (held, wanted) => held == wanted,
        }
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
