//! The thread that starts the database, looks after it and ends it. It is a thread of its own because the kernel ends the
//! database together with the thread that started it, and the threads of the runtime come and go. What it does not do:
//! decide what happens to the program when the database is lost.

use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use super::account::Account;
use super::error::Error;
use super::inbox::{Inbox, Request};
use super::lock::Lock;
use super::places::Places;
use super::server::{Server, Waited};
use super::{Holder, Options, connection_file, discover, fetch, initdb, places};

/// After so many failures in a row the database is given up.
const MOST_FAILURES: u32 = 5;
/// A database that ran so long has recovered: failures before that do not count any more.
const RECOVERED: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// How soon the end of the database is noticed.
const WATCH: Duration = Duration::from_millis(100);

/// What the owner needs to know once the database accepts connections.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) socket_dir: PathBuf,
    pub(super) is_new: bool,
    pub(super) version: String,
}

/// Work for the thread.
pub(super) struct Task {
    pub(super) options: Options,
    /// The lock of the data directory, when the caller has it already.
    pub(super) lock: Option<Lock>,
    pub(super) started: oneshot::Sender<Result<Started, Error>>,
    pub(super) inbox: Inbox,
    pub(super) lost: watch::Sender<bool>,
}

/// The whole life of the thread.
pub(super) fn run(task: Task) {
    let Task { options, lock, started, inbox, lost } = task;
    let (mut life, child) = match Life::begin(options, lock, inbox) {
        Ok(begun) => begun,
        Err(error) => {
            // Nobody to tell: the start was given up.
            drop(started.send(Err(error)));
            return;
        }
    };
    // If nobody waits any more, the inbox is closed as well and the database is ended at once.
    drop(started.send(Ok(life.started())));
    let request = life.look_after(child);
    // Who is answered may start again at once: everything must be free by then.
    drop(life);
    match request {
        Some((request, stopped)) => request.answer(stopped),
        None => drop(lost.send(true)),
    }
}

struct Life {
    server: Server,
    inbox: Inbox,
    failures: Failures,
    is_new: bool,
    publishes: bool,
    _lock: Lock,
}

impl Life {
    fn begin(options: Options, lock: Option<Lock>, inbox: Inbox) -> Result<(Self, Child), Error> {
        let at = Places::of(&options.data_dir.unwrap_or_else(places::default_data_dir))?;
        let account = Account::of(&at)?;
        at.create(&account)?;
        let lock = lock.map_or_else(|| Lock::take(&at.data_dir, options.holder), Ok)?;
        connection_file::remove(&at);
        let cache = options.cache_dir.unwrap_or_else(places::default_cache_dir);
        let major = discover::cluster_major(&at.cluster)?;
        let wanted = discover::Wanted { bin_dir: options.bin_dir.as_deref(), cache: &cache, major, account: &account };
        let binaries = match discover::find(&wanted, &at.cluster)? {
            Some(binaries) => binaries,
            None => fetch::fetch(&wanted)?,
        };
        let is_new = major.is_none();
        if is_new {
            initdb::make(&at, &binaries, &account, options.durability)?;
        }
        let socket_dir = at.socket_dir(&account)?;
        let server = Server { places: at, binaries, account, socket_dir, durability: options.durability };
        let publishes = options.holder == Holder::Server;
        let life = Self { server, inbox, failures: Failures::none(), is_new, publishes, _lock: lock };
        let child = life.first_start()?;
        Ok((life, child))
    }

    fn first_start(&self) -> Result<Child, Error> {
        let mut child = self.server.launch()?;
        match self.server.wait_ready(&mut child, &self.inbox)? {
            Waited::Ready => {}
            Waited::Exited(status) => return Err(self.server.did_not_start(status)),
            Waited::Asked(request) => {
                request.answer(self.server.stop(&mut child));
                return Err(Error::Interrupted);
            }
        }
        if self.publishes {
            connection_file::write(&self.server.places, &self.server.socket_dir)?;
        }
        tracing::info!(
            data_dir = %self.server.places.data_dir.display(),
            version = self.server.binaries.version,
            user = self.server.account.name,
            "private database ready"
        );
        Ok(child)
    }

    fn started(&self) -> Started {
        Started {
            socket_dir: self.server.socket_dir.clone(),
            is_new: self.is_new,
            version: self.server.binaries.version.clone(),
        }
    }

    /// Returns with the request when a stop was asked for and done, with nothing when the database is lost.
    fn look_after(&mut self, mut child: Child) -> Option<(Request, Result<(), Error>)> {
        let request = loop {
            let next = match self.watch(&mut child) {
                Ended::Asked(request) => {
                    let stopped = self.server.stop(&mut child);
                    break Some((request, stopped));
                }
                Ended::ByItself => self.start_again(),
            };
            match next {
                Again::Running(new) => child = new,
                Again::Asked(request) => break Some((request, Ok(()))),
                Again::GivenUp => break None,
            }
        };
        connection_file::remove(&self.server.places);
        self.server.places.leave(&self.server.socket_dir);
        request
    }

    fn watch(&mut self, child: &mut Child) -> Ended {
        loop {
            match self.server.exit_of(child) {
                Ok(None) => {}
                Ok(Some(status)) => {
                    tracing::error!(%status, log = %self.server.places.log.display(), "the database ended unexpectedly");
                    return Ended::ByItself;
                }
                Err(error) => {
                    tracing::error!(%error, "the database cannot be watched any more");
                    return Ended::ByItself;
                }
            }
            if let Some(request) = self.inbox.wait(WATCH) {
                return Ended::Asked(request);
            }
        }
    }

    fn start_again(&mut self) -> Again {
        while let Some(pause) = self.failures.pause_before_next() {
            if let Some(request) = self.inbox.wait(pause) {
                return Again::Asked(request);
            }
            match self.try_again() {
                Ok(again) => return again,
                Err(error) => tracing::error!(%error, "the database could not be started again"),
            }
        }
        tracing::error!(failures = MOST_FAILURES, "the database is given up");
        Again::GivenUp
    }

    fn try_again(&mut self) -> Result<Again, Error> {
        let mut child = self.server.launch()?;
        match self.server.wait_ready(&mut child, &self.inbox)? {
            Waited::Ready => {
                self.failures.ready();
                tracing::warn!("the database was started again");
                Ok(Again::Running(child))
            }
            Waited::Exited(status) => Err(self.server.did_not_start(status)),
            Waited::Asked(request) => {
                if let Err(error) = self.server.stop(&mut child) {
                    tracing::warn!(%error, "the database did not stop in good order");
                }
                Ok(Again::Asked(request))
            }
        }
    }
}

enum Ended {
    ByItself,
    Asked(Request),
}

enum Again {
    Running(Child),
    Asked(Request),
    GivenUp,
}

/// Counts failures in a row.
struct Failures {
    count: u32,
    ready_since: Instant,
}

impl Failures {
    fn none() -> Self {
        Self { count: 0, ready_since: Instant::now() }
    }

    fn ready(&mut self) {
        self.ready_since = Instant::now();
    }

    /// Counts one more failure: how long to wait before the next attempt, or none when there have been too many.
    fn pause_before_next(&mut self) -> Option<Duration> {
        if self.ready_since.elapsed() >= RECOVERED {
            self.count = 0;
        }
        self.count += 1;
        (self.count < MOST_FAILURES).then(|| FIRST_PAUSE * 2_u32.pow(self.count - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_in_a_row_waits_longer_and_the_fifth_is_the_last() {
        let mut failures = Failures::none();
        let pauses: Vec<_> = (0..5).map(|_| failures.pause_before_next()).collect();
        let expected: Vec<_> = [100, 200, 400, 800].map(|millis| Some(Duration::from_millis(millis))).into();
        assert_eq!(pauses[..4], expected);
        assert_eq!(pauses[4], None);
    }

    #[test]
    fn a_minute_of_health_forgives() {
        let mut failures = Failures { count: 4, ready_since: Instant::now() };
        if let Some(earlier) = Instant::now().checked_sub(RECOVERED) {
            failures.ready_since = earlier;
            assert_eq!(failures.pause_before_next(), Some(FIRST_PAUSE));
        }
    }
}
