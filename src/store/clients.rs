//! The rows of OAuth clients. Hashes of secrets go in; nothing here sees a secret.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::tables::{clients, platform_clients};
use crate::model::ids::{ClientId, TenantId};
use crate::model::token::TokenHash;

/// An OAuth client, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientInfo {
    /// Its id.
    pub id: ClientId,
    /// Its tenant; `None` for the platform's.
    pub tenant: Option<TenantId>,
    /// A name people gave it.
    pub name: String,
    /// Scopes it may ask for.
    pub scopes: Vec<String>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Writes a new OAuth client.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn insert_client(&self, client: &ClientInfo, secret: &TokenHash) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        match client.tenant {
            Some(tenant) => {
                diesel::insert_into(clients::table)
                    .values((
                        clients::tenant_id.eq(tenant.uuid()),
                        clients::id.eq(client.id.uuid()),
                        clients::name.eq(&client.name),
                        clients::scopes.eq(&client.scopes),
                        clients::secret_hash.eq(&secret.0),
                        clients::created_at.eq(client.created_at),
                    ))
                    .execute(&mut *loan)
                    .await?
            }
            None => {
                diesel::insert_into(platform_clients::table)
                    .values((
                        platform_clients::id.eq(client.id.uuid()),
                        platform_clients::name.eq(&client.name),
                        platform_clients::scopes.eq(&client.scopes),
                        platform_clients::secret_hash.eq(&secret.0),
                        platform_clients::created_at.eq(client.created_at),
                    ))
                    .execute(&mut *loan)
                    .await?
            }
        };
        Ok(())
    }

    /// Every OAuth client there is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn clients(&self) -> Result<Vec<ClientInfo>, Error> {
        type Row = (Uuid, String, Vec<String>, DateTime<Utc>, Option<DateTime<Utc>>);
        let info = |tenant: Option<Uuid>, (id, name, scopes, created_at, revoked_at): Row| ClientInfo {
            id: id.into(),
            tenant: tenant.map(TenantId::from),
            name,
            scopes,
            created_at,
            revoked_at,
        };
        let mut loan = self.loan().await?;
        use platform_clients as p;
        let platform: Vec<Row> = p::table
            .order(p::id)
            .select((p::id, p::name, p::scopes, p::created_at, p::revoked_at))
            .load(&mut *loan)
            .await?;
        use clients as c;
        let rows: Vec<(Uuid, Row)> = c::table
            .order((c::tenant_id, c::id))
            .select((c::tenant_id, (c::id, c::name, c::scopes, c::created_at, c::revoked_at)))
            .load(&mut *loan)
            .await?;
        let of_platform = platform.into_iter().map(|row| info(None, row));
        Ok(of_platform.chain(rows.into_iter().map(|(tenant, row)| info(Some(tenant), row))).collect())
    }

    /// Ends an OAuth client; `false` when there is none with this id.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn revoke_client(&self, id: ClientId, at: DateTime<Utc>) -> Result<bool, Error> {
        let mut loan = self.loan().await?;
        let ended = diesel::update(clients::table.filter(clients::id.eq(id.uuid())))
            .set(clients::revoked_at.eq(at))
            .execute(&mut *loan)
            .await?;
        let platform = diesel::update(platform_clients::table.find(id.uuid()))
            .set(platform_clients::revoked_at.eq(at))
            .execute(&mut *loan)
            .await?;
        Ok(ended + platform > 0)
    }

    /// Gives an OAuth client another secret; the one before it works until `overlap_ends`. `false` when there is no such
    /// client or it was revoked.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn rotate_client(
        &self,
        id: ClientId,
        secret: &TokenHash,
        overlap_ends: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let mut loan = self.loan().await?;
        let of_tenant = diesel::update(clients::table)
            .filter(clients::id.eq(id.uuid()))
            .filter(clients::revoked_at.is_null())
            .set((
                clients::previous_hash.eq(clients::secret_hash.nullable()),
                clients::previous_until.eq(overlap_ends),
                clients::secret_hash.eq(&secret.0),
            ))
            .execute(&mut *loan)
            .await?;
        let of_platform = diesel::update(platform_clients::table)
            .filter(platform_clients::id.eq(id.uuid()))
            .filter(platform_clients::revoked_at.is_null())
            .set((
                platform_clients::previous_hash.eq(platform_clients::secret_hash.nullable()),
                platform_clients::previous_until.eq(overlap_ends),
                platform_clients::secret_hash.eq(&secret.0),
            ))
            .execute(&mut *loan)
            .await?;
        Ok(of_tenant + of_platform > 0)
    }
}
