//! The database for one administrative command: that of the server that runs on the data directory, or one started for
//! the duration of the command. Two owners of one cluster never arise: who has the lock starts, everybody else asks.

use std::path::Path;
use std::time::{Duration, Instant};

use super::connection_file::Note;
use super::error::Error;
use super::lock::{self, COMMAND_PATIENCE, Lock, Owner};
use super::places::{self, Places};
use super::{Cluster, DATABASE, Holder, Options, account, connection_file, sql};

const PAUSE: Duration = Duration::from_millis(50);

/// A database that an administrative command may use until [`Access::release`].
#[derive(Debug)]
pub struct Access {
    url: String,
    /// The cluster when it runs only for us.
    own: Option<Cluster>,
}

impl Access {
    /// The connection string of the database `convoke`, in the form `key=value`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether the database runs only for this command, rather than for a server.
    pub const fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Ends the use; stops the database if it was started for it.
    ///
    /// # Errors
    /// As [`Cluster::stop`].
    pub async fn release(self) -> Result<(), Error> {
        match self.own {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }
}

/// Gives an administrative command the database of a data directory, whether or not a server runs on it.
///
/// The holder in `options` is taken to be [`Holder::Command`]. Waits up to 30 s for another command to finish and for a
/// starting server to answer.
///
/// # Errors
/// As [`super::start`], and [`Error::Unreachable`] when a server holds the data directory but its database is silent.
pub async fn attach_or_start(options: Options) -> Result<Access, Error> {
    let options = Options { holder: Holder::Command, ..options };
    let at = Places::of(&options.data_dir.clone().unwrap_or_else(places::default_data_dir))?;
    let account = account::Account::of(&at)?;
    at.create(&account)?;
    let begun = Instant::now();
    loop {
        let owner = match Lock::try_take(&at.data_dir, Holder::Command)? {
            Ok(lock) => return start_own(options, lock).await,
            Err(owner) => owner,
        };
        if owner.holder == Holder::Server
            && let Some(url) = running(&at, &owner).await
        {
            return Ok(Access { url, own: None });
        }
        if begun.elapsed() >= COMMAND_PATIENCE {
            return Err(give_up(&at, owner));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn start_own(options: Options, lock: Lock) -> Result<Access, Error> {
    let cluster = super::start_with(options, Some(lock)).await?;
    cluster.ensure_database(DATABASE).await?;
    Ok(Access { url: cluster.url(DATABASE), own: Some(cluster) })
}

/// The database of the server that holds the lock, when it answers and is that of this data directory: the note may be of
/// a server that was killed, and the directory of its socket in other hands by now.
async fn running(at: &Places, owner: &Owner) -> Option<String> {
    let note = connection_file::read(at).filter(|note| note.pid == owner.pid)?;
    reach(at, &note).await
}

async fn reach(at: &Places, note: &Note) -> Option<String> {
    let url = sql::url(&note.socket_dir, DATABASE);
    let client = sql::connect(&url).await.ok()?;
    let directory = sql::data_directory(&client).await.ok()?;
    (std::fs::canonicalize(directory).ok()? == std::fs::canonicalize(&at.cluster).ok()?).then_some(url)
}

/// For `convoke doctor`: the connection string of the database that runs on a data directory now, if one does. Starts,
/// makes and changes nothing; the directory need not exist.
///
/// # Errors
/// [`Error::Closed`] and [`Error::OtherOwner`] when the directory could not be used.
pub async fn look(data_dir: Option<&Path>) -> Result<Option<String>, Error> {
    let at = Places::of(&data_dir.map_or_else(places::default_data_dir, Path::to_owned))?;
    account::Account::of(&at)?.can_enter(&at.data_dir)?;
    match connection_file::read(&at) {
        Some(note) => Ok(reach(&at, &note).await),
        None => Ok(None),
    }
}

fn give_up(at: &Places, owner: Owner) -> Error {
    match owner.holder {
        Holder::Command => lock::in_the_way(&at.data_dir, owner),
        Holder::Server => {
            Error::Unreachable { data_dir: at.data_dir.clone(), pid: owner.pid, seconds: COMMAND_PATIENCE.as_secs() }
        }
    }
}
