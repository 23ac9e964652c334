//! Makes a new cluster, beside its place and then renamed to it: a half-made cluster is never seen under its name, however
//! the making was interrupted.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::process::Command;

use nix::sys::signal::Signal;

use super::account::Account;
use super::discover::Binaries;
use super::error::Error;
use super::places::{self, Places};
use super::{Durability, USER, child, orphans};

/// Makes the cluster. Must be called from a thread that outlives it.
///
/// # Errors
/// [`Error::Program`] with the last words of `initdb`, [`Error::File`] when directories cannot be made or renamed.
pub(super) fn make(at: &Places, binaries: &Binaries, account: &Account, durability: Durability) -> Result<(), Error> {
    tracing::info!(dir = %at.cluster.display(), version = binaries.version, "making a new database cluster");
    orphans::clear(&at.unfinished, None)?;
    places::remove_dir(&at.unfinished)?;
    DirBuilder::new().mode(0o700).create(&at.unfinished).map_err(Error::file("create", &at.unfinished))?;
    account.own(&at.unfinished)?;
    child::run(&mut initdb(at, binaries, account, &arguments(binaries.major)))?;
    if durability == Durability::Durable {
        child::run(&mut initdb(at, binaries, account, &["--sync-only"]))?;
    }
    fs::rename(&at.unfinished, &at.cluster).map_err(Error::file("rename", &at.unfinished))?;
    sync_dir(at)
}

/// `C` makes order bytewise and the same everywhere. Nobody but the owner of the socket directory reaches the server, so
/// the socket needs no password; should somebody open a port by hand, it refuses everybody.
fn arguments(major: u32) -> Vec<&'static str> {
    let mut arguments =
        vec!["-U", USER, "-E", "UTF8", "--locale=C", "--auth-local=trust", "--auth-host=reject", "--no-sync"];
    if major >= 14 {
        arguments.push("--no-instructions");
    }
    arguments
}

fn initdb(at: &Places, binaries: &Binaries, account: &Account, arguments: &[&str]) -> Command {
    let mut command = Command::new(binaries.program("initdb"));
    command.args(arguments).arg("-D").arg(&at.unfinished);
    command.env_clear().envs([("LC_ALL", "C"), ("TZ", "UTC")]).current_dir(&at.data_dir);
    account.apply(&mut command);
    child::end_with_this_thread(&mut command, Signal::SIGKILL);
    command
}

fn sync_dir(at: &Places) -> Result<(), Error> {
    File::open(&at.data_dir).and_then(|dir| dir.sync_all()).map_err(Error::file("write", &at.data_dir))
}
