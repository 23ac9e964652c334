//! Reads on a replica, without anybody seeing an older state than on the primary. Before such a read the primary is asked
//! how far its write-ahead log has come, and the replica whether it has come as far: then everything that was
//! acknowledged before the read began, by whichever server, is there. Nothing is remembered that could be wrong. Where
//! the replica is behind, fails or takes too long, the primary is read instead, and nobody notices but the numbers.
//!
//! Credentials, settings, single resources and everything a write depends on are never read here.

mod index;
mod look;
mod stream;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::Store;
use super::error::Error;
use super::pool::{self, Loan, Manner, Plans, Pool};
use super::transaction::TenantTx;
use crate::model::principal::TenantScope;
use crate::model::replica::ReplicaUse;
use index::{Index, Standby};
pub use look::{ReplicaFound, look_at_replica};

/// How long a read waits for the replica to catch up. Replay is usually a millisecond or two behind.
const CATCH_UP: Duration = Duration::from_millis(5);
/// How long until the replica is asked again within that time.
const LOOK: Duration = Duration::from_millis(1);
/// How long it may take in all to find out that a read can be made there.
const FIND_OUT: Duration = Duration::from_millis(50);
/// How long a read may take there.
const READ: Duration = Duration::from_secs(10);
/// How long the replica is left alone after it was behind, so that not every read waits for it in vain.
const PAUSE_BEHIND: Duration = Duration::from_millis(100);
/// How long it is left alone after it failed.
const PAUSE_FAILED: Duration = Duration::from_secs(1);
/// At most one line of the log in this time says what is wrong with it.
const QUIET: Duration = Duration::from_secs(60);

/// A replica of the database.
pub(super) struct Replica {
    pool: Pool,
    index: Index,
    pause: Mutex<Option<Pause>>,
    complained: Mutex<Option<Instant>>,
    served: AtomicU64,
    behind: AtomicU64,
    failed: AtomicU64,
    lag: AtomicU64,
}

/// Why the replica cannot be read now.
#[derive(Debug, thiserror::Error)]
enum Unfit {
    #[error("it lacks {0} bytes of the write-ahead log")]
    Behind(u64),
    #[error("{0}")]
    Wrong(&'static str),
    #[error("it does not answer in time")]
    Silent,
    #[error(transparent)]
    Failed(#[from] Error),
}

#[derive(Clone, Copy)]
struct Pause {
    until: Instant,
    behind: bool,
}

impl Replica {
    /// Connects when it is first read: a replica that is away keeps no server from starting.
    pub(super) fn new(options: &pool::Options, url: &str, primary: Pool) -> Self {
        Self {
            pool: pool::open_later(options, url, FIND_OUT),
            index: Index::new(primary),
            pause: Mutex::new(None),
            complained: Mutex::new(None),
            served: AtomicU64::new(0),
            behind: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            lag: AtomicU64::new(0),
        }
    }

    /// A connection to it on which everything acknowledged by now can be seen; none when that cannot be had at once.
    async fn caught_up(&self, manner: Manner) -> Option<Loan> {
        if let Some(pause) = self.paused() {
            self.count(pause.behind);
            return None;
        }
        let found = timeout(FIND_OUT, self.ask(manner)).await.unwrap_or(Err(Unfit::Silent));
        found.map_err(|unfit| self.leave_alone(&unfit)).ok()
    }

    async fn ask(&self, manner: Manner) -> Result<Loan, Unfit> {
        let needed = self.index.ask().await?;
        let mut loan = Loan::take(&self.pool, manner).await?;
        let give_up = Instant::now() + CATCH_UP;
        loop {
            let lag = Standby::look(&mut loan).await?.lag_behind(&needed).map_err(Unfit::Wrong)?;
            self.lag.store(lag, Ordering::Relaxed);
            if lag == 0 {
                return Ok(loan);
            }
            if Instant::now() >= give_up {
                return Err(Unfit::Behind(lag));
            }
            sleep(LOOK).await;
        }
    }

    fn paused(&self) -> Option<Pause> {
        let pause = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        pause.filter(|pause| pause.until > Instant::now())
    }

    fn leave_alone(&self, unfit: &Unfit) {
        let behind = matches!(unfit, Unfit::Behind(_));
        let until = Instant::now() + if behind { PAUSE_BEHIND } else { PAUSE_FAILED };
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = Some(Pause { until, behind });
        self.count(behind);
        self.complain(unfit);
    }

    fn count_served(&self) {
        self.served.fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self, behind: bool) {
        let counter = if behind { &self.behind } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn complain(&self, cause: &Unfit) {
        let mut complained = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        if complained.is_none_or(|last| last.elapsed() >= QUIET) {
            *complained = Some(Instant::now());
            tracing::warn!(%cause, "the replica cannot be read; the primary is, and the replica is tried again");
        }
    }

    /// How reads have gone.
    pub(super) fn state(&self) -> ReplicaUse {
        ReplicaUse {
            served: self.served.load(Ordering::Relaxed),
            behind: self.behind.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            lag: self.lag.load(Ordering::Relaxed),
            usable: self.paused().is_none(),
        }
    }
}

/// Where a read of a tenant's data that costs something is made: on the replica where there is one and it can be, else
/// on the primary. To be used by [`in_reading`](crate::in_reading).
pub struct Reads<'r> {
    store: &'r Store,
    scope: &'r TenantScope,
    plans: Plans,
    /// The replica, while the connection at hand is one to it.
    there: Option<&'r Replica>,
    /// Whether the replica has had its chance.
    tried: bool,
}

impl<'r> Reads<'r> {
    pub(super) const fn new(store: &'r Store, scope: &'r TenantScope, plans: Plans) -> Self {
        Self { store, scope, plans, there: None, tried: false }
    }

    /// A connection to read on.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn open(&mut self) -> Result<TenantTx, Error> {
        if let Some(replica) = self.store.replica.as_deref().filter(|_| !self.tried) {
            self.tried = true;
            let manner = self.store.manner(self.plans, Some(self.scope));
            if let Some(loan) = replica.caught_up(manner).await {
                self.there = Some(replica);
                return Ok(self.store.tx(loan).of(self.scope));
            }
        }
        Ok(self.store.work(self.plans, Some(self.scope)).await?.of(self.scope))
    }

    /// Runs what reads. On the replica it must end in time.
    ///
    /// # Errors
    /// Its own.
    pub async fn run<T, E: From<Error>>(&self, read: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let Some(replica) = self.there else { return read.await };
        match timeout(READ, read).await {
            Ok(Ok(value)) => {
                replica.count_served();
                Ok(value)
            }
            Ok(Err(error)) => Err(error),
            Err(_elapsed) => Err(Error::Unavailable("the replica took too long".to_owned()).into()),
        }
    }

    /// Whether what the database refused was the replica's refusal; then the primary comes next.
    pub fn elsewhere(&mut self, refusal: &(dyn std::error::Error + 'static)) -> bool {
        let Some(replica) = self.there.take() else { return false };
        let cause = refusal.source().unwrap_or(refusal).to_string();
        replica.leave_alone(&Unfit::Failed(Error::Unavailable(cause)));
        true
    }
}

/// Runs a block that only reads, on the replica if it can be and otherwise, or when it fails there, on the primary. The
/// block sees `$tx` and yields a `Result`; it may run twice, so it must have no effect.
#[macro_export]
macro_rules! in_reading {
    ($reads:expr, |$tx:ident| $body:expr) => {{
        let mut reads = $reads;
        loop {
            let mut tx = reads.open().await?;
            let outcome = {
                let $tx = &mut tx;
                reads.run(async { $body }).await
            };
            match outcome {
                Err(error) if $crate::domain::Error::is_of_database(&error) && reads.elsewhere(&error) => {}
                other => break other,
            }
        }
    }};
}
