//! The whole room against a real PostgreSQL: what must survive which kill. The process to be killed is this test program,
//! started once more for one test that acts as a server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::*;

/// Names the data directory to the process that acts as a server.
const SERVE: &str = "CONVOKE_TEST_SERVE";
const PATIENCE: Duration = Duration::from_secs(60);

/// A temporary directory that root's database may pass through.
fn base() -> TempDir {
    let base = tempfile::tempdir().unwrap();
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o711)).unwrap();
    base
}

fn options(data_dir: &Path) -> Options {
    Options {
        data_dir: Some(data_dir.to_owned()),
        bin_dir: None,
        cache_dir: None,
        durability: Durability::Throwaway,
        holder: Holder::Server,
    }
}

async fn execute(url: &str, statement: &str) -> Result<(), Error> {
    sql::connect(url).await?.batch_execute(statement).await.map_err(Error::sql("serve a test"))
}

async fn count(url: &str) -> i64 {
    sql::connect(url).await.unwrap().query_one("SELECT count(*) FROM kept", &[]).await.unwrap().get(0)
}

/// The number of the postmaster, once it accepts connections and is not `known`.
async fn postmaster(data_dir: &Path, known: i32) -> i32 {
    let file = data_dir.join("pg/postmaster.pid");
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let ready =
            fs::read_to_string(&file).is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"));
        match orphans::first_line(&file) {
            Some(pid) if ready && pid != known => return pid,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    panic!("no new postmaster in {}", data_dir.display());
}

fn kill_hard(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_finds_what_the_first_one_wrote() {
    let (base, begun) = (base(), Instant::now());
    let dir = base.path().join("data");
    let first = start(options(&dir)).await.unwrap();
    assert!(first.is_new());
    assert!(first.ensure_database("convoke").await.unwrap());
    assert!(!first.ensure_database("convoke").await.unwrap());
    execute(&first.url("convoke"), "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)").await.unwrap();
    first.stop().await.unwrap();
    assert!(!dir.join("connection").exists() && !dir.join("pg/postmaster.pid").exists());
    let second = start(options(&dir)).await.unwrap();
    assert!(!second.is_new());
    assert_eq!(count(&second.url("convoke")).await, 1);
    second.stop().await.unwrap();
    assert!(begun.elapsed() < PATIENCE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_uses_the_database_of_the_running_server_else_its_own() {
    let base = base();
    let dir = base.path().join("data");
    let own = attach_or_start(options(&dir)).await.unwrap();
    assert!(own.is_own());
    execute(own.url(), "CREATE TABLE kept (n int)").await.unwrap();
    own.release().await.unwrap();
    let server = start(options(&dir)).await.unwrap();
    let shared = attach_or_start(options(&dir)).await.unwrap();
    assert!(!shared.is_own());
    assert_eq!(count(shared.url()).await, 0);
    shared.release().await.unwrap();
    assert_eq!(count(&server.url(DATABASE)).await, 0, "the server's database goes on");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_postmaster_is_started_again_but_the_fifth_time_is_the_last() {
    let base = base();
    let dir = base.path().join("data");
    let cluster = start(options(&dir)).await.unwrap();
    let mut pid = postmaster(&dir, 0).await;
    for _ in 1..5 {
        kill_hard(pid);
        pid = postmaster(&dir, pid).await;
        execute(&cluster.url("postgres"), "SELECT 1").await.unwrap();
        assert!(tokio::time::timeout(Duration::ZERO, cluster.lost()).await.is_err());
    }
    kill_hard(pid);
    tokio::time::timeout(PATIENCE, cluster.lost()).await.unwrap();
    cluster.stop().await.unwrap();
}

/// Not a test of its own: what the next one kills.
#[tokio::test(flavor = "multi_thread")]
async fn act_as_a_server() {
    let Some(dir) = places::environment(SERVE).map(PathBuf::from) else { return };
    let cluster = start(Options { durability: Durability::Durable, ..options(&dir) }).await.unwrap();
    cluster.lost().await;
}

async fn killed_while_running(kills_postmaster_too: bool) {
    let base = base();
    let dir = base.path().join("data");
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "postgres::tests::act_as_a_server"])
        .env(SERVE, &dir)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let pid = postmaster(&dir, 0).await;
    let url = sql::url(&dir.join("run"), "postgres");
    execute(&url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1), (2)").await.unwrap();
    if kills_postmaster_too {
        kill_hard(pid);
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let next = start(options(&dir)).await.unwrap();
    assert_eq!(count(&next.url("postgres")).await, 2);
    assert_ne!(postmaster(&dir, 0).await, pid);
    next.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_loses_nothing() {
    killed_while_running(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_together_with_its_database_loses_nothing() {
    killed_while_running(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_directory_of_another_major_is_refused_unchanged() {
    let base = base();
    let cluster = base.path().join("pg");
    fs::create_dir(&cluster).unwrap();
    fs::write(cluster.join("PG_VERSION"), "999\n").unwrap();
    let said = start(options(base.path())).await.unwrap_err().to_string();
    assert!(said.contains("was made by PostgreSQL 999, and only its own major version can open it"), "{said}");
    assert_eq!(fs::read_dir(&cluster).unwrap().count(), 1);
}
