//! Brings a database's tables up to what this build expects, and back. The migrations are part of the binary.

use diesel::migration::MigrationSource;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::error::Error;
use super::pool::establish;
use super::statement::statement;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any fixed number: servers that start at once take this lock in turn. It guards the migrations only.
const LOCK: i64 = 0x434f_4e56_4f4b_4501;

/// Applies what is missing; returns the names of what was applied.
///
/// # Errors
/// The database cannot be reached, or a migration fails; those before it stay applied.
pub async fn migrate(url: &str) -> Result<Vec<String>, Error> {
    run(url, |harness| harness.run_pending_migrations(MIGRATIONS)).await
}

/// Undoes every migration, newest first.
///
/// # Errors
/// The database cannot be reached, or a `down.sql` fails.
pub async fn revert_all(url: &str) -> Result<Vec<String>, Error> {
    run(url, |harness| harness.revert_all_migrations(MIGRATIONS)).await
}

/// The names of the migrations the database lacks.
///
/// # Errors
/// The database cannot be reached.
pub async fn pending(url: &str) -> Result<Vec<String>, Error> {
    let mut harness = AsyncMigrationHarness::new(connect(url).await?);
    let pending = MigrationHarness::<diesel::pg::Pg>::pending_migrations(&mut harness, MIGRATIONS).map_err(failed)?;
    Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
}

/// Version and name of every migration in the binary, in order.
pub(super) fn known() -> Result<Vec<(String, String)>, Error> {
    let migrations = MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS).map_err(failed)?;
    let mut known: Vec<_> = migrations
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect();
    known.sort();
    Ok(known)
}

type Harness = AsyncMigrationHarness<AsyncPgConnection>;
type Applied<'a> = diesel::migration::Result<Vec<diesel::migration::MigrationVersion<'a>>>;

async fn run(url: &str, work: impl FnOnce(&mut Harness) -> Applied<'_>) -> Result<Vec<String>, Error> {
    let mut connection = connect(url).await?;
    statement("SELECT pg_advisory_lock($1)")
        .bind::<diesel::sql_types::BigInt, _>(LOCK)
        .execute(&mut connection)
        .await?;
    // The lock goes with the connection.
    let mut harness = AsyncMigrationHarness::new(connection);
    let applied = work(&mut harness).map_err(failed)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

async fn connect(url: &str) -> Result<AsyncPgConnection, Error> {
    establish(url).await.map_err(|error| Error::Unavailable(error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "takes what map_err hands over")]
fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Unexpected(diesel::result::Error::QueryBuilderError(error.to_string().into()))
}
