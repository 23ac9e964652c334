//! The frame of every administrative command: reach the database, do the work, let the database go whatever came of it.

use super::exit::Failure;
use crate::app::Operator;
use crate::config::Settings;
use crate::domain::Domain;

/// Runs `work` with the verbs on the database of the settings.
pub(super) async fn with_domain<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&Domain) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let operator = Operator::open(settings).await?;
    let outcome = work(operator.domain()).await;
    let closed = operator.close().await;
    let value = outcome?;
    closed?;
    Ok(value)
}
