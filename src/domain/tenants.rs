//! The operator's verbs on tenants, their settings and scope sets. They are reached from the command line, by whoever
//! holds the database.

use std::sync::Arc;

use super::{Domain, Error, Result, Thing};
use crate::in_transaction;
use crate::model::event::{Actor, Api};
use crate::model::ids::{PartnerId, ScopeSetId, TenantId};
use crate::model::principal::TenantScope;
use crate::model::settings::{ScimMode, TenantSettings};
use crate::model::tenant::{Partner, ScopeSetRow, Tenant, is_slug};
use crate::store;

impl Domain {
    /// Creates a tenant. A partner that does not exist yet is created with it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a slug that cannot be one, [`Error::Taken`].
    pub async fn create_tenant(
        &self,
        slug: &str,
        name: Option<&str>,
        partner: Option<&str>,
        strict: bool,
    ) -> Result<Tenant> {
        check_slug("slug", slug)?;
        let partner = match partner {
            Some(slug) => Some(self.partner(slug).await?),
            None => None,
        };
        let scim_mode = if strict { ScimMode::Strict } else { ScimMode::Compat };
        let tenant = Tenant {
            id: TenantId::generate(&self.clock),
            partner,
            slug: slug.to_owned(),
            name: name.unwrap_or(slug).to_owned(),
            active: true,
            settings: TenantSettings { scim_mode, ..TenantSettings::default() },
            created_at: self.clock.now(),
        };
        self.store.insert_tenant(&tenant).await.map_err(|error| taken(error, "slug", slug))?;
        Ok(tenant)
    }

    /// The partner with this slug, created if need be.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a slug that cannot be one.
    pub async fn partner(&self, slug: &str) -> Result<PartnerId> {
        if let Some(partner) = self.store.partner_by_slug(slug).await? {
            return Ok(partner.id);
        }
        check_slug("partner", slug)?;
        let partner = Partner { id: PartnerId::generate(&self.clock), slug: slug.to_owned(), name: slug.to_owned() };
        self.store.insert_partner(&partner).await.map_err(|error| taken(error, "partner", slug))?;
        Ok(partner.id)
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

    /// Writes a tenant's settings.
    ///
    /// # Errors
    /// [`Error::Taken`] when group names would have to be unique that are not.
    pub async fn set_settings(&self, tenant: &Tenant, settings: &TenantSettings) -> Result<()> {
        let scope = self.operator(tenant);
        in_transaction!(self.store, &scope, |tx| {
            tx.lock_edges().await?;
            let written = tx.update_settings(settings, self.clock.now()).await;
            written.map_err(|error| taken(error, "groups.name_unique", "two groups share a name"))
        })
    }

    /// Creates a scope set.
    ///
    /// # Errors
    /// [`Error::Taken`].
    pub async fn create_scope_set(&self, tenant: &Tenant, name: &str, scopes: &[String]) -> Result<ScopeSetRow> {
        let set = ScopeSetRow {
            id: ScopeSetId::generate(&self.clock),
            name: name.trim().to_owned(),
            scopes: scopes.to_vec(),
        };
        let mut tx = self.store.statements(&self.operator(tenant)).await?;
        tx.insert_scope_set(&set, self.clock.now()).await.map_err(|error| taken(error, "name", name))?;
        Ok(set)
    }

    /// A tenant's scope sets, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn scope_sets(&self, tenant: &Tenant) -> Result<Vec<ScopeSetRow>> {
        Ok(self.store.statements(&self.operator(tenant)).await?.scope_sets().await?)
    }

    /// Deletes a scope set, in whichever tenant it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Taken`] while a group refers to it.
    pub async fn delete_scope_set(&self, id: ScopeSetId) -> Result<()> {
        for tenant in self.tenants().await? {
            let mut tx = self.store.statements(&self.operator(&tenant)).await?;
            match tx.delete_scope_set(id).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(store::Error::Broken(_)) => {
                    return Err(Error::Taken { attribute: "scope set", value: id.to_string() });
                }
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::NotFound(Thing::ScopeSet))
    }

    /// The scope in which the operator's own commands act.
    #[must_use]
    pub fn operator(&self, tenant: &Tenant) -> TenantScope {
        let actor = Actor { name: "operator".to_owned(), api: Api::System, request_id: "command-line".to_owned() };
        TenantScope::grant(tenant.id, actor, Arc::new(tenant.settings.clone()))
    }
}

fn check_slug(attribute: &'static str, slug: &str) -> Result<()> {
    if is_slug(slug) {
        return Ok(());
    }
    let reason = "must have 1 to 63 of a-z, 0-9 and inner hyphens".to_owned();
    Err(Error::Invalid { attribute, reason })
}

fn taken(error: store::Error, attribute: &'static str, value: &str) -> Error {
    match error {
        store::Error::Duplicate(_) => Error::Taken { attribute, value: value.to_owned() },
        other => other.into(),
    }
}
