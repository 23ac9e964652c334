//! A database of a test's own with a standby that follows it, both real and both started by our own code.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use convoke::postgres::{self, Cluster, DATABASE, Durability, Holder};
use tempfile::TempDir;

use crate::scale::eventually;
use crate::support::sql;

/// The two, until it is dropped.
pub(crate) struct Replicated {
    primary: Cluster,
    standby: Cluster,
    _dir: TempDir,
}

impl Replicated {
    /// With the tables, and without a row.
    pub(crate) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        // The database of root runs as somebody else, who must be able to pass through.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o711)).unwrap();
        let (first, second) = (dir.path().join("primary"), dir.path().join("standby"));
        let primary = postgres::start(options(&first)).await.unwrap();
        primary.ensure_database(DATABASE).await.unwrap();
        convoke::store::migrate(&primary.url(DATABASE)).await.unwrap();
        primary.stop().await.unwrap();
        copy(&first, &second);
        let primary = postgres::start(options(&first)).await.unwrap();
        follow(&second.join("pg"), &primary.url(DATABASE));
        let standby = postgres::start(options(&second)).await.unwrap();
        Self { primary, standby, _dir: dir }
    }

    /// Where the primary is.
    pub(crate) fn primary(&self) -> String {
        self.primary.url(DATABASE)
    }

    /// Where the standby is.
    pub(crate) fn standby(&self) -> String {
        self.standby.url(DATABASE)
    }

    /// Keeps the standby from replaying what it receives, or lets it go on.
    pub(crate) async fn pause(&self, paused: bool) {
        let client = sql(&self.standby()).await;
        let word = if paused { "pause" } else { "resume" };
        client.batch_execute(&format!("SELECT pg_wal_replay_{word}()")).await.unwrap();
        // A pause holds from the next record on.
        let state = "SELECT pg_is_wal_replay_paused()";
        eventually("the replay follows", async || {
            client.query_one(state, &[]).await.unwrap().get::<_, bool>(0) == paused
        })
        .await;
    }

    /// Ends the standby.
    pub(crate) async fn lose_standby(self) -> (Cluster, TempDir) {
        self.standby.stop().await.unwrap();
        (self.primary, self._dir)
    }
}

fn options(dir: &Path) -> postgres::Options {
    postgres::Options {
        data_dir: Some(dir.to_owned()),
        bin_dir: None,
        cache_dir: None,
        // What is not on disk yet is not sent, so a throwaway primary would be followed with its every commit delayed.
        durability: Durability::Durable,
        holder: Holder::Server,
    }
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(status.success());
}

/// Makes a standby of a copied cluster. Whoever the database runs as must be able to read what is new there.
fn follow(cluster: &Path, primary: &str) {
    let settings = cluster.join("postgresql.auto.conf");
    let mut file = OpenOptions::new().append(true).open(settings).unwrap();
    writeln!(file, "primary_conninfo = '{}'", primary.replace('\'', "''")).unwrap();
    let signal = cluster.join("standby.signal");
    File::create(&signal).unwrap();
    fs::set_permissions(&signal, Permissions::from_mode(0o666)).unwrap();
}
