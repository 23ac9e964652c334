//! Failed sign-ins, counted by the address they come from and by the id of the token or client they name. Whoever has
//! failed too often is not locked out: further attempts are taken one after the other, slowly, and judged all the same. So
//! a credential that is right is never refused because others failed, be it from the same address, and one that has been
//! right before does not even wait; but guesses become few a second, however many are sent at once.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::Semaphore;

use super::bucket::Bucket;
use super::{Exceeded, Limit};
use crate::model::rate::{Rate, Stopwatch};

/// Addresses, ids, and credentials that were right: so many of each are kept in mind.
const MOST: usize = 10_000;
/// However low a rate is, an attempt waits no longer than this for its turn.
const LONGEST_PACE: Duration = Duration::from_secs(1);

/// An attempt to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt {
    source: Option<IpAddr>,
    id: Option<u64>,
    credential: u64,
}

/// What is known of failed sign-ins.
pub struct Failures {
    sources: Suspects<Option<IpAddr>>,
    ids: Suspects<u64>,
    right: Cache<u64, ()>,
    hasher: RandomState,
}

impl Failures {
    pub(super) fn new(source: Option<Rate>, id: Option<Rate>, stopwatch: &Stopwatch) -> Self {
        Self {
            sources: Suspects::new(source, stopwatch),
            ids: Suspects::new(id, stopwatch),
            right: Cache::new(MOST),
            hasher: RandomState::new(),
        }
    }

    /// A number that stands for a text, of which nothing can be learnt from it. It differs from process to process.
    pub(super) fn fingerprint(&self, text: &str) -> u64 {
        self.hasher.hash_one(text)
    }

    /// An attempt from an address with a credential. Which id it names is asked unless it is known to be right.
    #[must_use]
    pub fn attempt(&self, source: Option<IpAddr>, id: impl FnOnce() -> Option<String>, credential: &str) -> Attempt {
        let credential = self.fingerprint(credential);
        let named = if self.right.get(&credential).is_some() { None } else { id() };
        Attempt { source: source.map(network), id: named.map(|id| self.fingerprint(&id)), credential }
    }

    /// Waits for the attempt's turn: not at all, unless there were too many failures. Whoever stops waiting gives the turn
    /// to the next.
    pub async fn turn(&self, attempt: &Attempt) {
        if self.right.get(&attempt.credential).is_some() {
            return;
        }
        self.sources.turn(&attempt.source).await;
        if let Some(id) = &attempt.id {
            self.ids.turn(id).await;
        }
    }

    /// The credential was right.
    pub fn right(&self, attempt: &Attempt) {
        if self.right.get(&attempt.credential).is_none() {
            self.right.insert(attempt.credential, ());
        }
    }

    /// The credential was wrong.
    ///
    /// # Errors
    /// That happened too often.
    pub fn wrong(&self, attempt: &Attempt) -> Result<(), Exceeded> {
        self.right.remove(&attempt.credential);
        let source = self.sources.count(attempt.source);
        let id = attempt.id.map_or(Ok(()), |id| self.ids.count(id));
        source.map_err(|wait| Exceeded::new(Limit::FailedAddress, wait))?;
        id.map_err(|wait| Exceeded::new(Limit::FailedId, wait))
    }
}

/// An IPv6 host has a network of 64 bits to choose addresses from: that counts as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

/// Those who failed lately, by key.
struct Suspects<K> {
    rate: Option<Rate>,
    stopwatch: Stopwatch,
    known: Cache<K, Arc<Suspect>>,
}

struct Suspect {
    bucket: Bucket,
    /// Until when it is taken slowly, in milliseconds of the stopwatch.
    slow_until: AtomicU64,
    lane: Semaphore,
}

impl<K: Hash + Eq + Clone> Suspects<K> {
    fn new(rate: Option<Rate>, stopwatch: &Stopwatch) -> Self {
        Self { rate, stopwatch: stopwatch.clone(), known: Cache::new(MOST) }
    }

    async fn turn(&self, key: &K) {
        let Some(rate) = self.rate else { return };
        let Some(suspect) = self.known.get(key) else { return };
        if millis(self.stopwatch.elapsed()) >= suspect.slow_until.load(Ordering::Relaxed) {
            return;
        }
        // The permit is kept while this one waits, so that the next begins to wait only then. The lane is never closed.
        let turn = suspect.lane.acquire().await;
        tokio::time::sleep(rate.period().min(LONGEST_PACE)).await;
        drop(turn);
    }

    fn count(&self, key: K) -> Result<(), Duration> {
        let Some(rate) = self.rate else { return Ok(()) };
        let suspect = self.known.get(&key).unwrap_or_else(|| {
            let suspect = Arc::new(Suspect {
                bucket: Bucket::new(rate, &self.stopwatch),
                slow_until: AtomicU64::new(0),
                lane: Semaphore::new(1),
            });
            self.known.insert(key, Arc::clone(&suspect));
            suspect
        });
        suspect.bucket.take().inspect_err(|wait| {
            let until = millis(self.stopwatch.elapsed() + *wait);
            suspect.slow_until.fetch_max(until, Ordering::Relaxed);
        })
    }
}

/// Rounded up: nobody is let through early.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
}
