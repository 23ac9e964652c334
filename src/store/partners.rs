//! The rows of partners.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::filter::Condition;
use super::tables::{partners, tenants};
use super::tenants::status;
use super::transaction::PlatformTx;
use super::watch::Changed;
use crate::model::fold::fold;
use crate::model::ids::PartnerId;
use crate::model::page::{Page, Window};
use crate::model::tenant::{Partner, PartnerRecord};
use crate::model::version::Version;

#[derive(Queryable, Selectable)]
#[diesel(table_name = partners)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
    status: String,
    max_tenants: Option<i64>,
    max_users_per_tenant: Option<i64>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
    deleted_at: Option<DateTime<Utc>>,
}

impl From<Row> for Partner {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            slug: row.slug,
            record: PartnerRecord {
                name: row.name,
                status: status(&row.status),
                max_tenants: row.max_tenants,
                max_users_per_tenant: row.max_users_per_tenant,
            },
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            version: Version(row.version),
        }
    }
}

/// Which partners a list shows.
#[derive(Debug, Clone, Default)]
pub struct PartnerSelection {
    /// Only this one.
    pub only: Option<PartnerId>,
    /// Folded text that name or slug contains.
    pub search: Option<String>,
    /// The deleted ones instead of the live ones.
    pub deleted: bool,
}

impl Store {
    /// The live partner with this id.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn partner(&self, id: PartnerId) -> Result<Option<Partner>, Error> {
        let mut loan = self.loan().await?;
        let live = partners::table.find(id.uuid()).filter(partners::deleted_at.is_null());
        Ok(live.select(Row::as_select()).first(&mut *loan).await.optional()?.map(Row::into))
    }

    /// The live partner with this slug.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn partner_by_slug(&self, slug: &str) -> Result<Option<Partner>, Error> {
        let mut loan = self.loan().await?;
        let wanted = partners::table.filter(partners::slug.eq(slug)).filter(partners::deleted_at.is_null());
        Ok(wanted.select(Row::as_select()).first(&mut *loan).await.optional()?.map(Partner::from))
    }
}

impl PlatformTx {
    /// The partner, unless it is deleted.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_partner(&mut self, id: PartnerId) -> Result<Option<Partner>, Error> {
        let wanted = partners::table.find(id.uuid()).filter(partners::deleted_at.is_null());
        let row = wanted.select(Row::as_select()).first(self.connection()).await.optional()?;
        Ok(row.map(Partner::from))
    }

    /// The same, locked until the transaction ends: whoever gives it a tenant or takes it away holds this lock.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_partner(&mut self, id: PartnerId) -> Result<Option<Partner>, Error> {
        Ok(self.lock_any_partner(id).await?.filter(|partner| partner.deleted_at.is_none()))
    }

    /// A deleted partner, locked.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_deleted_partner(&mut self, id: PartnerId) -> Result<Option<Partner>, Error> {
        Ok(self.lock_any_partner(id).await?.filter(|partner| partner.deleted_at.is_some()))
    }

    async fn lock_any_partner(&mut self, id: PartnerId) -> Result<Option<Partner>, Error> {
        // Not against new references: every token of the partner holds its key while it is written.
        let wanted = partners::table.find(id.uuid()).select(Row::as_select()).for_no_key_update();
        Ok(wanted.first(self.connection()).await.optional()?.map(Partner::from))
    }

    /// Writes a new partner.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when the slug is taken.
    pub async fn insert_partner(&mut self, partner: &Partner) -> Result<(), Error> {
        let record = &partner.record;
        diesel::insert_into(partners::table)
            .values((
                partners::id.eq(partner.id.uuid()),
                partners::slug.eq(&partner.slug),
                partners::name.eq(&record.name),
                partners::name_key.eq(fold(&record.name)),
                partners::status.eq(record.status.as_str()),
                partners::max_tenants.eq(record.max_tenants),
                partners::max_users_per_tenant.eq(record.max_users_per_tenant),
                partners::created_at.eq(partner.created_at),
                partners::updated_at.eq(partner.updated_at),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Writes all of a locked partner that changes: record, version, times.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when it comes back and its slug is taken.
    pub async fn update_partner(&mut self, partner: &Partner) -> Result<(), Error> {
        let record = &partner.record;
        diesel::update(partners::table.find(partner.id.uuid()))
            .set((
                partners::name.eq(&record.name),
                partners::name_key.eq(fold(&record.name)),
                partners::status.eq(record.status.as_str()),
                partners::max_tenants.eq(record.max_tenants),
                partners::max_users_per_tenant.eq(record.max_users_per_tenant),
                partners::updated_at.eq(partner.updated_at),
                partners::deleted_at.eq(partner.deleted_at),
                partners::version.eq(partner.version.0),
            ))
            .execute(self.connection())
            .await?;
        // Its tenants stand and fall with it.
        self.announce(Changed::Anybody).await
    }

    /// How many live tenants a partner has. Exact for whoever holds its lock.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenants_of_partner(&mut self, id: PartnerId) -> Result<i64, Error> {
        let live = tenants::table.filter(tenants::partner_id.eq(id.uuid())).filter(tenants::deleted_at.is_null());
        Ok(live.count().get_result(self.connection()).await?)
    }

    /// Partners that are selected, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_partners(&mut self, wanted: &PartnerSelection, window: Window) -> Result<Page<Partner>, Error> {
        let rows: Vec<Row> = selected(wanted)
            .order((partners::name_key, partners::id))
            .offset(window.offset)
            .limit(window.limit)
            .select(Row::as_select())
            .load(self.connection())
            .await?;
        let total = match window.total_if_known(rows.len()) {
            Some(total) => total,
            None => selected(wanted).count().get_result(self.connection()).await?,
        };
        Ok(Page { items: rows.into_iter().map(Partner::from).collect(), total })
    }
}

fn selected(wanted: &PartnerSelection) -> partners::BoxedQuery<'static, diesel::pg::Pg> {
    let mut query = partners::table.into_boxed();
    query = match wanted.deleted {
        true => query.filter(partners::deleted_at.is_not_null()),
        false => query.filter(partners::deleted_at.is_null()),
    };
    if let Some(only) = wanted.only {
        query = query.filter(partners::id.eq(only.uuid()));
    }
    if let Some(text) = &wanted.search {
        let found = Condition::contains("partners.name_key", text);
        query = query.filter(found.or_else(Condition::contains("partners.slug", text)));
    }
    query
}
