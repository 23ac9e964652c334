//! Looks at a database without changing it, for `convoke doctor`: the session is read-only.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::error::Error;
use super::migrate;
use super::pool::establish;
use super::statement::statement;

/// What a database is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The version as Postgres says it: `15.20`.
    pub version: String,
    /// Its first number.
    pub major: i32,
    /// The database's clock.
    pub now: DateTime<Utc>,
    /// Migrations of this build that it lacks, by name.
    pub missing: Vec<String>,
    /// Migrations it has and this build does not know: a newer release was here.
    pub unknown: Vec<String>,
    /// Live keys that tokens are signed with; `None` when their table is not there.
    pub signing_keys: Option<i64>,
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    migrated: bool,
    #[diesel(sql_type = Bool)]
    keyed: bool,
}

#[derive(QueryableByName)]
struct Versions {
    #[diesel(sql_type = Array<Text>)]
    versions: Vec<String>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    live: i64,
}

/// Looks at a database.
///
/// # Errors
/// The database cannot be reached.
pub async fn inspect(url: &str) -> Result<Inspection, Error> {
    let mut connection = establish(url).await.map_err(|error| Error::Unavailable(error.to_string()))?;
    statement("SET default_transaction_read_only = on").execute(&mut connection).await?;
    let server: Server = statement(
        "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
         clock_timestamp() AS now, to_regclass('__diesel_schema_migrations') IS NOT NULL AS migrated,
         to_regclass('signing_keys') IS NOT NULL AS keyed",
    )
    .get_result(&mut connection)
    .await?;
    let applied = if server.migrated { applied(&mut connection).await? } else { BTreeSet::new() };
    let signing_keys = if server.keyed { Some(signing_keys(&mut connection).await?) } else { None };
    let known = migrate::known()?;
    let missing = known.iter().filter(|(version, _)| !applied.contains(version)).map(|(_, name)| name.clone());
    let unknown = applied.iter().filter(|version| known.iter().all(|(known, _)| known != *version)).cloned();
    Ok(Inspection {
        version: server.version,
        major: server.number / 10_000,
        now: server.now,
        missing: missing.collect(),
        unknown: unknown.collect(),
        signing_keys,
    })
}

async fn applied(connection: &mut AsyncPgConnection) -> Result<BTreeSet<String>, Error> {
    let rows: Versions =
        statement("SELECT coalesce(array_agg(version::text), '{}') AS versions FROM __diesel_schema_migrations")
            .get_result(connection)
            .await?;
    Ok(rows.versions.into_iter().collect())
}

async fn signing_keys(connection: &mut AsyncPgConnection) -> Result<i64, Error> {
    let row: Count =
        statement("SELECT count(*) AS live FROM signing_keys WHERE retired_at IS NULL").get_result(connection).await?;
    Ok(row.live)
}
