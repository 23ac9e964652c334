//! The three places settings come from, laid over one another. Each value keeps its origin, for messages.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;

use super::error::{self, Error};
use super::{Flags, KEYS, Key};

/// Names the file.
pub(super) const CONFIG_VARIABLE: &str = "CONVOKE_CONFIG";
/// The file that is read when none is named and it exists.
const DEFAULT_FILE: &str = "convoke.toml";

/// Names of the layers in figment's metadata; anything else there is the file.
pub(super) const FLAGS: &str = "flags";
pub(super) const ENVIRONMENT: &str = "environment";

/// The environment variables that concern us, as a value: tests make their own.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let ours = |name: &str| name.starts_with("CONVOKE_") || KEYS.iter().any(|key| key.variable == name);
        let named = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self(named.filter(|(name, _)| ours(name)).collect())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The value, unless it is unset or empty: scripts switch a variable off by emptying it.
    fn get(&self, name: &'static str) -> Result<Option<&str>, Error> {
        match self.0.get(name).filter(|value| !value.is_empty()) {
            Some(value) => value.to_str().map(Some).ok_or(Error::NotText(name)),
            None => Ok(None),
        }
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect())
    }
}

/// Values from flags or environment, all of them texts.
struct Layer {
    name: &'static str,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}

/// All values, flags on top.
pub(super) struct Sources {
    figment: Figment,
    pub(super) file: Option<PathBuf>,
}

impl Sources {
    pub(super) fn gather(flags: &Flags, environment: &Environment) -> Result<Self, Error> {
        let file = file(flags, environment)?;
        let mut figment = Figment::new();
        if let Some(path) = &file {
            figment = figment.merge(Toml::file_exact(path));
            check_keys(path, &figment)?;
        }
        let figment = figment.merge(from_environment(environment)?).merge(from_flags(flags));
        Ok(Self { figment, file })
    }

    /// Reads one section.
    pub(super) fn extract<Section: DeserializeOwned>(&self) -> Result<Section, Error> {
        let describe = |found: figment::Error| error::wrong_value(self.file.as_deref(), &found);
        self.figment.extract().map_err(describe)
    }
}

fn file(flags: &Flags, environment: &Environment) -> Result<Option<PathBuf>, Error> {
    let (named, by) = match (&flags.config, environment.get(CONFIG_VARIABLE)?) {
        (Some(path), _) => (Some(path.as_str()), "--config"),
        (None, path) => (path, CONFIG_VARIABLE),
    };
    match named.map(PathBuf::from) {
        Some(path) if path.is_file() => Ok(Some(path)),
        Some(path) => Err(Error::NoFile { path, by }),
        None => Ok(Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.is_file())),
    }
}

fn check_keys(path: &Path, figment: &Figment) -> Result<(), Error> {
    let values: Dict = figment.extract().map_err(|found| error::unreadable(path, &found))?;
    match values.keys().find(|name| Key::find(name).is_none()) {
        Some(name) => Err(Error::UnknownKey { path: path.to_owned(), key: name.clone() }),
        None => Ok(()),
    }
}

fn from_environment(environment: &Environment) -> Result<Layer, Error> {
    let mut values = Dict::new();
    for key in &KEYS {
        if let Some(value) = environment.get(key.variable)? {
            values.insert(key.name.to_owned(), value.into());
        }
    }
    Ok(Layer { name: ENVIRONMENT, values })
}

fn from_flags(flags: &Flags) -> Layer {
    let given = flags.server.given().into_iter().chain(flags.database.given()).chain(flags.logging.given());
    let values = given.filter_map(|(name, value)| Some((name.to_owned(), value?.clone().into()))).collect();
    Layer { name: FLAGS, values }
}
