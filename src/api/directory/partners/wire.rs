//! Partners as the API shows and takes them.

use poem_openapi::types::{Example, MaybeUndefined};
use poem_openapi::{Enum, Object};
use serde::Serialize;

use crate::api::directory::wire::{Ids, examples};
use crate::api::native::body::sent;
use crate::api::native::types::{Nullable, Timestamp};
use crate::domain::plain_partner;
use crate::model::settings::IdStyle;
use crate::model::tenant::{Partner, PartnerRecord, Status};
use crate::model::version::Version;

/// Whether a partner or a tenant may be used.
#[derive(Debug, Clone, Copy, Enum, Serialize)]
#[oai(rename = "Status")]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::api::directory) enum StatusWord {
    /// It may.
    #[oai(rename = "ACTIVE")]
    Active,
    /// Its credentials are refused.
    #[oai(rename = "SUSPENDED")]
    Suspended,
}

impl From<Status> for StatusWord {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
        }
    }
}

impl From<StatusWord> for Status {
    fn from(word: StatusWord) -> Self {
        match word {
            StatusWord::Active => Self::Active,
            StatusWord::Suspended => Self::Suspended,
        }
    }
}

/// A partner: a reseller or group of companies that owns tenants.
#[derive(Object, Serialize)]
#[oai(rename = "Partner", example)]
pub(in crate::api::directory) struct PartnerResponse {
    /// The partner.
    id: String,
    /// Short name for addresses and commands.
    slug: String,
    /// Name to show.
    name: String,
    /// Whether it and its tenants may be used.
    status: StatusWord,
    /// Tenants it may have; null for as many as it likes.
    max_tenants: Nullable<i64>,
    /// Users each of its tenants may have; null for as many as it likes.
    max_users_per_tenant: Nullable<i64>,
    /// When it was created.
    created_at: Timestamp,
    /// When it was last changed; null until then.
    updated_at: Nullable<Timestamp>,
}

impl PartnerResponse {
    pub(super) fn new(partner: Partner) -> Self {
        let changed = Some(partner.updated_at).filter(|at| *at != partner.created_at);
        Self {
            // No tenant's settings apply here.
            id: Ids(IdStyle::Plain).partner(partner.id),
            slug: partner.slug,
            name: partner.record.name,
            status: partner.record.status.into(),
            max_tenants: partner.record.max_tenants.into(),
            max_users_per_tenant: partner.record.max_users_per_tenant.into(),
            created_at: Timestamp(partner.created_at),
            updated_at: changed.map(Timestamp).into(),
        }
    }
}

impl Example for PartnerResponse {
    fn example() -> Self {
        let record = PartnerRecord { max_tenants: Some(100), ..plain_partner("Resellers") };
        Self::new(Partner {
            id: examples::uuid(9).into(),
            slug: "resellers".to_owned(),
            record,
            created_at: examples::at(),
            updated_at: examples::at(),
            deleted_at: None,
            version: Version(1),
        })
    }
}

/// A partner to be made.
#[derive(Object)]
pub(super) struct PartnerCreate {
    /// Short name for addresses and commands: 1 to 63 of `a-z`, `0-9` and inner hyphens. It cannot be changed.
    #[oai(validator(min_length = 1, max_length = 63))]
    slug: String,
    /// Name to show; the slug when left out.
    #[oai(validator(min_length = 1, max_length = 256))]
    name: Option<String>,
    /// Tenants it may have.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    max_tenants: Option<i64>,
    /// Users each of its tenants may have.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    max_users_per_tenant: Option<i64>,
}

sent!(PartnerCreate);

impl PartnerCreate {
    /// Its slug and record.
    pub(super) fn split(self) -> (String, PartnerRecord) {
        let name = self.name.unwrap_or_else(|| self.slug.clone());
        let (max_tenants, max_users_per_tenant) = (self.max_tenants, self.max_users_per_tenant);
        (self.slug, PartnerRecord { max_tenants, max_users_per_tenant, ..plain_partner(&name) })
    }
}

/// What is to change of a partner; what is left out stays.
#[derive(Object)]
pub(super) struct PartnerUpdate {
    /// Name to show.
    #[oai(validator(min_length = 1, max_length = 256))]
    name: Option<String>,
    /// `SUSPENDED` refuses its credentials and those of its tenants at once; `ACTIVE` takes that back.
    status: Option<StatusWord>,
    /// Tenants it may have; null for as many as it likes. Those it has beyond stay.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    max_tenants: MaybeUndefined<i64>,
    /// Users each of its tenants may have; null for as many as it likes. Those there are beyond stay.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    max_users_per_tenant: MaybeUndefined<i64>,
}

sent!(PartnerUpdate);

impl PartnerUpdate {
    /// The record with the change in it.
    pub(super) fn apply(&self, record: &PartnerRecord) -> PartnerRecord {
        let limit = |wanted: &MaybeUndefined<i64>, current| match wanted {
            MaybeUndefined::Undefined => current,
            MaybeUndefined::Null => None,
            MaybeUndefined::Value(limit) => Some(*limit),
        };
        PartnerRecord {
            name: self.name.clone().unwrap_or_else(|| record.name.clone()),
            status: self.status.map_or(record.status, Status::from),
            max_tenants: limit(&self.max_tenants, record.max_tenants),
            max_users_per_tenant: limit(&self.max_users_per_tenant, record.max_users_per_tenant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::native::written::assert_spelled_alike;

    #[test]
    fn a_partner_is_spelled_alike_in_a_list() {
        assert_spelled_alike::<PartnerResponse>();
    }
}
