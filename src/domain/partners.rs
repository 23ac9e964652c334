//! Verbs on partners: who owns tenants, and how many they may have.

use serde_json::{Map, Value, json};

use super::check::{check_name, check_slug, check_version};
use super::difference::difference;
use super::error::counted;
use super::{Domain, Error, Result, Thing, taken};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::ids::PartnerId;
use crate::model::page::{Page, Window};
use crate::model::principal::{AdminScope, Reach};
use crate::model::tenant::{Partner, PartnerRecord, Status};
use crate::model::version::{EntityTags, Version};
use crate::store::PlatformTx;
use crate::store::partners::PartnerSelection;

/// Most tenants, and most users of a tenant, a limit can name.
const HIGHEST_LIMIT: i64 = 1_000_000_000;

impl Domain {
    /// Creates a partner.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Taken`] for the slug, [`Error::Beyond`] unless the caller reaches the platform.
    pub async fn create_partner(&self, scope: &AdminScope, slug: &str, record: PartnerRecord) -> Result<Partner> {
        check_platform(scope)?;
        check_slug("slug", slug)?;
        let now = self.clock.now();
        let partner = Partner {
            id: PartnerId::generate(&self.clock),
            slug: slug.to_owned(),
            record: checked(record)?,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            version: Version(1),
        };
        in_transaction!(self.store.begin_platform(scope), |tx| {
            tx.insert_partner(&partner).await.map_err(|error| taken(error, "slug", slug))?;
            let after = Some(Value::Object(partner_document(&partner)));
            tell(tx, scope, Kind::PartnerCreated, &partner, (None, after)).await?;
            Ok::<_, Error>(partner.clone())
        })
    }

    /// The partner, for whoever reaches it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Beyond`].
    pub async fn partner(&self, scope: &AdminScope, id: PartnerId) -> Result<Partner> {
        check_reach(scope, id)?;
        let found = self.store.platform_statements(scope).await?.find_partner(id).await?;
        found.ok_or(Error::NotFound(Thing::Partner))
    }

    /// Partners by name; to the administrator of one, that one alone.
    ///
    /// # Errors
    /// [`Error::Beyond`] for a caller of one tenant.
    pub async fn list_partners(
        &self,
        scope: &AdminScope,
        wanted: PartnerSelection,
        window: Window,
    ) -> Result<Page<Partner>> {
        let only = match scope.reach() {
            Reach::Platform => wanted.only,
            Reach::Partner(own) => Some(own),
            Reach::Tenant(_) => return Err(out_of_reach()),
        };
        let wanted = PartnerSelection { only, ..wanted };
        Ok(self.store.platform_statements(scope).await?.list_partners(&wanted, window).await?)
    }

    /// Changes a partner; see [`Domain::modify_user`] for `change`. Suspended, neither its own credentials nor those of
    /// its tenants work from the commit on.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Invalid`], [`Error::Beyond`] unless the caller reaches
    /// the platform, or `change`'s own.
    pub async fn modify_partner(
        &self,
        scope: &AdminScope,
        id: PartnerId,
        precondition: Option<&EntityTags>,
        change: impl Fn(&Partner) -> Result<PartnerRecord> + Sync,
    ) -> Result<Partner> {
        check_platform(scope)?;
        in_transaction!(self.store.begin_platform(scope), |tx| {
            let partner = tx.lock_partner(id).await?.ok_or(Error::NotFound(Thing::Partner))?;
            check_version(precondition, partner.version)?;
            let wanted = Partner { record: checked(change(&partner)?)?, ..partner.clone() };
            let (before, after) = difference(&partner_document(&partner), &partner_document(&wanted));
            if before == after {
                return Ok(partner);
            }
            let changed = self.next_partner(wanted);
            tx.update_partner(&changed).await?;
            tell(tx, scope, Kind::PartnerChanged, &changed, (Some(before), Some(after))).await?;
            Ok::<_, Error>(changed)
        })
    }

    /// Deletes a partner that has no tenants. Its tokens stop working; its slug is free.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::InTheWay`] while it has tenants, [`Error::Beyond`].
    pub async fn delete_partner(
        &self,
        scope: &AdminScope,
        id: PartnerId,
        precondition: Option<&EntityTags>,
    ) -> Result<()> {
        check_platform(scope)?;
        in_transaction!(self.store.begin_platform(scope), |tx| {
            let partner = tx.lock_partner(id).await?.ok_or(Error::NotFound(Thing::Partner))?;
            check_version(precondition, partner.version)?;
            let held = tx.tenants_of_partner(id).await?;
            if held > 0 {
                let text = format!("Partner has {}; it can be deleted when it has none", counted(held, "tenant"));
                return Err(Error::InTheWay(text));
            }
            let before = Some(Value::Object(partner_document(&partner)));
            let gone = self.next_partner(partner);
            let gone = Partner { deleted_at: Some(gone.updated_at), ..gone };
            tx.update_partner(&gone).await?;
            tell(tx, scope, Kind::PartnerDeleted, &gone, (before, None)).await?;
            Ok::<_, Error>(())
        })
    }

    /// Brings a deleted partner back as it was, tokens included.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no deleted partner has the id, [`Error::Taken`] when its slug is in use, [`Error::Beyond`].
    pub async fn restore_partner(&self, scope: &AdminScope, id: PartnerId) -> Result<Partner> {
        check_platform(scope)?;
        in_transaction!(self.store.begin_platform(scope), |tx| {
            let gone = tx.lock_deleted_partner(id).await?.ok_or(Error::NotFound(Thing::Partner))?;
            let back = Partner { deleted_at: None, ..self.next_partner(gone) };
            tx.update_partner(&back).await.map_err(|error| taken(error, "slug", &back.slug))?;
            tell(tx, scope, Kind::PartnerRestored, &back, (None, None)).await?;
            Ok::<_, Error>(back)
        })
    }

    fn next_partner(&self, partner: Partner) -> Partner {
        Partner { updated_at: self.clock.now(), version: Version(partner.version.0 + 1), ..partner }
    }
}

/// What a new partner is when nothing is said of it.
#[must_use]
pub fn plain_partner(name: &str) -> PartnerRecord {
    PartnerRecord { name: name.to_owned(), status: Status::Active, max_tenants: None, max_users_per_tenant: None }
}

async fn tell(
    tx: &mut PlatformTx,
    scope: &AdminScope,
    kind: Kind,
    partner: &Partner,
    (before, after): (Option<Value>, Option<Value>),
) -> Result<()> {
    let event = Event { kind, resource: partner.id.uuid(), before, after };
    Ok(tx.record(&event, Some(partner.id), scope.actor(), partner.updated_at).await?)
}

fn checked(mut record: PartnerRecord) -> Result<PartnerRecord> {
    for (attribute, limit) in
        [("max_tenants", record.max_tenants), ("max_users_per_tenant", record.max_users_per_tenant)]
    {
        if limit.is_some_and(|limit| !(0..=HIGHEST_LIMIT).contains(&limit)) {
            return Err(Error::Invalid { attribute, reason: format!("must be from 0 to {HIGHEST_LIMIT}") });
        }
    }
    record.name = check_name("name", &record.name)?;
    Ok(record)
}

fn check_platform(scope: &AdminScope) -> Result<()> {
    match scope.reach() {
        Reach::Platform => Ok(()),
        Reach::Partner(_) | Reach::Tenant(_) => {
            Err(Error::Beyond("only a credential of the platform may change partners".to_owned()))
        }
    }
}

fn check_reach(scope: &AdminScope, id: PartnerId) -> Result<()> {
    match scope.reach() {
        Reach::Platform => Ok(()),
        Reach::Partner(own) if own == id => Ok(()),
        Reach::Partner(_) | Reach::Tenant(_) => Err(out_of_reach()),
    }
}

fn out_of_reach() -> Error {
    Error::Beyond("this token cannot be used for that partner".to_owned())
}

/// What an event tells of a partner.
fn partner_document(partner: &Partner) -> Map<String, Value> {
    let record = &partner.record;
    Map::from_iter([
        ("slug".to_owned(), json!(partner.slug)),
        ("name".to_owned(), json!(record.name)),
        ("status".to_owned(), json!(record.status.as_str())),
        ("max_tenants".to_owned(), json!(record.max_tenants)),
        ("max_users_per_tenant".to_owned(), json!(record.max_users_per_tenant)),
    ])
}
