//! Clears what an earlier start left behind: processes that still use the cluster, and the files by which PostgreSQL itself
//! would refuse to start. A process is recognised by its working directory, never by a number in a file: that number may
//! belong to somebody else by now. Call it only while holding the lock of the data directory.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::error::Error;

/// What is sent in turn, and how long each is given: "fast" shutdown, "immediate" shutdown, the end.
const PERSUASION: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(30)),
    (Signal::SIGQUIT, Duration::from_secs(5)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];
const PAUSE: Duration = Duration::from_millis(10);

/// Ends the processes of an earlier start and removes its lock files. Blocks the thread.
///
/// # Errors
/// [`Error::Orphans`] when processes survive everything, [`Error::File`] when a lock file cannot be removed.
pub(super) fn clear(cluster: &Path, socket_dir: Option<&Path>) -> Result<(), Error> {
    let pid_file = cluster.join("postmaster.pid");
    end_processes(cluster, &pid_file)?;
    remove_file(&pid_file)?;
    if let Some(dir) = socket_dir {
        remove_file(&dir.join(".s.PGSQL.5432.lock"))?;
        remove_file(&dir.join(".s.PGSQL.5432"))?;
    }
    Ok(())
}

fn end_processes(cluster: &Path, pid_file: &Path) -> Result<(), Error> {
    for (signal, patience) in PERSUASION {
        let users = users_of(cluster, pid_file);
        if users.is_empty() {
            return Ok(());
        }
        tracing::info!(?users, %signal, "ending database processes of an earlier start");
        send(signal, &users, first_line(pid_file));
        let begun = Instant::now();
        while begun.elapsed() < patience && !users_of(cluster, pid_file).is_empty() {
            thread::sleep(PAUSE);
        }
    }
    let left = users_of(cluster, pid_file);
    if left.is_empty() {
        return Ok(());
    }
    let pids: Vec<String> = left.iter().map(ToString::to_string).collect();
    Err(Error::Orphans { data_dir: cluster.to_owned(), pids: pids.join(", ") })
}

/// The postmaster ends its children in good order, so while it lives only it is asked. Without it, for its children SIGINT
/// would only cancel a statement: they get SIGTERM.
fn send(signal: Signal, users: &[i32], postmaster: Option<i32>) {
    let alone = postmaster.filter(|pid| users.contains(pid) && signal != Signal::SIGKILL);
    let signal = if alone.is_none() && signal == Signal::SIGINT { Signal::SIGTERM } else { signal };
    for pid in alone.map_or(users, |_| &[]).iter().chain(alone.as_ref()) {
        // It may have ended in between, which is all we want.
        if let Err(errno) = kill(Pid::from_raw(*pid), signal) {
            tracing::debug!(pid, %errno, "signal not delivered");
        }
    }
}

/// Processes of PostgreSQL whose working directory is the cluster. Zombies have none.
#[cfg(target_os = "linux")]
fn users_of(cluster: &Path, _pid_file: &Path) -> Vec<i32> {
    use std::os::unix::fs::MetadataExt;
    let Ok(wanted) = fs::metadata(cluster) else { return Vec::new() };
    let here = |process: &Path| {
        fs::metadata(process.join("cwd")).is_ok_and(|cwd| (cwd.dev(), cwd.ino()) == (wanted.dev(), wanted.ino()))
            && fs::read_to_string(process.join("comm")).is_ok_and(|comm| comm.starts_with("postgres"))
    };
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    processes
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(_, path)| here(path))
        .map(|(pid, _)| pid)
        .collect()
}

/// Without `/proc`: the process named in the file, when its command line is a `postgres` on this cluster.
#[cfg(not(target_os = "linux"))]
fn users_of(cluster: &Path, pid_file: &Path) -> Vec<i32> {
    let Some(pid) = first_line(pid_file) else { return Vec::new() };
    let asked = super::child::run(std::process::Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]));
    let ours = |command: &str| command.contains("postgres") && command.contains(&*cluster.to_string_lossy());
    asked.is_ok_and(|command| ours(&command)).then_some(pid).into_iter().collect()
}

/// The process number in the first line of a `postmaster.pid`; negative in single-user mode.
pub(super) fn first_line(pid_file: &Path) -> Option<i32> {
    let text = fs::read_to_string(pid_file).ok()?;
    text.lines().next()?.trim().parse().ok().map(i32::abs)
}

fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    /// A process that looks like PostgreSQL to a scan: the name, and the directory it works in.
    fn pretend_postgres(cluster: &Path) -> Child {
        let program = cluster.join("postgres");
        fs::copy("/bin/sleep", &program).unwrap();
        Command::new(&program).arg("60").current_dir(cluster).spawn().unwrap()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_uses_the_cluster_is_ended_and_the_lock_files_go() {
        let cluster = tempfile::tempdir().unwrap();
        let mut orphan = pretend_postgres(cluster.path());
        fs::write(cluster.path().join("postmaster.pid"), format!("{}\n", orphan.id())).unwrap();
        fs::write(cluster.path().join(".s.PGSQL.5432.lock"), "").unwrap();
        let reaped = thread::spawn(move || orphan.wait().unwrap());
        clear(cluster.path(), Some(cluster.path())).unwrap();
        assert!(!reaped.join().unwrap().success());
        assert!(!cluster.path().join("postmaster.pid").exists());
        assert!(!cluster.path().join(".s.PGSQL.5432.lock").exists());
    }

    #[test]
    fn a_foreign_process_named_by_a_stale_file_is_left_alone() {
        let (cluster, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut foreign = pretend_postgres(elsewhere.path());
        fs::write(cluster.path().join("postmaster.pid"), format!("{}\n/x\n", foreign.id())).unwrap();
        clear(cluster.path(), None).unwrap();
        assert!(!cluster.path().join("postmaster.pid").exists());
        assert!(foreign.try_wait().unwrap().is_none(), "still running");
        foreign.kill().unwrap();
        foreign.wait().unwrap();
    }
}
