//! Tenants as the API shows and takes them.

use std::collections::BTreeMap;

use poem_openapi::Object;
use poem_openapi::types::{Any, Example};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::api::directory::partners::StatusWord;
use crate::api::directory::wire::{Ids, examples};
use crate::api::native::body::sent;
use crate::api::native::types::{Nullable, Timestamp};
use crate::domain::{Error, NewTenant, Result};
use crate::model::ids::PartnerId;
use crate::model::settings::{IdStyle, TenantSettings};
use crate::model::tenant::{Standing, Status, Tenant, TenantRecord};
use crate::model::version::Version;

/// A tenant.
#[derive(Object, Serialize)]
#[oai(rename = "Tenant", example)]
pub(in crate::api::directory) struct TenantResponse {
    /// The tenant.
    id: String,
    /// The partner that owns it; null for none.
    partner_id: Nullable<String>,
    /// Short name for addresses and commands.
    slug: String,
    /// Name to show.
    name: String,
    /// Whether it may be used, as far as it is up to itself.
    status: StatusWord,
    /// Whether it was deleted, and can only be restored.
    deleted: bool,
    /// Every setting with its value, by dotted keys such as `scim.mode`.
    #[serde(serialize_with = "values")]
    settings: BTreeMap<String, Any<Value>>,
    /// When it was created.
    created_at: Timestamp,
    /// When it was last changed; null until then.
    updated_at: Nullable<Timestamp>,
}

fn values<S: Serializer>(
    settings: &BTreeMap<String, Any<Value>>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_map(settings.iter().map(|(key, Any(value))| (key, value)))
}

impl TenantResponse {
    pub(super) fn new(tenant: Tenant) -> Self {
        let ids = Ids(tenant.settings.id_style);
        let changed = Some(tenant.updated_at).filter(|at| *at != tenant.created_at);
        Self {
            id: ids.tenant(tenant.id),
            partner_id: tenant.partner.map(|id| ids.partner(id)).into(),
            slug: tenant.slug,
            name: tenant.name,
            status: tenant.status.into(),
            deleted: tenant.standing == Standing::Deleted,
            settings: tenant.settings.to_map().into_iter().map(|(key, value)| (key, Any(value))).collect(),
            created_at: Timestamp(tenant.created_at),
            updated_at: changed.map(Timestamp).into(),
        }
    }
}

impl Example for TenantResponse {
    fn example() -> Self {
        Self::new(Tenant {
            id: examples::uuid(8).into(),
            partner: Some(examples::uuid(9).into()),
            slug: "acme".to_owned(),
            name: "Acme Corp".to_owned(),
            status: Status::Active,
            standing: Standing::Active,
            user_limit: None,
            settings: TenantSettings { id_style: IdStyle::Plain, ..TenantSettings::default() }.into(),
            created_at: examples::at(),
            updated_at: examples::at(),
            version: Version(1),
        })
    }
}

/// A tenant to be made.
#[derive(Object)]
pub(super) struct TenantCreate {
    /// Short name for addresses and commands: 1 to 63 of `a-z`, `0-9` and inner hyphens. It cannot be changed.
    #[oai(validator(min_length = 1, max_length = 63))]
    slug: String,
    /// Name to show; the slug when left out.
    #[oai(validator(min_length = 1, max_length = 256))]
    name: Option<String>,
    /// The partner it is to belong to, for ever. A partner's administrator may leave it out.
    pub(super) partner_id: Option<String>,
    /// Settings that are to differ from their defaults, by dotted keys such as `scim.mode`.
    settings: Option<BTreeMap<String, Any<Value>>>,
}

sent!(TenantCreate);

impl TenantCreate {
    pub(super) fn draft(self, partner: Option<PartnerId>) -> Result<NewTenant> {
        let settings = merged(&TenantSettings::default(), self.settings.as_ref())?;
        Ok(NewTenant { slug: self.slug, name: self.name, partner, settings })
    }
}

/// What is to change of a tenant; what is left out stays.
#[derive(Object)]
pub(super) struct TenantUpdate {
    /// Name to show.
    #[oai(validator(min_length = 1, max_length = 256))]
    name: Option<String>,
    /// `SUSPENDED` refuses its credentials at once; `ACTIVE` takes that back. Not for credentials of the tenant itself.
    status: Option<StatusWord>,
    /// Settings to change, by dotted keys such as `scim.mode`; null brings a setting's default back. The others stay.
    settings: Option<BTreeMap<String, Any<Value>>>,
}

sent!(TenantUpdate);

impl TenantUpdate {
    /// The record with the change in it.
    pub(super) fn apply(&self, tenant: &Tenant) -> Result<TenantRecord> {
        Ok(TenantRecord {
            name: self.name.clone().unwrap_or_else(|| tenant.name.clone()),
            status: self.status.map_or(tenant.status, Status::from),
            settings: merged(&tenant.settings, self.settings.as_ref())?,
        })
    }
}

fn merged(settings: &TenantSettings, wanted: Option<&BTreeMap<String, Any<Value>>>) -> Result<TenantSettings> {
    let merge = |settings: TenantSettings, (key, value): (&String, &Any<Value>)| {
        settings.with_value(key, value.0.clone()).map_err(Error::from)
    };
    wanted.into_iter().flatten().try_fold(settings.clone(), merge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::native::written::assert_spelled_alike;

    #[test]
    fn a_tenant_is_spelled_alike_in_a_list() {
        assert_spelled_alike::<TenantResponse>();
    }
}
