//! The lock on a data directory: one process at a time, held by the kernel and so let go by a crash. The file also says who
//! holds it, for messages; the text decides nothing.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::error::Error;

/// How long a start waits for another server: one that was just killed lets go late.
const SERVER_PATIENCE: Duration = Duration::from_secs(2);
/// How long anybody waits for an administrative command to finish.
pub(super) const COMMAND_PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);

/// Who holds a data directory, and so how long others are ready to wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// `convoke serve`: holds it as long as it runs.
    Server,
    /// An administrative command: holds it for seconds.
    Command,
}

impl Holder {
    const fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Command => "command",
        }
    }
}

/// What the lock file says about the process that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) pid: String,
    pub(super) holder: Holder,
}

/// The lock, held until dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "open for as long as the lock is held")] File);

impl Lock {
    /// Takes the lock, or says who has it.
    ///
    /// # Errors
    /// [`Error::File`] when the file cannot be opened, locked or written.
    pub(super) fn try_take(data_dir: &Path, holder: Holder) -> Result<Result<Self, Owner>, Error> {
        let path = data_dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(Error::file("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(read_owner(&mut file))),
            Err(TryLockError::Error(error)) => return Err(Error::file("lock", &path)(error)),
        }
        file.set_len(0)
            .and_then(|()| write!(file, "{}\n{}\n", std::process::id(), holder.word()))
            .map_err(Error::file("write", &path))?;
        Ok(Ok(Self(file)))
    }

    /// Takes the lock, waiting as long as its holder deserves. Blocks the thread.
    ///
    /// # Errors
    /// [`Error::InUse`] after 2 s behind another server, [`Error::CommandInTheWay`] after 30 s behind a command.
    pub(super) fn take(data_dir: &Path, holder: Holder) -> Result<Self, Error> {
        let begun = Instant::now();
        loop {
            let owner = match Self::try_take(data_dir, holder)? {
                Ok(lock) => return Ok(lock),
                Err(owner) => owner,
            };
            match owner.holder {
                Holder::Server if begun.elapsed() >= SERVER_PATIENCE => {
                    return Err(Error::InUse { data_dir: data_dir.to_owned(), pid: owner.pid });
                }
                Holder::Command if begun.elapsed() >= COMMAND_PATIENCE => return Err(in_the_way(data_dir, owner)),
                _ => thread::sleep(PAUSE),
            }
        }
    }
}

pub(super) fn in_the_way(data_dir: &Path, owner: Owner) -> Error {
    Error::CommandInTheWay { data_dir: data_dir.to_owned(), pid: owner.pid, seconds: COMMAND_PATIENCE.as_secs() }
}

/// A holder that has the lock but has not written yet counts as a server: those are waited for least, and it is the safer
/// thing to say.
fn read_owner(file: &mut File) -> Owner {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    if let Err(error) = read {
        tracing::debug!(%error, "the lock file cannot be read");
    }
    let mut lines = text.lines();
    let pid = lines.next().filter(|line| !line.is_empty()).unwrap_or("unknown").to_owned();
    let holder = if lines.next() == Some(Holder::Command.word()) { Holder::Command } else { Holder::Server };
    Owner { pid, holder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let first = Lock::try_take(dir.path(), Holder::Command).unwrap().unwrap();
        let owner = Lock::try_take(dir.path(), Holder::Server).unwrap().unwrap_err();
        assert_eq!(owner, Owner { pid: std::process::id().to_string(), holder: Holder::Command });
        drop(first);
        assert!(Lock::try_take(dir.path(), Holder::Server).unwrap().is_ok());
    }

    #[test]
    fn another_server_is_refused_with_the_pid_and_the_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Lock::take(dir.path(), Holder::Server).unwrap();
        let said = Lock::take(dir.path(), Holder::Server).unwrap_err().to_string();
        let expected = format!("is in use by another server (pid {}); stop it, or give this one", std::process::id());
        assert!(said.contains(&expected), "{said}");
    }

    #[test]
    fn a_server_waits_for_a_command_beyond_the_patience_for_servers() {
        let dir = tempfile::tempdir().unwrap();
        let command = Lock::take(dir.path(), Holder::Command).unwrap();
        let release = thread::spawn(move || {
            thread::sleep(SERVER_PATIENCE + Duration::from_millis(300));
            drop(command);
        });
        assert!(Lock::take(dir.path(), Holder::Server).is_ok());
        release.join().unwrap();
    }
}
