//! Which schemas make up a resource type: the binding files of RFC 7643 section 6, and the convention that an extension
//! whose URN ends in `:User` or `:Group` belongs there. A binding that promises what cannot be served or stored is refused.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Named, SchemaError,
    parse::{self, DISCOVERY},
    publish,
};
use crate::schema::{
    definition::Schema,
    names,
    project::Layouts,
    resource_type::{Extension, ResourceType},
};

/// The resource types there are tables and routes for: name, endpoint, core schema.
const SERVED: [(&str, &str, &str); 2] = [
    ("User", "/Users", "urn:ietf:params:scim:schemas:core:2.0:User"),
    ("Group", "/Groups", "urn:ietf:params:scim:schemas:core:2.0:Group"),
];

/// A resource type file.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Binding {
    name: String,
    endpoint: String,
    #[serde(default)]
    description: String,
    schema: String,
    #[serde(default)]
    schema_extensions: Vec<BoundExtension>,
    #[serde(skip)]
    json: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct BoundExtension {
    schema: String,
    required: bool,
}

/// The bindings in force: one of the operator's takes the place of the built-in one of the same name.
pub(super) fn bindings(
    built_in: Vec<Named<Value>>,
    own: Vec<Named<Value>>,
) -> Result<Vec<Named<Binding>>, SchemaError> {
    let mut bindings: Vec<Named<Binding>> = Vec::new();
    for (file, json) in own {
        let binding = read(&file, json)?;
        if let Some((other, _)) = bindings.iter().find(|(_, known)| known.name == binding.name) {
            let reason = format!("the resource type \"{}\" is already described by {other}", binding.name);
            return Err(SchemaError::new(&file, "$.name", reason));
        }
        bindings.push((file, binding));
    }
    for (file, json) in built_in {
        let binding = read(&file, json)?;
        if !bindings.iter().any(|(_, known)| known.name == binding.name) {
            bindings.push((file, binding));
        }
    }
    Ok(bindings)
}

fn read(file: &str, json: Value) -> Result<Binding, SchemaError> {
    let json = parse::object(file, "$", parse::without_nulls(json))?;
    let mut binding: Binding = parse::typed(file, "$", Value::Object(json.clone()))?;
    let Some((_, endpoint, core)) = SERVED.into_iter().find(|(name, ..)| *name == binding.name) else {
        let reason = "only the resource types \"User\" and \"Group\" have tables and endpoints; extend one of them";
        return Err(SchemaError::new(file, "$.name", reason));
    };
    let fixed = [("$.endpoint", &binding.endpoint, endpoint), ("$.schema", &binding.schema, core)];
    if let Some((path, _, served)) = fixed.into_iter().find(|(_, said, served)| !said.eq_ignore_ascii_case(served)) {
        return Err(SchemaError::new(file, path, format!("must be \"{served}\": nothing else is served")));
    }
    for (at, extension) in binding.schema_extensions.iter().enumerate() {
        let path = format!("$.schemaExtensions[{at}].schema");
        let twice = |other: &BoundExtension| other.schema.eq_ignore_ascii_case(&extension.schema);
        if binding.schema_extensions.iter().take(at).any(twice) {
            return Err(SchemaError::new(file, path, format!("{} is bound twice", extension.schema)));
        }
        if names::strip_prefix(&extension.schema, names::CORE_URNS).is_some() {
            return Err(SchemaError::new(file, path, "a core schema cannot be an extension"));
        }
    }
    binding.json = json;
    Ok(binding)
}

/// The type a URN belongs to by convention: its last segment.
fn belongs_to(urn: &str, name: &str) -> bool {
    urn.rsplit(':').next().is_some_and(|last| last.eq_ignore_ascii_case(name))
}

fn is_named(bindings: &[Named<Binding>], urn: &str) -> bool {
    bindings.iter().any(|(_, binding)| {
        binding.schema.eq_ignore_ascii_case(urn)
            || binding.schema_extensions.iter().any(|extension| extension.schema.eq_ignore_ascii_case(urn))
    })
}

/// Refuses a schema that no resource type would have.
///
/// # Errors
/// The first one.
pub(super) fn check_all_bound(schemas: &[Named<Arc<Schema>>], bindings: &[Named<Binding>]) -> Result<(), SchemaError> {
    for (file, schema) in schemas {
        if is_named(bindings, &schema.id) || DISCOVERY.contains(&schema.id.as_str()) {
            continue;
        }
        if names::strip_prefix(&schema.id, names::CORE_URNS).is_some() {
            let reason = "only the RFC's own schemas have URNs of this form; give an extension a URN of its own";
            return Err(SchemaError::new(file, "$.id", reason));
        }
        if !SERVED.iter().any(|(name, ..)| belongs_to(&schema.id, name)) {
            let reason = "no resource type names this schema; end its URN in \":User\" or \":Group\", or name it in resource-types";
            return Err(SchemaError::new(file, "$.id", reason));
        }
    }
    Ok(())
}

/// Puts a resource type together.
///
/// # Errors
/// A binding names a schema that is not there; a required extension that no client can fill; URNs that clash.
pub(super) fn resource_type(
    name: &str,
    bindings: &[Named<Binding>],
    schemas: &[Named<Arc<Schema>>],
    common: &Arc<Schema>,
) -> Result<Arc<ResourceType>, SchemaError> {
    let missing = || SchemaError::new("resource-types", "$", format!("no file describes the resource type {name}"));
    let (file, binding) = bindings.iter().find(|(_, binding)| binding.name == name).ok_or_else(missing)?;
    let extensions = extensions(file, binding, bindings, schemas)?;
    let core = find(schemas, file, "$.schema", &binding.schema)?;
    check_clashes(schemas, &core, &extensions)?;
    let mut resource_type = ResourceType {
        id: binding.name.clone(),
        name: binding.name.clone(),
        endpoint: binding.endpoint.clone(),
        description: binding.description.clone(),
        schema: core,
        json: publish::resource_type(&binding.json, &extensions),
        extensions,
        common: Arc::clone(common),
        on_request: Arc::from([]),
        layouts: Layouts::default(),
    };
    resource_type.on_request = resource_type.shown_on_request().into();
    Ok(Arc::new(resource_type))
}

fn find(schemas: &[Named<Arc<Schema>>], file: &str, path: &str, urn: &str) -> Result<Arc<Schema>, SchemaError> {
    let found = schemas.iter().find(|(_, schema)| schema.id.eq_ignore_ascii_case(urn));
    let unknown = || SchemaError::new(file, path, format!("no schema file has the URN {urn}"));
    found.map(|(_, schema)| Arc::clone(schema)).ok_or_else(unknown)
}

fn extensions(
    file: &str,
    binding: &Binding,
    bindings: &[Named<Binding>],
    schemas: &[Named<Arc<Schema>>],
) -> Result<Vec<Extension>, SchemaError> {
    let mut extensions = Vec::new();
    for (at, bound) in binding.schema_extensions.iter().enumerate() {
        let path = format!("$.schemaExtensions[{at}]");
        let schema = find(schemas, file, &format!("{path}.schema"), &bound.schema)?;
        if bound.required && schema.attributes.iter().all(|attribute| attribute.is_read_only()) {
            let reason = format!("{} cannot be required: all its attributes are readOnly", bound.schema);
            return Err(SchemaError::new(file, format!("{path}.required"), reason));
        }
        extensions.push(Extension { schema, required: bound.required });
    }
    let by_convention = schemas.iter().filter(|(_, schema)| belongs_to(&schema.id, &binding.name));
    let by_convention = by_convention.filter(|(_, schema)| !is_named(bindings, &schema.id));
    extensions.extend(by_convention.map(|(_, schema)| Extension { schema: Arc::clone(schema), required: false }));
    Ok(extensions)
}

/// Refuses a URN that is also the path of an attribute: `urn:a:User:badge` where `urn:a:User` has an attribute `badge`.
fn check_clashes(
    schemas: &[Named<Arc<Schema>>],
    core: &Arc<Schema>,
    extensions: &[Extension],
) -> Result<(), SchemaError> {
    let all = || extensions.iter().map(|extension| &extension.schema).chain(std::iter::once(core));
    for long in all() {
        for short in all() {
            let rest = names::strip_prefix(&long.id, &short.id).and_then(|rest| rest.strip_prefix([':', '.']));
            let named = rest.map(|rest| rest.split('.').next().unwrap_or(rest));
            if let Some(attribute) = named.and_then(|name| short.attribute(name)) {
                let file = schemas.iter().find(|(_, schema)| Arc::ptr_eq(schema, long)).map_or("", |(file, _)| file);
                let reason = format!("is also the path of the attribute \"{}\" of {}", attribute.name, short.id);
                return Err(SchemaError::new(file, "$.id", reason));
            }
        }
    }
    Ok(())
}
