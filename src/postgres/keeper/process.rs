//! The keeper itself: starts the server, has the template prepared, says where it is, and leaves when nobody needs it.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};
use tokio_postgres::Client;

use super::super::error::Error;
use super::super::{Cluster, Durability, Holder, Options, orphans, places, sql, start};
use super::home::{Home, Name};
use super::{PREFIX, TEMPLATE};

const IDLE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_secs(1);
const SWEEP: Duration = Duration::from_secs(10);

/// Runs in the detached keeper process until nobody has used the server for 20 s: starts a throwaway cluster in `dir`,
/// calls `prepare` once with the connection string of the template, publishes `dir/url`, and deletes `dir` at the end.
/// Returns at once when another keeper has `dir`. SIGTERM and SIGINT end it early.
///
/// # Errors
/// [`Error::Keeper`] with what `prepare` said, and those of [`start`]. `dir/keeper.log` stays in place then.
pub async fn run<F, Fut>(dir: &Path, prepare: F) -> Result<(), Error>
where
    F: FnOnce(String) -> Fut,
    Fut: Future<Output = Result<(), String>>,
{
    let home = Home::of(dir)?;
    home.create()?;
    let Some(_alive) = home.try_lock(Name::Keeper)? else {
        tracing::info!(dir = %home.dir().display(), "another keeper is at work");
        return Ok(());
    };
    home.withdraw()?;
    discard(&home).await?;
    let options = Options {
        data_dir: Some(home.data()),
        bin_dir: None,
        cache_dir: None,
        durability: Durability::Throwaway,
        holder: Holder::Server,
    };
    let cluster = start(options).await?;
    let kept = keep(&home, &cluster, prepare).await;
    home.withdraw()?;
    cluster.stop().await?;
    match kept {
        Ok(_locks) => home.remove(),
        Err(error) => discard(&home).await.and(Err(error)),
    }
}

/// Throws away the data of a keeper that was killed, and whatever still runs on them.
async fn discard(home: &Home) -> Result<(), Error> {
    let data = home.data();
    let work = move || {
        orphans::clear(&data.join("pg"), None)?;
        places::remove_dir(&data)
    };
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Error::SupervisorGone))
}

/// Returns the locks that keep tests away while everything is taken down.
async fn keep<F, Fut>(home: &Home, cluster: &Cluster, prepare: F) -> Result<Vec<File>, Error>
where
    F: FnOnce(String) -> Fut,
    Fut: Future<Output = Result<(), String>>,
{
    cluster.ensure_database(TEMPLATE).await?;
    prepare(cluster.url(TEMPLATE)).await.map_err(Error::Keeper)?;
    seal(&sql::connect(&cluster.url("postgres")).await?).await?;
    home.publish(&cluster.server())?;
    let failed = |source| Error::File { action: "listen to signals in", path: home.dir().to_owned(), source };
    let mut terminated = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(failed)?;
    tokio::select! {
        locks = unused(home, cluster) => locks,
        () = cluster.lost() => Err(Error::Keeper("the database was lost".to_owned())),
        _ = terminated.recv() => home.turn().await.map(|turn| vec![turn]),
        _ = interrupted.recv() => home.turn().await.map(|turn| vec![turn]),
    }
}

/// Makes the template one: a database with a session in it cannot be copied, so nobody may have one.
async fn seal(client: &Client) -> Result<(), Error> {
    const ACTION: &str = "seal the template";
    const SESSIONS: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    let alter = format!("ALTER DATABASE {TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false");
    client.batch_execute(&alter).await.map_err(Error::sql(ACTION))?;
    while !client.query(SESSIONS, &[&TEMPLATE]).await.map_err(Error::sql(ACTION))?.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Waits until nobody has used the server for a while.
async fn unused(home: &Home, cluster: &Cluster) -> Result<Vec<File>, Error> {
    let (mut used, mut swept) = (Instant::now(), Instant::now());
    loop {
        tokio::time::sleep(LOOK).await;
        if in_use(home, cluster).await? {
            used = Instant::now();
        }
        if used.elapsed() >= IDLE
            && let Some(locks) = close_the_door(home)?
        {
            return Ok(locks);
        }
        if swept.elapsed() >= SWEEP {
            swept = Instant::now();
            if let Err(error) = sweep(cluster).await {
                tracing::warn!(%error, "databases of ended tests could not be dropped");
            }
        }
    }
}

/// A test uses it, or somebody looks around by hand.
async fn in_use(home: &Home, cluster: &Cluster) -> Result<bool, Error> {
    const OTHERS: &str =
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    if home.try_lock(Name::Use)?.is_none() {
        return Ok(true);
    }
    // A server that is being restarted has no clients to lose.
    let Ok(client) = sql::connect(&cluster.url("postgres")).await else { return Ok(false) };
    let row = client.query_one(OTHERS, &[]).await.map_err(Error::sql("count its clients"))?;
    Ok(row.get::<_, i64>(0) > 0)
}

/// With both locks in hand no test can begin to use the server.
fn close_the_door(home: &Home) -> Result<Option<Vec<File>>, Error> {
    let Some(turn) = home.try_lock(Name::Start)? else { return Ok(None) };
    Ok(home.try_lock(Name::Use)?.map(|unused| vec![turn, unused]))
}

/// Drops the databases of test processes that ended without doing so.
async fn sweep(cluster: &Cluster) -> Result<(), Error> {
    const ACTION: &str = "drop a test's database";
    let client = sql::connect(&cluster.url("postgres")).await?;
    let rows = client.query("SELECT datname FROM pg_database", &[]).await.map_err(Error::sql(ACTION))?;
    for name in rows.iter().map(|row| row.get::<_, String>(0)).filter(|name| is_abandoned(name)) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql::quoted(&name));
        client.batch_execute(&drop).await.map_err(Error::sql(ACTION))?;
    }
    Ok(())
}

fn is_abandoned(database: &str) -> bool {
    let owner =
        database.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_')).and_then(|(pid, _)| pid.parse().ok());
    owner.is_some_and(|pid| kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_databases_of_ended_processes_are_abandoned() {
        assert!(!is_abandoned(&format!("{PREFIX}{}_1", std::process::id())));
        assert!(!is_abandoned("postgres"));
        assert!(!is_abandoned(TEMPLATE));
        let mut ended = std::process::Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        assert!(is_abandoned(&format!("{PREFIX}{}_1", ended.id())));
    }
}
