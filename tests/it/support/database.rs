//! Databases: one keeper serves all tests of a build, and every test gets a copy of its template.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use convoke::postgres::keeper::{Database, fresh_database};

/// The program under test.
pub(super) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_convoke"))
}

/// A migrated database without a row. It goes when the value is dropped.
pub(crate) async fn database() -> Database {
    fresh_database(program(), &keeper_dir()).await.expect("the keeper gives out databases")
}

/// The keeper belongs to one build: another one may have other tables. Not under the home of root, which the database's
/// user cannot enter.
fn keeper_dir() -> PathBuf {
    let built = std::fs::metadata(program()).expect("cargo has built the program");
    let changed = built.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let mut hasher = DefaultHasher::new();
    (program(), built.len(), changed, nix::unistd::geteuid().as_raw()).hash(&mut hasher);
    std::env::temp_dir().join(format!("convoke-test-{:016x}", hasher.finish()))
}

/// A connection of one's own, for looking behind the server's back.
pub(crate) async fn sql(url: &str) -> tokio_postgres::Client {
    let (client, connection) =
        tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the test's database answers");
    tokio::spawn(connection);
    client
}
