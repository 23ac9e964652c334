//! Work that no request asks for: what has been deleted for long enough is purged. Every server does it; they do not get in
//! each other's way.

use std::time::Duration;

use crate::domain::Domain;

/// How often. Retention is counted in days, so an hour more or less is nothing.
const PERIOD: Duration = Duration::from_secs(60 * 60);

/// Works until it is dropped; a transaction under way is then rolled back. The first round begins at once.
pub(super) async fn run(domain: Domain) {
    let mut rounds = tokio::time::interval(PERIOD);
    rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        match domain.purge().await {
            Ok(purged) if purged.groups + purged.users > 0 => {
                tracing::info!(groups = purged.groups, users = purged.users, "purged what was deleted long ago");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the purge of deleted rows stopped; it goes on in the next round"),
        }
    }
}
