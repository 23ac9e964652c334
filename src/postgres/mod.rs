//! A private PostgreSQL: found on the machine or fetched, made, started, looked after and stopped, so that nobody has to
//! install or configure a database to begin. It hands out connection strings and knows nothing of what is stored: no
//! tables, no migrations. It never opens a network port, never uses a cluster it did not make, and never runs as root.
//!
//! # A data directory
//!
//! | in it | what |
//! |---|---|
//! | `pg/` | the cluster; owned by the user the database runs as |
//! | `run/` | the socket, for that user alone; in the temporary directory when the path is too long for a socket |
//! | `lock` | locked by the process that owns the cluster; says its pid |
//! | `connection` | where the database of a running server is reached |
//! | `postgres.log` | what the database says |
//!
//! # Order of the search
//!
//! The directory given explicitly, and no other; else `PATH`, `pg_config --bindir`, the directories of the common packages,
//! and our own cache, filled by `pip` or else `apt-get` when all are empty. `CONVOKE_PG_SEARCH=cache` in the environment
//! leaves only the cache.

mod access;
mod account;
mod child;
mod connection_file;
mod discover;
mod error;
mod fetch;
mod inbox;
mod initdb;
pub mod keeper;
mod lock;
mod orphans;
mod places;
mod server;
mod sql;
mod supervisor;

use std::path::PathBuf;

use tokio::sync::{oneshot, watch};

pub use access::{Access, attach_or_start, look};
pub use discover::{Binaries, find_binaries};
pub use error::Error;
pub use lock::Holder;
pub use places::{default_cache_dir, default_data_dir};

/// The database role, a superuser: the cluster is ours alone.
pub const USER: &str = "convoke";
/// The database that administrative commands are given.
pub const DATABASE: &str = "convoke";
/// Part of the socket's name, not a network port.
pub const PORT: u16 = 5432;

/// What to start, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory; [`default_data_dir`] when not given.
    pub data_dir: Option<PathBuf>,
    /// Use the `postgres` and `initdb` in this directory and no others.
    pub bin_dir: Option<PathBuf>,
    /// Where fetched binaries are kept; [`default_cache_dir`] when not given.
    pub cache_dir: Option<PathBuf>,
    /// Whether data must survive a crash.
    pub durability: Durability,
    /// Who holds the data directory.
    pub holder: Holder,
}

/// Whether data must survive a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is on disk before it is acknowledged.
    Durable,
    /// For tests: nothing waits for the disk, and a crash of the machine may ruin the cluster.
    Throwaway,
}

/// A running private database. Dropping it stops the database in the background; [`Cluster::stop`] waits for that.
#[derive(Debug)]
pub struct Cluster {
    started: supervisor::Started,
    stopper: inbox::Stopper,
    lost: watch::Receiver<bool>,
}

/// Finds or fetches PostgreSQL, makes the cluster if there is none, ends what an earlier start left behind, starts the
/// database and waits until it accepts connections. Dropping the future gives the start up.
///
/// # Errors
/// Each variant of [`Error`] that names a cause an administrator can remove; above all [`Error::InUse`] when another server
/// has the data directory, [`Error::NoBinaries`], [`Error::OtherMajor`] and [`Error::Closed`].
pub async fn start(options: Options) -> Result<Cluster, Error> {
    start_with(options, None).await
}

async fn start_with(options: Options, lock: Option<lock::Lock>) -> Result<Cluster, Error> {
    let (started, starting) = oneshot::channel();
    let (stopper, inbox) = inbox::pair();
    let (lost_sender, lost) = watch::channel(false);
    let task = supervisor::Task { options, lock, started, inbox, lost: lost_sender };
    std::thread::Builder::new()
        .name("postgres".to_owned())
        .spawn(move || supervisor::run(task))
        .map_err(|error| Error::Program { program: "a thread".to_owned(), reason: error.to_string() })?;
    let started = starting.await.unwrap_or(Err(Error::SupervisorGone))?;
    Ok(Cluster { started, stopper, lost })
}

impl Cluster {
    /// The connection string of a database of this cluster, in the form `key=value` that tokio-postgres reads.
    pub fn url(&self, database: &str) -> String {
        sql::url(&self.started.socket_dir, database)
    }

    /// The connection string without the name of a database.
    fn server(&self) -> String {
        sql::server(&self.started.socket_dir)
    }

    /// Whether this start made the data directory.
    pub const fn is_new(&self) -> bool {
        self.started.is_new
    }

    /// The version of PostgreSQL, as `15.20`.
    pub fn version(&self) -> &str {
        &self.started.version
    }

    /// Makes the database unless it is there; true when it was made.
    ///
    /// # Errors
    /// [`Error::Sql`] when the database does not answer or refuses.
    pub async fn ensure_database(&self, name: &str) -> Result<bool, Error> {
        let client = sql::connect(&self.url("postgres")).await?;
        sql::ensure_database(&client, name).await
    }

    /// Waits until the database is lost for good: it ended five times in a row, or could not be started again. The process
    /// should exit with status 70.
    pub async fn lost(&self) {
        let mut lost = self.lost.clone();
        // An error means that the supervising thread is gone, and with it the database.
        drop(lost.wait_for(|lost| *lost).await);
    }

    /// Stops the database: sessions are cut, data are written, the data directory is free for others.
    ///
    /// # Errors
    /// [`Error::Orphans`] when processes of the database do not end.
    pub async fn stop(self) -> Result<(), Error> {
        self.stopper.stop().await
    }
}

#[cfg(test)]
mod tests;
