//! The only room that speaks SQL. Functions take an open [`TenantTx`], so no query of a tenant can be built without its
//! scope; rules, events and transaction borders are the domain's. Lists and look-ups use Diesel's query builder over
//! `tables.rs`; statements that change rows in O(change) are written out in SQL, one constant each.

mod chunks;
pub mod clients;
pub mod effective;
mod error;
mod events;
mod filter;
pub mod grants;
mod group_users;
pub mod groups;
pub mod idempotency;
mod inspect;
mod keys;
mod leniencies;
pub mod listing;
mod locate;
pub mod memberships;
mod migrate;
pub mod nesting;
pub mod numbered;
pub mod partners;
pub mod placing;
mod pool;
pub mod reading;
mod statement;
mod tables;
pub mod tenant_list;
pub mod tenants;
mod token_list;
pub mod tokens;
mod trail;
mod transaction;
pub mod unique;
pub mod users;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::bb8::Pool;

pub use chunks::Chunks;
pub use error::Error;
pub(crate) use filter::{GROUPS, unanswerable};
pub use inspect::{Inspection, inspect};
pub use migrate::{migrate, pending, revert_all};
pub use pool::Options;
pub use transaction::{Attempts, PlatformTx, TenantTx};

use crate::model::connections::Connections;

/// The database, through a pool of connections.
#[derive(Clone)]
pub struct Store {
    pool: Pool<AsyncPgConnection>,
    most: u32,
}

impl Store {
    /// Connects.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn connect(options: &Options) -> Result<Self, Error> {
        Ok(Self { pool: pool::open(options).await?, most: options.max_connections })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), Error> {
        use diesel_async::RunQueryDsl;
        let mut loan = self.loan().await?;
        statement::statement("SELECT 1").execute(&mut *loan).await?;
        Ok(())
    }

    /// The state of the connections.
    #[must_use]
    pub fn connections(&self) -> Connections {
        let state = self.pool.state();
        Connections {
            busy: state.connections.saturating_sub(state.idle_connections),
            idle: state.idle_connections,
            most: self.most,
            waits: state.statistics.get_waited,
            timeouts: state.statistics.get_timed_out,
        }
    }

    async fn loan(&self) -> Result<pool::Loan, Error> {
        Ok(self.pool.get_owned().await?)
    }
}
