//! Where things lie: the data directory and what is in it, the cache of fetched binaries, the directory of the socket.
//! It reads the environment, in one function, and creates nothing but the directories it is asked to prepare.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::{User, geteuid};
use sha2::{Digest, Sha256};

use super::account::Account;
use super::error::Error;

const NAME: &str = "convoke";

/// Longest directory in which the socket `/.s.PGSQL.5432` fits: `sun_path` holds 104 bytes on macOS and 108 on Linux, the
/// final NUL included.
const LONGEST_SOCKET_DIR: usize = 84;

/// An environment variable, when it is set and not empty.
///
/// The only place of this room that reads the environment: it holds facts of the operating system (`PATH`, `HOME`, the XDG
/// directories, `TMPDIR`), not settings of ours.
pub(super) fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// What root uses: a home directory of root is closed to the user that the database runs as.
pub(super) fn root_default() -> PathBuf {
    Path::new("/var/lib").join(NAME)
}

/// The data directory when none is given: `/var/lib/convoke` for root, else `$XDG_DATA_HOME/convoke` or
/// `~/.local/share/convoke`.
pub fn default_data_dir() -> PathBuf {
    if geteuid().is_root() { root_default() } else { xdg("XDG_DATA_HOME", ".local/share") }
}

/// Where fetched binaries are kept when nothing else is given: `/var/cache/convoke` for root, else
/// `$XDG_CACHE_HOME/convoke` or `~/.cache/convoke`.
pub fn default_cache_dir() -> PathBuf {
    if geteuid().is_root() { Path::new("/var/cache").join(NAME) } else { xdg("XDG_CACHE_HOME", ".cache") }
}

/// The XDG specification tells programs to ignore relative values.
fn xdg(variable: &str, under_home: &str) -> PathBuf {
    environment(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| home().join(under_home))
        .join(NAME)
}

fn home() -> PathBuf {
    let listed = || User::from_uid(geteuid()).ok().flatten().map(|user| user.dir);
    environment("HOME").map(PathBuf::from).or_else(listed).unwrap_or_else(std::env::temp_dir)
}

/// The files of one data directory.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The data directory itself, absolute.
    pub(super) data_dir: PathBuf,
    /// PostgreSQL's own directory in it; appears complete or not at all.
    pub(super) cluster: PathBuf,
    /// Where a cluster is made before it is renamed to its place.
    pub(super) unfinished: PathBuf,
    /// Locked by the process that owns the cluster.
    pub(super) lock: PathBuf,
    /// What the database writes to its standard error.
    pub(super) log: PathBuf,
    /// Tells administrative commands how to reach the database of a running server.
    pub(super) connection: PathBuf,
}

impl Places {
    /// # Errors
    /// [`Error::File`] when a relative path cannot be made absolute.
    pub(super) fn of(data_dir: &Path) -> Result<Self, Error> {
        let data_dir = std::path::absolute(data_dir).map_err(Error::file("resolve", data_dir))?;
        Ok(Self {
            cluster: data_dir.join("pg"),
            unfinished: data_dir.join("pg.new"),
            lock: data_dir.join("lock"),
            log: data_dir.join("postgres.log"),
            connection: data_dir.join("connection"),
            data_dir,
        })
    }

    /// Creates the data directory: private to us, but open for passage to the other user that root's database runs as.
    ///
    /// # Errors
    /// [`Error::Closed`] when that other user cannot reach it, [`Error::File`] when it cannot be created.
    pub(super) fn create(&self, account: &Account) -> Result<(), Error> {
        account.can_enter(&self.data_dir)?;
        create_open(&self.data_dir)?;
        account.can_enter(&self.data_dir)
    }

    /// Makes the directory for the socket, readable by the database's user alone, and returns it.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be made, [`Error::OtherOwner`] when somebody else put a directory of that name there.
    pub(super) fn socket_dir(&self, account: &Account) -> Result<PathBuf, Error> {
        let beside = self.data_dir.join("run");
        let dir = if fits_a_socket(&beside) { beside } else { self.short_socket_dir(account) };
        match DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => self.check_ours(&dir, account)?,
            made => made.map_err(Error::file("create", &dir))?,
        }
        account.own(&dir)?;
        fs::set_permissions(&dir, Permissions::from_mode(0o700)).map_err(Error::file("set the mode of", &dir))?;
        Ok(dir)
    }

    /// Removes a socket directory that lies outside the data directory; the one inside stays for the next start.
    pub(super) fn leave(&self, socket_dir: &Path) {
        if !socket_dir.starts_with(&self.data_dir)
            && let Err(error) = fs::remove_dir(socket_dir)
        {
            tracing::debug!(%error, dir = %socket_dir.display(), "the directory of the socket stays");
        }
    }

    /// In the data directory nobody else can have put anything; in a shared temporary directory they can.
    fn check_ours(&self, dir: &Path, account: &Account) -> Result<(), Error> {
        let found = fs::symlink_metadata(dir).map_err(Error::file("look at", dir))?;
        if dir.starts_with(&self.data_dir) || (found.is_dir() && account.owns(dir)) {
            return Ok(());
        }
        let taken = std::io::Error::other("somebody else made a file or directory of that name");
        Err(Error::file("use", dir)(taken))
    }

    fn short_socket_dir(&self, account: &Account) -> PathBuf {
        let digest = Sha256::digest(self.data_dir.as_os_str().as_bytes());
        let name = format!("{NAME}-{}", data_encoding::HEXLOWER.encode(&digest[..6]));
        let temporary = std::env::temp_dir().join(&name);
        let usable = fits_a_socket(&temporary) && account.can_enter(&temporary).is_ok();
        if usable { temporary } else { Path::new("/tmp").join(name) }
    }
}

/// Short enough, and free of the characters that mean something in a connection string or in PostgreSQL's list of
/// directories.
fn fits_a_socket(dir: &Path) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@:".contains(byte);
    let bytes = dir.as_os_str().as_bytes();
    dir.is_absolute() && bytes.len() <= LONGEST_SOCKET_DIR && bytes.iter().all(plain)
}

/// Creates `dir` and what is missing above it. For root others may pass through, but not list; for anybody else it is
/// private.
///
/// # Errors
/// [`Error::File`] when it cannot be created.
pub(super) fn create_open(dir: &Path) -> Result<(), Error> {
    if dir.is_dir() {
        return Ok(());
    }
    let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
    if let Some(above) = dir.parent() {
        fs::create_dir_all(above).map_err(Error::file("create", above))?;
    }
    match DirBuilder::new().mode(mode).create(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && dir.is_dir() => return Ok(()),
        made => made.map_err(Error::file("create", dir))?,
    }
    // The process's umask may have taken away the bits that root's database needs.
    fs::set_permissions(dir, Permissions::from_mode(mode)).map_err(Error::file("set the mode of", dir))
}

/// Removes `dir` and everything in it, if it is there.
///
/// # Errors
/// [`Error::File`] when something in it cannot be removed.
pub(super) fn remove_dir(dir: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file("remove", dir)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_or_odd_path_is_not_used_for_the_socket() {
        assert!(fits_a_socket(Path::new("/var/lib/convoke/run")));
        assert!(!fits_a_socket(Path::new("data/run")));
        assert!(!fits_a_socket(Path::new(&format!("/{}", "x".repeat(LONGEST_SOCKET_DIR)))));
        for odd in ["/a b/run", "/a,b/run", "/a'b/run", "/a\\b/run", "/ä/run"] {
            assert!(!fits_a_socket(Path::new(odd)), "{odd}");
        }
    }

    #[test]
    fn the_short_directory_differs_by_data_directory_and_is_stable() {
        let long = |end: &str| Places::of(Path::new(&format!("/{}/{end}", "x".repeat(90)))).unwrap();
        let account = Account::for_new();
        let (first, second) = (long("a").short_socket_dir(&account), long("b").short_socket_dir(&account));
        assert_ne!(first, second);
        assert_eq!(first, long("a").short_socket_dir(&account));
        assert!(fits_a_socket(&first));
    }

    #[test]
    fn the_socket_directory_is_private_and_can_be_made_twice() {
        let base = tempfile::tempdir().unwrap();
        fs::set_permissions(base.path(), Permissions::from_mode(0o711)).unwrap();
        let places = Places::of(&base.path().join("data")).unwrap();
        let account = Account::for_new();
        places.create(&account).unwrap();
        let dir = places.socket_dir(&account).unwrap();
        assert_eq!(places.socket_dir(&account).unwrap(), dir);
        assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(account.owns(&dir));
    }

    #[test]
    fn a_link_planted_in_the_shared_temporary_directory_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let link = base.path().join("planted");
        std::os::unix::fs::symlink("/", &link).unwrap();
        let places = Places::of(&base.path().join("data")).unwrap();
        assert!(places.check_ours(&link, &Account::for_new()).is_err());
    }
}
