//! The real binary, run as a user would: without our environment, in a folder of its own.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use super::database::program;

/// How long a server may take to start or to stop. A first start makes a database cluster on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder to run the program in, and the database it works on.
pub(crate) struct Program {
    dir: TempDir,
    database_url: Option<String>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; -1 when a signal ended it.
    pub(crate) code: i32,
    /// All of standard output.
    pub(crate) stdout: String,
    /// All of standard error.
    pub(crate) stderr: String,
}

impl Program {
    /// On a private database in the folder's `data`.
    pub(crate) fn private() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        // The database of root runs as somebody else, who must be able to pass through.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o711)).expect("it is ours");
        Self { dir, database_url: None }
    }

    /// On a database that is there already.
    pub(crate) fn on(url: &str) -> Self {
        Self { database_url: Some(url.to_owned()), ..Self::private() }
    }

    /// The folder: working directory of every command.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A command, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        let ours =
            std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("CONVOKE_"));
        ours.for_each(|name| {
            command.env_remove(name);
        });
        command.env_remove("DATABASE_URL").env("CONVOKE_DATA_DIR", self.dir().join("data"));
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url);
        }
        command.args(arguments).current_dir(self.dir()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("the program runs");
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Runs a command that must succeed; its standard output without the last line's end.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.stdout.trim_end_matches('\n').to_owned()
    }

    /// Starts `serve` on a free port and waits for its ready file.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Served {
        let at = |name: &str| self.dir().join(name);
        let ready_file = at("ready.json");
        let (stdout, stderr) = (at("stdout"), at("stderr"));
        let create = |path: &PathBuf| File::create(path).expect("a file in our own folder");
        let mut command = self.command(&["serve"]);
        // By the environment, so that a test may say otherwise by a flag.
        command.env("CONVOKE_LISTEN", "127.0.0.1:0").env("CONVOKE_READY_FILE", &ready_file).args(arguments);
        // One of an earlier run says nothing about this one.
        let _ = fs::remove_file(&ready_file);
        let child = command.stdout(create(&stdout)).stderr(create(&stderr)).spawn().expect("the program runs");
        let mut served = Served { child, ready: Value::Null, stdout, stderr };
        served.await_ready(&ready_file);
        served
    }
}

/// A server in a process of its own; killed when dropped.
pub(crate) struct Served {
    child: Child,
    /// What the ready file said.
    pub(crate) ready: Value,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Served {
    fn await_ready(&mut self, path: &Path) {
        let begun = Instant::now();
        while !path.exists() {
            let ended = self.child.try_wait().expect("our own child");
            assert!(ended.is_none() && begun.elapsed() < PATIENCE, "not ready: {ended:?}\n{}", self.stderr());
            sleep(Duration::from_millis(10));
        }
        self.ready = serde_json::from_str(&fs::read_to_string(path).expect("it exists")).expect("whole JSON");
    }

    /// Where it listens, without a path.
    pub(crate) fn base_url(&self) -> &str {
        self.ready["base_url"].as_str().expect("the ready file says it")
    }

    /// What it has printed so far.
    pub(crate) fn stdout(&self) -> String {
        fs::read_to_string(&self.stdout).expect("a file in our own folder")
    }

    /// What it has logged so far.
    pub(crate) fn stderr(&self) -> String {
        fs::read_to_string(&self.stderr).expect("a file in our own folder")
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"))
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("our own child");
    }

    /// Waits for its end; the exit code, or -1 after a signal.
    pub(crate) fn wait(&mut self) -> i32 {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("our own child") {
                return status.code().unwrap_or(-1);
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end\n{}", self.stderr());
            sleep(Duration::from_millis(10));
        }
    }

    /// Asks it to stop and waits; the exit code.
    pub(crate) fn stop(mut self) -> i32 {
        self.signal(Signal::SIGTERM);
        self.wait()
    }

    /// Kills it as a crash would.
    pub(crate) fn crash(mut self) {
        self.signal(Signal::SIGKILL);
        self.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already unless the test failed; its database then ends by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "the server said:\n{}", self.stderr());
        }
    }
}
