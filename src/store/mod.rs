//! The only room that speaks SQL. Functions take an open [`TenantTx`], so no query of a tenant can be built without its
//! scope; rules, events and transaction borders are the domain's. Lists and look-ups use Diesel's query builder over
//! `tables.rs`; statements that change rows in O(change) are written out in SQL, one constant each.

mod assertions;
mod awake;
mod chunks;
pub mod client_access;
pub mod clients;
mod distribute;
mod document;
pub mod effective;
mod error;
mod events;
mod filter;
mod fixed;
mod gather;
pub mod grants;
mod group_users;
pub mod groups;
pub mod idempotency;
mod inspect;
mod keys;
mod leniencies;
pub mod listing;
mod locate;
mod look_ups;
pub mod member_lists;
pub mod memberships;
mod memory;
mod migrate;
pub mod nesting;
pub mod new_users;
pub mod numbered;
pub mod partners;
pub mod placing;
mod pool;
pub mod reading;
mod replica;
pub mod signing_keys;
pub mod single_moves;
mod statement;
mod statistics;
mod tables;
pub mod tenant_list;
pub mod tenants;
mod token_list;
pub mod tokens;
mod trail;
mod transaction;
pub mod unique;
pub mod users;
mod watch;

use std::sync::Arc;

pub use chunks::Chunks;
pub use distribute::{NotDistributed, Placed, Placement, distribute};
pub use error::Error;
pub(crate) use filter::{GROUPS, unanswerable};
pub(crate) use gather::Gather;
pub use inspect::{Inspection, inspect};
pub use look_ups::{GroupAndMembers, UserAndGroups, UserName};
pub use memory::Remember;
pub use migrate::{migrate, pending, revert_all};
pub use pool::Options;
pub use replica::{Reads, ReplicaFound, look_at_replica};
pub use transaction::{Attempts, PlatformTx, TenantTx};

use crate::model::connections::Connections;
use crate::model::replica::ReplicaUse;

/// The database, through a pool of connections.
#[derive(Clone)]
pub struct Store {
    pool: pool::Pool,
    most: u32,
    row_security: bool,
    memory: Arc<memory::Memory>,
    look_ups: Arc<look_ups::LookUps>,
    replica: Option<Arc<replica::Replica>>,
    /// Ends with the last copy of this.
    watch: Option<Arc<watch::Watch>>,
}

impl Store {
    /// Connects.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn connect(options: &Options) -> Result<Self, Error> {
        let memory = Arc::new(memory::Memory::new(options.remember));
        let watch = || Arc::new(watch::watch(options.url.clone(), Arc::clone(&memory)));
        let watch = (options.remember.tokens > 0).then(watch);
        let (pool, most, row_security) = (pool::open(options).await?, options.max_connections, options.row_security);
        let replica = |url| Arc::new(replica::Replica::new(options, url, pool.clone()));
        let replica = options.replica.as_deref().map(replica);
        Ok(Self { pool, most, row_security, memory, look_ups: Arc::default(), replica, watch })
    }

    /// Ends what the store does beside requests. Those that come all the same are served.
    pub fn close(&self) {
        if let Some(watch) = &self.watch {
            watch.end();
        }
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
        self.pool.connections(self.most)
    }

    /// How reads from the replica go; `None` without one.
    #[must_use]
    pub fn replica(&self) -> Option<ReplicaUse> {
        self.replica.as_ref().map(|replica| replica.state())
    }

    /// Stands for what is known of credentials and keys now: what was read while it was this is right for as long as it
    /// stays this. `None` while changes go unheard, when nothing that was read before is certain.
    #[must_use]
    pub fn knowledge(&self) -> Option<u64> {
        self.memory.knowledge()
    }

    async fn loan(&self) -> Result<pool::Loan, Error> {
        pool::Loan::take(&self.pool, pool::Manner { plans: pool::Plans::Kept, within: None }).await
    }
}
