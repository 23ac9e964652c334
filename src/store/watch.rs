//! Hears of changes to credentials and settings, wherever they are made, over a connection that does nothing else, and
//! makes [`Memory`] forget what they concern. While that connection answers once a second, it vouches for memory; when it
//! breaks or falls silent, nothing is believed until it is back.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures_util::{FutureExt, StreamExt};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use uuid::Uuid;

use super::error::Error;
use super::memory::Memory;
use super::pool::establish;
use super::statement::statement;
use crate::model::ids::TenantId;

/// How often the connection is asked whether it lives.
const BEAT: Duration = Duration::from_secs(1);
/// How long an answer is good for. It bounds for how long changes can go unheard when the network swallows everything
/// without a word; a connection that ends is noticed at once.
const VOUCHED: Duration = Duration::from_secs(4);
/// How long to wait before connecting again.
const AGAIN: Duration = Duration::from_millis(500);

/// A watch being kept; it ends when this is dropped.
pub(super) struct Watch(AbortHandle);

impl Watch {
    /// Ends it, because the database is about to.
    pub(super) fn end(&self) {
        self.0.abort();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whose credentials or settings have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// A tenant's; with [`TenantId::NONE`] tokens above tenants.
    Tenant(TenantId),
    /// Anybody's: a partner stands above its tenants.
    Anybody,
}

impl Changed {
    /// What a newer release says, and this one does not understand, may concern anybody.
    fn parse(payload: &str) -> Self {
        payload.parse().map_or(Self::Anybody, |tenant: Uuid| Self::Tenant(tenant.into()))
    }

    fn payload(self) -> String {
        match self {
            Self::Tenant(tenant) => tenant.uuid().to_string(),
            Self::Anybody => "*".to_owned(),
        }
    }

    /// Makes memory forget what is concerned.
    pub(super) fn forget(self, memory: &Memory) {
        match self {
            Self::Tenant(tenant) => memory.forget(tenant),
            Self::Anybody => memory.forget_all(),
        }
    }
}

/// Tells every server, when the transaction at hand commits. A statement of its own, so that it is executed where the
/// servers are connected, also when the tenant's rows lie on another shard.
pub(super) async fn announce(connection: &mut AsyncPgConnection, changed: Changed) -> Result<(), Error> {
    statement("SELECT pg_notify('convoke_access', $1)").bind::<Text, _>(changed.payload()).execute(connection).await?;
    Ok(())
}

/// Starts watching.
pub(super) fn watch(url: String, memory: Arc<Memory>) -> Watch {
    Watch(tokio::spawn(async move { keep_listening(&url, &memory).await }).abort_handle())
}

async fn keep_listening(url: &str, memory: &Memory) {
    let mut heard = true;
    loop {
        let Err(error) = listen(url, memory, &mut heard).await;
        memory.doubt();
        if std::mem::take(&mut heard) {
            tracing::warn!(%error, "changes of credentials go unheard; every request asks the database until they do not");
        }
        sleep(AGAIN).await;
    }
}

async fn listen(url: &str, memory: &Memory, heard: &mut bool) -> Result<Infallible, Error> {
    let connected = in_time(establish(url)).await?;
    let mut connection = connected.map_err(|error| Error::Unavailable(error.to_string()))?;
    in_time(connection.batch_execute("LISTEN convoke_access")).await??;
    // What changed before went unheard.
    memory.forget_all();
    loop {
        let asked = Instant::now();
        in_time(statement("SELECT 1").execute(&mut connection)).await??;
        // What was announced before the answer has arrived before it.
        while let Some(announced) = pin!(connection.notifications_stream()).next().now_or_never() {
            note(announced, memory)?;
        }
        memory.vouch(asked + VOUCHED);
        if !std::mem::replace(heard, true) {
            tracing::info!("changes of credentials are heard of again");
        }
        let mut announcements = pin!(connection.notifications_stream());
        let mut pause = pin!(sleep_until(asked + BEAT));
        loop {
            tokio::select! {
                announced = announcements.next() => note(announced, memory)?,
                () = &mut pause => break,
            }
        }
    }
}

fn note(announced: Option<diesel::QueryResult<diesel::pg::PgNotification>>, memory: &Memory) -> Result<(), Error> {
    let announcement = announced.ok_or_else(|| Error::Unavailable("the connection ended".to_owned()))??;
    Changed::parse(&announcement.payload).forget(memory);
    Ok(())
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T, Error> {
    timeout(VOUCHED, work).await.map_err(|_| Error::Unavailable("no answer in time".to_owned()))
}
