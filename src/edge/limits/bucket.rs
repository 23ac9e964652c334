//! Token buckets, one a key, at most so many: the least used one is forgotten, and is full when its key comes again.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use quick_cache::sync::Cache;

use crate::model::rate::{Rate, Stopwatch};

/// Buckets of one kind. Each takes some hundred bytes.
const MOST: usize = 10_000;

/// The stopwatch, as the library wants it.
#[derive(Debug, Clone)]
struct Time(Stopwatch);

impl Clock for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// One bucket.
pub(super) struct Bucket {
    rate: Rate,
    limiter: RateLimiter<NotKeyed, InMemoryState, Time, NoOpMiddleware<Duration>>,
    time: Time,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(rate: Rate, stopwatch: &Stopwatch) -> Self {
        // A period of nothing would take a rate above what one can have.
        let quota = Quota::with_period(rate.period().max(Duration::from_nanos(1))).expect("the period is not 0");
        let time = Time(stopwatch.clone());
        let limiter = RateLimiter::direct_with_clock(quota.allow_burst(rate.burst()), time.clone());
        Self { rate, limiter, time }
    }

    /// Takes one; when it is empty, says how long until there is one again.
    pub(super) fn take(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|until| until.wait_time_from(self.time.now()))
    }
}

/// Buckets by key.
pub(super) struct Buckets<K> {
    rate: Option<Rate>,
    stopwatch: Stopwatch,
    known: Cache<K, Arc<Bucket>>,
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    pub(super) fn new(rate: Option<Rate>, stopwatch: &Stopwatch) -> Self {
        Self { rate, stopwatch: stopwatch.clone(), known: Cache::new(MOST) }
    }

    /// Takes one from the bucket of `key`, whose rate is its `own`, else the common one.
    pub(super) fn take(&self, key: K, own: Option<Rate>) -> Result<(), Duration> {
        let Some(rate) = own.or(self.rate) else { return Ok(()) };
        match self.known.get(&key).filter(|bucket| bucket.rate == rate) {
            Some(bucket) => bucket.take(),
            None => self.begin(key, rate).take(),
        }
    }

    /// A full bucket for a key that has none, or had one of another rate.
    fn begin(&self, key: K, rate: Rate) -> Arc<Bucket> {
        let bucket = Arc::new(Bucket::new(rate, &self.stopwatch));
        self.known.insert(key, Arc::clone(&bucket));
        bucket
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}
