//! Looks at a replica and its primary without changing either, for `convoke doctor`.

use std::time::Duration;

use tokio::time::timeout;

use super::index::{Position, Standby};
use crate::store::error::Error;
use crate::store::pool::establish;

/// How long each of them may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a replica stands to its primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplicaFound {
    /// It follows, and lacks so many bytes of the log.
    Follows(u64),
    /// It cannot be used, and why.
    Wrong(&'static str),
}

/// Compares a replica with its primary. The replica is asked first, so that it is not taken to be ahead.
///
/// # Errors
/// One of them cannot be asked.
pub async fn look_at_replica(primary: &str, replica: &str) -> Result<ReplicaFound, Error> {
    let standby = asked(replica, async |connection| Standby::look(connection).await).await?;
    let position = asked(primary, async |connection| Position::look(connection).await).await?;
    Ok(standby.lag_behind(&position).map_or_else(ReplicaFound::Wrong, ReplicaFound::Follows))
}

async fn asked<T>(
    url: &str,
    question: impl AsyncFnOnce(&mut diesel_async::AsyncPgConnection) -> Result<T, Error>,
) -> Result<T, Error> {
    let asking = async {
        let connected = establish(url).await;
        question(&mut connected.map_err(|error| Error::Unavailable(error.to_string()))?).await
    };
    timeout(PATIENCE, asking).await.map_err(|_| Error::Unavailable("no answer in time".to_owned()))?
}
