//! What this server remembers of tokens, clients and tenants from one request to the next, so that judging a credential costs no
//! query. The database stays the truth: memory is used only while [`super::watch`] vouches that every change is heard of,
//! nothing in it lasts longer than a few seconds, and what is read while something is being forgotten is not kept. It holds
//! hashes and rights, never a secret, and never that something does not exist.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::time::Instant;

use super::client_access::FoundClient;
use super::error::Error;
use super::tokens::FoundToken;
use crate::model::ids::{ClientId, TenantId, TokenId};
use crate::model::tenant::Tenant;

/// How much of credentials is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remember {
    /// Tokens, clients and names of tenants, of each at the most. With 0 every request asks the database; with more, one further connection
    /// is held that hears of changes. It must not pass through a pool of transactions, which loses what is announced.
    pub tokens: usize,
    /// How long. It bounds what a change costs that nobody announced: one made by hand in the database.
    pub lasts: Duration,
}

impl Remember {
    /// Nothing.
    pub const NOTHING: Self = Self::up_to(0);

    /// So many tokens, for five seconds each.
    #[must_use]
    pub const fn up_to(tokens: usize) -> Self {
        Self { tokens, lasts: Duration::from_secs(5) }
    }
}

/// Tokens, clients and tenants, the most used of them when there are more than fit.
pub(super) struct Memory {
    tokens: Cache<(TenantId, TokenId), Held<FoundToken>>,
    clients: Cache<(TenantId, ClientId), Held<FoundClient>>,
    tenants: Cache<String, Held<Tenant>>,
    lasts: Duration,
    /// How often something was forgotten. What was read before the last time may be out of date and is not kept.
    forgotten: RwLock<u64>,
    begun: Instant,
    /// Milliseconds from `begun` until which changes are known to be heard of.
    vouched: AtomicU64,
}

#[derive(Clone)]
struct Held<T> {
    value: Arc<T>,
    until: Instant,
}

impl Memory {
    pub(super) fn new(remember: Remember) -> Self {
        Self {
            tokens: Cache::new(remember.tokens),
            clients: Cache::new(remember.tokens),
            tenants: Cache::new(remember.tokens),
            lasts: remember.lasts,
            forgotten: RwLock::new(0),
            begun: Instant::now(),
            vouched: AtomicU64::new(0),
        }
    }

    /// The token, as remembered or as `find` finds it.
    pub(super) async fn token(
        &self,
        key: (TenantId, TokenId),
        find: impl AsyncFnOnce() -> Result<Option<FoundToken>, Error>,
    ) -> Result<Option<Arc<FoundToken>>, Error> {
        match self.recall(self.tokens.get(&key)) {
            Some(token) => Ok(Some(token)),
            None => self.learn(find, |held| self.tokens.insert(key, held)).await,
        }
    }

    /// The OAuth client, as remembered or as `find` finds it.
    pub(super) async fn client(
        &self,
        key: (TenantId, ClientId),
        find: impl AsyncFnOnce() -> Result<Option<FoundClient>, Error>,
    ) -> Result<Option<Arc<FoundClient>>, Error> {
        match self.recall(self.clients.get(&key)) {
            Some(client) => Ok(Some(client)),
            None => self.learn(find, |held| self.clients.insert(key, held)).await,
        }
    }

    /// The tenant of a name, as remembered or as `find` finds it.
    pub(super) async fn tenant(
        &self,
        name: &str,
        find: impl AsyncFnOnce() -> Result<Option<Tenant>, Error>,
    ) -> Result<Option<Arc<Tenant>>, Error> {
        match self.recall(self.tenants.get(name)) {
            Some(tenant) => Ok(Some(tenant)),
            None => self.learn(find, |held| self.tenants.insert(name.to_owned(), held)).await,
        }
    }

    fn recall<T>(&self, held: Option<Held<T>>) -> Option<Arc<T>> {
        let now = Instant::now();
        held.filter(|held| held.until > now && self.is_vouched_for(now)).map(|held| held.value)
    }

    async fn learn<T>(
        &self,
        find: impl AsyncFnOnce() -> Result<Option<T>, Error>,
        keep: impl FnOnce(Held<T>),
    ) -> Result<Option<Arc<T>>, Error> {
        let before = *self.forgotten.read().unwrap_or_else(PoisonError::into_inner);
        let until = Instant::now() + self.lasts;
        let Some(value) = find().await?.map(Arc::new) else { return Ok(None) };
        let forgotten = self.forgotten.read().unwrap_or_else(PoisonError::into_inner);
        if *forgotten == before && self.is_vouched_for(Instant::now()) {
            keep(Held { value: Arc::clone(&value), until });
        }
        drop(forgotten);
        Ok(Some(value))
    }

    /// Forgets what is remembered of a tenant, its tokens and clients; of the platform's with [`TenantId::NONE`].
    pub(super) fn forget(&self, tenant: TenantId) {
        let mut forgotten = self.forgotten.write().unwrap_or_else(PoisonError::into_inner);
        *forgotten += 1;
        self.tokens.retain(|(owner, _), _| *owner != tenant);
        self.clients.retain(|(owner, _), _| *owner != tenant);
        self.tenants.retain(|_, held| held.value.id != tenant);
    }

    /// Forgets everything.
    pub(super) fn forget_all(&self) {
        let mut forgotten = self.forgotten.write().unwrap_or_else(PoisonError::into_inner);
        *forgotten += 1;
        self.tokens.clear();
        self.clients.clear();
        self.tenants.clear();
    }

    /// Says that every change until then will be heard of.
    pub(super) fn vouch(&self, until: Instant) {
        let since = until.saturating_duration_since(self.begun).as_millis();
        self.vouched.store(u64::try_from(since).unwrap_or(u64::MAX), Ordering::Release);
    }

    /// Takes that back.
    pub(super) fn doubt(&self) {
        self.vouched.store(0, Ordering::Release);
    }

    /// A number that is another one once anything has been forgotten; `None` while changes go unheard.
    pub(super) fn knowledge(&self) -> Option<u64> {
        let forgotten = *self.forgotten.read().unwrap_or_else(PoisonError::into_inner);
        self.is_vouched_for(Instant::now()).then_some(forgotten)
    }

    fn is_vouched_for(&self, now: Instant) -> bool {
        let vouched = Duration::from_millis(self.vouched.load(Ordering::Acquire));
        now.saturating_duration_since(self.begun) < vouched
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Clock;
    use crate::model::settings::TenantSettings;
    use crate::model::tenant::{Standing, Status};
    use crate::model::version::Version;

    fn tenant(slug: &str) -> Tenant {
        let clock = Clock::system();
        Tenant {
            id: TenantId::generate(&clock),
            partner: None,
            slug: slug.to_owned(),
            name: slug.to_owned(),
            status: Status::Active,
            standing: Standing::Active,
            user_limit: None,
            settings: Arc::new(TenantSettings::default()),
            created_at: clock.now(),
            updated_at: clock.now(),
            version: Version(1),
        }
    }

    /// Whether the database was asked for the tenant.
    async fn asks(memory: &Memory, tenant: &Tenant) -> bool {
        let mut asked = false;
        let find = async || {
            asked = true;
            Ok(Some(tenant.clone()))
        };
        let found = memory.tenant(&tenant.slug, find).await.unwrap();
        assert_eq!(found.unwrap().id, tenant.id);
        asked
    }

    fn vouched_for() -> Memory {
        let memory = Memory::new(Remember::up_to(8));
        memory.vouch(Instant::now() + Duration::from_secs(3600));
        memory
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_is_not_asked_for_until_it_is_old() {
        let (memory, acme) = (vouched_for(), tenant("acme"));
        assert!(asks(&memory, &acme).await);
        assert!(!asks(&memory, &acme).await);
        tokio::time::advance(memory.lasts).await;
        assert!(asks(&memory, &acme).await);
        assert!(!asks(&memory, &acme).await);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_believed_that_nobody_vouches_for() {
        let (memory, acme) = (Memory::new(Remember::up_to(8)), tenant("acme"));
        assert!(asks(&memory, &acme).await && asks(&memory, &acme).await);
        memory.vouch(Instant::now() + Duration::from_secs(1));
        assert!(asks(&memory, &acme).await && !asks(&memory, &acme).await);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(asks(&memory, &acme).await && asks(&memory, &acme).await);
        // Every change until then was heard of, if late: what was known still holds.
        memory.vouch(Instant::now() + Duration::from_secs(1));
        assert!(!asks(&memory, &acme).await);
        memory.doubt();
        assert!(asks(&memory, &acme).await);
    }

    #[tokio::test(start_paused = true)]
    async fn forgetting_one_tenant_leaves_the_others() {
        let (memory, acme, globex) = (vouched_for(), tenant("acme"), tenant("globex"));
        assert!(asks(&memory, &acme).await && asks(&memory, &globex).await);
        memory.forget(acme.id);
        assert!(asks(&memory, &acme).await && !asks(&memory, &globex).await);
        memory.forget_all();
        assert!(asks(&memory, &acme).await && asks(&memory, &globex).await);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_read_before_a_change_is_not_kept_after_it() {
        let (memory, acme) = (vouched_for(), tenant("acme"));
        let find = async || {
            // Somebody changes it after it was read.
            memory.forget(acme.id);
            Ok(Some(acme.clone()))
        };
        memory.tenant("acme", find).await.unwrap();
        assert!(asks(&memory, &acme).await);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_held_than_fits() {
        let memory = vouched_for();
        for number in 0..100 {
            asks(&memory, &tenant(&format!("tenant{number}"))).await;
        }
        assert!(memory.tenants.len() <= 8, "{}", memory.tenants.len());
    }
}
