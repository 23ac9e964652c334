//! Where every query of a tenant starts. A [`TenantTx`] exists only by a scope that was granted, carries its tenant into
//! each statement, and is a transaction once it is opened as one. Deadlocks and serialisation failures are tried again.

use std::sync::Arc;
use std::time::Duration;

use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::memory::Memory;
use super::pool::{Loan, Plans};
use super::watch;
use crate::model::principal::TenantScope;

/// A connection that works for one tenant: each statement by itself, or all of them as one transaction.
pub struct TenantTx {
    pub(super) loan: Loan,
    pub(super) tenant: Uuid,
    memory: Arc<Memory>,
    announced: bool,
}

impl TenantTx {
    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        &mut self.loan
    }

    /// Tells every server, with the transaction's end, that the tenant's credentials or settings are others now. This one
    /// forgets them before anybody can learn that the change is made.
    pub(super) async fn announce(&mut self) -> Result<(), Error> {
        self.announced = true;
        let tenant = self.tenant;
        watch::announce(self.connection(), tenant).await
    }

    /// Ends the transaction by its outcome: commits what went well, takes back what did not.
    ///
    /// # Errors
    /// The outcome's own error, or that of the commit.
    pub async fn finish<T, E: From<Error>>(mut self, outcome: Result<T, E>) -> Result<T, E> {
        let ended = self.end(outcome).await;
        if self.announced {
            // Also when the commit failed: then nobody knows whether it did.
            self.memory.forget(self.tenant.into());
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

impl Store {
    /// A connection for single statements, each its own transaction. Their plans are kept for any value.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn statements(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        self.work(scope, Plans::Kept).await
    }

    /// A connection for lists that filter or sort: their plans are made for what is asked, each time.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn lists(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        self.work(scope, Plans::Fresh).await
    }

    async fn work(&self, scope: &TenantScope, plans: Plans) -> Result<TenantTx, Error> {
        let loan = Loan::take(&self.pool, plans).await?;
        Ok(TenantTx { loan, tenant: scope.tenant().uuid(), memory: Arc::clone(&self.memory), announced: false })
    }

    /// A transaction. It ends by [`TenantTx::finish`]; dropped before that, it is rolled back with its connection.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn begin(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        self.transaction(scope, "BEGIN; SET LOCAL plan_cache_mode = auto").await
    }

    /// A transaction that reads one state of the database, however long it takes.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn snapshot(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = auto";
        self.transaction(scope, begin).await
    }

    /// What is told of plans goes with the transaction, and needs no round trip of its own.
    async fn transaction(&self, scope: &TenantScope, begin: &'static str) -> Result<TenantTx, Error> {
        let mut tx = self.statements(scope).await?;
        AnsiTransactionManager::begin_transaction_sql(tx.connection(), begin).await?;
        Ok(tx)
    }
}

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
/// yields a `Result`; it must have no effect but through `$tx`.
#[macro_export]
macro_rules! in_transaction {
    ($store:expr, $scope:expr, |$tx:ident| $body:expr) => {{
        let mut attempts = $crate::store::Attempts::default();
        loop {
            let mut tx = $store.begin($scope).await?;
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
