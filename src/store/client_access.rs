//! OAuth clients as a request finds them: when they ask for a token, and when a token of theirs is judged. Hashes and
//! signatures are checked outside; nothing here sees a secret.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::Store;
use super::clients::ClientInfo;
use super::error::Error;
use super::tables::{clients, partners, platform_clients, tenants};
use super::tenants::{self as tenant_rows, State, state};
use crate::model::ids::{ClientId, TenantId};
use crate::model::tenant::Tenant;
use crate::model::token::TokenHash;

/// A client as it was found, with what is needed to judge it.
#[derive(Debug, Clone)]
pub struct FoundClient {
    /// The client.
    pub info: ClientInfo,
    /// The hash its secret must have.
    pub secret: TokenHash,
    /// The hash of the secret before, and until when that works.
    pub previous: Option<(TokenHash, DateTime<Utc>)>,
    /// The public keys it proves itself with, as a JWK set.
    pub jwks: Option<Value>,
    /// Its tenant, unless it is the platform's.
    pub tenant: Option<Arc<Tenant>>,
}

/// Whose client is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// The platform's.
    Platform,
    /// That of the tenant with this id.
    Tenant(TenantId),
    /// That of the live tenant with this slug.
    Slug(&'a str),
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct TenantRow {
    tenant_id: Uuid,
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    secret_hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    previous_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    jwks: Option<Value>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = platform_clients)]
struct PlatformRow {
    id: Uuid,
    name: String,
    scopes: Vec<String>,
    secret_hash: Vec<u8>,
    previous_hash: Option<Vec<u8>>,
    previous_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    jwks: Option<Value>,
}

impl From<PlatformRow> for FoundClient {
    fn from(row: PlatformRow) -> Self {
        Self {
            info: ClientInfo {
                id: row.id.into(),
                tenant: None,
                name: row.name,
                scopes: row.scopes,
                created_at: row.created_at,
                revoked_at: row.revoked_at,
            },
            secret: TokenHash(row.secret_hash),
            previous: row.previous_hash.map(TokenHash).zip(row.previous_until),
            jwks: row.jwks,
            tenant: None,
        }
    }
}

impl From<(TenantRow, tenant_rows::Row, State)> for FoundClient {
    fn from((row, tenant, state): (TenantRow, tenant_rows::Row, State)) -> Self {
        Self {
            info: ClientInfo {
                id: row.id.into(),
                tenant: Some(row.tenant_id.into()),
                name: row.name,
                scopes: row.scopes,
                created_at: row.created_at,
                revoked_at: row.revoked_at,
            },
            secret: TokenHash(row.secret_hash),
            previous: row.previous_hash.map(TokenHash).zip(row.previous_until),
            jwks: row.jwks,
            tenant: Some(Arc::new(tenant_rows::tenant((tenant, state)))),
        }
    }
}

impl Store {
    /// The client with this id, of this tenant or ([`TenantId::NONE`]) of the platform, revoked or not: as remembered, else as
    /// it is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn client(&self, tenant: TenantId, id: ClientId) -> Result<Option<Arc<FoundClient>>, Error> {
        let owner = if tenant == TenantId::NONE { Owner::Platform } else { Owner::Tenant(tenant) };
        self.memory.client((tenant, id), async || Box::pin(self.find_client(owner, id)).await).await
    }

    /// The client with this id as it is now, revoked or not.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_client(&self, owner: Owner<'_>, id: ClientId) -> Result<Option<FoundClient>, Error> {
        let mut loan = self.loan().await?;
        let of_tenants = clients::table
            .inner_join(tenants::table.on(tenants::id.eq(clients::tenant_id)))
            .left_join(partners::table.on(tenants::partner_id.eq(partners::id.nullable())))
            .filter(clients::id.eq(id.uuid()))
            .select((TenantRow::as_select(), tenant_rows::Row::as_select(), state()));
        let row: Option<(TenantRow, tenant_rows::Row, State)> = match owner {
            Owner::Platform => {
                let wanted = platform_clients::table.find(id.uuid()).select(PlatformRow::as_select());
                let row: Option<PlatformRow> = wanted.first(&mut *loan).await.optional()?;
                return Ok(row.map(Into::into));
            }
            Owner::Tenant(tenant) => {
                let of_tenant = of_tenants.filter(clients::tenant_id.eq(tenant.uuid()));
                of_tenant.first(&mut *loan).await.optional()?
            }
            Owner::Slug(slug) => {
                let named = of_tenants.filter(tenants::slug.eq(slug)).filter(tenants::deleted_at.is_null());
                named.first(&mut *loan).await.optional()?
            }
        };
        Ok(row.map(Into::into))
    }
}
