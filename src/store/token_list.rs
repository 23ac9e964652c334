//! What administrators do with the rows of tokens and API keys: write, list, end. A tenant's lie with the tenant; those of
//! partners and of the platform lie above.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::tables::{platform_tokens, tenants, tokens};
use super::tokens::{PlatformRow, TenantRow};
use super::transaction::{PlatformTx, TenantTx};
use super::watch::Changed;
use crate::model::ids::{PartnerId, TenantId, TokenId, UserId};
use crate::model::page::{Page, Window};
use crate::model::token::{TokenHash, TokenInfo};

impl TenantTx {
    /// Writes a new token of the tenant.
    ///
    /// # Errors
    /// [`Error::Broken`] when it names a user that is not there.
    pub async fn insert_token(&mut self, token: &TokenInfo, hash: &TokenHash) -> Result<(), Error> {
        diesel::insert_into(tokens::table)
            .values((
                tokens::tenant_id.eq(self.tenant),
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
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// A token of the tenant.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_token(&mut self, id: TokenId) -> Result<Option<TokenInfo>, Error> {
        let wanted = tokens::table.find((self.tenant, id.uuid())).select(TenantRow::as_select());
        Ok(wanted.first(self.connection()).await.optional()?.map(|row| row.split().0))
    }

    /// Tokens of the tenant, the newest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_tokens(&mut self, window: Window) -> Result<Page<TokenInfo>, Error> {
        let of_tenant = tokens::table.filter(tokens::tenant_id.eq(self.tenant));
        let rows: Vec<TenantRow> = of_tenant
            .order(tokens::id.desc())
            .offset(window.offset)
            .limit(window.limit)
            .select(TenantRow::as_select())
            .load(self.connection())
            .await?;
        let total = match window.total_if_known(rows.len()) {
            Some(total) => total,
            None => of_tenant.count().get_result(self.connection()).await?,
        };
        Ok(Page { items: rows.into_iter().map(|row| row.split().0).collect(), total })
    }

    /// Ends a token of the tenant at once; `false` when it had ended before, or there is none.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn end_token(&mut self, id: TokenId, at: DateTime<Utc>) -> Result<bool, Error> {
        let ended = diesel::update(tokens::table.find((self.tenant, id.uuid())))
            .filter(tokens::revoked_at.is_null())
            .set(tokens::revoked_at.eq(at))
            .execute(self.connection())
            .await?;
        if ended > 0 {
            self.announce().await?;
        }
        Ok(ended > 0)
    }
}

impl PlatformTx {
    /// Writes a new token of a partner or of the platform.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn insert_token(&mut self, token: &TokenInfo, hash: &TokenHash) -> Result<(), Error> {
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
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// A token of a partner or of the platform.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_token(&mut self, id: TokenId) -> Result<Option<TokenInfo>, Error> {
        let wanted = platform_tokens::table.find(id.uuid()).select(PlatformRow::as_select());
        Ok(wanted.first(self.connection()).await.optional()?.map(|row| row.split().0))
    }

    /// Tokens of partners and of the platform, or of one partner, the newest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_tokens(&mut self, of: Option<PartnerId>, window: Window) -> Result<Page<TokenInfo>, Error> {
        let selected = || {
            let all = platform_tokens::table.into_boxed::<diesel::pg::Pg>();
            match of {
                Some(partner) => all.filter(platform_tokens::partner_id.eq(partner.uuid())),
                None => all,
            }
        };
        let rows: Vec<PlatformRow> = selected()
            .order(platform_tokens::id.desc())
            .offset(window.offset)
            .limit(window.limit)
            .select(PlatformRow::as_select())
            .load(self.connection())
            .await?;
        let total = match window.total_if_known(rows.len()) {
            Some(total) => total,
            None => selected().count().get_result(self.connection()).await?,
        };
        Ok(Page { items: rows.into_iter().map(|row| row.split().0).collect(), total })
    }

    /// Ends a token of a partner or of the platform at once; `false` when it had ended before, or there is none.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn end_token(&mut self, id: TokenId, at: DateTime<Utc>) -> Result<bool, Error> {
        let ended = diesel::update(platform_tokens::table.find(id.uuid()))
            .filter(platform_tokens::revoked_at.is_null())
            .set(platform_tokens::revoked_at.eq(at))
            .execute(self.connection())
            .await?;
        if ended > 0 {
            self.announce(Changed::Tenant(TenantId::NONE)).await?;
        }
        Ok(ended > 0)
    }

    /// Every token there is, the oldest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn all_tokens(&mut self) -> Result<Vec<TokenInfo>, Error> {
        let platform: Vec<PlatformRow> = platform_tokens::table
            .order(platform_tokens::id)
            .select(PlatformRow::as_select())
            .load(self.connection())
            .await?;
        let rows: Vec<TenantRow> = tokens::table
            .order((tokens::tenant_id, tokens::id))
            .select(TenantRow::as_select())
            .load(self.connection())
            .await?;
        Ok(platform.into_iter().map(|row| row.split().0).chain(rows.into_iter().map(|row| row.split().0)).collect())
    }

    /// The tenant with a token of this id: none for one of the platform or for no token. It asks each tenant's key.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenant_of_token(&mut self, id: TokenId) -> Result<Option<TenantId>, Error> {
        let found: Option<Uuid> = tokens::table
            .filter(tokens::tenant_id.eq_any(tenants::table.select(tenants::id)))
            .filter(tokens::id.eq(id.uuid()))
            .select(tokens::tenant_id)
            .first(self.connection())
            .await
            .optional()?;
        Ok(found.map(TenantId::from))
    }
}
