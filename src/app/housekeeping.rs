//! What a server does beside its requests: writes counts that are kept in memory to the database, keeps the numbers of its
//! monitoring small, and sees to it that the database knows how large its tables are. A failure waits for the next round.

use std::convert::Infallible;
use std::time::Duration;

use crate::api::Services;
use crate::domain::Domain;

/// Between two rounds. What a crash can lose of the counts is what came in since the last one.
const ROUND: Duration = Duration::from_secs(5);
/// Between two looks at how tables grow: what comes in between is planned for as if it were not there.
const LOOK: Duration = Duration::from_secs(2);
/// How long the last counts may take to be written when the server stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// Keeps house until it is dropped.
pub(super) async fn keep(services: &Services) -> Infallible {
    tokio::select! {
        never = keep_counts(services) => never,
        never = keep_statistics(&services.domain) => never,
    }
}

async fn keep_counts(services: &Services) -> Infallible {
    loop {
        tokio::time::sleep(ROUND).await;
        services.metrics.tidy();
        save(services).await;
    }
}

async fn keep_statistics(domain: &Domain) -> Infallible {
    loop {
        match domain.refresh_statistics().await {
            Ok(tables) if tables.is_empty() => {}
            Ok(tables) => tracing::debug!(?tables, "statistics of tables that have grown were made anew"),
            Err(error) => tracing::debug!(%error, "statistics of tables were not looked at"),
        }
        tokio::time::sleep(LOOK).await;
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
