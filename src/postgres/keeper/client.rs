//! The tests' side: makes sure that a keeper runs, and clones a database.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::super::error::Error;
use super::super::{child, sql};
use super::home::{Home, Name};
use super::{PREFIX, TEMPLATE};

/// A first start may have to fetch PostgreSQL.
const START_PATIENCE: Duration = Duration::from_secs(600);
const POLL: Duration = Duration::from_millis(20);
/// `CREATE DATABASE` can choose how to copy since this version; copying files is the faster way without fsync.
const CHOOSES_STRATEGY: i32 = 150_000;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database of one test. Dropping it drops the database, whoever is still connected, and blocks for the tens of
/// milliseconds that takes; failures are passed over, since the keeper sweeps.
#[derive(Debug)]
pub struct Database {
    /// The connection string, in the form `key=value`.
    pub url: String,
    name: String,
    server: String,
    dropped: bool,
    _in_use: File,
}

impl Database {
    /// Drops the database now, without blocking the thread.
    ///
    /// # Errors
    /// [`Error::Sql`] when the server is gone or refuses.
    pub async fn drop_now(mut self) -> Result<(), Error> {
        self.dropped = true;
        drop_database(&self.server, &self.name).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.dropped {
            return;
        }
        let (server, name) = (std::mem::take(&mut self.server), std::mem::take(&mut self.name));
        // A thread of its own: the drop may happen inside a runtime, where one must not block on another.
        let work = move || -> Result<(), String> {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(drop_database(&server, &name)).map_err(|error| error.to_string())
        };
        if let Ok(Err(error)) = std::thread::spawn(work).join() {
            tracing::debug!(error, "a test's database was not dropped");
        }
    }
}

async fn drop_database(server: &str, name: &str) -> Result<(), Error> {
    let client = sql::connect(&sql::with_database(server, "postgres")).await?;
    let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql::quoted(name));
    client.batch_execute(&statement).await.map_err(Error::sql("drop a test's database"))
}

/// Gives a test a database of its own, a copy of the keeper's template. Starts the keeper when none runs, as
/// `PROGRAM testdb DIR`; that command should call [`super::run`]. Any number of tests may call at once, from any number of
/// processes.
///
/// # Errors
/// [`Error::Keeper`] with the end of the keeper's log when it does not come up, [`Error::Sql`] when copying fails.
pub async fn fresh_database(program: &Path, dir: &Path) -> Result<Database, Error> {
    let home = Home::of(dir)?;
    let mut attempts = 3;
    loop {
        let (server, in_use) = reach(program, &home).await?;
        match clone(&server).await {
            Ok(name) => {
                let url = sql::with_database(&server, &name);
                return Ok(Database { url, name, server, dropped: false, _in_use: in_use });
            }
            // Its keeper may have been killed a moment ago.
            Err(error) if attempts > 0 => tracing::debug!(%error, "trying again"),
            Err(error) => return Err(error),
        }
        attempts -= 1;
        tokio::time::sleep(POLL).await;
    }
}

async fn reach(program: &Path, home: &Home) -> Result<(String, File), Error> {
    let _turn = home.turn().await?;
    loop {
        if home.try_lock(Name::Keeper)?.is_some() {
            start_keeper(program, home).await?;
        }
        if let Some(server) = home.server() {
            return Ok((server, home.mark_used().await?));
        }
        // A keeper is being started whose starter is gone.
        tokio::time::sleep(POLL).await;
    }
}

/// Starts the keeper and waits until it has published how it is reached.
async fn start_keeper(program: &Path, home: &Home) -> Result<(), Error> {
    home.withdraw()?;
    let mut keeper = spawn(program, home)?;
    let begun = Instant::now();
    while home.server().is_none() {
        let ended = keeper.try_wait().map_err(Error::file("wait for the keeper in", home.dir()))?;
        if ended.is_some() || begun.elapsed() >= START_PATIENCE {
            let how =
                ended.map_or_else(|| "is not ready after 10 minutes".to_owned(), |status| format!("ended: {status}"));
            return Err(Error::Keeper(format!("the keeper {how}\n{}", child::tail(&home.log()))));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// It must hold none of the test's pipes: test runners wait until those are closed.
fn spawn(program: &Path, home: &Home) -> Result<Child, Error> {
    let log = home.log();
    let file = File::create(&log).map_err(Error::file("create", &log))?;
    let twin = file.try_clone().map_err(Error::file("open", &log))?;
    let mut command = Command::new(program);
    command.arg("testdb").arg(home.dir()).stdin(Stdio::null()).stdout(file).stderr(twin).current_dir("/");
    child::detach(&mut command);
    command
        .spawn()
        .map_err(|error| Error::Program { program: program.display().to_string(), reason: error.to_string() })
}

async fn clone(server: &str) -> Result<String, Error> {
    let client = sql::connect(&sql::with_database(server, "postgres")).await?;
    let strategy = if version(&client).await? >= CHOOSES_STRATEGY { " STRATEGY FILE_COPY" } else { "" };
    loop {
        let name = format!("{PREFIX}{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let statement = format!("CREATE DATABASE {} TEMPLATE {TEMPLATE}{strategy}", sql::quoted(&name));
        match client.batch_execute(&statement).await {
            Ok(()) => return Ok(name),
            // Left behind by an ended process that had the number which is ours now.
            Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => {}
            Err(error) => return Err(Error::sql("copy the template")(error)),
        }
    }
}

async fn version(client: &Client) -> Result<i32, Error> {
    let row = client
        .query_one("SELECT current_setting('server_version_num')::int", &[])
        .await
        .map_err(Error::sql("say its version"))?;
    Ok(row.get(0))
}
