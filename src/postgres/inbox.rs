//! How others speak to the thread that looks after the database. All waiting of that thread happens here, so that a
//! request to stop is seen at once, and a vanished owner counts as one.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::sync::oneshot;

use super::error::Error;

type Answer = oneshot::Sender<Result<(), Error>>;

/// The thread's end.
#[derive(Debug)]
pub(super) struct Inbox(Receiver<Answer>);

/// The owner's end; dropping it asks for a stop that nobody waits for.
#[derive(Debug)]
pub(super) struct Stopper(Sender<Answer>);

/// A request to stop.
#[derive(Debug)]
pub(super) struct Request(Option<Answer>);

pub(super) fn pair() -> (Stopper, Inbox) {
    let (sender, receiver) = channel();
    (Stopper(sender), Inbox(receiver))
}

impl Inbox {
    /// Waits for a request, at most that long. Blocks the thread.
    pub(super) fn wait(&self, patience: Duration) -> Option<Request> {
        match self.0.recv_timeout(patience) {
            Ok(answer) => Some(Request(Some(answer))),
            Err(RecvTimeoutError::Disconnected) => Some(Request(None)),
            Err(RecvTimeoutError::Timeout) => None,
        }
    }
}

impl Request {
    pub(super) fn answer(self, result: Result<(), Error>) {
        let unheard = match self.0 {
            Some(answer) => answer.send(result).err(),
            None => Some(result),
        };
        if let Some(Err(error)) = unheard {
            tracing::warn!(%error, "the database did not stop in good order");
        }
    }
}

impl Stopper {
    /// Asks for a stop and waits until it is done.
    ///
    /// # Errors
    /// What went wrong in stopping. That the thread is gone already is no error: then the database is, too.
    pub(super) async fn stop(self) -> Result<(), Error> {
        let (answer, done) = oneshot::channel();
        if self.0.send(answer).is_err() {
            return Ok(());
        }
        done.await.unwrap_or(Err(Error::SupervisorGone))
    }
}
