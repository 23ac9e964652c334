//! Signals. SIGTERM and SIGINT ask for an orderly stop, a second one for a quick stop. SIGHUP asks for a look at the files
//! that may change while the server runs; without any it is taken note of, for closing a terminal must not kill a server.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::Error;

/// How often a stop was asked for.
#[derive(Clone)]
pub(super) struct Signals {
    stops: watch::Receiver<u32>,
    hang_ups: watch::Receiver<()>,
}

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Error> {
        let of = |kind| signal(kind).map_err(Error::Signals);
        let (terminated, interrupted) = (of(SignalKind::terminate())?, of(SignalKind::interrupt())?);
        let hung_up = of(SignalKind::hangup())?;
        let (sender, stops) = watch::channel(0);
        let (hung, hang_ups) = watch::channel(());
        tokio::spawn(count(terminated, interrupted, sender));
        tokio::spawn(pass_on(hung_up, hung));
        Ok(Self { stops, hang_ups })
    }

    /// Waits for the next SIGHUP.
    pub(super) async fn hang_up(&mut self) {
        if self.hang_ups.changed().await.is_err() {
            // The listening task is gone only when the runtime is.
            std::future::pending::<()>().await;
        }
    }

    /// Waits until a stop has been asked for.
    pub(super) async fn stop(&self) {
        self.asked(1).await;
    }

    /// Waits until a stop has been asked for twice.
    pub(super) async fn quick_stop(&self) {
        self.asked(2).await;
    }

    async fn asked(&self, times: u32) {
        if self.stops.clone().wait_for(|stops| *stops >= times).await.is_err() {
            // The listening task is gone only when the runtime is.
            std::future::pending::<()>().await;
        }
    }
}

async fn pass_on(mut hung_up: Signal, hang_ups: watch::Sender<()>) {
    while hung_up.recv().await.is_some() {
        hang_ups.send_replace(());
    }
}

async fn count(mut terminated: Signal, mut interrupted: Signal, stops: watch::Sender<u32>) {
    loop {
        tokio::select! {
            _ = terminated.recv() => stops.send_modify(|stops| *stops += 1),
            _ = interrupted.recv() => stops.send_modify(|stops| *stops += 1),
        }
    }
}
