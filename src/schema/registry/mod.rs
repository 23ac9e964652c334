//! Loads the schemas: those in the binary and those an operator dropped into a folder. Everything is cross-checked once,
//! at start, and a mistake names file, JSON path and reason; afterwards look-ups cannot fail for reasons of data. It
//! refuses to patch up a broken schema.

mod binding;
mod files;
mod parse;
mod publish;
mod rules;
#[cfg(test)]
pub(crate) mod tests;

use std::{path::Path, sync::Arc};

use self::files::SchemaFiles;
use super::{
    definition::Schema,
    names::{self, NameIndex},
    resource_type::ResourceType,
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
        let bindings = binding::bindings(files.resource_types, files.own_resource_types)?;
        binding::check_all_bound(&schemas, &bindings)?;
        let type_named = |name: &str| binding::resource_type(name, &bindings, &schemas, &common);
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

/// Something read from a file, with the file's name.
type Named<T> = (String, T);
