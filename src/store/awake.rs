//! Short waits are spent awake. A thread with nothing to do goes to sleep, and waking it for an answer that comes a moment
//! later takes about as long as that moment; in a virtual machine the core itself is given back and has to be asked for.
//! Whoever waits for what was quick the last time lets everybody else go on, and looks again, for half a millisecond at
//! most. Falling asleep and waking take no less of the processor.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::yield_now;

/// What takes longer is waited for asleep.
const QUICK: Duration = Duration::from_micros(500);

/// Waits of one kind.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// Whether the last one was short.
    quick: AtomicBool,
}

impl Waits {
    /// Waits for it.
    pub(super) async fn until<F: Future>(&self, done: F) -> F::Output {
        let started = Instant::now();
        let mut done = pin!(done);
        loop {
            let awake = self.quick.load(Ordering::Relaxed) && started.elapsed() < QUICK;
            let outcome = tokio::select! {
                biased;
                outcome = &mut done => outcome,
                () = yield_now(), if awake => continue,
            };
            self.quick.store(started.elapsed() < QUICK, Ordering::Relaxed);
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

    #[tokio::test]
    async fn after_a_short_wait_the_next_one_is_spent_awake() {
        let (waits, moment) = (Waits::default(), Duration::from_millis(20));
        assert!(timeout(moment, waits.until(unannounced())).await.is_err(), "nothing is known yet");
        waits.until(async {}).await;
        assert!(timeout(moment, waits.until(unannounced())).await.is_ok());
        waits.until(tokio::time::sleep(moment)).await;
        assert!(timeout(moment, waits.until(unannounced())).await.is_err(), "the last one was long");
    }

    #[tokio::test]
    async fn a_wait_that_turns_out_long_is_not_spent_awake_to_its_end() {
        let waits = Waits::default();
        waits.until(async {}).await;
        let (started, mut early, mut late) = (Instant::now(), 0, 0);
        let never = poll_fn(|_| {
            *if started.elapsed() < 100 * QUICK { &mut early } else { &mut late } += 1;
            Poll::<()>::Pending
        });
        assert!(timeout(200 * QUICK, waits.until(never)).await.is_err());
        assert!(early > 1 && late <= 1, "{early} {late}: only when the time was up");
    }
}
