//! The database, the server in a process of its own, and one tenant with a token.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use convoke::postgres::{self, Cluster, DATABASE, Durability, Holder};
use serde_json::Value;
use tempfile::TempDir;

use super::http::Connection;
use super::{processor, resident};

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_convoke");
/// The slug of the tenant.
pub(crate) const TENANT: &str = "load";

/// Everything that runs.
pub(crate) struct Site {
    /// How the database is reached.
    pub(crate) database_url: String,
    /// `HOST:PORT` of the server.
    pub(crate) address: String,
    /// Its socket in the file system.
    socket: PathBuf,
    /// The tenant's token.
    pub(crate) token: String,
    /// From the start of the program to its being ready, on a database that is there.
    pub(crate) start_up: Duration,
    server: Server,
    cluster: Option<Cluster>,
    _dir: TempDir,
}

impl Site {
    /// Starts everything, on a private durable database unless there is one.
    pub(crate) async fn open(database_url: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (database_url, cluster) = database(database_url, dir.path()).await;
        command(&database_url, &["migrate"]);
        command(&database_url, &["tenant", "create", TENANT]);
        let token = command(
            &database_url,
            &["token", "create", "--tenant", TENANT, "--scope", "scim", "--scope", "admin:read"],
        );
        let (ready, socket) = (dir.path().join("ready.json"), dir.path().join("http.sock"));
        let begun = Instant::now();
        let server = serve(&database_url, &ready, &socket);
        let address = address(&ready).await;
        Self { database_url, address, socket, token, start_up: begun.elapsed(), server, cluster, _dir: dir }
    }

    /// A connection to the database.
    pub(crate) async fn sql(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.database_url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A connection to the server, by TCP.
    pub(crate) async fn connect(&self) -> Connection {
        Connection::open(&self.address, &self.token).await
    }

    /// The same by its socket in the file system, as pgbench is connected to the database.
    pub(crate) async fn connect_locally(&self) -> Connection {
        Connection::open_at(&self.socket, &self.address, &self.token).await.unwrap()
    }

    /// Processor time the server has used; nothing where that cannot be read.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        processor::used(self.server.0.id())
    }

    /// Memory the server has, in mebibytes; nothing where that cannot be read.
    pub(crate) fn resident_mib(&self) -> Option<u64> {
        resident::mib(self.server.0.id())
    }

    /// Stops everything.
    pub(crate) async fn close(mut self) {
        self.server.end();
        if let Some(cluster) = self.cluster.take() {
            cluster.stop().await.unwrap();
        }
    }
}

async fn database(url: Option<&str>, dir: &Path) -> (String, Option<Cluster>) {
    if let Some(url) = url {
        return (url.to_owned(), None);
    }
    let cluster = cluster(dir).await;
    cluster.ensure_database(DATABASE).await.unwrap();
    (cluster.url(DATABASE), Some(cluster))
}

/// A private durable Postgres with its data below this folder.
pub(crate) async fn cluster(dir: &Path) -> Cluster {
    // The database of root runs as somebody else, who must be able to pass through.
    std::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
    let options = postgres::Options {
        data_dir: Some(dir.join("data")),
        bin_dir: None,
        cache_dir: None,
        durability: Durability::Durable,
        holder: Holder::Server,
    };
    postgres::start(options).await.unwrap()
}

/// Runs a command to its end; what it printed.
fn command(database_url: &str, arguments: &[&str]) -> String {
    let ran = program(database_url).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}");
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

fn program(database_url: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env("DATABASE_URL", database_url).stdin(Stdio::null());
    command
}

/// The program, for as long as the driver lives.
struct Server(Child);

impl Server {
    fn end(&mut self) {
        // It is ours, and has nothing left to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn serve(database_url: &str, ready: &Path, socket: &Path) -> Server {
    let (ready, socket) = (ready.to_str().unwrap(), socket.to_str().unwrap());
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--socket", socket, "--ready-file", ready, "--log", "warn"];
    // It is to be measured, not to be kept from working.
    let limits = ["CONVOKE_TENANT_RATE", "CONVOKE_CREDENTIAL_RATE"].map(|name| (name, "off"));
    program(database_url).args(arguments).envs(limits).stdout(Stdio::null()).spawn().map(Server).unwrap()
}

async fn address(ready: &PathBuf) -> String {
    while !ready.exists() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let ready: Value = serde_json::from_slice(&std::fs::read(ready).unwrap()).unwrap();
    ready["base_url"].as_str().unwrap().trim_start_matches("http://").to_owned()
}
