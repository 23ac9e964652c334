//! The ready file: tells a script that requests are answered, and where. It appears whole or not at all, and one left by
//! an earlier run is gone before this one starts.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::Error;

/// What the file says.
#[derive(Debug)]
pub(super) struct Ready {
    /// Where the server is reached, without a path.
    pub(super) base_url: String,
    /// Slug of a tenant to begin with, when there is one.
    pub(super) tenant: Option<String>,
    /// Its token, on the start that made it.
    pub(super) token: Option<SecretString>,
}

#[derive(Serialize)]
struct Document<'a> {
    base_url: &'a str,
    scim_base_url: String,
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl Ready {
    /// The address identity providers are given.
    pub(super) fn scim_base_url(&self) -> String {
        format!("{}/scim/v2", self.base_url)
    }

    /// Writes the file beside its place and renames it. Only its owner may read it: it can hold a token.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let document = Document {
            base_url: &self.base_url,
            scim_base_url: self.scim_base_url(),
            tenant: self.tenant.as_deref(),
            token: self.token.as_ref().map(ExposeSecret::expose_secret),
        };
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(format!(".{}", std::process::id()));
        let unfinished = Path::new(&unfinished);
        let written = write_private(unfinished, &document).and_then(|()| fs::rename(unfinished, path));
        written.map_err(|source| Error::ReadyFile { path: path.to_owned(), source })
    }
}

fn write_private(path: &Path, document: &Document<'_>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    serde_json::to_writer(&mut file, document)?;
    file.write_all(b"\n")
}

/// Removes the file of an earlier run.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::ReadyFile { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_private_whole_and_has_a_token_only_when_there_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ready.json");
        let with = |token: Option<&str>| Ready {
            base_url: "http://127.0.0.1:1".to_owned(),
            tenant: Some("demo".to_owned()),
            token: token.map(SecretString::from),
        };
        with(Some("cvk_x")).write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        let expected = r#"{"base_url":"http://127.0.0.1:1","scim_base_url":"http://127.0.0.1:1/scim/v2","tenant":"demo","token":"cvk_x"}"#;
        assert_eq!(text.trim(), expected);
        with(None).write(&path).unwrap();
        assert!(!fs::read_to_string(&path).unwrap().contains("token"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn removing_what_is_not_there_is_fine() {
        let dir = tempfile::tempdir().unwrap();
        assert!(remove(&dir.path().join("ready.json")).is_ok());
        let error = remove(dir.path()).unwrap_err().to_string();
        assert!(error.contains("ready file"), "{error}");
    }
}
