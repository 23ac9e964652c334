//! The rows of tokens and API keys as a request finds them. Hashes are compared outside; nothing here sees a secret. What
//! administrators do with tokens is in `token_list`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::tables::{partners, platform_tokens, tenants, tokens};
use super::tenants::{State, settings, state, status};
use crate::model::ids::{PartnerId, TenantId, TokenId, UserId};
use crate::model::settings::TenantSettings;
use crate::model::tenant::{Standing, Status};
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
    /// How its tenant stands, or for a partner's token its partner; the platform always stands.
    pub standing: Standing,
    /// Live users its tenant may have.
    pub user_limit: Option<i64>,
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
    /// The token with this id, of this tenant or ([`TenantId::NONE`]) of the platform.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn token(&self, tenant: TenantId, id: TokenId) -> Result<Option<FoundToken>, Error> {
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
                FoundToken { info, hash, settings: None, standing, user_limit: None }
            }));
        }
        let row: Option<(TenantRow, Value, State)> = tokens::table
            .inner_join(tenants::table.on(tenants::id.eq(tokens::tenant_id)))
            .left_join(partners::table.on(tenants::partner_id.eq(partners::id.nullable())))
            .filter(tokens::tenant_id.eq(tenant.uuid()))
            .filter(tokens::id.eq(id.uuid()))
            .select((TenantRow::as_select(), tenants::settings, state()))
            .first(&mut *loan)
            .await
            .optional()?;
        Ok(row.map(|(row, stored, state)| {
            let (info, hash) = row.split();
            let (standing, user_limit) = (state.standing(), state.user_limit());
            FoundToken { info, hash, settings: Some(settings(stored)), standing, user_limit }
        }))
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
}
