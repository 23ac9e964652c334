//! Where schema files come from: the folder compiled into the binary, and a folder of the operator's. It reads JSON and
//! sorts files by what they are; it does not look into them.

use std::{fs, path::Path};

use include_dir::{Dir, include_dir};
use serde_json::Value;

use super::{Named, SchemaError};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/scim-schemas");

/// Folder of the bindings of schemas to resource types.
const RESOURCE_TYPES: &str = "resource-types";
/// The attributes that belong to no schema.
const COMMON: &str = "common/attributes.json";

/// Schema files, read but not checked, each with its name.
#[derive(Debug)]
pub(super) struct SchemaFiles {
    pub(super) schemas: Vec<Named<Value>>,
    pub(super) resource_types: Vec<Named<Value>>,
    /// Those of the operator's folder.
    pub(super) own_resource_types: Vec<Named<Value>>,
    pub(super) common: Named<Value>,
}

impl SchemaFiles {
    /// What is compiled in.
    pub(super) fn embedded() -> Result<Self, SchemaError> {
        let common = EMBEDDED.get_file(COMMON);
        let common = common.ok_or_else(|| SchemaError::new(COMMON, "$", "the file is missing from the binary"))?;
        Ok(Self {
            schemas: embedded_folder(&EMBEDDED)?,
            resource_types: EMBEDDED.get_dir(RESOURCE_TYPES).map_or_else(|| Ok(Vec::new()), embedded_folder)?,
            own_resource_types: Vec::new(),
            common: (COMMON.to_owned(), read(COMMON, common.contents())?),
        })
    }

    /// Adds the files of a folder, in the order of their names.
    pub(super) fn add_folder(&mut self, dir: &Path) -> Result<(), SchemaError> {
        self.schemas.extend(folder(dir)?);
        let bindings = dir.join(RESOURCE_TYPES);
        if bindings.is_dir() {
            self.own_resource_types.extend(folder(&bindings)?);
        }
        Ok(())
    }
}

fn embedded_folder(dir: &Dir<'static>) -> Result<Vec<Named<Value>>, SchemaError> {
    let files = dir.files().filter(|file| is_json(file.path()));
    let mut read_files = files
        .map(|file| {
            let name = file.path().display().to_string();
            read(&name, file.contents()).map(|json| (name, json))
        })
        .collect::<Result<Vec<_>, _>>()?;
    read_files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(read_files)
}

fn folder(dir: &Path) -> Result<Vec<Named<Value>>, SchemaError> {
    let shown = dir.display().to_string();
    let failed = |reason: std::io::Error| SchemaError::new(&shown, "$", format!("cannot be read: {reason}"));
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() && is_json(&path) {
            let name = path.display().to_string();
            let bytes = fs::read(&path).map_err(failed)?;
            let json = read(&name, &bytes)?;
            files.push((name, json));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn read(name: &str, bytes: &[u8]) -> Result<Value, SchemaError> {
    serde_json::from_slice(bytes).map_err(|reason| SchemaError::new(name, "$", format!("is not JSON: {reason}")))
}
