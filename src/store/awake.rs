//! Short waits are spent awake. A thread with nothing to do goes to sleep, and waking it for an answer that comes a moment
//! later takes about as long as that moment; in a virtual machine the core itself is given back and has to be asked for.
//! Whoever waits for what was quick the last time lets everybody else go on, and looks again, for half a millisecond at
//! most. Falling asleep and waking take no less of the processor.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::yield_now;

/// Half a millisecond: several look-ups of a database that is near, and none of one that is far.
const QUICK: Duration = Duration::from_micros(500);

/// Waits of one kind.
#[derive(Debug)]
pub(super) struct Waits {
    /// What takes longer is waited for asleep.
    short: Duration,
    /// Whether the last one was short.
    quick: AtomicBool,
}

impl Default for Waits {
    fn default() -> Self {
        Self::shorter_than(QUICK)
    }
}

impl Waits {
    const fn shorter_than(short: Duration) -> Self {
        Self { short, quick: AtomicBool::new(false) }
    }

    /// Waits for it.
    pub(super) async fn until<F: Future>(&self, done: F) -> F::Output {
        let started = Instant::now();
        let mut done = pin!(done);
        loop {
            let awake = self.quick.load(Ordering::Relaxed) && started.elapsed() < self.short;
            let outcome = tokio::select! {
                biased;
                outcome = &mut done => outcome,
                () = yield_now(), if awake => continue,
            };
            self.quick.store(started.elapsed() < self.short, Ordering::Relaxed);
            return outcome;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::time::timeout;

    use super::*;

    /// Becomes ready when it is looked at for the third time, and wakes nobody.
    fn unannounced() -> impl Future<Output = ()> {
        let mut looks = 0;
        poll_fn(move |_| {
            looks += 1;
            if looks < 3 { Poll::Pending } else { Poll::Ready(()) }
        })
    }

    // Long enough for a machine that is busy with other tests.
    const SHORT: Duration = Duration::from_secs(5);
    const MOMENT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn after_a_short_wait_the_next_one_is_spent_awake() {
        let waits = Waits::shorter_than(SHORT);
        assert!(timeout(MOMENT, waits.until(unannounced())).await.is_err(), "nothing is known yet");
        waits.until(async {}).await;
        assert!(timeout(SHORT, waits.until(unannounced())).await.is_ok());
    }

    #[tokio::test]
    async fn after_a_long_wait_the_next_one_is_spent_asleep() {
        let waits = Waits::shorter_than(MOMENT);
        waits.quick.store(true, Ordering::Relaxed);
        waits.until(tokio::time::sleep(2 * MOMENT)).await;
        assert!(timeout(MOMENT, waits.until(unannounced())).await.is_err());
    }

    #[tokio::test]
    async fn a_wait_that_turns_out_long_is_not_spent_awake_to_its_end() {
        let waits = Waits::shorter_than(MOMENT);
        waits.quick.store(true, Ordering::Relaxed);
        let (started, mut late) = (Instant::now(), 0);
        let never = poll_fn(|_| {
            late += usize::from(started.elapsed() > 2 * MOMENT);
            Poll::<()>::Pending
        });
        assert!(timeout(10 * MOMENT, waits.until(never)).await.is_err());
        assert!(late <= 2, "{late}: when its time had come, and when the test's was up");
    }
}
