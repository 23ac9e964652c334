//! When tokens were last used, noted beside the requests: a busy token is written once a minute, several in one statement,
//! and no request waits for it. What a crash loses is the last second. A token in use that ends soon is told of in the log,
//! once a day.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::model::ids::{TenantId, TokenId};
use crate::model::token::TokenInfo;
use crate::store::Store;

/// A use within so long after a noted one is not noted.
const ENOUGH: TimeDelta = TimeDelta::minutes(1);
/// How often it is told that a token in use ends soon.
const TOLD: TimeDelta = TimeDelta::days(1);
/// How long uses are gathered before they are written.
const GATHER: Duration = Duration::from_secs(1);

/// Uses on their way to the database.
pub(super) struct Uses {
    store: Store,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// What was noted within the last minute, written or not.
    noted: HashMap<(TenantId, TokenId), DateTime<Utc>>,
    waiting: HashMap<TenantId, Vec<Uuid>>,
    /// Tokens of which was told within the last day that they end soon.
    told: HashMap<(TenantId, TokenId), DateTime<Utc>>,
}

impl Known {
    /// Whether it is the first to wait.
    fn add(&mut self, tenant: TenantId, token: TokenId, now: DateTime<Utc>) -> bool {
        if self.noted.get(&(tenant, token)).is_some_and(|at| now - *at < ENOUGH) {
            return false;
        }
        self.noted.insert((tenant, token), now);
        let first = self.waiting.is_empty();
        self.waiting.entry(tenant).or_default().push(token.uuid());
        first
    }

    /// Whether it is to be told now that a token ends soon.
    fn tell(&mut self, token: (TenantId, TokenId), now: DateTime<Utc>) -> bool {
        self.told.retain(|_, told| now - *told < TOLD);
        match self.told.entry(token) {
            Entry::Occupied(_) => false,
            Entry::Vacant(first) => {
                first.insert(now);
                true
            }
        }
    }

    /// Everything that waits, by tenant. What was noted long ago is let go.
    fn take(&mut self, now: DateTime<Utc>) -> HashMap<TenantId, Vec<Uuid>> {
        self.noted.retain(|_, noted| now - *noted < ENOUGH);
        std::mem::take(&mut self.waiting)
    }
}

impl Uses {
    pub(super) fn new(store: Store) -> Self {
        Self { store, known: Mutex::default() }
    }

    /// Notes the use of a token.
    pub(super) fn note(self: &Arc<Self>, token: &TokenInfo, now: DateTime<Utc>) {
        if token.expires_soon(now) && self.known().tell((token.tenant.unwrap_or(TenantId::NONE), token.id), now) {
            let expires_at = token.expires_at.map(|at| at.to_rfc3339());
            tracing::warn!(token.id = %token.id, token.name, expires_at, "a token in use expires soon: replace it");
        }
        if token.last_used_at.is_some_and(|at| now - at < ENOUGH) {
            return;
        }
        if self.known().add(token.tenant.unwrap_or(TenantId::NONE), token.id, now) {
            let uses = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(GATHER).await;
                uses.write(now).await;
            });
        }
    }

    async fn write(&self, at: DateTime<Utc>) {
        let waiting = self.known().take(at);
        for (tenant, tokens) in waiting {
            if let Err(error) = self.store.touch_tokens(tenant, &tokens, at).await {
                tracing::warn!(%error, tenant.id = %tenant, tokens = tokens.len(), "the use of tokens was not noted");
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
