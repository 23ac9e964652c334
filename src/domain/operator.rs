//! What whoever holds the database does from the command line, to any tenant by name, and in whose name it is told.

use std::sync::Arc;

use super::tenants::NewTenant;
use super::{Domain, Error, Result, Thing, plain_partner};
use crate::model::event::{Actor, Api};
use crate::model::ids::{PartnerId, TenantId};
use crate::model::principal::{AdminScope, Reach, TenantScope};
use crate::model::settings::{ScimMode, TenantSettings};
use crate::model::tenant::{Tenant, TenantRecord};

impl Domain {
    /// Creates a tenant. A partner that does not exist yet is created with it.
    ///
    /// # Errors
    /// As [`Domain::add_tenant`] and [`Domain::create_partner`].
    pub async fn create_tenant(
        &self,
        slug: &str,
        name: Option<&str>,
        partner: Option<&str>,
        strict: bool,
    ) -> Result<Tenant> {
        super::check::check_slug("slug", slug)?;
        let partner = match partner {
            Some(slug) => Some(self.find_or_create_partner(slug).await?),
            None => None,
        };
        let scim_mode = if strict { ScimMode::Strict } else { ScimMode::Compat };
        let settings = TenantSettings { scim_mode, ..TenantSettings::default() };
        let new = NewTenant { slug: slug.to_owned(), name: name.map(str::to_owned), partner, settings };
        self.add_tenant(&operator_everywhere(), &new).await
    }

    /// The partner with this slug, created if need be.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a slug that cannot be one.
    pub async fn find_or_create_partner(&self, slug: &str) -> Result<PartnerId> {
        if let Some(partner) = self.store.partner_by_slug(slug).await? {
            return Ok(partner.id);
        }
        Ok(self.create_partner(&operator_everywhere(), slug, plain_partner(slug)).await?.id)
    }

    /// The tenant with this slug or id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn tenant(&self, slug_or_id: &str) -> Result<Tenant> {
        let found = match slug_or_id.parse::<TenantId>() {
            Ok(id) => self.store.tenant(id).await?,
            Err(_) => self.store.tenant_by_slug(slug_or_id).await?,
        };
        found.ok_or(Error::NotFound(Thing::Tenant))
    }

    /// All tenants, by slug.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenants(&self) -> Result<Vec<Tenant>> {
        Ok(self.store.tenants().await?)
    }

    /// Writes those of a tenant's settings that differ from the ones `tenant` was read with. The others stay as they are by
    /// now, so that two who change different settings at once both get what they want.
    ///
    /// # Errors
    /// As [`Domain::modify_tenant`].
    pub async fn set_settings(&self, tenant: &Tenant, settings: &TenantSettings) -> Result<()> {
        let changed = settings.changes_since(&tenant.settings);
        let change = |now: &TenantSettings| {
            let each = changed.iter().map(|(key, value)| format!("{key}={value}"));
            each.into_iter().try_fold(now.clone(), |now, assignment| Ok(now.with(&assignment)?))
        };
        self.change_settings(tenant, change).await
    }

    /// Writes a tenant's settings as `change` makes them of those it has; it may be called again.
    ///
    /// # Errors
    /// As [`Domain::modify_tenant`].
    pub async fn change_settings(
        &self,
        tenant: &Tenant,
        change: impl Fn(&TenantSettings) -> Result<TenantSettings> + Sync,
    ) -> Result<()> {
        let record = |tenant: &Tenant| Ok(TenantRecord { settings: change(&tenant.settings)?, ..tenant.record() });
        self.modify_tenant(&operator_everywhere(), tenant.id, None, record).await?;
        Ok(())
    }

    /// The scope in which the operator's own commands act.
    #[must_use]
    pub fn operator(&self, tenant: &Tenant) -> TenantScope {
        TenantScope::grant(tenant.id, actor(), Arc::clone(&tenant.settings)).limited(tenant.user_limit)
    }
}

/// The operator's scope for work in a tenant that its settings do not touch.
pub(super) fn operator_in(tenant: TenantId) -> TenantScope {
    TenantScope::grant(tenant, actor(), Arc::default())
}

/// The operator's scope above tenants.
pub(super) fn operator_everywhere() -> AdminScope {
    AdminScope::grant(Reach::Platform, actor())
}

fn actor() -> Actor {
    Actor { name: "operator".to_owned(), api: Api::System, request_id: "command-line".to_owned() }
}
