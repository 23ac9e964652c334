//! Spreads the tables over the nodes of a Citus cluster by the engine's own functions: every table with a `tenant_id` by
//! that column, all of them together, so that a tenant's rows lie on one node; every other table whole on every node. It
//! changes no table otherwise, and nothing at all unless everything can be done.
//!
//! Foreign keys are put aside meanwhile. With them in place the engine would take the tables that refer to a shared one
//! into its own keeping first, and it does not let go of one with an identity column.

use diesel::QueryableByName;
use diesel::sql_types::{Integer, Nullable, Text};
use diesel_async::{AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, TransactionManager};

use super::error::Error;
use super::pool::establish;
use super::statement::statement;

/// The oldest major version of the engine that keeps identity columns and policies of row security.
const OLDEST: i32 = 12;

/// Where a table's rows lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// On the node of their tenant.
    ByTenant,
    /// On every node.
    Everywhere,
}

/// A table, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its name.
    pub table: String,
    /// Where its rows lie now.
    pub placement: Placement,
    /// Whether they lay there before.
    pub before: bool,
}

/// Why nothing was distributed.
#[derive(Debug, thiserror::Error)]
pub enum NotDistributed {
    /// The database cannot, and what to do about it.
    #[error("{0}")]
    Refused(String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

#[derive(QueryableByName)]
struct Engine {
    #[diesel(sql_type = Nullable<Text>)]
    version: Option<String>,
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    /// How the engine has placed it: `h` by a column, `n` whole on every node.
    #[diesel(sql_type = Nullable<Text>)]
    method: Option<String>,
    #[diesel(sql_type = Integer)]
    tenants: i32,
}

#[derive(QueryableByName)]
struct ForeignKey {
    #[diesel(sql_type = Text)]
    aside: String,
    #[diesel(sql_type = Text)]
    back: String,
}

impl Table {
    const fn placement(&self) -> Placement {
        if self.tenants > 0 { Placement::ByTenant } else { Placement::Everywhere }
    }

    fn is_placed(&self) -> Result<bool, NotDistributed> {
        let wanted = match self.placement() {
            Placement::ByTenant => "h",
            Placement::Everywhere => "n",
        };
        match self.method.as_deref() {
            None => Ok(false),
            Some(method) if method == wanted => Ok(true),
            Some(_) => Err(NotDistributed::Refused(format!(
                "table {} is distributed in another way already; `SELECT undistribute_table('{}')` undoes that",
                self.name, self.name
            ))),
        }
    }
}

/// Distributes every table of a migrated database that is not distributed yet; tells of all of them. One transaction: it
/// locks the tables, and takes as long as the rows that are there already take to be moved.
///
/// # Errors
/// [`NotDistributed::Refused`] when the engine is missing or too old, or a table is distributed otherwise; nothing is
/// changed then.
pub async fn distribute(url: &str) -> Result<Vec<Placed>, NotDistributed> {
    let connected = establish(url).await;
    let mut connection = connected.map_err(|error| Error::Unavailable(error.to_string()))?;
    check_engine(&mut connection).await?;
    AnsiTransactionManager::begin_transaction_sql(&mut connection, "BEGIN").await.map_err(Error::from)?;
    // Whatever fails from here on is taken back when the connection ends.
    let placed = place_all(&mut connection).await?;
    AnsiTransactionManager::commit_transaction(&mut connection).await.map_err(Error::from)?;
    Ok(placed)
}

async fn check_engine(connection: &mut AsyncPgConnection) -> Result<(), NotDistributed> {
    let engine: Engine = statement("SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS version")
        .get_result(connection)
        .await
        .map_err(Error::from)?;
    let refused = |text: String| Err(NotDistributed::Refused(text));
    let Some(version) = engine.version else {
        return refused(
            "the database has no extension citus; install it on every node, put it into shared_preload_libraries, \
             restart them, and then CREATE EXTENSION citus in this database and add the nodes by citus_add_node"
                .to_owned(),
        );
    };
    match version.split('.').next().and_then(|major| major.parse::<i32>().ok()) {
        Some(major) if major >= OLDEST => Ok(()),
        _ => refused(format!(
            "the extension citus is {version}, and {OLDEST} or later is needed; install it on every node and then \
             ALTER EXTENSION citus UPDATE"
        )),
    }
}

async fn place_all(connection: &mut AsyncPgConnection) -> Result<Vec<Placed>, NotDistributed> {
    // The tables refer to each other, so the engine must not change them over several connections at once.
    statement("SELECT set_config('citus.multi_shard_modify_mode', 'sequential', true)")
        .execute(connection)
        .await
        .map_err(Error::from)?;
    let tables: Vec<Table> = statement(TABLES).load(connection).await.map_err(Error::from)?;
    let mut placed = Vec::with_capacity(tables.len());
    for table in &tables {
        placed.push(Placed { table: table.name.clone(), placement: table.placement(), before: table.is_placed()? });
    }
    if placed.iter().any(|placed| !placed.before) {
        let keys: Vec<ForeignKey> = statement(FOREIGN_KEYS).load(connection).await.map_err(Error::from)?;
        for key in &keys {
            define(connection, &key.aside).await?;
        }
        place(connection, &placed).await?;
        for key in &keys {
            define(connection, &key.back).await?;
        }
    }
    Ok(placed)
}

/// Places what is not placed yet: shared tables first, then those of tenants beside the first of them.
async fn place(connection: &mut AsyncPgConnection, tables: &[Placed]) -> Result<(), Error> {
    let of = |placement| tables.iter().filter(move |table| table.placement == placement);
    for table in of(Placement::Everywhere).filter(|table| !table.before) {
        statement("SELECT create_reference_table($1::text::regclass)")
            .bind::<Text, _>(&table.table)
            .execute(connection)
            .await?;
    }
    let mut beside = of(Placement::ByTenant).find(|table| table.before).map(|table| table.table.as_str());
    for table in of(Placement::ByTenant).filter(|table| !table.before) {
        statement("SELECT create_distributed_table($1::text::regclass, 'tenant_id', colocate_with => $2)")
            .bind::<Text, _>(&table.table)
            .bind::<Text, _>(beside.unwrap_or("none"))
            .execute(connection)
            .await?;
        beside = beside.or(Some(&table.table));
    }
    Ok(())
}

/// Executes a definition that the catalogue has written.
async fn define(connection: &mut AsyncPgConnection, definition: &str) -> Result<(), Error> {
    statement("SELECT set_config('convoke.definition', $1, true)")
        .bind::<Text, _>(definition)
        .execute(connection)
        .await?;
    statement("DO $$ BEGIN EXECUTE current_setting('convoke.definition'); END $$").execute(connection).await?;
    Ok(())
}

// The record of migrations is the coordinator's own.
const TABLES: &str = "
SELECT c.relname::text AS name, p.partmethod::text AS method, (
    SELECT count(*)::int FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
) AS tenants
FROM pg_class c LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
    AND c.relname <> '__diesel_schema_migrations'
ORDER BY c.relname";

const FOREIGN_KEYS: &str = "
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS aside,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS back
FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
ORDER BY conrelid::regclass::text, conname";
