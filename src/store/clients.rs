//! The rows of OAuth clients. Hashes of secrets go in; nothing here sees a secret. A tenant's clients lie with the tenant,
//! those of the platform above.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::error::Error;
use super::tables::{clients, platform_clients, tenants};
use super::transaction::{PlatformTx, TenantTx};
use super::watch::Changed;
use crate::model::ids::{ClientId, TenantId};
use crate::model::page::{Page, Window};
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

type Row = (Uuid, String, Vec<String>, DateTime<Utc>, Option<DateTime<Utc>>);

fn info(tenant: Option<Uuid>, (id, name, scopes, created_at, revoked_at): Row) -> ClientInfo {
    ClientInfo { id: id.into(), tenant: tenant.map(TenantId::from), name, scopes, created_at, revoked_at }
}

const OF_TENANT: (clients::id, clients::name, clients::scopes, clients::created_at, clients::revoked_at) =
    (clients::id, clients::name, clients::scopes, clients::created_at, clients::revoked_at);

const OF_PLATFORM: (
    platform_clients::id,
    platform_clients::name,
    platform_clients::scopes,
    platform_clients::created_at,
    platform_clients::revoked_at,
) = (
    platform_clients::id,
    platform_clients::name,
    platform_clients::scopes,
    platform_clients::created_at,
    platform_clients::revoked_at,
);

impl TenantTx {
    /// Writes a new client of the tenant.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn insert_client(
        &mut self,
        client: &ClientInfo,
        secret: &TokenHash,
        jwks: Option<&Value>,
    ) -> Result<(), Error> {
        diesel::insert_into(clients::table)
            .values((
                clients::tenant_id.eq(self.tenant),
                clients::id.eq(client.id.uuid()),
                clients::name.eq(&client.name),
                clients::scopes.eq(&client.scopes),
                clients::secret_hash.eq(&secret.0),
                clients::created_at.eq(client.created_at),
                clients::jwks.eq(jwks),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// A client of the tenant.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_client(&mut self, id: ClientId) -> Result<Option<ClientInfo>, Error> {
        let wanted = clients::table.find((self.tenant, id.uuid())).select(OF_TENANT);
        let row: Option<Row> = wanted.first(self.connection()).await.optional()?;
        Ok(row.map(|row| info(Some(self.tenant), row)))
    }

    /// Clients of the tenant, the newest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_clients(&mut self, window: Window) -> Result<Page<ClientInfo>, Error> {
        let tenant = self.tenant;
        let of_tenant = clients::table.filter(clients::tenant_id.eq(tenant));
        let page = of_tenant.order(clients::id.desc()).offset(window.offset).limit(window.limit);
        let rows: Vec<Row> = page.select(OF_TENANT).load(self.connection()).await?;
        let total = match window.total_if_known(rows.len()) {
            Some(total) => total,
            None => of_tenant.count().get_result(self.connection()).await?,
        };
        Ok(Page { items: rows.into_iter().map(|row| info(Some(tenant), row)).collect(), total })
    }

    /// Ends a client of the tenant; `false` when it had ended before, or there is none.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn end_client(&mut self, id: ClientId, at: DateTime<Utc>) -> Result<bool, Error> {
        let ended = diesel::update(clients::table.find((self.tenant, id.uuid())))
            .filter(clients::revoked_at.is_null())
            .set(clients::revoked_at.eq(at))
            .execute(self.connection())
            .await?;
        if ended > 0 {
            self.announce().await?;
        }
        Ok(ended > 0)
    }

    /// Gives a client of the tenant another secret; the one before it works until `overlap_ends`. `false` when there is
    /// no such client or it was revoked.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn rotate_client(
        &mut self,
        id: ClientId,
        secret: &TokenHash,
        overlap_ends: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let rotated = diesel::update(clients::table.find((self.tenant, id.uuid())))
            .filter(clients::revoked_at.is_null())
            .set((
                clients::previous_hash.eq(clients::secret_hash.nullable()),
                clients::previous_until.eq(overlap_ends),
                clients::secret_hash.eq(&secret.0),
            ))
            .execute(self.connection())
            .await?;
        Ok(rotated > 0)
    }
}

impl PlatformTx {
    /// Writes a new client of the platform.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn insert_client(
        &mut self,
        client: &ClientInfo,
        secret: &TokenHash,
        jwks: Option<&Value>,
    ) -> Result<(), Error> {
        diesel::insert_into(platform_clients::table)
            .values((
                platform_clients::id.eq(client.id.uuid()),
                platform_clients::name.eq(&client.name),
                platform_clients::scopes.eq(&client.scopes),
                platform_clients::secret_hash.eq(&secret.0),
                platform_clients::created_at.eq(client.created_at),
                platform_clients::jwks.eq(jwks),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// A client of the platform.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_client(&mut self, id: ClientId) -> Result<Option<ClientInfo>, Error> {
        let wanted = platform_clients::table.find(id.uuid()).select(OF_PLATFORM);
        let row: Option<Row> = wanted.first(self.connection()).await.optional()?;
        Ok(row.map(|row| info(None, row)))
    }

    /// Clients of the platform, the newest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_clients(&mut self, window: Window) -> Result<Page<ClientInfo>, Error> {
        let page = platform_clients::table.order(platform_clients::id.desc()).offset(window.offset).limit(window.limit);
        let rows: Vec<Row> = page.select(OF_PLATFORM).load(self.connection()).await?;
        let total = match window.total_if_known(rows.len()) {
            Some(total) => total,
            None => platform_clients::table.count().get_result(self.connection()).await?,
        };
        Ok(Page { items: rows.into_iter().map(|row| info(None, row)).collect(), total })
    }

    /// Ends a client of the platform; `false` when it had ended before, or there is none.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn end_client(&mut self, id: ClientId, at: DateTime<Utc>) -> Result<bool, Error> {
        let ended = diesel::update(platform_clients::table.find(id.uuid()))
            .filter(platform_clients::revoked_at.is_null())
            .set(platform_clients::revoked_at.eq(at))
            .execute(self.connection())
            .await?;
        if ended > 0 {
            self.announce(Changed::Tenant(TenantId::NONE)).await?;
        }
        Ok(ended > 0)
    }

    /// As [`TenantTx::rotate_client`], of the platform.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn rotate_client(
        &mut self,
        id: ClientId,
        secret: &TokenHash,
        overlap_ends: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let rotated = diesel::update(platform_clients::table.find(id.uuid()))
            .filter(platform_clients::revoked_at.is_null())
            .set((
                platform_clients::previous_hash.eq(platform_clients::secret_hash.nullable()),
                platform_clients::previous_until.eq(overlap_ends),
                platform_clients::secret_hash.eq(&secret.0),
            ))
            .execute(self.connection())
            .await?;
        Ok(rotated > 0)
    }

    /// Every client there is, the oldest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn all_clients(&mut self) -> Result<Vec<ClientInfo>, Error> {
        let platform: Vec<Row> =
            platform_clients::table.order(platform_clients::id).select(OF_PLATFORM).load(self.connection()).await?;
        let rows: Vec<(Uuid, Row)> = clients::table
            .order((clients::tenant_id, clients::id))
            .select((clients::tenant_id, OF_TENANT))
            .load(self.connection())
            .await?;
        let of_platform = platform.into_iter().map(|row| info(None, row));
        Ok(of_platform.chain(rows.into_iter().map(|(tenant, row)| info(Some(tenant), row))).collect())
    }

    /// The tenant with a client of this id: none for one of the platform or for no client. It asks each tenant's key.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenant_of_client(&mut self, id: ClientId) -> Result<Option<TenantId>, Error> {
        let found: Option<Uuid> = clients::table
            .filter(clients::tenant_id.eq_any(tenants::table.select(tenants::id)))
            .filter(clients::id.eq(id.uuid()))
            .select(clients::tenant_id)
            .first(self.connection())
            .await
            .optional()?;
        Ok(found.map(TenantId::from))
    }
}
