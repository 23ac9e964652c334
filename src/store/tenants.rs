//! The rows of partners, tenants and scope sets: what the operator's commands work on.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AnsiTransactionManager, RunQueryDsl, TransactionManager};
use serde_json::Value;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::statement::statement;
use super::tables::{partners, scope_sets, tenant_locks, tenants};
use super::transaction::TenantTx;
use crate::model::fold::fold;
use crate::model::ids::{PartnerId, ScopeSetId, TenantId};
use crate::model::settings::{NameUnique, TenantSettings};
use crate::model::tenant::{Partner, ScopeSetRow, Tenant};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tenants)]
pub(super) struct Row {
    id: Uuid,
    partner_id: Option<Uuid>,
    slug: String,
    name: String,
    status: String,
    settings: Value,
    created_at: DateTime<Utc>,
}

impl From<Row> for Tenant {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            partner: row.partner_id.map(PartnerId::from),
            slug: row.slug,
            name: row.name,
            active: row.status == "ACTIVE",
            settings: settings(row.settings),
            created_at: row.created_at,
        }
    }
}

/// Settings as stored. What a newer release wrote and this one does not know falls back to the defaults rather than
/// locking the tenant out.
fn settings(stored: Value) -> TenantSettings {
    serde_json::from_value(stored).unwrap_or_else(|error| {
        tracing::warn!(%error, "a tenant's settings are not understood; defaults are used");
        TenantSettings::default()
    })
}

impl Store {
    /// Writes a new tenant with its lock row.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the slug is taken.
    pub async fn insert_tenant(&self, tenant: &Tenant) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        AnsiTransactionManager::begin_transaction(&mut *loan).await?;
        diesel::insert_into(tenants::table)
            .values((
                tenants::id.eq(tenant.id.uuid()),
                tenants::partner_id.eq(tenant.partner.map(PartnerId::uuid)),
                tenants::slug.eq(&tenant.slug),
                tenants::name.eq(&tenant.name),
                tenants::settings.eq(as_json(&tenant.settings)),
                tenants::created_at.eq(tenant.created_at),
                tenants::updated_at.eq(tenant.created_at),
            ))
            .execute(&mut *loan)
            .await?;
        diesel::insert_into(tenant_locks::table)
            .values(tenant_locks::tenant_id.eq(tenant.id.uuid()))
            .execute(&mut *loan)
            .await?;
        AnsiTransactionManager::commit_transaction(&mut *loan).await?;
        Ok(())
    }

    /// The tenant with this id.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>, Error> {
        let mut loan = self.loan().await?;
        let row = tenants::table.find(id.uuid()).select(Row::as_select()).first(&mut *loan).await.optional()?;
        Ok(row.map(Tenant::from))
    }

    /// The tenant with this slug.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenant_by_slug(&self, slug: &str) -> Result<Option<Tenant>, Error> {
        let mut loan = self.loan().await?;
        let row = tenants::table
            .filter(tenants::slug.eq(slug))
            .select(Row::as_select())
            .first(&mut *loan)
            .await
            .optional()?;
        Ok(row.map(Tenant::from))
    }

    /// The tenant with this id or slug: as remembered, else as it is. A name that can be an id is taken for one.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn known_tenant(&self, name: &str) -> Result<Option<Arc<Tenant>>, Error> {
        let find = async || match name.parse::<TenantId>() {
            Ok(id) => self.tenant(id).await,
            Err(_) => self.tenant_by_slug(name).await,
        };
        self.memory.tenant(name, find).await
    }

    /// All tenants, by slug.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, Error> {
        let mut loan = self.loan().await?;
        let rows = tenants::table.order(tenants::slug).select(Row::as_select()).load(&mut *loan).await?;
        Ok(rows.into_iter().map(Tenant::from).collect())
    }

    /// The partner with this slug.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn partner_by_slug(&self, slug: &str) -> Result<Option<Partner>, Error> {
        let mut loan = self.loan().await?;
        let row: Option<(Uuid, String, String)> = partners::table
            .filter(partners::slug.eq(slug))
            .select((partners::id, partners::slug, partners::name))
            .first(&mut *loan)
            .await
            .optional()?;
        Ok(row.map(|(id, slug, name)| Partner { id: id.into(), slug, name }))
    }

    /// Writes a new partner.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the slug is taken.
    pub async fn insert_partner(&self, partner: &Partner) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        diesel::insert_into(partners::table)
            .values((
                partners::id.eq(partner.id.uuid()),
                partners::slug.eq(&partner.slug),
                partners::name.eq(&partner.name),
            ))
            .execute(&mut *loan)
            .await?;
        Ok(())
    }
}

impl TenantTx {
    /// Writes the tenant's settings. Names are keyed anew when their uniqueness changes.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when two live groups already share a name that would have to be unique.
    pub async fn update_settings(&mut self, settings: &TenantSettings, at: DateTime<Utc>) -> Result<(), Error> {
        diesel::update(tenants::table.find(self.tenant))
            .set((tenants::settings.eq(as_json(settings)), tenants::updated_at.eq(at)))
            .execute(self.connection())
            .await?;
        let sql = match settings.name_unique {
            NameUnique::Tenant => {
                "UPDATE groups SET name_scope = '00000000-0000-0000-0000-000000000000' WHERE tenant_id = $1
                 AND name_scope <> '00000000-0000-0000-0000-000000000000'"
            }
            NameUnique::Sibling => {
                "UPDATE groups SET name_scope = coalesce(parent_group_id, '00000000-0000-0000-0000-000000000000')
                 WHERE tenant_id = $1
                 AND name_scope <> coalesce(parent_group_id, '00000000-0000-0000-0000-000000000000')"
            }
            NameUnique::None => "UPDATE groups SET name_scope = id WHERE tenant_id = $1 AND name_scope <> id",
        };
        statement(sql).bind::<diesel::sql_types::Uuid, _>(self.tenant).execute(self.connection()).await?;
        self.announce().await
    }

    /// Writes a new scope set.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the name is taken.
    pub async fn insert_scope_set(&mut self, set: &ScopeSetRow, at: DateTime<Utc>) -> Result<(), Error> {
        diesel::insert_into(scope_sets::table)
            .values((
                scope_sets::tenant_id.eq(self.tenant),
                scope_sets::id.eq(set.id.uuid()),
                scope_sets::name.eq(&set.name),
                scope_sets::name_key.eq(fold(&set.name)),
                scope_sets::scopes.eq(&set.scopes),
                scope_sets::created_at.eq(at),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// The tenant's scope sets, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn scope_sets(&mut self) -> Result<Vec<ScopeSetRow>, Error> {
        let rows: Vec<(Uuid, String, Vec<String>)> = scope_sets::table
            .filter(scope_sets::tenant_id.eq(self.tenant))
            .order(scope_sets::name_key)
            .select((scope_sets::id, scope_sets::name, scope_sets::scopes))
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(|(id, name, scopes)| ScopeSetRow { id: id.into(), name, scopes }).collect())
    }

    /// Deletes a scope set; `false` when there is none.
    ///
    /// # Errors
    /// [`Error::Broken`] while a group refers to it.
    pub async fn delete_scope_set(&mut self, id: ScopeSetId) -> Result<bool, Error> {
        let gone = diesel::delete(scope_sets::table.filter(scope_sets::tenant_id.eq(self.tenant)))
            .filter(scope_sets::id.eq(id.uuid()))
            .execute(self.connection())
            .await?;
        Ok(gone > 0)
    }
}

fn as_json(settings: &TenantSettings) -> Value {
    serde_json::to_value(settings).unwrap_or_default()
}
