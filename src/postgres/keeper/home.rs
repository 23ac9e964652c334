//! The directory that keeper and tests share, and the locks in it. The directory can vanish at any moment in which its
//! `start.lock` is not held, so a lock is only believed when its file is still the one under that name.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::error::Error;
use super::super::places;

const PAUSE: Duration = Duration::from_millis(5);

/// Which lock.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name {
    Start,
    Keeper,
    Use,
}

/// The shared directory.
#[derive(Debug, Clone)]
pub(super) struct Home {
    dir: PathBuf,
}

impl Home {
    pub(super) fn of(dir: &Path) -> Result<Self, Error> {
        Ok(Self { dir: std::path::absolute(dir).map_err(Error::file("resolve", dir))? })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.dir.join("keeper.log")
    }

    pub(super) fn create(&self) -> Result<(), Error> {
        places::create_open(&self.dir)
    }

    fn path(&self, name: Name) -> PathBuf {
        self.dir.join(match name {
            Name::Start => "start.lock",
            Name::Keeper => "keeper.lock",
            Name::Use => "use.lock",
        })
    }

    fn open(&self, name: Name) -> Result<File, Error> {
        let path = self.path(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        options.open(&path).map_err(Error::file("open", &path))
    }

    /// Takes a lock for ourselves alone, if it is free.
    pub(super) fn try_lock(&self, name: Name) -> Result<Option<File>, Error> {
        let file = self.open(name)?;
        let taken = self.taken(name, file.try_lock())?;
        Ok((taken && self.is_current(name, &file)).then_some(file))
    }

    fn try_lock_shared(&self, name: Name) -> Result<Option<File>, Error> {
        let file = self.open(name)?;
        let taken = self.taken(name, file.try_lock_shared())?;
        Ok((taken && self.is_current(name, &file)).then_some(file))
    }

    fn taken(&self, name: Name, result: Result<(), TryLockError>) -> Result<bool, Error> {
        match result {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(Error::file("lock", &self.path(name))(error)),
        }
    }

    fn is_current(&self, name: Name, file: &File) -> bool {
        let identity = |found: fs::Metadata| (found.dev(), found.ino());
        let named = fs::metadata(self.path(name)).ok().map(identity);
        named.is_some() && named == file.metadata().ok().map(identity)
    }

    /// Waits for `start.lock`, making the directory anew when it vanishes meanwhile.
    pub(super) async fn turn(&self) -> Result<File, Error> {
        loop {
            match self.create().and_then(|()| self.try_lock(Name::Start)) {
                Ok(Some(file)) => return Ok(file),
                Ok(None) => {}
                // It vanished between the two steps; the next round makes it.
                Err(Error::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Marks the keeper as used for as long as the file is open. To be called while holding `start.lock`.
    pub(super) async fn mark_used(&self) -> Result<File, Error> {
        loop {
            // The keeper looks at it for an instant now and then.
            if let Some(file) = self.try_lock_shared(Name::Use)? {
                return Ok(file);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// How the keeper's server is reached, without the name of a database.
    pub(super) fn server(&self) -> Option<String> {
        fs::read_to_string(self.dir.join("url")).ok().filter(|server| !server.is_empty())
    }

    pub(super) fn publish(&self, server: &str) -> Result<(), Error> {
        let (unfinished, url) = (self.dir.join("url.new"), self.dir.join("url"));
        fs::write(&unfinished, server).and_then(|()| fs::rename(&unfinished, &url)).map_err(Error::file("write", &url))
    }

    pub(super) fn withdraw(&self) -> Result<(), Error> {
        let url = self.dir.join("url");
        match fs::remove_file(&url) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file("remove", &url)(error)),
            _ => Ok(()),
        }
    }

    /// Removes the directory. Under another name first, so that a new one can be made at once.
    pub(super) fn remove(&self) -> Result<(), Error> {
        let mut ended = self.dir.clone().into_os_string();
        ended.push(format!(".ended.{}", std::process::id()));
        let ended = PathBuf::from(ended);
        fs::rename(&self.dir, &ended).map_err(Error::file("rename", &self.dir))?;
        places::remove_dir(&ended)
    }
}
