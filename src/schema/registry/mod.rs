//! Loads the schemas: those in the binary and those an operator dropped into a folder. Everything is cross-checked once,
//! at start, and a mistake names file, JSON path and reason; afterwards look-ups cannot fail for reasons of data. It
//! refuses to patch up a broken schema.

mod files;
mod parse;
#[cfg(test)]
pub(crate) mod tests;

use std::{path::Path, sync::Arc};

use serde_json::{Value, json};

use self::{files::SchemaFiles, parse::Binding};
use super::{
    definition::Schema,
    names::{self, NameIndex},
    resource_type::{Extension, ResourceType},
};

/// What is wrong with a schema file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {path}: {reason}")]
pub struct SchemaError {
    /// The file, as its folder names it.
    pub file: String,
    /// Where in it: `$.attributes[3].type`.
    pub path: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl SchemaError {
    fn new(file: &str, path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), path: path.into(), reason: reason.into() }
    }
}

/// All schemas and resource types.
#[derive(Debug, Clone)]
pub struct Registry {
    schemas: Vec<Arc<Schema>>,
    by_urn: NameIndex,
    user: Arc<ResourceType>,
    group: Arc<ResourceType>,
}

/// The URNs of the discovery documents (RFC 7643 sections 5 to 7). They describe no stored resource.
const DISCOVERY: [&str; 3] = [
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
    "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    parse::SCHEMA_URN,
];

impl Registry {
    /// Loads the built-in schemas, and those of an operator's folder: `*.json` are schemas, `resource-types/*.json`
    /// replace the built-in binding of the same name.
    ///
    /// # Errors
    /// The first file that cannot be read or breaks a rule.
    pub fn load(extra_dir: Option<&Path>) -> Result<Self, SchemaError> {
        let mut files = SchemaFiles::embedded()?;
        if let Some(dir) = extra_dir {
            files.add_folder(dir)?;
        }
        let common = Arc::new(parse::schema(&files.common.0, files.common.1)?);
        let schemas = parse::schemas(files.schemas)?;
        let bindings = parse::bindings(files.resource_types)?;
        check_every_extension_is_bound(&schemas, &bindings)?;
        let type_named = |name: &str| resource_type(name, &bindings, &schemas, &common);
        let (user, group) = (type_named("User")?, type_named("Group")?);
        let schemas: Vec<_> = schemas.into_iter().map(|(_, schema)| schema).collect();
        let by_urn = NameIndex::new(schemas.iter().map(|schema| schema.id.as_str()));
        Ok(Self { schemas, by_urn, user, group })
    }

    /// The User resource type.
    #[must_use]
    pub const fn user(&self) -> &Arc<ResourceType> {
        &self.user
    }

    /// The Group resource type.
    #[must_use]
    pub const fn group(&self) -> &Arc<ResourceType> {
        &self.group
    }

    /// All resource types.
    #[must_use]
    pub const fn resource_types(&self) -> [&Arc<ResourceType>; 2] {
        [&self.user, &self.group]
    }

    /// A resource type by its name in any case.
    #[must_use]
    pub fn resource_type(&self, name: &str) -> Option<&Arc<ResourceType>> {
        self.resource_types().into_iter().find(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// All published schemas.
    #[must_use]
    pub fn schemas(&self) -> &[Arc<Schema>] {
        &self.schemas
    }

    /// Whether every multi-valued attribute with a `type` says which types there are, as the interoperability profile
    /// demands. The built-in ones do; an operator's schemas may not.
    #[must_use]
    pub fn types_are_canonical(&self) -> bool {
        let attributes = self.resource_types().into_iter().flat_map(|own| own.attributes());
        let types = attributes.filter(|located| located.attribute.multi_valued);
        types.filter_map(|located| located.attribute.sub(names::TYPE)).all(|kind| !kind.canonical_values.is_empty())
    }

    /// A schema by its URN in any case.
    #[must_use]
    pub fn schema(&self, urn: &str) -> Option<&Arc<Schema>> {
        self.by_urn.find(urn).and_then(|at| self.schemas.get(at))
    }
}

type Named<T> = (String, T);

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

fn check_every_extension_is_bound(
    schemas: &[Named<Arc<Schema>>],
    bindings: &[Named<Binding>],
) -> Result<(), SchemaError> {
    for (file, schema) in schemas {
        let by_convention = belongs_to(&schema.id, "User") || belongs_to(&schema.id, "Group");
        if by_convention || DISCOVERY.contains(&schema.id.as_str()) || is_named(bindings, &schema.id) {
            continue;
        }
        let reason =
            "no resource type names this schema; end its URN in \":User\" or \":Group\", or name it in resource-types";
        return Err(SchemaError::new(file, "$.id", reason));
    }
    Ok(())
}

fn resource_type(
    name: &str,
    bindings: &[Named<Binding>],
    schemas: &[Named<Arc<Schema>>],
    common: &Arc<Schema>,
) -> Result<Arc<ResourceType>, SchemaError> {
    let missing = || SchemaError::new("resource-types", "$", format!("no file describes the resource type {name}"));
    let (file, binding) = bindings.iter().find(|(_, binding)| binding.name == name).ok_or_else(missing)?;
    let find = |urn: &str, path: &str| {
        let found = schemas.iter().find(|(_, schema)| schema.id.eq_ignore_ascii_case(urn));
        found
            .map(|(_, schema)| Arc::clone(schema))
            .ok_or_else(|| SchemaError::new(file, path, format!("no schema file has the URN {urn}")))
    };
    let mut extensions = Vec::new();
    for (at, bound) in binding.schema_extensions.iter().enumerate() {
        let schema = find(&bound.schema, &format!("$.schemaExtensions[{at}].schema"))?;
        extensions.push(Extension { schema, required: bound.required });
    }
    let by_convention = schemas.iter().filter(|(_, schema)| belongs_to(&schema.id, name));
    let by_convention = by_convention.filter(|(_, schema)| !is_named(bindings, &schema.id));
    extensions.extend(by_convention.map(|(_, schema)| Extension { schema: Arc::clone(schema), required: false }));
    let mut resource_type = ResourceType {
        id: binding.name.clone(),
        name: binding.name.clone(),
        endpoint: binding.endpoint.clone(),
        description: binding.description.clone(),
        schema: find(&binding.schema, "$.schema")?,
        json: published(binding, &extensions),
        extensions,
        common: Arc::clone(common),
        on_request: Arc::from([]),
    };
    resource_type.on_request = resource_type.shown_on_request().into();
    Ok(Arc::new(resource_type))
}

/// The binding as its file has it, with every extension bound.
fn published(binding: &Binding, extensions: &[Extension]) -> Value {
    let mut json = binding.json.clone();
    let listed =
        extensions.iter().map(|extension| json!({ "schema": extension.schema.id, "required": extension.required }));
    json.insert("schemaExtensions".to_owned(), listed.collect());
    Value::Object(json)
}
