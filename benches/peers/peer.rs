//! A server of somebody else's: installed below the build's folder for temporary files, started on a free port of loopback,
//! ended by its process id.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::distr::{Alphanumeric, SampleString};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use super::http::Call;
use super::link::Link;
use super::resident::children;

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long it may take to end when asked to.
const GRACE: Duration = Duration::from_secs(10);

/// A server of somebody else's that runs.
pub(crate) struct Peer {
    /// `HOST:PORT`.
    pub(crate) address: String,
    pub(crate) token: String,
    child: Child,
    process: u32,
}

impl Peer {
    /// Installs it unless it is there; its name and version.
    ///
    /// # Errors
    /// The last that was said.
    pub(crate) async fn install(name: &str) -> Result<String, String> {
        let ran = Command::new(script("install.sh"))
            .arg(name)
            .arg(folder(name))
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(|error| format!("not installed: {error}"))?;
        let last = |said: &[u8]| String::from_utf8_lossy(said).lines().last().unwrap_or_default().trim().to_owned();
        let said = last(&ran.stdout);
        if ran.status.success() {
            return Ok(said);
        }
        Err(format!("not installed: {}", if said.is_empty() { last(&ran.stderr) } else { said }))
    }

    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// It ends, or does not answer in time.
    pub(crate) async fn start(name: &str, database: &str) -> Result<Self, String> {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let token = Alphanumeric.sample_string(&mut rand::rng(), 32);
        let log = std::fs::File::create(folder(name).join("log")).unwrap();
        let child = Command::new(script("start.sh"))
            .args([name, folder(name).to_str().unwrap(), &port.to_string(), &token])
            .env("PEER_DATABASE", database.replace('\'', ""))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("not started: {error}"))?;
        let process = child.id().unwrap();
        let mut peer = Self { address: format!("127.0.0.1:{port}"), token, child, process };
        peer.ready().await.map(|()| peer)
    }

    async fn ready(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        while TcpStream::connect(&self.address).await.is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Err(format!("not started: {status}"));
            }
            if begun.elapsed() > PATIENCE {
                return Err("not started: it does not listen".to_owned());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // What is made at the first request is made before anything counts.
        Link::to(&self.address, &self.token).send(&Call::get("/ServiceProviderConfig")).await.map(|_| ())
    }

    /// The process that was started; others may have come of it.
    pub(crate) const fn process(&self) -> u32 {
        self.process
    }

    /// Asks it to end, and ends what is left of it then.
    pub(crate) async fn stop(mut self) {
        let workers = children(self.process);
        signal(self.process, Signal::SIGTERM);
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            self.child.kill().await.unwrap();
            workers.into_iter().for_each(|worker| signal(worker, Signal::SIGKILL));
        }
    }
}

/// Sends a signal to a process of ours that may have ended.
fn signal(process: u32, signal: Signal) {
    let _ = kill(Pid::from_raw(process.cast_signed()), signal);
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers").join(name)
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers").join(name)
}
