//! The rows of tokens and API keys. Hashes go in and are compared outside; nothing here sees a secret. What was found is
//! remembered for a while, and whatever ends a token is announced to every server.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::tables::{platform_tokens, tenants, tokens};
use super::{Store, tenants as tenant_rows, watch};
use crate::model::ids::{PartnerId, TenantId, TokenId, UserId};
use crate::model::tenant::Tenant;
use crate::model::token::{TokenHash, TokenInfo};

/// A token as it was found, with what is needed to judge it.
#[derive(Debug, Clone)]
pub struct FoundToken {
    /// The token.
    pub info: TokenInfo,
    /// The hash its text must have.
    pub hash: TokenHash,
    /// Its tenant, unless it belongs to the platform or a partner.
    pub tenant: Option<Tenant>,
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
    /// The token with this id, of this tenant or ([`TenantId::NONE`]) of the platform: as remembered, else as it is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn token(&self, tenant: TenantId, id: TokenId) -> Result<Option<Arc<FoundToken>>, Error> {
        self.memory.token((tenant, id), async || self.find_token(tenant, id).await).await
    }

    async fn find_token(&self, tenant: TenantId, id: TokenId) -> Result<Option<FoundToken>, Error> {
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
                FoundToken { info, hash, tenant: None }
            }));
        }
        let row: Option<(TenantRow, tenant_rows::Row)> = tokens::table
            .inner_join(tenants::table.on(tenants::id.eq(tokens::tenant_id)))
            .filter(tokens::tenant_id.eq(tenant.uuid()))
            .filter(tokens::id.eq(id.uuid()))
            .select((TenantRow::as_select(), tenant_rows::Row::as_select()))
            .first(&mut *loan)
            .await
            .optional()?;
        Ok(row.map(|(row, tenant)| {
            let (info, hash) = row.split();
            FoundToken { info, hash, tenant: Some(tenant.into()) }
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

    /// Notes that tokens of one tenant were used. A row that says so since the last minute stays as it is, and one that
    /// another server is writing to is left to that server.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn touch_tokens(&self, tenant: TenantId, ids: &[Uuid], at: DateTime<Utc>) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        let sql = if tenant == TenantId::NONE { TOUCH_PLATFORM } else { TOUCH };
        statement(sql)
            .bind::<sql_types::Array<sql_types::Uuid>, _>(ids)
            .bind::<sql_types::Timestamptz, _>(at)
            .bind::<sql_types::Uuid, _>(tenant.uuid())
            .execute(&mut *loan)
            .await?;
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
        let owner = loan.transaction(async |connection| revoke(connection, id, at).await).await?;
        if let Some(owner) = owner {
            self.memory.forget(owner);
        }
        Ok(owner.is_some())
    }
}

/// Ends a token and tells every server; whose it was.
async fn revoke(connection: &mut AsyncPgConnection, id: TokenId, at: DateTime<Utc>) -> Result<Option<TenantId>, Error> {
    for sql in [REVOKE, REVOKE_PLATFORM] {
        let owner: Option<Owner> = statement(sql)
            .bind::<sql_types::Uuid, _>(id.uuid())
            .bind::<sql_types::Timestamptz, _>(at)
            .get_result(connection)
            .await
            .optional()?;
        if let Some(owner) = owner {
            watch::announce(connection, owner.tenant_id).await?;
            return Ok(Some(owner.tenant_id.into()));
        }
    }
    Ok(None)
}

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = sql_types::Uuid)]
    tenant_id: Uuid,
}

const REVOKE: &str = "UPDATE tokens SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING tenant_id";

const REVOKE_PLATFORM: &str = "
UPDATE platform_tokens SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1
RETURNING '00000000-0000-0000-0000-000000000000'::uuid AS tenant_id";

const TOUCH: &str = "
UPDATE tokens SET last_used_at = $2 WHERE tenant_id = $3 AND id IN (
    SELECT id FROM tokens
    WHERE tenant_id = $3 AND id = ANY ($1) AND (last_used_at IS NULL OR last_used_at < $2 - interval '1 minute')
    FOR NO KEY UPDATE SKIP LOCKED)";

// $3 is the tenant that is none; naming it keeps both statements of one shape.
const TOUCH_PLATFORM: &str = "
UPDATE platform_tokens SET last_used_at = $2 WHERE $3::uuid IS NOT NULL AND id IN (
    SELECT id FROM platform_tokens
    WHERE id = ANY ($1) AND (last_used_at IS NULL OR last_used_at < $2 - interval '1 minute')
    FOR NO KEY UPDATE SKIP LOCKED)";
