//! From JSON to checked schemas and bindings. Every rule of RFC 7643 section 7 that a look-up later relies on is held
//! here, and a breach names its JSON path. It does not decide which schema goes with which resource type.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Named, SchemaError};
use crate::schema::definition::{Attribute, Schema, Type};

/// The schema of schemas, whose attributes nest (RFC 7643 section 7).
pub(super) const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// A resource type file (RFC 7643 section 6).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Binding {
    pub(super) name: String,
    pub(super) endpoint: String,
    #[serde(default)]
    pub(super) description: String,
    pub(super) schema: String,
    #[serde(default)]
    pub(super) schema_extensions: Vec<BoundExtension>,
    #[serde(skip)]
    pub(super) json: Map<String, Value>,
}

/// An extension a resource type file names.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct BoundExtension {
    pub(super) schema: String,
    pub(super) required: bool,
}

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

/// The bindings; a later file replaces an earlier one of the same name.
pub(super) fn bindings(files: Vec<Named<Value>>) -> Result<Vec<Named<Binding>>, SchemaError> {
    let mut parsed: Vec<Named<Binding>> = Vec::new();
    for (file, json) in files {
        let binding = binding(&file, json)?;
        parsed.retain(|(_, known)| known.name != binding.name);
        parsed.push((file, binding));
    }
    Ok(parsed)
}

fn binding(file: &str, json: Value) -> Result<Binding, SchemaError> {
    let json = object(file, "$", without_nulls(json))?;
    let mut binding = Binding::deserialize(&json).map_err(|reason| SchemaError::new(file, "$", reason.to_string()))?;
    if !matches!(binding.name.as_str(), "User" | "Group") {
        return Err(SchemaError::new(file, "$.name", "only the resource types \"User\" and \"Group\" can be stored"));
    }
    binding.json = json;
    Ok(binding)
}

/// One schema.
pub(super) fn schema(file: &str, json: Value) -> Result<Schema, SchemaError> {
    let json = object(file, "$", without_nulls(json))?;
    let text = |key: &str| json.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = text("id");
    if !id.contains(':') {
        return Err(SchemaError::new(file, "$.id", "must be the URN of the schema"));
    }
    let Some(Value::Array(listed)) = json.get("attributes") else {
        return Err(SchemaError::new(file, "$.attributes", "must be an array of attributes"));
    };
    let reader = AttributeReader { file, nests: id == SCHEMA_URN };
    let attributes = reader.list(listed, "$.attributes", false)?;
    Ok(Schema::new(id, text("name"), text("description"), attributes, Value::Object(json)))
}

struct AttributeReader<'f> {
    file: &'f str,
    nests: bool,
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
        let mut attribute = Attribute::deserialize(&Value::Object(own.clone()))
            .map_err(|reason| SchemaError::new(self.file, path, reason.to_string()))?;
        self.check_name(&attribute.name, path)?;
        if !own.contains_key("caseExact") {
            // RFC 7643 sections 2.3.6 and 2.3.7: binary values and references are always compared with their case.
            attribute.case_exact = matches!(attribute.kind, Type::Reference | Type::Binary);
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
        if inner && attribute.kind == Type::Complex && !self.nests {
            return refuse("complex attributes cannot be nested (RFC 7643 section 2.3.8)");
        }
        match subs {
            None if attribute.kind != Type::Complex || (self.nests && inner) => Ok(Vec::new()),
            None => refuse("a complex attribute must list its sub-attributes"),
            Some(_) if attribute.kind != Type::Complex => refuse("only a complex attribute has sub-attributes"),
            Some(Value::Array(listed)) if !listed.is_empty() => self.list(listed, &path_of_subs, true),
            Some(_) => refuse("must be a non-empty array of attributes"),
        }
    }

    /// RFC 7643 section 2.1: a letter, then letters, digits, `-` and `_`; `$ref` besides.
    fn check_name(&self, name: &str, path: &str) -> Result<(), SchemaError> {
        let rest = name.strip_prefix('$').unwrap_or(name);
        let starts_well = rest.starts_with(|first: char| first.is_ascii_alphabetic());
        if starts_well && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
            return Ok(());
        }
        let reason = format!("\"{name}\" is no attribute name: a letter, then letters, digits, \"-\" and \"_\"");
        Err(SchemaError::new(self.file, format!("{path}.name"), reason))
    }
}

fn object(file: &str, path: &str, json: Value) -> Result<Map<String, Value>, SchemaError> {
    match json {
        Value::Object(members) => Ok(members),
        _ => Err(SchemaError::new(file, path, "must be a JSON object")),
    }
}

/// Entra's schema reader fails on nulls, and SCIM calls them unassigned.
fn without_nulls(json: Value) -> Value {
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
