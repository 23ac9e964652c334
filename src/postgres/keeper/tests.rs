//! The keeper against a real PostgreSQL. The keeper's process is this test program: a test runner started with the
//! arguments `testdb DIR` takes them for filters, and runs the one test that has the first in its name.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::super::{child, sql};
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn testdb_started_by_another_test_is_the_keeper() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "testdb").skip(1);
    let Some(dir) = arguments.next() else { return };
    let prepare = |url: String| async move {
        let client = sql::connect(&url).await.map_err(|error| error.to_string())?;
        client.batch_execute("CREATE TABLE kept (n int)").await.map_err(|error| error.to_string())?;
        // The session is still open: sealing the template must not depend on it.
        std::mem::forget(client);
        Ok(())
    };
    run(dir.as_ref(), prepare).await.unwrap();
}

async fn fresh(dir: &std::path::Path) -> Database {
    fresh_database(&std::env::current_exe().unwrap(), dir).await.unwrap()
}

async fn rows(url: &str) -> i64 {
    sql::connect(url).await.unwrap().query_one("SELECT count(*) FROM kept", &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_tests_at_once_each_get_their_own_copy() {
    let base = tempfile::tempdir().unwrap();
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let dir = base.path().join("keeper");
    let each = (0..12).map(|number| {
        let dir = dir.clone();
        tokio::spawn(async move {
            let database = fresh(&dir).await;
            let insert = format!("INSERT INTO kept SELECT generate_series(1, {number})");
            sql::connect(&database.url).await.unwrap().batch_execute(&insert).await.unwrap();
            assert_eq!(rows(&database.url).await, number);
            database
        })
    });
    let mut databases = Vec::new();
    for task in each.collect::<Vec<_>>() {
        databases.push(task.await.unwrap());
    }
    let urls: Vec<String> = databases.iter().map(|database| database.url.clone()).collect();
    databases.pop().unwrap().drop_now().await.unwrap();
    drop(databases);
    for url in urls {
        assert!(sql::connect(&url).await.is_err(), "{url} is still there");
    }
    end(&dir).await;
}

/// Ends the keeper of this test, rather than leave it to find out that nobody needs it.
async fn end(dir: &std::path::Path) {
    let (home, lock) = (home::Home::of(dir).unwrap(), fs::read_to_string(dir.join("data/lock")).unwrap());
    let pid: i32 = lock.lines().next().unwrap().parse().unwrap();
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM).unwrap();
    while home.dir().exists() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_that_does_not_come_up_is_quoted() {
    let base = tempfile::tempdir().unwrap();
    let program = base.path().join("program");
    fs::write(&program, "#!/bin/sh\necho the reason why\nexit 3\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let said = fresh_database(&program, &base.path().join("keeper")).await.unwrap_err().to_string();
    assert!(said.contains("exit status: 3") && said.contains("the reason why"), "{said}");
    assert_eq!(child::tail(&PathBuf::from(base.path()).join("keeper/keeper.log")), "the reason why");
}
