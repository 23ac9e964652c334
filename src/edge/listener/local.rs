//! A socket in the file system: for a proxy on the same machine, which reaches the server without TCP between them.

use std::fs::{self, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as Probe;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// Whoever runs the server, and its group, may connect.
const MODE: u32 = 0o660;

/// A bound socket, whose file goes with it.
pub(super) struct LocalSocket {
    socket: UnixListener,
    path: PathBuf,
    /// Device and inode of the file.
    file: (u64, u64),
}

impl LocalSocket {
    /// Binds a path of at most 107 bytes. A file that a server left there when it was killed is taken away first.
    ///
    /// # Errors
    /// It cannot be bound, as when another server answers there, or the path is that of something else.
    pub(super) fn bind(path: &Path) -> io::Result<Self> {
        let socket = match UnixListener::bind(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && is_left_over(path) => {
                fs::remove_file(path)?;
                UnixListener::bind(path)?
            }
            bound => bound?,
        };
        fs::set_permissions(path, Permissions::from_mode(MODE))?;
        let file = identity(&fs::symlink_metadata(path)?);
        Ok(Self { socket, path: path.to_owned(), file })
    }

    /// The next one who comes.
    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.socket.accept().await?.0)
    }
}

impl Drop for LocalSocket {
    fn drop(&mut self) {
        // Another server may have put its own there.
        if fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.file) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether it is a socket that nobody listens on.
fn is_left_over(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    is_socket && Probe::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_a_dead_server_left_is_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let first = LocalSocket::bind(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        let in_use = |path: &Path| LocalSocket::bind(path).err().map(|error| error.kind());
        assert_eq!(in_use(&path), Some(ErrorKind::AddrInUse), "somebody answers there");
        drop(first);
        assert!(!path.exists());
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let second = LocalSocket::bind(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let third = LocalSocket::bind(&path).unwrap();
        drop(second);
        assert!(path.exists(), "it is the third one's by now");
        drop(third);
        fs::write(&path, "a text").unwrap();
        assert_eq!(in_use(&path), Some(ErrorKind::AddrInUse));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a text");
    }
}
