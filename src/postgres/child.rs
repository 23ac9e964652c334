//! Starts children that cannot outlive the thread that started them, and reads the end of what they said. The only room of
//! the program with unsafe code: the two calls between fork and exec that the standard library does not offer.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use nix::sys::signal::Signal;

use super::error::Error;

/// Has the kernel send `signal` to the child when the **thread** that starts it ends, however it ends.
///
/// Linux counts the thread, not the process, so the caller must start the child from a thread that lives as long as the
/// child should. Elsewhere there is no such call, and the next start finds and ends what was left behind.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the standard library has no safe form of prctl(PR_SET_PDEATHSIG)")]
pub(super) fn end_with_this_thread(command: &mut Command, signal: Signal) {
    let parent = nix::unistd::getpid();
    let ask = move || {
        nix::sys::prctl::set_pdeathsig(signal)?;
        // If we died before the call above, the signal is never sent.
        if nix::unistd::getppid() == parent { Ok(()) } else { Err(io::Error::from_raw_os_error(nix::libc::ESRCH)) }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; prctl and getppid are, and nothing allocates.
    unsafe { command.pre_exec(ask) };
}

/// Only Linux can tie a child to its parent; elsewhere the next start finds and ends what was left behind.
#[cfg(not(target_os = "linux"))]
pub(super) fn end_with_this_thread(_command: &mut Command, _signal: Signal) {}

/// Puts the child in a session of its own, so that no terminal and no test runner ends it together with us.
#[expect(unsafe_code, reason = "the standard library has no safe form of setsid")]
pub(super) fn detach(command: &mut Command) {
    // SAFETY: setsid is async-signal-safe, and nothing here allocates.
    unsafe { command.pre_exec(|| nix::unistd::setsid().map(drop).map_err(io::Error::from)) };
}

/// Runs `command` to its end and returns its standard output.
///
/// # Errors
/// [`Error::Program`] with the end of what it said when it cannot be started or fails.
pub(super) fn run(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.output().map_err(|error| Error::Program { program: program.clone(), reason: error.to_string() })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Error::Program { program, reason: format!("{}\n{}", output.status, last_words(&output)) })
}

/// The last lines a program wrote, standard error first choice.
fn last_words(output: &Output) -> String {
    let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    last_lines(&String::from_utf8_lossy(said), 8)
}

/// The last `count` lines of `text`.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// The end of a log file, at most a few kilobytes; empty when there is none.
pub(super) fn tail(path: &Path) -> String {
    const ENOUGH: u64 = 4096;
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(ENOUGH)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    last_lines(&String::from_utf8_lossy(&read().unwrap_or_default()), 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_carries_the_status_and_the_last_words() {
        let said = run(Command::new("sh").args(["-c", "echo out; echo why >&2; exit 3"])).unwrap_err().to_string();
        assert!(said.contains("exit status: 3") && said.ends_with("why"), "{said}");
        assert!(run(&mut Command::new("/no/such/program")).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_ends_with_the_thread_that_started_it() {
        let start = || {
            let mut command = Command::new("sleep");
            command.arg("60");
            end_with_this_thread(&mut command, Signal::SIGKILL);
            command.spawn().unwrap()
        };
        let mut child = std::thread::spawn(start).join().unwrap();
        assert!(!child.wait().unwrap().success(), "killed long before its minute was over");
    }

    #[test]
    fn only_the_end_of_a_log_is_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines: Vec<String> = (0..2000).map(|number| format!("line {number}")).collect();
        std::fs::write(file.path(), lines.join("\n")).unwrap();
        assert_eq!(tail(file.path()).lines().count(), 12);
        assert!(tail(file.path()).ends_with("line 1999"));
        assert_eq!(tail(Path::new("/no/such/log")), "");
    }
}
