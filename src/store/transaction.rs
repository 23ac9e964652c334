//! Where every query starts. A [`TenantTx`] exists only by a scope that was granted, carries its tenant into each
//! statement, and is a transaction once it is opened as one; a [`PlatformTx`] is the same for what lies above tenants.
//! Deadlocks and serialisation failures are tried again.

use std::time::Duration;

use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::pool::Loan;
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
}

impl PlatformTx {
    pub(super) fn connection(&mut self) -> &mut AsyncPgConnection {
        &mut self.loan
    }

    /// Ends the transaction by its outcome: commits what went well, takes back what did not.
    ///
    /// # Errors
    /// The outcome's own error, or that of the commit.
    pub async fn finish<T, E: From<Error>>(mut self, outcome: Result<T, E>) -> Result<T, E> {
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
    /// A connection for single statements, each its own transaction.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn statements(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        let primary_edges = scope.settings().primary_edge_confers_membership;
        Ok(TenantTx { wide: PlatformTx { loan: self.loan().await? }, tenant: scope.tenant().uuid(), primary_edges })
    }

    /// The same above tenants.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn platform_statements(&self, _: &AdminScope) -> Result<PlatformTx, Error> {
        Ok(PlatformTx { loan: self.loan().await? })
    }

    /// A transaction. It ends by [`TenantTx::finish`]; dropped before that, it is rolled back with its connection.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn begin(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        let mut tx = self.statements(scope).await?;
        AnsiTransactionManager::begin_transaction(tx.connection()).await?;
        Ok(tx)
    }

    /// The same above tenants; it ends by [`PlatformTx::finish`].
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn begin_platform(&self, scope: &AdminScope) -> Result<PlatformTx, Error> {
        let mut tx = self.platform_statements(scope).await?;
        AnsiTransactionManager::begin_transaction(tx.connection()).await?;
        Ok(tx)
    }

    /// A transaction that reads one state of the database, however long it takes.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn snapshot(&self, scope: &TenantScope) -> Result<TenantTx, Error> {
        let mut tx = self.statements(scope).await?;
        AnsiTransactionManager::begin_transaction_sql(
            tx.connection(),
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )
        .await?;
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
