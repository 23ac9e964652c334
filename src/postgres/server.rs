//! One run of the `postgres` program: its command line, when it is ready, how it is asked to end. It keeps nothing alive;
//! that is the supervisor's work.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::account::Account;
use super::discover::Binaries;
use super::error::Error;
use super::inbox::{Inbox, Request};
use super::places::Places;
use super::{Durability, PORT, child, orphans};

const POLL: Duration = Duration::from_millis(10);
/// How long "fast" shutdown may take before "immediate" shutdown, which leaves the log to be replayed at the next start.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// A log longer than this is set aside at the next start, in place of the one set aside before.
const LONGEST_LOG: u64 = 10 * 1024 * 1024;

/// Errors of statements are not logged: they are reported to whoever sent the statement, and their text holds people's data.
const ALWAYS: [(&str, &str); 7] = [
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("log_min_messages", "log"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_checkpoints", "off"),
    ("logging_collector", "off"),
];
/// For data nobody misses after a crash. Many tests run at once, each with its own pool.
const THROWAWAY: [(&str, &str); 7] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    ("max_wal_size", "2GB"),
    ("checkpoint_timeout", "1h"),
    ("max_connections", "400"),
];

/// Everything needed to start the database of one data directory, again and again.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) places: Places,
    pub(super) binaries: Binaries,
    pub(super) account: Account,
    pub(super) socket_dir: PathBuf,
    pub(super) durability: Durability,
}

/// How waiting for a server ended.
pub(super) enum Waited {
    Ready,
    Exited(ExitStatus),
    Asked(Request),
}

impl Server {
    /// Clears leftovers and starts the program. The kernel ends it with the thread that calls this.
    ///
    /// # Errors
    /// [`Error::Orphans`], [`Error::File`] or [`Error::Program`].
    pub(super) fn launch(&self) -> Result<Child, Error> {
        orphans::clear(&self.places.cluster, Some(&self.socket_dir))?;
        // In a temporary directory it may have been tidied away since.
        self.places.socket_dir(&self.account)?;
        let (out, err) = self.open_log()?;
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        command.spawn().map_err(|error| Error::Program {
            program: command.get_program().to_string_lossy().into_owned(),
            reason: error.to_string(),
        })
    }

    /// Its own process group: an interrupt typed at the terminal reaches us, and we end the database in good order.
    fn command(&self) -> Command {
        let mut command = Command::new(self.binaries.program("postgres"));
        command.arg("-D").arg(&self.places.cluster).arg("-k").arg(&self.socket_dir).args(["-p", &PORT.to_string()]);
        let extra: &[(&str, &str)] = if self.durability == Durability::Throwaway { &THROWAWAY } else { &[] };
        for (name, value) in ALWAYS.iter().chain(extra) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.env_clear().envs([("LC_ALL", "C"), ("TZ", "UTC")]).current_dir("/").process_group(0);
        self.account.apply(&mut command);
        child::end_with_this_thread(&mut command, Signal::SIGINT);
        command
    }

    fn open_log(&self) -> Result<(Stdio, Stdio), Error> {
        let log = &self.places.log;
        if fs::metadata(log).is_ok_and(|found| found.len() > LONGEST_LOG) {
            fs::rename(log, log.with_extension("log.1")).map_err(Error::file("rename", log))?;
        }
        let file =
            OpenOptions::new().append(true).create(true).mode(0o600).open(log).map_err(Error::file("open", log))?;
        let twin = file.try_clone().map_err(Error::file("open", log))?;
        Ok((file.into(), twin.into()))
    }

    /// Waits until the server accepts connections, ends, or we are asked to stop. Recovery after a crash takes as long as
    /// it takes: ending it half-way would only make the next one longer.
    ///
    /// # Errors
    /// [`Error::File`] when the operating system does not know the child.
    pub(super) fn wait_ready(&self, child: &mut Child, inbox: &Inbox) -> Result<Waited, Error> {
        const REMIND: Duration = Duration::from_secs(10);
        let mut reminded = Instant::now();
        loop {
            if self.is_ready(child.id()) {
                return Ok(Waited::Ready);
            }
            if let Some(status) = self.exit_of(child)? {
                return Ok(Waited::Exited(status));
            }
            if let Some(request) = inbox.wait(POLL) {
                return Ok(Waited::Asked(request));
            }
            if reminded.elapsed() >= REMIND {
                reminded = Instant::now();
                tracing::info!(log = %self.places.log.display(), "the database is still starting");
            }
        }
    }

    pub(super) fn exit_of(&self, child: &mut Child) -> Result<Option<ExitStatus>, Error> {
        child.try_wait().map_err(Error::file("wait for the postgres of", &self.places.cluster))
    }

    /// As `pg_ctl` judges: the first line is the process we started, the eighth says so.
    fn is_ready(&self, pid: u32) -> bool {
        fs::read_to_string(self.places.cluster.join("postmaster.pid")).is_ok_and(|text| says_ready(&text, pid))
    }

    /// # Errors
    /// Always [`Error::DidNotStart`], with the end of the log.
    pub(super) fn did_not_start(&self, status: ExitStatus) -> Error {
        Error::DidNotStart {
            status: status.to_string(),
            log: self.places.log.clone(),
            tail: child::tail(&self.places.log),
        }
    }

    /// Ends the server: sessions are cut and data written; after 30 s it is ended without writing.
    ///
    /// # Errors
    /// [`Error::Orphans`] when even that does not end it.
    pub(super) fn stop(&self, child: &mut Child) -> Result<(), Error> {
        for (signal, patience) in [(Signal::SIGINT, STOP_PATIENCE), (Signal::SIGQUIT, Duration::from_secs(5))] {
            let begun = Instant::now();
            if self.exit_of(child)?.is_some() {
                return Ok(());
            }
            // Not yet waited for, so the number is still its own.
            if let Err(errno) = kill(pid_of(child), signal) {
                tracing::debug!(%errno, %signal, "signal not delivered");
            }
            while begun.elapsed() < patience {
                if self.exit_of(child)?.is_some() {
                    return Ok(());
                }
                std::thread::sleep(POLL);
            }
            tracing::warn!(%signal, seconds = patience.as_secs(), "the database does not end");
        }
        orphans::clear(&self.places.cluster, Some(&self.socket_dir))
    }
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

fn says_ready(text: &str, pid: u32) -> bool {
    let mut lines = text.lines();
    let ours = lines.next().is_some_and(|line| line.trim() == pid.to_string());
    ours && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_the_eighth_line_of_our_own_process() {
        let file =
            |pid: u32, status: &str| format!("{pid}\n/data/pg\n1700000000\n5432\n/data/run\n\n 123 456\n{status}\n");
        assert!(says_ready(&file(77, "ready   "), 77));
        assert!(!says_ready(&file(77, "starting"), 77));
        assert!(!says_ready(&file(78, "ready   "), 77), "an earlier start's file");
        assert!(!says_ready("77\n/data/pg\n", 77), "half written");
    }
}
