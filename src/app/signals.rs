//! Signals. SIGTERM and SIGINT ask for an orderly stop, a second one for a quick stop. SIGHUP is taken note of: there is
//! nothing to reload, and closing a terminal must not kill a server.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::Error;

/// How often a stop was asked for.
#[derive(Clone)]
pub(super) struct Signals {
    stops: watch::Receiver<u32>,
}

impl Signals {
    /// Listens from now on.
    pub(super) fn listen() -> Result<Self, Error> {
        let of = |kind| signal(kind).map_err(Error::Signals);
        let (terminated, interrupted) = (of(SignalKind::terminate())?, of(SignalKind::interrupt())?);
        let hung_up = of(SignalKind::hangup())?;
        let (sender, stops) = watch::channel(0);
        tokio::spawn(count(terminated, interrupted, hung_up, sender));
        Ok(Self { stops })
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

async fn count(mut terminated: Signal, mut interrupted: Signal, mut hung_up: Signal, stops: watch::Sender<u32>) {
    loop {
        tokio::select! {
            _ = terminated.recv() => stops.send_modify(|stops| *stops += 1),
            _ = interrupted.recv() => stops.send_modify(|stops| *stops += 1),
            _ = hung_up.recv() => tracing::info!("SIGHUP: nothing to reload; settings are read at the start"),
        }
    }
}
