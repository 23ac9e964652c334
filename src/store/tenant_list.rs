//! Lists of tenants, for those who reach several.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::filter::Condition;
use super::tables::tenants;
use super::tenants::{Row, State, state, tenant, with_partners};
use super::transaction::PlatformTx;
use crate::model::ids::{PartnerId, TenantId};
use crate::model::page::{Page, Window};
use crate::model::principal::Reach;
use crate::model::tenant::{Status, Tenant};

/// Which tenants a list shows; all conditions hold.
#[derive(Debug, Clone)]
pub struct TenantSelection {
    /// Only those within it.
    pub within: Reach,
    /// Only this partner's.
    pub partner: Option<PartnerId>,
    /// Folded text that name or slug contains.
    pub search: Option<String>,
    /// Only those that are so themselves.
    pub status: Option<Status>,
    /// The deleted ones instead of the live ones.
    pub deleted: bool,
}

impl TenantSelection {
    fn condition(&self) -> Condition {
        let mut all = match self.deleted {
            true => Condition::sql("tenants.deleted_at IS NOT NULL"),
            false => Condition::sql("tenants.deleted_at IS NULL"),
        };
        match self.within {
            Reach::Platform => {}
            Reach::Partner(partner) => all = all.and_also(Condition::is("tenants.partner_id", partner.uuid())),
            Reach::Tenant(tenant) => all = all.and_also(Condition::is("tenants.id", tenant.uuid())),
        }
        if let Some(partner) = self.partner {
            all = all.and_also(Condition::is("tenants.partner_id", partner.uuid()));
        }
        if let Some(text) = &self.search {
            let of_slug = Condition::contains("tenants.slug", text);
            all = all.and_also(Condition::contains("tenants.name_key", text).or_else(of_slug));
        }
        match self.status {
            Some(Status::Active) => all.and_also(Condition::sql("tenants.status = 'ACTIVE'")),
            Some(Status::Suspended) => all.and_also(Condition::sql("tenants.status = 'SUSPENDED'")),
            None => all,
        }
    }
}

impl PlatformTx {
    /// Tenants that are selected, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_tenants(&mut self, wanted: &TenantSelection, window: Window) -> Result<Page<Tenant>, Error> {
        let rows: Vec<(Row, State)> = with_partners()
            .filter(wanted.condition())
            .order((tenants::name_key, tenants::id))
            .offset(window.offset)
            .limit(window.limit)
            .select((Row::as_select(), state()))
            .load(self.connection())
            .await?;
        let total = match window.total_if_known(rows.len()) {
            Some(total) => total,
            None => tenants::table.filter(wanted.condition()).count().get_result(self.connection()).await?,
        };
        Ok(Page { items: rows.into_iter().map(tenant).collect(), total })
    }

    /// The partner of a tenant, live or deleted: `None` when there is no such tenant, `Some(None)` when nobody owns it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn owner_of_tenant(&mut self, id: TenantId) -> Result<Option<Option<PartnerId>>, Error> {
        let wanted = tenants::table.find(id.uuid()).select(tenants::partner_id);
        let owner: Option<Option<Uuid>> = wanted.first(self.connection()).await.optional()?;
        Ok(owner.map(|partner| partner.map(PartnerId::from)))
    }
}
