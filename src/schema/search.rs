//! The document that filters look into: the stored one folded for comparison, so that equality in the database is plain
//! containment. It is never shown and never read back.

use serde_json::{Map, Value};

use super::{
    Document,
    definition::{Attribute, Type},
    instant,
    resource_type::{Located, ResourceType},
};
use crate::model::fold::fold;

/// The document with text folded unless its attribute is `caseExact`, points in time in UTC with a fixed width
/// ([`instant::normalised`]), and everything else as it is. Text of any length is whole: the index holds hashes.
#[must_use]
pub fn search_document(resource_type: &ResourceType, document: &Document) -> Value {
    let mut search = Map::new();
    for Located { extension, attribute } in resource_type.attributes() {
        let holder = match extension {
            Some(urn) => document.get(urn).and_then(Value::as_object),
            None => Some(document),
        };
        let Some(value) = holder.and_then(|holder| holder.get(&attribute.name)) else { continue };
        let value = comparable(attribute, value);
        match extension {
            None => drop(search.insert(attribute.name.clone(), value)),
            Some(urn) => {
                let holder = search.entry(urn).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(holder) = holder {
                    holder.insert(attribute.name.clone(), value);
                }
            }
        }
    }
    Value::Object(search)
}

fn comparable(attribute: &Attribute, value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements.iter().map(|element| comparable(attribute, element)).collect(),
        Value::Object(members) => {
            let known = members
                .iter()
                .filter_map(|(key, held)| attribute.sub(key).map(|sub| (sub.name.clone(), comparable(sub, held))));
            Value::Object(known.collect())
        }
        Value::String(text) => Value::String(comparable_text(attribute, text)),
        other => other.clone(),
    }
}

/// A text as it is compared.
pub(super) fn comparable_text(attribute: &Attribute, text: &str) -> String {
    match attribute.kind {
        Type::DateTime => instant::parse(text).map_or_else(|| text.to_owned(), instant::normalised),
        Type::Binary => text.to_owned(),
        _ if attribute.case_exact => text.to_owned(),
        _ => fold(text),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::search_document;
    use crate::schema::registry::tests::built_in;

    #[test]
    fn text_is_folded_unless_case_counts() {
        let registry = built_in();
        let document = json!({ "userName": "Ada@Example.com", "externalId": "AbC", "active": true,
            "emails": [{ "value": "A@B.C", "type": "Work", "primary": true }],
            "photos": [{ "value": "https://Host/P" }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "R&D", "manager": { "value": "Xy" } } });
        let found = search_document(registry.user(), document.as_object().expect("is an object"));
        let expected = json!({ "userName": "ada@example.com", "externalId": "AbC", "active": true,
            "emails": [{ "value": "a@b.c", "type": "work", "primary": true }],
            "photos": [{ "value": "https://Host/P" }],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "r&d", "manager": { "value": "Xy" } } });
        assert_eq!(found, expected);
    }
}
