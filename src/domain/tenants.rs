//! Verbs on tenants as a whole: what administrators do with those they reach.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::check::{check_name, check_slug, check_version};
use super::difference::difference;
use super::{Domain, Error, Result, Thing, taken};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::ids::{PartnerId, TenantId};
use crate::model::page::{Page, Window};
use crate::model::principal::{AdminScope, Reach, TenantScope};
use crate::model::settings::TenantSettings;
use crate::model::tenant::{Standing, Status, Tenant, TenantRecord};
use crate::model::version::{EntityTags, Version};
use crate::store::TenantTx;
use crate::store::tenant_list::TenantSelection;

/// A tenant to be made.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Its slug; see [`crate::model::tenant::is_slug`].
    pub slug: String,
    /// Name to show; the slug when not given.
    pub name: Option<String>,
    /// The partner it is to belong to. Who reaches one partner alone gives that one, or none, which means the same.
    pub partner: Option<PartnerId>,
    /// How it wants things done.
    pub settings: TenantSettings,
}

impl Domain {
    /// Creates a tenant.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Taken`] for the slug, [`Error::NotFound`] for the partner, [`Error::Full`] when it
    /// may have no more tenants, [`Error::InTheWay`] while it is suspended, [`Error::Beyond`].
    pub async fn add_tenant(&self, scope: &AdminScope, new: &NewTenant) -> Result<Tenant> {
        check_slug("slug", &new.slug)?;
        let (now, partner) = (self.clock.now(), own_partner(scope, new.partner)?);
        let tenant = Tenant {
            id: TenantId::generate(&self.clock),
            partner,
            slug: new.slug.clone(),
            name: check_name("name", new.name.as_ref().unwrap_or(&new.slug))?,
            status: Status::Active,
            standing: Standing::Active,
            user_limit: None,
            settings: new.settings.clone().into(),
            created_at: now,
            updated_at: now,
            version: Version(1),
        };
        in_transaction!(self.store, &within(scope, tenant.id), |tx| {
            let user_limit = make_room(tx, scope, partner).await?;
            tx.insert_tenant(&tenant).await.map_err(|error| taken(error, "slug", &new.slug))?;
            let after = Some(Value::Object(tenant_document(&tenant)));
            tell(tx, scope, Kind::TenantCreated, &tenant, (None, after)).await?;
            Ok::<_, Error>(Tenant { user_limit, ..tenant.clone() })
        })
    }

    /// The tenant, for whoever reaches it; suspended ones too.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Beyond`].
    pub async fn administered_tenant(&self, scope: &AdminScope, id: TenantId) -> Result<Tenant> {
        self.check_reach(scope, id).await?;
        self.store.tenant(id).await?.ok_or(Error::NotFound(Thing::Tenant))
    }

    /// Tenants within reach, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_tenants(
        &self,
        scope: &AdminScope,
        wanted: &TenantSelection,
        window: Window,
    ) -> Result<Page<Tenant>> {
        let wanted = TenantSelection { within: scope.reach(), ..wanted.clone() };
        Ok(self.store.platform_statements(scope).await?.list_tenants(&wanted, window).await?)
    }

    /// Changes a tenant; see [`Domain::modify_user`] for `change`. Suspended, none of its credentials works from the
    /// commit on, and nobody else's works in it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Invalid`], [`Error::Taken`] when group names would have
    /// to be unique that are not, [`Error::Beyond`], also for who would change the status of the tenant they belong to,
    /// or `change`'s own.
    pub async fn modify_tenant(
        &self,
        scope: &AdminScope,
        id: TenantId,
        precondition: Option<&EntityTags>,
        change: impl Fn(&Tenant) -> Result<TenantRecord> + Sync,
    ) -> Result<Tenant> {
        self.check_reach(scope, id).await?;
        in_transaction!(self.store, &within(scope, id), |tx| {
            let tenant = tx.lock_tenant().await?.filter(is_live).ok_or(Error::NotFound(Thing::Tenant))?;
            check_version(precondition, tenant.version)?;
            let TenantRecord { name, status, settings } = change(&tenant)?;
            if status != tenant.status && matches!(scope.reach(), Reach::Tenant(_)) {
                return Err(Error::Beyond(
                    "only the platform or the tenant's partner may change its status".to_owned(),
                ));
            }
            check_requests(scope, &tenant.settings, &settings)?;
            let wanted =
                Tenant { name: check_name("name", &name)?, status, settings: settings.into(), ..tenant.clone() };
            let (before, after) = tenant_difference(&tenant, &wanted);
            if before == after {
                return Ok(tenant);
            }
            if wanted.settings.name_unique != tenant.settings.name_unique {
                tx.lock_edges().await?;
                let keyed = tx.key_names(wanted.settings.name_unique).await;
                keyed.map_err(|error| taken(error, "groups.name_unique", "two groups share a name"))?;
            }
            let changed = self.next_tenant(wanted);
            tx.update_tenant(&changed, false).await?;
            tell(tx, scope, Kind::TenantChanged, &changed, (Some(before), Some(after))).await?;
            Ok::<_, Error>(changed)
        })
    }

    /// Deletes a tenant softly: from the commit on nothing in it can be reached, and its slug is free.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Beyond`], also for who belongs to the tenant.
    pub async fn delete_tenant(
        &self,
        scope: &AdminScope,
        id: TenantId,
        precondition: Option<&EntityTags>,
    ) -> Result<()> {
        self.check_reach(scope, id).await?;
        check_above(scope)?;
        in_transaction!(self.store, &within(scope, id), |tx| {
            let tenant = tx.lock_tenant().await?.filter(is_live).ok_or(Error::NotFound(Thing::Tenant))?;
            check_version(precondition, tenant.version)?;
            let before = Some(Value::Object(tenant_document(&tenant)));
            let gone = self.next_tenant(tenant);
            tx.update_tenant(&gone, true).await?;
            tell(tx, scope, Kind::TenantDeleted, &gone, (before, None)).await?;
            Ok::<_, Error>(())
        })
    }

    /// Brings a deleted tenant back with everything in it. Its credentials work again.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no deleted tenant within reach has the id, [`Error::Taken`] when its slug is in use,
    /// [`Error::InTheWay`] when its partner is deleted or suspended, [`Error::Full`], [`Error::Beyond`].
    pub async fn restore_tenant(&self, scope: &AdminScope, id: TenantId) -> Result<Tenant> {
        self.check_reach(scope, id).await?;
        check_above(scope)?;
        in_transaction!(self.store, &within(scope, id), |tx| {
            // Partner before tenant, as whoever makes a tenant has it.
            let owner = tx.platform(scope).owner_of_tenant(id).await?.ok_or(Error::NotFound(Thing::Tenant))?;
            let room = make_room(tx, scope, owner).await;
            let gone = tx.lock_tenant().await?.filter(|tenant| !is_live(tenant));
            let gone = gone.ok_or(Error::NotFound(Thing::Tenant))?;
            let user_limit = room.map_err(partner_gone)?;
            let back =
                Tenant { user_limit, standing: Standing::of(gone.status, None, false), ..self.next_tenant(gone) };
            tx.update_tenant(&back, false).await.map_err(|error| taken(error, "slug", &back.slug))?;
            tell(tx, scope, Kind::TenantRestored, &back, (None, None)).await?;
            Ok::<_, Error>(back)
        })
    }

    /// Whether the scope reaches the tenant, live or deleted. One out of reach is refused whether or not it exists.
    async fn check_reach(&self, scope: &AdminScope, id: TenantId) -> Result<()> {
        let reached = match scope.reach() {
            Reach::Platform => true,
            Reach::Tenant(own) => own == id,
            Reach::Partner(partner) => {
                let owner = self.store.platform_statements(scope).await?.owner_of_tenant(id).await?;
                owner == Some(Some(partner))
            }
        };
        if reached {
            return Ok(());
        }
        Err(Error::Beyond("this token cannot be used for that tenant".to_owned()))
    }

    fn next_tenant(&self, tenant: Tenant) -> Tenant {
        Tenant { updated_at: self.clock.now(), version: Version(tenant.version.0 + 1), ..tenant }
    }
}

/// How much of the server a tenant may take is not the tenant's to say, nor its partner's.
fn check_requests(scope: &AdminScope, before: &TenantSettings, after: &TenantSettings) -> Result<()> {
    if before.requests == after.requests || scope.reach() == Reach::Platform {
        return Ok(());
    }
    Err(Error::Beyond("only the platform may change limits.requests".to_owned()))
}

fn is_live(tenant: &Tenant) -> bool {
    tenant.standing != Standing::Deleted
}

/// The scope of one tenant for who administers it from above. Its settings decide nothing here.
fn within(scope: &AdminScope, id: TenantId) -> TenantScope {
    TenantScope::grant(id, scope.actor().clone(), Arc::default())
}

fn check_above(scope: &AdminScope) -> Result<()> {
    match scope.reach() {
        Reach::Platform | Reach::Partner(_) => Ok(()),
        Reach::Tenant(_) => {
            Err(Error::Beyond("only the platform or a partner may create, delete or restore tenants".to_owned()))
        }
    }
}

/// The partner a new tenant gets.
fn own_partner(scope: &AdminScope, asked: Option<PartnerId>) -> Result<Option<PartnerId>> {
    check_above(scope)?;
    match scope.reach() {
        Reach::Partner(own) if asked.is_none_or(|asked| asked == own) => Ok(Some(own)),
        Reach::Partner(_) => Err(Error::Beyond("this token cannot be used for that partner".to_owned())),
        Reach::Platform | Reach::Tenant(_) => Ok(asked),
    }
}

/// Locks the partner and sees to it that one more tenant fits. Answers how many users each of its tenants may have.
async fn make_room(tx: &mut TenantTx, scope: &AdminScope, partner: Option<PartnerId>) -> Result<Option<i64>> {
    let Some(id) = partner else { return Ok(None) };
    let above = tx.platform(scope);
    let partner = above.lock_partner(id).await?.ok_or(Error::NotFound(Thing::Partner))?;
    if partner.record.status == Status::Suspended {
        return Err(Error::InTheWay("the partner is suspended".to_owned()));
    }
    if let Some(limit) = partner.record.max_tenants
        && above.tenants_of_partner(id).await? >= limit
    {
        return Err(Error::Full { what: "tenants", limit });
    }
    Ok(partner.record.max_users_per_tenant)
}

fn partner_gone(error: Error) -> Error {
    match error {
        Error::NotFound(Thing::Partner) => {
            Error::InTheWay("the tenant's partner is deleted; restore that first".to_owned())
        }
        other => other,
    }
}

/// A tenant's own trail tells of it, and so does the platform's: the first is out of reach once the tenant is deleted.
async fn tell(
    tx: &mut TenantTx,
    scope: &AdminScope,
    kind: Kind,
    tenant: &Tenant,
    (before, after): (Option<Value>, Option<Value>),
) -> Result<()> {
    let event = Event { kind, resource: tenant.id.uuid(), before, after };
    tx.record(&event, scope.actor(), tenant.updated_at).await?;
    Ok(tx.platform(scope).record(&event, tenant.partner, scope.actor(), tenant.updated_at).await?)
}

/// What an event tells of a tenant.
fn tenant_document(tenant: &Tenant) -> Map<String, Value> {
    Map::from_iter([
        ("slug".to_owned(), json!(tenant.slug)),
        ("name".to_owned(), json!(tenant.name)),
        ("status".to_owned(), json!(tenant.status.as_str())),
        ("partner_id".to_owned(), json!(tenant.partner)),
        ("settings".to_owned(), Value::Object(tenant.settings.to_map())),
    ])
}

/// The delta between two states of a tenant; of the settings only those that changed.
fn tenant_difference(was: &Tenant, is: &Tenant) -> (Value, Value) {
    let (mut before, mut after) = difference(&tenant_document(was), &tenant_document(is));
    if was.settings != is.settings {
        (before["settings"], after["settings"]) = difference(&was.settings.to_map(), &is.settings.to_map());
    }
    (before, after)
}
