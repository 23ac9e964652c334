//! Work that no request asks for: what has been deleted for long enough is purged, answers that were kept for repeated
//! requests are forgotten after a day, assertions of clients once they have expired. Every server does it; they do not get in each other's way.

use std::time::Duration;

use crate::domain::Domain;

/// How often. What is kept is kept for days, so an hour more or less is nothing.
const PERIOD: Duration = Duration::from_secs(60 * 60);

/// Works until it is dropped; a transaction under way is then rolled back. The first round begins at once.
pub(super) async fn run(domain: Domain) {
    let mut rounds = tokio::time::interval(PERIOD);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        purge(&domain).await;
        forget(&domain).await;
        if let Err(error) = domain.forget_assertions().await {
            tracing::warn!(%error, "expired assertions were not forgotten; it is tried again in the next round");
        }
    }
}

async fn purge(domain: &Domain) {
    match domain.purge().await {
        Ok(purged) if purged.groups + purged.users > 0 => {
            tracing::info!(groups = purged.groups, users = purged.users, "purged what was deleted long ago");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the purge of deleted rows stopped; it goes on in the next round"),
    }
}

async fn forget(domain: &Domain) {
    match domain.forget_requests().await {
        Ok(0) => {}
        Ok(requests) => tracing::info!(requests, "forgot answers that were kept for a day"),
        Err(error) => tracing::warn!(%error, "old answers were not forgotten; it is tried again in the next round"),
    }
}
