//! The public keys of one issuer, kept between requests. They are read anew when they get old and when a token names one
//! that is not known, by one request at a time and not more often than the issuer's pace; what a failing issuer published
//! before is believed for a while.

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;

use super::fault::JwtFault;
use super::fetch;
use crate::auth::Denied;
use crate::model::clock::Clock;
use crate::model::issuer::ExternalIssuer;
use crate::model::jwk::{PublicKey, PublicKeys};
use crate::store::{self, Store};

/// Where keys come from.
pub(super) enum Source {
    /// The server's own, from the database.
    Own(Store),
    /// Those an issuer publishes.
    External(Arc<ExternalIssuer>),
}

impl Source {
    /// How old keys may get before they are read anew, how long they may still be used when that fails, and how long to wait
    /// between two attempts.
    const fn pace(&self) -> (TimeDelta, TimeDelta, TimeDelta) {
        match self {
            Self::Own(_) => (TimeDelta::seconds(30), TimeDelta::zero(), TimeDelta::zero()),
            Self::External(_) => (TimeDelta::minutes(5), TimeDelta::hours(24), TimeDelta::seconds(10)),
        }
    }

    /// What is known of own keys now: one that another server has taken away must end.
    fn knowledge(&self) -> Option<u64> {
        match self {
            Self::Own(store) => store.knowledge(),
            Self::External(_) => Some(0),
        }
    }

    async fn read(&self, now: DateTime<Utc>) -> Result<PublicKeys, store::Error> {
        match self {
            Self::Own(store) => {
                let keys = store.published_keys(now).await?;
                Ok(PublicKeys::read(&serde_json::json!({ "keys": keys })))
            }
            Self::External(issuer) => fetch::keys(issuer).await.map_err(|error| {
                tracing::warn!(%error, issuer = issuer.issuer, "the keys of an issuer could not be fetched");
                store::Error::Unavailable(error.to_string())
            }),
        }
    }
}

/// The keys of one issuer.
pub(super) struct Keyring {
    source: Source,
    clock: Clock,
    state: RwLock<State>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    keys: Arc<PublicKeys>,
    read_at: Option<DateTime<Utc>>,
    tried_at: Option<DateTime<Utc>>,
    /// How often they have been read.
    readings: u64,
    /// What the server knew before it read them.
    knowledge: Option<u64>,
}

impl Keyring {
    pub(super) fn new(source: Source, clock: Clock) -> Self {
        Self { source, clock, state: RwLock::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The key of this name for this algorithm.
    pub(super) async fn find(self: &Arc<Self>, kid: Option<&str>, algorithm: Algorithm) -> Result<PublicKey, Denied> {
        let (fresh, grace, _) = self.source.pace();
        let state = self.state();
        let age = state.read_at.map_or(TimeDelta::MAX, |at| self.clock.now().signed_duration_since(at).abs());
        let known = state.keys.find(kid, algorithm).cloned();
        match known {
            Some(key) if age < fresh && self.still_holds(&state) => return Ok(key),
            Some(key) if age < fresh + grace && self.still_holds(&state) => {
                self.refresh_aside(&state);
                return Ok(key);
            }
            _ => {}
        }
        let read = self.refresh(state.readings).await;
        let state = self.state();
        let usable = state.read_at.is_some_and(|at| self.clock.now().signed_duration_since(at).abs() < fresh + grace);
        match (usable || read.is_ok()).then(|| state.keys.find(kid, algorithm).cloned()).flatten() {
            Some(key) => Ok(key),
            // While there is nothing to look it up in, the token may be as good as any.
            None if !usable => Err(read.err().map_or(Denied::Jwt(JwtFault::Key), Denied::Unavailable)),
            None => Err(JwtFault::Key.into()),
        }
    }

    /// Whether nothing has been heard since that could have taken a key away.
    fn still_holds(&self, state: &State) -> bool {
        state.knowledge.is_some() && state.knowledge == self.source.knowledge()
    }

    /// Reads the keys anew beside the request, unless that was tried a moment ago.
    fn refresh_aside(self: &Arc<Self>, seen: &State) {
        if self.may_try(seen) {
            let (keyring, readings) = (Arc::clone(self), seen.readings);
            // What goes wrong has been logged, and the keys at hand go on being used.
            tokio::spawn(async move { keyring.read(readings).await.ok() });
        }
    }

    /// Reads the keys anew, unless somebody has since `readings` were counted. A request that goes away does not stop it.
    async fn refresh(self: &Arc<Self>, readings: u64) -> Result<(), store::Error> {
        let keyring = Arc::clone(self);
        let reading = tokio::spawn(async move { keyring.read(readings).await });
        reading.await.unwrap_or_else(|_| Err(store::Error::Unavailable("reading keys ended early".to_owned())))
    }

    async fn read(&self, readings: u64) -> Result<(), store::Error> {
        let _turn = self.turn.lock().await;
        let state = self.state();
        if state.readings != readings {
            return Ok(());
        }
        if !self.may_try(&state) {
            return Err(store::Error::Unavailable("the issuer was asked for its keys a moment ago".to_owned()));
        }
        let now = self.clock.now();
        self.change(|state| state.tried_at = Some(now));
        let knowledge = self.source.knowledge();
        let keys = Arc::new(self.source.read(now).await?);
        self.change(|state| {
            state.keys = keys;
            state.knowledge = knowledge;
            state.read_at = Some(now);
            state.readings += 1;
        });
        Ok(())
    }

    fn may_try(&self, state: &State) -> bool {
        let (_, _, wait) = self.source.pace();
        state.tried_at.is_none_or(|at| self.clock.now().signed_duration_since(at).abs() >= wait)
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}
