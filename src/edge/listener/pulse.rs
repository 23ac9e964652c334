//! How long a connection may be silent. The bytes that come and go and the requests under way are noted here; what is
//! awaited next says how long it may take: the head of a request, the next request, or the client taking its answer.
//! Bodies are not watched here: a handler that reads one is told that it came too slowly, and can still answer.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

/// How long each silence may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patience {
    /// From the first byte of a connection or request to the end of the request's head.
    pub(super) head: Duration,
    /// Between an answer and the next request.
    pub(super) idle: Duration,
    /// Without the client taking a byte of an answer.
    pub(super) write: Duration,
}

impl Patience {
    fn shortest(&self) -> Duration {
        self.head.min(self.idle).min(self.write)
    }
}

/// What a connection was silent about for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// The rest of a request's head.
    Head,
    /// Another request.
    Idle,
    /// Taking the answer.
    Write,
}

impl Silence {
    /// A word for monitoring.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Idle => "idle",
            Self::Write => "write",
        }
    }
}

/// The state of one connection.
pub(super) struct Pulse {
    patience: Patience,
    state: Mutex<State>,
}

struct State {
    /// Requests whose answer has not been sent whole.
    under_way: usize,
    /// In HTTP/2 bytes come also between requests, so they do not mean that one begins.
    multiplexed: bool,
    /// Since when no request is under way.
    quiet_since: Instant,
    /// Since when a head is on its way.
    head_since: Option<Instant>,
    /// Since when the client takes nothing.
    stuck_since: Option<Instant>,
}

impl Pulse {
    /// Of a connection that has just been made: a head is awaited from now on.
    pub(super) fn new(patience: Patience) -> Arc<Self> {
        let now = Instant::now();
        let state =
            State { under_way: 0, multiplexed: false, quiet_since: now, head_since: Some(now), stuck_since: None };
        Arc::new(Self { patience, state: Mutex::new(state) })
    }

    /// A request has been read; it ends when what is returned is dropped.
    pub(super) fn begin(self: &Arc<Self>, multiplexed: bool) -> UnderWay {
        let mut state = self.state();
        state.under_way += 1;
        state.multiplexed |= multiplexed;
        state.head_since = None;
        UnderWay(Arc::clone(self))
    }

    /// Waits until the connection has been silent for too long. Nobody is woken when that changes, which it does several
    /// times a request: no silence can last too long before the shortest patience has gone by, so it is enough to look then.
    pub(super) async fn exhausted(&self) -> Silence {
        loop {
            let now = Instant::now();
            let look = now + self.patience.shortest();
            match self.deadline() {
                Some((deadline, silence)) if deadline <= now => return silence,
                Some((deadline, _)) => sleep_until(deadline.min(look)).await,
                None => sleep_until(look).await,
            }
        }
    }

    fn deadline(&self) -> Option<(Instant, Silence)> {
        let state = self.state();
        let write = state.stuck_since.map(|since| (since + self.patience.write, Silence::Write));
        let quiet = (state.under_way == 0).then(|| match state.head_since {
            Some(since) => (since + self.patience.head, Silence::Head),
            None => (state.quiet_since + self.patience.idle, Silence::Idle),
        });
        write.into_iter().chain(quiet).min_by_key(|(deadline, _)| *deadline)
    }

    fn received(&self) {
        let mut state = self.state();
        if state.under_way == 0 && !state.multiplexed && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    fn sending(&self, stuck: bool) {
        let mut state = self.state();
        if stuck != state.stuck_since.is_some() {
            state.stuck_since = stuck.then(Instant::now);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way.
pub(super) struct UnderWay(Arc<Pulse>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way -= 1;
        state.quiet_since = Instant::now();
    }
}

/// A stream whose bytes are noted.
pub(super) struct Watched<S> {
    stream: S,
    pulse: Arc<Pulse>,
}

impl<S> Watched<S> {
    pub(super) const fn new(stream: S, pulse: Arc<Pulse>) -> Self {
        Self { stream, pulse }
    }

    fn sent<T>(&self, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.pulse.sending(poll.is_pending());
        poll
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.pulse.received();
        }
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.sent(poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(cx);
        self.sent(poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.sent(poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.sent(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience =
        Patience { head: Duration::from_secs(10), idle: Duration::from_secs(60), write: Duration::from_secs(30) };

    async fn silent_for(pulse: &Pulse) -> (Silence, u64) {
        let begun = Instant::now();
        let silence = pulse.exhausted().await;
        (silence, begun.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_awaited_says_how_long() {
        let pulse = Pulse::new(PATIENCE);
        assert_eq!(silent_for(&pulse).await, (Silence::Head, 10), "a connection that says nothing");
        let request = pulse.begin(false);
        let endless = tokio::time::timeout(Duration::from_secs(3600), pulse.exhausted()).await;
        assert!(endless.is_err(), "a request under way is its handler's to end");
        pulse.sending(true);
        assert_eq!(silent_for(&pulse).await, (Silence::Write, 30));
        pulse.sending(false);
        drop(request);
        assert_eq!(silent_for(&pulse).await, (Silence::Idle, 60));
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_does_not_make_a_head_take_longer() {
        let pulse = Pulse::new(PATIENCE);
        drop(pulse.begin(false));
        tokio::time::advance(Duration::from_secs(20)).await;
        let trickle = async {
            loop {
                pulse.received();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::select! {
            silence = silent_for(&pulse) => assert_eq!(silence, (Silence::Head, 10)),
            () = trickle => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn between_requests_of_http_2_bytes_begin_none() {
        let pulse = Pulse::new(PATIENCE);
        drop(pulse.begin(true));
        pulse.received();
        assert_eq!(silent_for(&pulse).await, (Silence::Idle, 60));
    }
}
