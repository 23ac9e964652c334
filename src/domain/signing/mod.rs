//! The keys that the server signs its own tokens with: one signs, those before it are believed until the last token they
//! signed has expired. The first is made when it is needed; another takes its place when somebody says so.

mod tokens;
mod vault;

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Value, json};

pub use self::tokens::{AccessToken, LIFETIME};
use self::vault::Vault;
use super::operator::operator_everywhere;
use super::{Domain, Error, Result};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::ids::SigningKeyId;
use crate::store;
use crate::store::signing_keys::StoredKey;

/// How much longer than its last token lives a key is believed: clocks differ.
const MARGIN: TimeDelta = TimeDelta::minutes(10);

/// What signing needs to know.
#[derive(Clone, Default)]
pub(super) struct Signing {
    vault: Vault,
    current: Arc<Mutex<Option<Held>>>,
}

#[derive(Clone)]
struct Held {
    id: SigningKeyId,
    key: EncodingKey,
}

/// A signing key, without its private part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyInfo {
    /// Its id, which tokens name as `kid`.
    pub id: SigningKeyId,
    /// The algorithm of its signatures, as JWTs name it.
    pub algorithm: String,
    /// Whether it is encrypted at rest.
    pub encrypted: bool,
    /// When it was made, and began to sign.
    pub created_at: DateTime<Utc>,
    /// When another one took its place.
    pub retired_at: Option<DateTime<Utc>>,
    /// Until when its signatures are believed; unset for the one that signs.
    pub verifies_until: Option<DateTime<Utc>>,
}

impl From<&StoredKey> for SigningKeyInfo {
    fn from(key: &StoredKey) -> Self {
        Self {
            id: key.id.into(),
            algorithm: key.algorithm.clone(),
            encrypted: key.encrypted,
            created_at: key.created_at,
            retired_at: key.retired_at,
            verifies_until: key.verifies_until,
        }
    }
}

impl Domain {
    /// The same, with private keys encrypted at rest by this key of 32 bytes.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a key of another length.
    pub fn encrypting_with(mut self, key: &SecretSlice<u8>) -> Result<Self> {
        self.signing.vault = Vault::new(key)?;
        Ok(self)
    }

    /// Signing keys, the newest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKeyInfo>> {
        let keys = self.store.platform_statements(&operator_everywhere()).await?.signing_keys().await?;
        Ok(keys.iter().map(SigningKeyInfo::from).collect())
    }

    /// The public keys whose signatures are believed now, as a JWK set (RFC 7517 section 5).
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn published_keys(&self) -> Result<Value> {
        Ok(json!({ "keys": self.store.published_keys(self.clock.now()).await? }))
    }

    /// Puts a new key in the place of the one that signs. The old one is believed until its last token has expired, or, when
    /// it is known to somebody else, no longer: every token there is then ends `at_once`.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn rotate_signing_key(&self, at_once: bool) -> Result<SigningKeyInfo> {
        let (scope, now) = (operator_everywhere(), self.clock.now());
        let key = self.new_signing_key()?;
        let until = if at_once { now } else { now + LIFETIME + MARGIN };
        in_transaction!(self.store.begin_platform(&scope), |tx| {
            tx.lock_signing_keys().await?;
            tx.retire_signing_keys(now, until).await?;
            tx.insert_signing_key(&key).await?;
            let after = json!({ "algorithm": key.algorithm, "at_once": at_once });
            let event = Event { kind: Kind::SigningKeyRotated, resource: key.id, before: None, after: Some(after) };
            tx.record(&event, None, scope.actor(), now).await?;
            Ok::<_, Error>(())
        })?;
        Ok(SigningKeyInfo::from(&key))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Option<Held>> {
        self.signing.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that signs now. The database says which, each time: another server may have replaced it. What is kept is
    /// only the trouble of opening it.
    async fn signing_key(&self) -> Result<Held> {
        let stored = match self.store.current_signing_key().await? {
            Some(key) => key,
            None => self.first_signing_key().await?,
        };
        let id = stored.id.into();
        if let Some(held) = self.held().clone().filter(|held| held.id == id) {
            return Ok(held);
        }
        let private = self.signing.vault.open(id, &stored.private_key, stored.encrypted)?;
        let held = Held { id, key: EncodingKey::from_ec_der(private.expose_secret()) };
        *self.held() = Some(held.clone());
        Ok(held)
    }

    /// Makes the first key, unless another server has done so by now.
    async fn first_signing_key(&self) -> Result<StoredKey> {
        let key = self.new_signing_key()?;
        let mut statements = self.store.platform_statements(&operator_everywhere()).await?;
        match statements.insert_signing_key(&key).await {
            Ok(()) => return Ok(key),
            Err(store::Error::Duplicate(_)) => {}
            Err(error) => return Err(error.into()),
        }
        drop(statements);
        let there = self.store.current_signing_key().await?;
        there.ok_or_else(|| Error::InTheWay("the signing key was taken away while it was read".to_owned()))
    }

    fn new_signing_key(&self) -> Result<StoredKey> {
        let unmade = || Error::InTheWay("a signing key could not be made".to_owned());
        let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        let pair = pair.map_err(|_| unmade())?;
        let (id, now) = (SigningKeyId::generate(&self.clock), self.clock.now());
        let key = EncodingKey::from_ec_der(pair.as_ref());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(|_| unmade())?;
        public.common.key_id = Some(id.to_string());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let (private_key, encrypted) = self.signing.vault.seal(id, pair.as_ref())?;
        Ok(StoredKey {
            id: id.uuid(),
            algorithm: "ES256".to_owned(),
            private_key,
            encrypted,
            public_jwk: serde_json::to_value(public).map_err(|_| unmade())?,
            created_at: now,
            active_from: now,
            retired_at: None,
            verifies_until: None,
        })
    }
}
