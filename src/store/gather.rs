//! Look-ups that come at the same time share a query. Of each kind a few queries run at once; who comes meanwhile waits for
//! the next, which starts after that and so sees every change that was answered before. A look-up that comes alone is
//! asked at once. Nothing is kept: every answer is the database's own.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::error::Error;

/// Queries of one kind at once: one works in the database while the answers of the other are written.
const AT_ONCE: usize = 2;

/// Who waits, by what can be asked together.
pub(super) struct Gather<L, K, V> {
    lines: Arc<Mutex<HashMap<L, Line<K, V>>>>,
    most: usize,
}

struct Line<K, V> {
    running: usize,
    waiting: Vec<(K, oneshot::Sender<V>)>,
}

impl<L, K, V> Gather<L, K, V>
where
    L: Copy + Eq + Hash + Send + 'static,
    K: Send + 'static,
    V: Send + 'static,
{
    /// Up to so many keys in a query.
    pub(super) fn up_to(most: usize) -> Self {
        Self { lines: Arc::default(), most }
    }

    /// Asks for a key, with whoever asks in the same line. `ask` answers keys in their order. `None` when it could not:
    /// whoever asks then has to do it alone, and gets an error of its own.
    pub(super) async fn answer<A, F>(&self, line: L, key: K, ask: A) -> Option<V>
    where
        A: Fn(Vec<K>) -> F + Send + 'static,
        F: Future<Output = Result<Vec<V>, Error>> + Send + 'static,
    {
        let (sender, answer) = oneshot::channel();
        if let Some(turn) = self.join(line, key, sender) {
            // On its own, so that nobody who hangs up takes the answers of others along.
            tokio::spawn(turn.run(ask));
        }
        answer.await.ok()
    }

    fn join(&self, line: L, key: K, sender: oneshot::Sender<V>) -> Option<Turn<L, K, V>> {
        let mut lines = lock(&self.lines);
        let at = lines.entry(line).or_insert_with(|| Line { running: 0, waiting: Vec::new() });
        at.waiting.push((key, sender));
        let free = at.running < AT_ONCE;
        at.running += usize::from(free);
        free.then(|| Turn { lines: Arc::clone(&self.lines), line, most: self.most })
    }
}

/// One of the queries that may run at once.
struct Turn<L: Copy + Eq + Hash, K, V> {
    lines: Arc<Mutex<HashMap<L, Line<K, V>>>>,
    line: L,
    most: usize,
}

impl<L: Copy + Eq + Hash, K, V> Turn<L, K, V> {
    /// Asks until nobody waits.
    async fn run<A, F>(self, ask: A)
    where
        A: Fn(Vec<K>) -> F,
        F: Future<Output = Result<Vec<V>, Error>>,
    {
        loop {
            let (keys, senders): (Vec<K>, Vec<_>) = self.next().into_iter().unzip();
            if keys.is_empty() {
                return;
            }
            match ask(keys).await {
                // Whoever has gone by now wants no answer.
                Ok(answers) => senders.into_iter().zip(answers).for_each(|(sender, answer)| drop(sender.send(answer))),
                Err(error) => tracing::debug!(%error, "look-ups are made one by one"),
            }
        }
    }

    /// Those who wait longest.
    fn next(&self) -> Vec<(K, oneshot::Sender<V>)> {
        let mut lines = lock(&self.lines);
        let Some(line) = lines.get_mut(&self.line) else { return Vec::new() };
        line.waiting.retain(|(_, sender)| !sender.is_closed());
        let count = line.waiting.len().min(self.most);
        line.waiting.drain(..count).collect()
    }
}

impl<L: Copy + Eq + Hash, K, V> Drop for Turn<L, K, V> {
    /// However it ends. Nobody is left waiting with no query to come: those who do are let go and ask alone.
    fn drop(&mut self) {
        let mut lines = lock(&self.lines);
        if let Entry::Occupied(mut line) = lines.entry(self.line) {
            line.get_mut().running -= 1;
            if line.get().running == 0 {
                line.remove();
            }
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
                        Ok(keys.into_iter().map(|key| key * 2).collect())
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
    async fn a_query_that_fails_or_panics_leaves_nobody_waiting() {
        let gather = Gather::<(), bool, ()>::up_to(16);
        let ask = |keys: Vec<bool>| async move {
            assert!(!keys[0], "is asked to panic");
            Err(Error::Unavailable("down".to_owned()))
        };
        let (one, two, three) =
            tokio::join!(gather.answer((), true, ask), gather.answer((), false, ask), gather.answer((), true, ask));
        assert_eq!((one, two, three), (None, None, None));
        assert_eq!(gather.answer((), true, |_| async { Ok(vec![()]) }).await, Some(()));
    }
}
