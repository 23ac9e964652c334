//! The rows of the keys that the server signs its own tokens with. A private key comes and goes as it is stored, usually
//! encrypted: nothing here could open it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::statement::statement;
use super::tables::signing_keys;
use super::transaction::PlatformTx;
use super::watch::Changed;

/// A key as it is stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys)]
pub struct StoredKey {
    /// Its id, which tokens name as `kid`.
    pub id: Uuid,
    /// The algorithm of its signatures, as JWTs name it.
    pub algorithm: String,
    /// The private key, encrypted or as it is.
    pub private_key: Vec<u8>,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// The public key, as a JWK.
    pub public_jwk: Value,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it signs.
    pub active_from: DateTime<Utc>,
    /// When another one took its place.
    pub retired_at: Option<DateTime<Utc>>,
    /// Until when its signatures are believed; unset for the one that signs.
    pub verifies_until: Option<DateTime<Utc>>,
}

impl Store {
    /// The key that signs.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn current_signing_key(&self) -> Result<Option<StoredKey>, Error> {
        let mut loan = self.loan().await?;
        let current = signing_keys::table.filter(signing_keys::retired_at.is_null());
        Ok(current.select(StoredKey::as_select()).first(&mut *loan).await.optional()?)
    }

    /// The public keys whose signatures are believed at this time, the newest first, as JWKs.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn published_keys(&self, at: DateTime<Utc>) -> Result<Vec<Value>, Error> {
        let mut loan = self.loan().await?;
        let believed = signing_keys::verifies_until.is_null().or(signing_keys::verifies_until.gt(at));
        let keys = signing_keys::table.filter(believed).order(signing_keys::id.desc());
        Ok(keys.select(signing_keys::public_jwk).load(&mut *loan).await?)
    }
}

impl PlatformTx {
    /// Keeps others from replacing the key until the transaction ends.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_signing_keys(&mut self) -> Result<(), Error> {
        statement("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE").execute(self.connection()).await?;
        Ok(())
    }

    /// Keys, the newest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn signing_keys(&mut self) -> Result<Vec<StoredKey>, Error> {
        let keys = signing_keys::table.order(signing_keys::id.desc()).select(StoredKey::as_select());
        Ok(keys.load(self.connection()).await?)
    }

    /// Takes the key that signs out of use: its signatures are believed until `until`. All that are out of use already are
    /// believed no longer than that either, and those believed no more are deleted. Every server is told.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn retire_signing_keys(&mut self, at: DateTime<Utc>, until: DateTime<Utc>) -> Result<(), Error> {
        diesel::update(signing_keys::table.filter(signing_keys::retired_at.is_null()))
            .set((signing_keys::retired_at.eq(at), signing_keys::verifies_until.eq(until)))
            .execute(self.connection())
            .await?;
        diesel::update(signing_keys::table.filter(signing_keys::verifies_until.gt(until)))
            .set(signing_keys::verifies_until.eq(until))
            .execute(self.connection())
            .await?;
        diesel::delete(signing_keys::table.filter(signing_keys::verifies_until.le(at)))
            .execute(self.connection())
            .await?;
        self.announce(Changed::Anybody).await
    }

    /// Writes the key that signs from now on.
    ///
    /// # Errors
    /// [`Error::Duplicate`] while another one signs.
    pub async fn insert_signing_key(&mut self, key: &StoredKey) -> Result<(), Error> {
        diesel::insert_into(signing_keys::table).values(key).execute(self.connection()).await?;
        Ok(())
    }
}
