//! The rows of tenants, with what their partners say of them, and of scope sets.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
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
use crate::model::tenant::{ScopeSetRow, Standing, Status, Tenant};
use crate::model::version::Version;

#[derive(Queryable, Selectable)]
#[diesel(table_name = tenants)]
pub(super) struct Row {
    id: Uuid,
    partner_id: Option<Uuid>,
    slug: String,
    name: String,
    settings: Value,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// How a tenant stands, as its row and its partner's tell it.
#[derive(Debug, Queryable)]
pub(super) struct State {
    status: String,
    deleted: bool,
    partner_status: Option<String>,
    user_limit: Option<i64>,
}

impl State {
    pub(super) fn standing(&self) -> Standing {
        Standing::of(status(&self.status), self.partner_status.as_deref().map(status), self.deleted)
    }
}

/// The columns of a [`State`], where partners are joined.
#[diesel::dsl::auto_type]
pub(super) fn state() -> _ {
    let deleted = tenants::deleted_at.is_not_null();
    (tenants::status, deleted, partners::status.nullable(), partners::max_users_per_tenant.nullable())
}

/// Tenants with their partners.
#[diesel::dsl::auto_type]
pub(super) fn with_partners() -> _ {
    tenants::table.left_join(partners::table.on(tenants::partner_id.eq(partners::id.nullable())))
}

/// The word of a status column. The database knows no other words; a newer one would suspend.
pub(super) fn status(word: &str) -> Status {
    Status::parse(word).unwrap_or(Status::Suspended)
}

/// Settings as stored. What a newer release wrote and this one does not know falls back to the defaults rather than
/// locking the tenant out.
fn settings(stored: Value) -> TenantSettings {
    serde_json::from_value(stored).unwrap_or_else(|error| {
        tracing::warn!(%error, "a tenant's settings are not understood; defaults are used");
        TenantSettings::default()
    })
}

pub(super) fn tenant((row, state): (Row, State)) -> Tenant {
    Tenant {
        id: row.id.into(),
        partner: row.partner_id.map(PartnerId::from),
        slug: row.slug,
        name: row.name,
        status: status(&state.status),
        standing: state.standing(),
        user_limit: state.user_limit,
        settings: settings(row.settings).into(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        version: Version(row.version),
    }
}

impl Store {
    /// The live tenant with this id.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>, Error> {
        let mut loan = self.loan().await?;
        let wanted = with_partners().filter(tenants::id.eq(id.uuid())).filter(tenants::deleted_at.is_null());
        Ok(wanted.select((Row::as_select(), state())).first(&mut *loan).await.optional()?.map(tenant))
    }

    /// The live tenant with this slug.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenant_by_slug(&self, slug: &str) -> Result<Option<Tenant>, Error> {
        let mut loan = self.loan().await?;
        let wanted = with_partners().filter(tenants::slug.eq(slug)).filter(tenants::deleted_at.is_null());
        Ok(wanted.select((Row::as_select(), state())).first(&mut *loan).await.optional()?.map(tenant))
    }

    /// The tenant with this id or slug: as remembered, else as it is. A name that can be an id is taken for one.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn known_tenant(&self, name: &str) -> Result<Option<Arc<Tenant>>, Error> {
        let find = async || match name.parse::<TenantId>() {
            Ok(id) => Box::pin(self.tenant(id)).await,
            Err(_) => Box::pin(self.tenant_by_slug(name)).await,
        };
        self.memory.tenant(name, find).await
    }

    /// All live tenants, by slug.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, Error> {
        let mut loan = self.loan().await?;
        let wanted = with_partners().filter(tenants::deleted_at.is_null()).order(tenants::slug);
        let rows: Vec<(Row, State)> = wanted.select((Row::as_select(), state())).load(&mut *loan).await?;
        Ok(rows.into_iter().map(tenant).collect())
    }
}

impl TenantTx {
    /// Writes the new tenant, with its lock row.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the slug is taken.
    pub async fn insert_tenant(&mut self, tenant: &Tenant) -> Result<(), Error> {
        diesel::insert_into(tenants::table)
            .values((
                tenants::id.eq(self.tenant),
                tenants::partner_id.eq(tenant.partner.map(PartnerId::uuid)),
                tenants::slug.eq(&tenant.slug),
                tenants::name.eq(&tenant.name),
                tenants::name_key.eq(fold(&tenant.name)),
                tenants::status.eq(tenant.status.as_str()),
                tenants::settings.eq(Value::Object(tenant.settings.to_map())),
                tenants::created_at.eq(tenant.created_at),
                tenants::updated_at.eq(tenant.updated_at),
            ))
            .execute(self.connection())
            .await?;
        let lock_row = tenant_locks::tenant_id.eq(self.tenant);
        diesel::insert_into(tenant_locks::table).values(lock_row).execute(self.connection()).await?;
        Ok(())
    }

    /// The tenant, live or deleted, locked until the transaction ends: against other changes of it, not against work in it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_tenant(&mut self) -> Result<Option<Tenant>, Error> {
        let row = tenants::table.find(self.tenant).select(tenants::id).for_no_key_update();
        let _: Option<Uuid> = row.first(self.connection()).await.optional()?;
        // Partners are joined from outside, which cannot be locked; this statement sees what the lock waited for.
        let wanted = with_partners().filter(tenants::id.eq(self.tenant));
        Ok(wanted.select((Row::as_select(), state())).first(self.connection()).await.optional()?.map(tenant))
    }

    /// Writes all of the locked tenant that changes: record, version, times; `deleted` says whether it is out of use.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when it comes back and its slug is taken.
    pub async fn update_tenant(&mut self, tenant: &Tenant, deleted: bool) -> Result<(), Error> {
        diesel::update(tenants::table.find(self.tenant))
            .set((
                tenants::name.eq(&tenant.name),
                tenants::name_key.eq(fold(&tenant.name)),
                tenants::status.eq(tenant.status.as_str()),
                // What a newer release keeps here stays.
                tenants::settings.eq(tenants::settings.concat(Value::Object(tenant.settings.to_map()))),
                tenants::updated_at.eq(tenant.updated_at),
                tenants::deleted_at.eq(deleted.then_some(tenant.updated_at)),
                tenants::version.eq(tenant.version.0),
            ))
            .execute(self.connection())
            .await?;
        self.announce().await
    }

    /// Keys the names of groups anew for another rule of their uniqueness.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when two live groups already share a name that would have to be unique.
    pub async fn key_names(&mut self, unique: NameUnique) -> Result<(), Error> {
        let sql = match unique {
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
        Ok(())
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
