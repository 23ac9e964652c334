//! The rows of tokens, API keys and OAuth clients. Hashes go in and are compared outside; nothing here sees a secret.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::tables::{clients, platform_clients, platform_tokens, tenants, tokens};
use super::tenants::settings;
use crate::model::ids::{ClientId, PartnerId, TenantId, TokenId, UserId};
use crate::model::settings::TenantSettings;
use crate::model::token::{TokenHash, TokenInfo};

/// A token as it was found, with what is needed to judge it.
#[derive(Debug, Clone)]
pub struct FoundToken {
    /// The token.
    pub info: TokenInfo,
    /// The hash its text must have.
    pub hash: TokenHash,
    /// Its tenant's settings, unless it belongs to the platform or a partner.
    pub settings: Option<TenantSettings>,
    /// Whether its tenant may be used; `true` for the platform.
    pub tenant_active: bool,
}

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

#[derive(Queryable, Selectable)]
#[diesel(table_name = tokens)]
struct TenantRow {
    tenant_id: Uuid,
    id: Uuid,
    hash: Vec<u8>,
    name: String,
    api_key: bool,
    scopes: Vec<String>,
    roles: Vec<String>,
    user_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = platform_tokens)]
struct PlatformRow {
    id: Uuid,
    partner_id: Option<Uuid>,
    hash: Vec<u8>,
    name: String,
    scopes: Vec<String>,
    roles: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TenantRow {
    fn split(self) -> (TokenInfo, TokenHash) {
        let info = TokenInfo {
            id: self.id.into(),
            tenant: Some(self.tenant_id.into()),
            partner: None,
            name: self.name,
            api_key: self.api_key,
            scopes: self.scopes,
            roles: self.roles,
            user: self.user_id.map(UserId::from),
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
            revoked_at: self.revoked_at,
        };
        (info, TokenHash(self.hash))
    }
}

impl PlatformRow {
    fn split(self) -> (TokenInfo, TokenHash) {
        let info = TokenInfo {
            id: self.id.into(),
            tenant: None,
            partner: self.partner_id.map(PartnerId::from),
            name: self.name,
            api_key: false,
            scopes: self.scopes,
            roles: self.roles,
            user: None,
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
            revoked_at: self.revoked_at,
        };
        (info, TokenHash(self.hash))
    }
}

impl Store {
    /// The token with this id, of this tenant or ([`TenantId::NONE`]) of the platform.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn token(&self, tenant: TenantId, id: TokenId) -> Result<Option<FoundToken>, Error> {
        let mut loan = self.loan().await?;
        if tenant == TenantId::NONE {
            let row: Option<PlatformRow> = platform_tokens::table
                .find(id.uuid())
                .select(PlatformRow::as_select())
                .first(&mut *loan)
                .await
                .optional()?;
            return Ok(row.map(|row| {
                let (info, hash) = row.split();
                FoundToken { info, hash, settings: None, tenant_active: true }
            }));
        }
        let row: Option<(TenantRow, Value, String)> = tokens::table
            .inner_join(tenants::table.on(tenants::id.eq(tokens::tenant_id)))
            .filter(tokens::tenant_id.eq(tenant.uuid()))
            .filter(tokens::id.eq(id.uuid()))
            .select((TenantRow::as_select(), tenants::settings, tenants::status))
            .first(&mut *loan)
            .await
            .optional()?;
        Ok(row.map(|(row, stored, status)| {
            let (info, hash) = row.split();
            FoundToken { info, hash, settings: Some(settings(stored)), tenant_active: status == "ACTIVE" }
        }))
    }

    /// Writes a new token: of its tenant, or of the platform.
    ///
    /// # Errors
    /// [`Error::Broken`] when it names a user that is not there.
    pub async fn insert_token(&self, token: &TokenInfo, hash: &TokenHash) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        match token.tenant {
            Some(tenant) => {
                diesel::insert_into(tokens::table)
                    .values((
                        tokens::tenant_id.eq(tenant.uuid()),
                        tokens::id.eq(token.id.uuid()),
                        tokens::hash.eq(&hash.0),
                        tokens::name.eq(&token.name),
                        tokens::api_key.eq(token.api_key),
                        tokens::scopes.eq(&token.scopes),
                        tokens::roles.eq(&token.roles),
                        tokens::user_id.eq(token.user.map(UserId::uuid)),
                        tokens::created_at.eq(token.created_at),
                        tokens::expires_at.eq(token.expires_at),
                    ))
                    .execute(&mut *loan)
                    .await?
            }
            None => {
                diesel::insert_into(platform_tokens::table)
                    .values((
                        platform_tokens::id.eq(token.id.uuid()),
                        platform_tokens::partner_id.eq(token.partner.map(PartnerId::uuid)),
                        platform_tokens::hash.eq(&hash.0),
                        platform_tokens::name.eq(&token.name),
                        platform_tokens::scopes.eq(&token.scopes),
                        platform_tokens::roles.eq(&token.roles),
                        platform_tokens::created_at.eq(token.created_at),
                        platform_tokens::expires_at.eq(token.expires_at),
                    ))
                    .execute(&mut *loan)
                    .await?
            }
        };
        Ok(())
    }

    /// Notes that a token was used, once a minute at the most: a busy token's row is not written by every request.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn touch_token(&self, tenant: TenantId, id: TokenId, at: DateTime<Utc>) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        let stale = at - TimeDelta::minutes(1);
        if tenant == TenantId::NONE {
            diesel::update(platform_tokens::table.find(id.uuid()))
                .filter(platform_tokens::last_used_at.is_null().or(platform_tokens::last_used_at.lt(stale)))
                .set(platform_tokens::last_used_at.eq(at))
                .execute(&mut *loan)
                .await?;
        } else {
            diesel::update(tokens::table.find((tenant.uuid(), id.uuid())))
                .filter(tokens::last_used_at.is_null().or(tokens::last_used_at.lt(stale)))
                .set(tokens::last_used_at.eq(at))
                .execute(&mut *loan)
                .await?;
        }
        Ok(())
    }

    /// Every token there is, the oldest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tokens(&self) -> Result<Vec<TokenInfo>, Error> {
        let mut loan = self.loan().await?;
        let platform: Vec<PlatformRow> =
            platform_tokens::table.order(platform_tokens::id).select(PlatformRow::as_select()).load(&mut *loan).await?;
        let rows: Vec<TenantRow> = tokens::table
            .order((tokens::tenant_id, tokens::id))
            .select(TenantRow::as_select())
            .load(&mut *loan)
            .await?;
        Ok(platform.into_iter().map(|row| row.split().0).chain(rows.into_iter().map(|row| row.split().0)).collect())
    }

    /// Ends a token at once; `false` when there is none with this id. One that has ended keeps its time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn revoke_token(&self, id: TokenId, at: DateTime<Utc>) -> Result<bool, Error> {
        let mut loan = self.loan().await?;
        for tenant in [true, false] {
            let found = if tenant {
                tokens::table.filter(tokens::id.eq(id.uuid())).count().get_result::<i64>(&mut *loan).await?
            } else {
                platform_tokens::table.find(id.uuid()).count().get_result::<i64>(&mut *loan).await?
            };
            if found == 0 {
                continue;
            }
            if tenant {
                diesel::update(tokens::table.filter(tokens::id.eq(id.uuid())).filter(tokens::revoked_at.is_null()))
                    .set(tokens::revoked_at.eq(at))
                    .execute(&mut *loan)
                    .await?;
            } else {
                diesel::update(platform_tokens::table.find(id.uuid()).filter(platform_tokens::revoked_at.is_null()))
                    .set(platform_tokens::revoked_at.eq(at))
                    .execute(&mut *loan)
                    .await?;
            }
            return Ok(true);
        }
        Ok(false)
    }

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
