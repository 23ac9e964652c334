//! What a server does beside its requests: writes counts that are kept in memory to the database, and keeps the numbers of
//! its monitoring small. Nothing here is urgent, and a failure waits for the next round.

use std::convert::Infallible;
use std::time::Duration;

use crate::api::Services;

/// Between two rounds. What a crash can lose of the counts is what came in since the last one.
const ROUND: Duration = Duration::from_secs(5);
/// How long the last counts may take to be written when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Keeps house until it is dropped.
pub(super) async fn keep(services: &Services) -> Infallible {
    loop {
        tokio::time::sleep(ROUND).await;
        services.metrics.tidy();
        save(services).await;
    }
}

/// Writes what has been counted since the last round.
pub(super) async fn finish(services: &Services) {
    if tokio::time::timeout(FAREWELL, save(services)).await.is_err() {
        tracing::warn!("the last counts of leniencies were not written: the database took too long");
    }
}

async fn save(services: &Services) {
    if let Err(error) = services.domain.save_leniencies().await {
        tracing::warn!(%error, "counts of leniencies were not written");
    }
}
