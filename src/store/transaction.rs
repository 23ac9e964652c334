//! Where every query starts. A [`TenantTx`] exists only by a scope that was granted, carries its tenant into each
//! statement, and is a transaction once it is opened as one; a [`PlatformTx`] is the same for what lies above tenants.
//! Deadlocks and serialisation failures are tried again.

use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::memory::Memory;
use super::pool::{Loan, Manner, Plans};
use super::replica::Reads;
use super::watch::{self, Changed};
use crate::model::principal::{AdminScope, TenantScope};

/// A connection that works for one tenant: each statement by itself, or all of them as one transaction.
pub struct TenantTx {
    wide: PlatformTx,
    pub(super) tenant: Uuid,
    /// Whether primary edges confer membership in the tenant.
    pub(super) primary_edges: bool,
}

/// A connection that works on partners, tenants as a whole and credentials of the platform.
pub struct PlatformTx {
    loan: Loan,
    memory: Arc<Memory>,
    announced: Vec<Changed>,
}

impl PlatformTx {
    pub(super) fn of(self, scope: &TenantScope) -> TenantTx {
        let primary_edges = scope.settings().primary_edge_confers_membership;
        TenantTx { wide: self, tenant: scope.tenant().uuid(), primary_edges }
    }

    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        &mut self.loan
    }

    /// Tells every server, with the transaction's end, that credentials or settings are others now. This one forgets them
    /// before anybody can learn that the change is made.
    pub(super) async fn announce(&mut self, changed: Changed) -> Result<(), Error> {
        self.announced.push(changed);
        watch::announce(self.connection(), changed).await
    }

    /// Ends the transaction by its outcome: commits what went well, takes back what did not.
    ///
    /// # Errors
    /// The outcome's own error, or that of the commit.
    pub async fn finish<T, E: From<Error>>(mut self, outcome: Result<T, E>) -> Result<T, E> {
        let ended = self.end(outcome).await;
        // Also when the commit failed: then nobody knows whether it did.
        for changed in &self.announced {
            changed.forget(&self.memory);
        }
        ended
    }

    async fn end<T, E: From<Error>>(&mut self, outcome: Result<T, E>) -> Result<T, E> {
        match outcome {
            Ok(value) => {
                AnsiTransactionManager::commit_transaction(self.connection()).await.map_err(Error::from)?;
                Ok(value)
            }
            Err(error) => {
                // A connection on which this fails is seen as broken and leaves the pool; the error at hand says more.
                let _ = AnsiTransactionManager::rollback_transaction(self.connection()).await;
                Err(error)
            }
        }
    }
}

impl TenantTx {
    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        self.wide.connection()
    }

    /// See [`PlatformTx::announce`]: of the tenant.
    pub(super) async fn announce(&mut self) -> Result<(), Error> {
        self.wide.announce(Changed::Tenant(self.tenant.into())).await
    }

    /// The same transaction, for what lies above the tenant.
    pub fn platform(&mut self, _: &AdminScope) -> &mut PlatformTx {
        &mut self.wide
    }

    /// See [`PlatformTx::finish`].
    ///
    /// # Errors
    /// The outcome's own error, or that of the commit.
    pub async fn finish<T, E: From<Error>>(self, outcome: Result<T, E>) -> Result<T, E> {
        self.wide.finish(outcome).await
    }
}

impl Store {
    /// A connection for single statements, each its own transaction. Their plans are kept for any value.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn statements(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        Ok(self.work(Plans::Kept, Some(scope)).await?.of(scope))
    }

    /// A connection for lists that filter or sort, or can be of any length: their plans are made for what is asked, each
    /// time.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn lists(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        Ok(self.work(Plans::Fresh, Some(scope)).await?.of(scope))
    }

    /// Reads that cost clearly more than asking a replica how far it has come, with plans as in [`Store::statements`]: pages
    /// of members, of effective members, of events. Never what a write or a right depends on.
    #[must_use]
    pub const fn reads<'r>(&'r self, scope: &'r TenantScope) -> Reads<'r> {
        Reads::new(self, scope, Plans::Kept)
    }

    /// The same with plans as in [`Store::lists`].
    #[must_use]
    pub const fn list_reads<'r>(&'r self, scope: &'r TenantScope) -> Reads<'r> {
        Reads::new(self, scope, Plans::Fresh)
    }

    pub(super) async fn work(&self, plans: Plans, scope: Option<&TenantScope>) -> Result<PlatformTx, Error> {
        Ok(self.tx(Loan::take(&self.pool, self.manner(plans, scope)).await?))
    }

    pub(super) fn manner(&self, plans: Plans, scope: Option<&TenantScope>) -> Manner {
        Manner { plans, within: scope.filter(|_| self.row_security).map(|scope| scope.tenant().uuid()) }
    }

    pub(super) fn tx(&self, loan: Loan) -> PlatformTx {
        PlatformTx { loan, memory: Arc::clone(&self.memory), announced: Vec::new() }
    }

    /// Statements above tenants. They are few, and all sorts; their plans are made each time.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn platform_statements(&self, _: &AdminScope) -> Result<PlatformTx, Error> {
        self.work(Plans::Fresh, None).await
    }

    /// Statements above tenants that find their rows by whole keys, with plans kept as in [`Store::statements`].
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn platform_look_ups(&self, _: &AdminScope) -> Result<PlatformTx, Error> {
        self.work(Plans::Kept, None).await
    }

    /// A transaction. It ends by [`TenantTx::finish`]; dropped before that, it is rolled back with its connection.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn begin(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        Ok(self.transaction(BEGIN, Some(scope)).await?.of(scope))
    }

    /// A transaction of statements that find their rows by whole keys, with plans kept as in [`Store::statements`].
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn begin_statements(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        Ok(self.transaction("BEGIN", Some(scope)).await?.of(scope))
    }

    /// The same above tenants; it ends by [`PlatformTx::finish`].
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn begin_platform(&self, _: &AdminScope) -> Result<PlatformTx, Error> {
        self.transaction(BEGIN, None).await
    }

    /// A transaction that reads one state of the database, however long it takes.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn snapshot(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        Ok(self.transaction(SNAPSHOT, Some(scope)).await?.of(scope))
    }

    async fn transaction(&self, begin: &'static str, scope: Option<&TenantScope>) -> Result<PlatformTx, Error> {
        let mut tx = self.work(Plans::Kept, scope).await?;
        AnsiTransactionManager::begin_transaction_sql(tx.connection(), begin).await?;
        Ok(tx)
    }
}

// What is told of plans goes with the transaction, and needs no round trip of its own.
const BEGIN: &str = "BEGIN; SET LOCAL plan_cache_mode = auto";
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = auto";

/// How often a transaction that collided is tried again, and how long it waits before.
#[derive(Debug, Default)]
pub struct Attempts(u32);

impl Attempts {
    const MOST: u32 = 8;

    /// Waits and says yes while there are attempts left; the waits grow, and differ from request to request.
    pub async fn again(&mut self) -> bool {
        self.0 += 1;
        if self.0 >= Self::MOST {
            return false;
        }
        let most = 5_u64 << self.0;
        let wait = rand::RngExt::random_range(&mut rand::rng(), 1..=most);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        true
    }
}

/// Runs a block in one transaction of the tenant, and again when it collides with another. The block sees `$tx` and
/// yields a `Result`; it must have no effect but through `$tx`. With one argument before the block that says how the
/// transaction is opened.
#[macro_export]
macro_rules! in_transaction {
    ($store:expr, $scope:expr, |$tx:ident| $body:expr) => {
        $crate::in_transaction!($store.begin($scope), |$tx| $body)
    };
    ($open:expr, |$tx:ident| $body:expr) => {{
        let mut attempts = $crate::store::Attempts::default();
        loop {
            let mut tx = $open.await?;
            let outcome = {
                let $tx = &mut tx;
                async { $body }.await
            };
            match tx.finish(outcome).await {
                Err(error) if $crate::domain::Error::is_collision(&error) && attempts.again().await => {}
                other => break other,
            }
        }
    }};
}
