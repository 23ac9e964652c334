//! The rows of tokens and API keys as a request finds them, remembered from one request to the next. Hashes are compared
//! outside; nothing here sees a secret. What administrators do with tokens is in `token_list`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::tables::{partners, platform_tokens, tenants, tokens};
use super::tenants::{State, state, status};
use super::{Store, tenants as tenant_rows};
use crate::model::ids::{PartnerId, TenantId, TokenId, UserId};
use crate::model::principal::Principal;
use crate::model::tenant::{Standing, Status, Tenant};
use crate::model::token::{TokenHash, TokenInfo};

/// A token as it was found, with what is needed to judge it.
#[derive(Debug, Clone)]
pub struct FoundToken {
    /// The token.
    pub info: TokenInfo,
    /// Whom it stands for.
    pub principal: Arc<Principal>,
    /// The hash its text must have.
    pub hash: TokenHash,
    /// Its tenant, unless it belongs to the platform or a partner.
    pub tenant: Option<Arc<Tenant>>,
    /// How its tenant stands, or for a partner's token its partner; the platform always stands.
    pub standing: Standing,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = tokens)]
pub(super) struct TenantRow {
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
pub(super) struct PlatformRow {
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
    pub(super) fn split(self) -> (TokenInfo, TokenHash) {
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
    pub(super) fn split(self) -> (TokenInfo, TokenHash) {
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
        self.memory.token((tenant, id), async || Box::pin(self.find_token(tenant, id)).await).await
    }

    async fn find_token(&self, tenant: TenantId, id: TokenId) -> Result<Option<FoundToken>, Error> {
        let mut loan = self.loan().await?;
        if tenant == TenantId::NONE {
            let row: Option<(PlatformRow, Option<String>, bool)> = platform_tokens::table
                .left_join(partners::table.on(platform_tokens::partner_id.eq(partners::id.nullable())))
                .filter(platform_tokens::id.eq(id.uuid()))
                .select((
                    PlatformRow::as_select(),
                    partners::status.nullable(),
                    partners::deleted_at.nullable().is_not_null(),
                ))
                .first(&mut *loan)
                .await
                .optional()?;
            return Ok(row.map(|(row, partner, deleted)| {
                let (info, hash) = row.split();
                let standing = Standing::of(Status::Active, partner.as_deref().map(status), deleted);
                FoundToken { principal: Arc::new(info.principal()), info, hash, tenant: None, standing }
            }));
        }
        let row: Option<(TenantRow, tenant_rows::Row, State)> = tokens::table
            .inner_join(tenants::table.on(tenants::id.eq(tokens::tenant_id)))
            .left_join(partners::table.on(tenants::partner_id.eq(partners::id.nullable())))
            .filter(tokens::tenant_id.eq(tenant.uuid()))
            .filter(tokens::id.eq(id.uuid()))
            .select((TenantRow::as_select(), tenant_rows::Row::as_select(), state()))
            .first(&mut *loan)
            .await
            .optional()?;
        Ok(row.map(|(row, tenant, state)| {
            let (info, hash) = row.split();
            let tenant = tenant_rows::tenant((tenant, state));
            let principal = Arc::new(info.principal());
            FoundToken { principal, info, hash, standing: tenant.standing, tenant: Some(Arc::new(tenant)) }
        }))
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
}

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
