//! From JSON to checked schemas. Every rule of RFC 7643 section 7 that a look-up later relies on is held here, and a breach
//! names its JSON path. It does not decide which schema goes with which resource type.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Named, SchemaError, publish, rules};
use crate::schema::definition::{Attribute, Mutability, Returned, Schema, Type};

/// The schema of schemas, whose attributes nest (RFC 7643 section 7).
pub(super) const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The URNs of the discovery documents (RFC 7643 sections 5 to 7). They describe no stored resource, so characteristics
/// that make no sense of one are theirs to have: required and readOnly, complex within complex.
pub(super) const DISCOVERY: [&str; 3] = [
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    SCHEMA_URN,
];

/// All schemas; a URN may have one file only.
pub(super) fn schemas(files: Vec<Named<Value>>) -> Result<Vec<Named<Arc<Schema>>>, SchemaError> {
    let mut parsed: Vec<Named<Arc<Schema>>> = Vec::new();
    for (file, json) in files {
        let schema = schema(&file, json)?;
        if let Some((other, _)) = parsed.iter().find(|(_, known)| known.id.eq_ignore_ascii_case(&schema.id)) {
            return Err(SchemaError::new(&file, "$.id", format!("{} is already defined by {other}", schema.id)));
        }
        parsed.push((file, Arc::new(schema)));
    }
    Ok(parsed)
}

/// One schema.
pub(super) fn schema(file: &str, json: Value) -> Result<Schema, SchemaError> {
    let mut json = object(file, "$", without_nulls(json))?;
    let id = text(file, &json, "id")?;
    rules::check_urn(&id).map_err(|reason| SchemaError::new(file, "$.id", reason))?;
    let name = text(file, &json, "name")?;
    if name.is_empty() {
        return Err(SchemaError::new(file, "$.name", "is missing: the schema needs a name"));
    }
    let description = text(file, &json, "description")?;
    let listed = match json.get("attributes") {
        Some(Value::Array(listed)) if !listed.is_empty() => listed,
        _ => return Err(SchemaError::new(file, "$.attributes", "must be an array of at least one attribute")),
    };
    let reader = AttributeReader { file, discovery: DISCOVERY.contains(&id.as_str()) };
    let attributes = reader.list(listed, "$.attributes", false)?;
    publish::complete(&mut json, &attributes);
    Ok(Schema::new(id, name, description, attributes, Value::Object(json)))
}

fn text(file: &str, json: &Map<String, Value>, key: &str) -> Result<String, SchemaError> {
    match json.get(key) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(SchemaError::new(file, format!("$.{key}"), "must be a string")),
    }
}

struct AttributeReader<'f> {
    file: &'f str,
    discovery: bool,
}

impl AttributeReader<'_> {
    fn list(&self, listed: &[Value], path: &str, inner: bool) -> Result<Vec<Attribute>, SchemaError> {
        let mut attributes: Vec<Attribute> = Vec::with_capacity(listed.len());
        for (at, json) in listed.iter().enumerate() {
            let path = format!("{path}[{at}]");
            let attribute = self.attribute(json, &path, inner)?;
            if attributes.iter().any(|known| known.name.eq_ignore_ascii_case(&attribute.name)) {
                let reason = format!("the attribute \"{}\" is defined twice; names ignore case", attribute.name);
                return Err(SchemaError::new(self.file, format!("{path}.name"), reason));
            }
            attributes.push(attribute);
        }
        Ok(attributes)
    }

    fn attribute(&self, json: &Value, path: &str, inner: bool) -> Result<Attribute, SchemaError> {
        let mut own = object(self.file, path, json.clone())?;
        let subs = own.remove("subAttributes");
        let says = |key: &str| own.contains_key(key);
        let mut attribute: Attribute = typed(self.file, path, Value::Object(own.clone()))?;
        if !says("caseExact") {
            // RFC 7643 sections 2.3.6 and 2.3.7: binary values and references are always compared with their case.
            attribute.case_exact = matches!(attribute.kind, Type::Reference | Type::Binary);
        }
        if !says("returned") && attribute.mutability == Mutability::WriteOnly {
            attribute.returned = Returned::Never;
        }
        let broken = rules::breach(&attribute, self.discovery);
        if let Some((key, reason)) = broken {
            return Err(SchemaError::new(self.file, format!("{path}.{key}"), reason));
        }
        attribute.sub_attributes = self.subs(&attribute, subs.as_ref(), path, inner)?;
        Ok(attribute)
    }

    fn subs(
        &self,
        attribute: &Attribute,
        subs: Option<&Value>,
        path: &str,
        inner: bool,
    ) -> Result<Vec<Attribute>, SchemaError> {
        let path_of_subs = format!("{path}.subAttributes");
        let refuse = |reason: &str| Err(SchemaError::new(self.file, path_of_subs.clone(), reason));
        if inner && attribute.kind == Type::Complex && !self.discovery {
            return refuse("complex attributes cannot be nested (RFC 7643 section 2.3.8)");
        }
        match subs {
            None if attribute.kind != Type::Complex || (self.discovery && inner) => Ok(Vec::new()),
            None => refuse("a complex attribute must list its sub-attributes"),
            Some(_) if attribute.kind != Type::Complex => refuse("only a complex attribute has sub-attributes"),
            Some(Value::Array(listed)) if !listed.is_empty() => self.list(listed, &path_of_subs, true),
            Some(_) => refuse("must be a non-empty array of attributes"),
        }
    }
}

/// Reads a value into a type; a mistake is named with its path.
pub(super) fn typed<T: DeserializeOwned>(file: &str, path: &str, json: Value) -> Result<T, SchemaError> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let inner = error.path().to_string();
        let path = if inner == "." { path.to_owned() } else { format!("{path}.{inner}") };
        SchemaError::new(file, path, error.into_inner().to_string())
    })
}

pub(super) fn object(file: &str, path: &str, json: Value) -> Result<Map<String, Value>, SchemaError> {
    match json {
        Value::Object(members) => Ok(members),
        _ => Err(SchemaError::new(file, path, "must be a JSON object")),
    }
}

/// Entra's schema reader fails on nulls, and SCIM calls them unassigned.
pub(super) fn without_nulls(json: Value) -> Value {
    match json {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, held)| !held.is_null())
            .map(|(key, held)| (key, without_nulls(held)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        other => other,
    }
}
