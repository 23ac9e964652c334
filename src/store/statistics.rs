//! What the database knows of its own tables. Postgres looks at most once a minute whether a table has grown; a first
//! synchronisation makes a hundred thousand users in that minute, and the plans that were kept from the empty table read
//! all of them for each. So the server looks itself, far more often and for growth alone.

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use super::Store;
use super::error::Error;
use super::statement::statement;

#[derive(QueryableByName)]
struct Outgrown {
    #[diesel(sql_type = Text)]
    name: String,
}

impl Store {
    /// Has the statistics of tables made anew that have outgrown them; returns their names. Several servers do not do it
    /// twice: a table that somebody else is at is passed over, as is one that is not ours.
    ///
    /// # Errors
    /// The database cannot be reached, or takes longer than it allows.
    pub async fn refresh_statistics(&self) -> Result<Vec<String>, Error> {
        let mut loan = self.loan().await?;
        let outgrown: Vec<Outgrown> = statement(OUTGROWN).load(&mut *loan).await?;
        // Each by itself: the tables of one command would be locked, and made wait for, one behind the other.
        for Outgrown { name } in &outgrown {
            loan.batch_execute(&format!("ANALYZE (SKIP_LOCKED) {name}")).await?;
        }
        Ok(outgrown.into_iter().map(|table| table.name).collect())
    }
}

// A table that has doubled, or was never looked at, as far as is known: what was counted is forgotten in a crash, and in an
// upgrade together with the statistics. One of a few hundred rows is read as a whole as fast as by key. Rows are what the
// database counted of what was committed, at most a second ago.
const OUTGROWN: &str = "
SELECT format('%I', relname) AS name FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND pg_has_role(relowner, 'USAGE')
    AND CASE WHEN coalesce(pg_stat_get_last_analyze_time(oid), pg_stat_get_last_autoanalyze_time(oid)) IS NULL
        THEN pg_stat_get_live_tuples(oid) > 500 OR pg_relation_size(oid) > 512 * 1024
        ELSE pg_stat_get_live_tuples(oid) > 500 + 2 * greatest(reltuples, 0) END
ORDER BY relname";
