//! Reads that come at the same time share a query: look-ups of a kind, whose keys are asked for together, and the same page
//! asked for by many. Of each kind a few queries run at once; who comes meanwhile waits for the next, which starts after that
//! and so sees every change that was answered before. A read that comes alone is made at once. Nothing is kept: every answer
//! is the database's own.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::fmt::Display;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::awake::Waits;

/// Queries of one kind at once: one works in the database while the answers of the other are written.
const AT_ONCE: usize = 2;

/// Who waits, by what can be asked together.
pub(crate) struct Gather<L, K, V>
where
    L: Clone + Eq + Hash,
{
    lines: Lines<L, K, V>,
    most: usize,
    waits: Waits,
}

type Lines<L, K, V> = Arc<Mutex<HashMap<L, Line<L, K, V>>>>;

struct Line<L: Clone + Eq + Hash, K, V> {
    running: usize,
    waiting: VecDeque<Waiting<L, K, V>>,
}

struct Waiting<L: Clone + Eq + Hash, K, V> {
    key: K,
    sender: oneshot::Sender<Told<L, K, V>>,
}

/// A key, with the right to ask for it.
type Lead<L, K, V> = (K, Turn<L, K, V>);

/// How somebody who waits hears of it.
type Word<L, K, V> = oneshot::Receiver<Told<L, K, V>>;

/// What somebody who waits is told.
enum Told<L: Clone + Eq + Hash, K, V> {
    /// The answer.
    Answer(V),
    /// To ask, for everybody who waits by then.
    Lead(Lead<L, K, V>),
}

impl<L: Clone + Eq + Hash, K, V> Gather<L, K, V> {
    /// Up to so many keys in a query.
    pub(crate) fn up_to(most: usize) -> Self {
        Self { lines: Arc::default(), most, waits: Waits::default() }
    }

    /// Asks for a key, with whoever asks in the same line. `ask` answers keys in their order. `None` when it could not:
    /// whoever asks then has to do it alone, and gets an error of its own.
    pub(crate) async fn answer<F, E>(&self, line: L, key: K, ask: impl FnOnce(Vec<K>) -> F) -> Option<V>
    where
        F: Future<Output = Result<Vec<V>, E>>,
        E: Display,
    {
        let (key, turn) = match self.join(line, key) {
            Ok(lead) => lead,
            Err(waiting) => match waiting.await.ok()? {
                Told::Answer(answer) => return Some(answer),
                Told::Lead(lead) => lead,
            },
        };
        // Those whose requests are about to be read can come along.
        tokio::task::yield_now().await;
        let (mut keys, mut senders) = (vec![key], Vec::new());
        for Waiting { key, sender } in turn.take(self.most - 1) {
            keys.push(key);
            senders.push(sender);
        }
        // In a box of its own: most wait for others, and should not be as large as what they do.
        let outcome = self.waits.until(Box::pin(ask(keys))).await;
        drop(turn);
        match outcome {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                let own = answers.next();
                // Whoever has gone by now wants no answer.
                senders.into_iter().zip(answers).for_each(|(sender, answer)| drop(sender.send(Told::Answer(answer))));
                own
            }
            Err(error) => {
                tracing::debug!(%error, "what was asked together is asked one by one");
                None
            }
        }
    }

    fn join(&self, line: L, key: K) -> Result<Lead<L, K, V>, Word<L, K, V>> {
        let mut lines = lock(&self.lines);
        let at = lines.entry(line.clone()).or_insert_with(|| Line { running: 0, waiting: VecDeque::new() });
        if at.running < AT_ONCE {
            at.running += 1;
            return Ok((key, Turn { lines: Arc::clone(&self.lines), line }));
        }
        let (sender, told) = oneshot::channel();
        at.waiting.push_back(Waiting { key, sender });
        Err(told)
    }
}

/// The right to ask, one of the few there are in a line. However it ends, also when a request is given up, the next one who
/// waits has it.
struct Turn<L: Clone + Eq + Hash, K, V> {
    lines: Lines<L, K, V>,
    line: L,
}

impl<L: Clone + Eq + Hash, K, V> Turn<L, K, V> {
    /// Those who wait longest.
    fn take(&self, most: usize) -> Vec<Waiting<L, K, V>> {
        let mut lines = lock(&self.lines);
        let Some(line) = lines.get_mut(&self.line) else { return Vec::new() };
        line.waiting.retain(|waiting| !waiting.sender.is_closed());
        let count = line.waiting.len().min(most);
        line.waiting.drain(..count).collect()
    }

    /// Who is to ask next; with nobody there, one query less is running.
    fn next(&self) -> Option<Waiting<L, K, V>> {
        let mut lines = lock(&self.lines);
        let Entry::Occupied(mut line) = lines.entry(self.line.clone()) else { return None };
        let waiting = &mut line.get_mut().waiting;
        let next = loop {
            match waiting.pop_front() {
                Some(waiting) if waiting.sender.is_closed() => {}
                other => break other,
            }
        };
        if next.is_none() {
            line.get_mut().running -= 1;
            if line.get().running == 0 {
                line.remove();
            }
        }
        next
    }
}

impl<L: Clone + Eq + Hash, K, V> Drop for Turn<L, K, V> {
    fn drop(&mut self) {
        if let Some(Waiting { key, sender }) = self.next() {
            let turn = Self { lines: Arc::clone(&self.lines), line: self.line.clone() };
            // Somebody who has gone drops it, and with it this is done again.
            drop(sender.send(Told::Lead((key, turn))));
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::store::Error;

    #[tokio::test]
    async fn those_who_come_together_are_asked_together_and_get_their_own() {
        let gather = Arc::new(Gather::<u8, usize, usize>::up_to(16));
        let queries = Arc::new(AtomicUsize::new(0));
        let asked = (0..100).map(|key| {
            let (gather, queries) = (Arc::clone(&gather), Arc::clone(&queries));
            async move {
                let ask = move |keys: Vec<usize>| {
                    queries.fetch_add(1, Ordering::Relaxed);
                    async move {
                        tokio::task::yield_now().await;
                        assert!(keys.len() <= 16);
                        Ok::<_, Error>(keys.into_iter().map(|key| key * 2).collect())
                    }
                };
                gather.answer(u8::from(key % 2 == 0), key, ask).await
            }
        });
        let answers = futures_util::future::join_all(asked).await;
        let doubled: Vec<_> = (0..100).map(|key| Some(key * 2)).collect();
        assert_eq!(answers, doubled);
        let queries = queries.load(Ordering::Relaxed);
        assert!((7..=20).contains(&queries), "{queries}");
        assert!(lock(&gather.lines).is_empty());
    }

    #[tokio::test]
    async fn a_query_that_fails_or_is_given_up_leaves_nobody_waiting() {
        let gather = Gather::<(), bool, ()>::up_to(16);
        let ask = |keys: Vec<bool>| async move {
            if keys[0] {
                std::future::pending::<()>().await;
            }
            Err(Error::Unavailable("down".to_owned()))
        };
        let impatient = |key| {
            let answer = gather.answer((), key, ask);
            async { tokio::time::timeout(std::time::Duration::from_millis(20), answer).await.unwrap_or(None) }
        };
        let asked = [true, true, false, true, false, false, true].map(impatient);
        assert!(futures_util::future::join_all(asked).await.iter().all(Option::is_none));
        assert!(lock(&gather.lines).is_empty());
        assert_eq!(gather.answer((), true, |_| async { Ok::<_, Error>(vec![()]) }).await, Some(()));
    }
}
