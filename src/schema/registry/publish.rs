//! What `/Schemas` and `/ResourceTypes` show of a file: what it says, and beside it what is in force where it says nothing.
//! Clients read these documents to learn what to send, and few of them know the RFC's defaults.

use serde_json::{Map, Value, json};

use super::parse::SCHEMA_URN;
use crate::schema::definition::{Attribute, Type};
use crate::schema::resource_type::Extension;

/// The schema of resource types (RFC 7643 section 6).
const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";

/// Completes the JSON of a schema.
pub(super) fn complete(json: &mut Map<String, Value>, attributes: &[Attribute]) {
    json.entry("schemas").or_insert_with(|| json!([SCHEMA_URN]));
    fill(json.get_mut("attributes"), attributes);
}

/// Writes down the characteristics in force that the file leaves out, and that the attribute's type has.
fn fill(listed: Option<&mut Value>, attributes: &[Attribute]) {
    let Some(Value::Array(listed)) = listed else { return };
    for (json, attribute) in listed.iter_mut().zip(attributes) {
        let Value::Object(members) = json else { continue };
        let is_text = matches!(attribute.kind, Type::String | Type::Reference | Type::Binary);
        let in_force = [
            ("type", true, json!(attribute.kind)),
            ("multiValued", true, json!(attribute.multi_valued)),
            ("required", true, json!(attribute.required)),
            ("caseExact", is_text, json!(attribute.case_exact)),
            ("mutability", true, json!(attribute.mutability)),
            ("returned", true, json!(attribute.returned)),
            ("uniqueness", is_text || attribute.kind.is_number(), json!(attribute.uniqueness)),
        ];
        for (key, _, value) in in_force.into_iter().filter(|(_, applies, _)| *applies) {
            members.entry(key).or_insert(value);
        }
        fill(members.get_mut("subAttributes"), &attribute.sub_attributes);
    }
}

/// The binding as its file has it, with every extension that is bound.
pub(super) fn resource_type(json: &Map<String, Value>, extensions: &[Extension]) -> Value {
    let mut json = json.clone();
    json.entry("schemas").or_insert_with(|| json!([RESOURCE_TYPE_URN]));
    let name = json.get("name").cloned().unwrap_or_default();
    json.entry("id").or_insert(name);
    let listed =
        extensions.iter().map(|extension| json!({ "schema": extension.schema.id, "required": extension.required }));
    json.insert("schemaExtensions".to_owned(), listed.collect());
    Value::Object(json)
}
