//! The note `DATA/connection`, by which administrative commands find the database of a running server. It says where to
//! look; whether it is true is judged by the lock and by asking the database.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::places::Places;

/// What the note says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) pid: String,
    pub(super) socket_dir: PathBuf,
}

/// Puts the note in place by a rename, so that a half-written one is never read.
///
/// # Errors
/// [`Error::File`] when it cannot be written.
pub(super) fn write(places: &Places, socket_dir: &Path) -> Result<(), Error> {
    let unfinished = places.connection.with_extension("new");
    let mut options = OpenOptions::new();
    options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| writeln!(file, "{}\n{}", std::process::id(), socket_dir.display()))
        .and_then(|()| fs::rename(&unfinished, &places.connection))
        .map_err(Error::file("write", &places.connection))
}

pub(super) fn read(places: &Places) -> Option<Note> {
    let text = fs::read_to_string(&places.connection).ok()?;
    let (pid, socket_dir) = text.trim_end().split_once('\n')?;
    Some(Note { pid: pid.to_owned(), socket_dir: PathBuf::from(socket_dir) })
}

/// Removes the note; one left behind does no harm, since nobody believes it unchecked.
pub(super) fn remove(places: &Places) {
    if let Err(error) = fs::remove_file(&places.connection)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::debug!(%error, "the connection file could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let base = tempfile::tempdir().unwrap();
        let places = Places::of(base.path()).unwrap();
        assert_eq!(read(&places), None);
        write(&places, Path::new("/run/x")).unwrap();
        let expected = Note { pid: std::process::id().to_string(), socket_dir: PathBuf::from("/run/x") };
        assert_eq!(read(&places), Some(expected));
        remove(&places);
        remove(&places);
        assert_eq!(read(&places), None);
    }
}
