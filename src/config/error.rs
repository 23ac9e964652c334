//! What can be wrong with the settings, each said with its place and its remedy. Values are shown by the types that read
//! them, which know what is secret.

use std::path::{Path, PathBuf};

use super::{KEYS, Key, sources};

/// Why the settings were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file named does not exist.
    #[error("{by} names {}, which is not a file", .path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
        /// The flag or variable that names it.
        by: &'static str,
    },
    /// The file cannot be read or is no TOML.
    #[error("{}: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Where in it, and why.
        reason: String,
    },
    /// The file has a key that is not one.
    #[error("{}: unknown key \"{key}\"; the keys are {}", .path.display(), KEYS.map(|key| key.name).join(", "))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// One of two settings that are of no use without each other.
    #[error("{given} is set and {missing} is not; set both or none")]
    Alone {
        /// The one that is there.
        given: &'static str,
        /// The other.
        missing: &'static str,
    },
    /// A variable's value is not UTF-8.
    #[error("{0}: the value is not UTF-8")]
    NotText(&'static str),
    /// A value does not fit its key.
    #[error("{place}: {reason}; expected {expects}")]
    WrongValue {
        /// The flag, the variable, or file and key.
        place: String,
        /// What is wrong.
        reason: String,
        /// What would be right.
        expects: &'static str,
    },
}

/// Says where a value that does not fit came from.
pub(super) fn wrong_value(file: Option<&Path>, found: &figment::Error) -> Error {
    let name = found.path.first().cloned().unwrap_or_default();
    let origin = found.metadata.as_ref().map_or("", |metadata| metadata.name.as_ref());
    let file = file.unwrap_or_else(|| Path::new("the settings")).display();
    let (place, expects) = match (Key::find(&name), origin) {
        (Some(key), sources::FLAGS) => (key.flag(), key.expects),
        (Some(key), sources::ENVIRONMENT) => (key.variable.to_owned(), key.expects),
        (Some(key), _) => (format!("{file}: {name}"), key.expects),
        (None, _) => (format!("{file}: {name}"), "another value"),
    };
    Error::WrongValue { place, reason: found.kind.to_string(), expects }
}

/// Refuses one of two settings without the other.
pub(super) fn check_pair(one: (&'static str, bool), other: (&'static str, bool)) -> Result<(), Error> {
    match (one, other) {
        ((given, true), (missing, false)) | ((missing, false), (given, true)) => Err(Error::Alone { given, missing }),
        _ => Ok(()),
    }
}

/// A file that is no TOML. The parser quotes the line it stumbled over, and that may hold a password: only its verdict
/// and its position are passed on.
pub(super) fn unreadable(path: &Path, found: &figment::Error) -> Error {
    let text = found.kind.to_string();
    let told = text.lines().filter(|line| !line.contains(" |") && !line.starts_with('|'));
    let reason = told.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(": ");
    Error::Unreadable { path: path.to_owned(), reason }
}
