//! `GET /api/v1/admin/groups/`: the groups of every tenant within the credential's reach, filtered, in pages.

use poem_openapi::OpenApi;

use crate::api::directory::Tag;
use crate::api::directory::answers::Listed;
use crate::api::directory::auth::{AsAdmin, Reading};
use crate::api::directory::error::Refusal;
use crate::api::directory::paging::Paging;
use crate::api::directory::wire::{AdminGroupListItem, Listing};
use crate::api::native::parameters::{Asked, OfType, PageNumber, PageSize, Search, Text};
use crate::api::native::written::Written;
use crate::auth::Denied;
use crate::domain::WideSelection;
use crate::model::ids::{PartnerId, TenantId};
use crate::model::principal::Reach;

pub(in crate::api::directory) struct Everywhere;

#[OpenApi]
impl Everywhere {
    /// List groups
    ///
    /// Sorted by name. Filters combine with AND; an id that does not exist gives an empty list. A tenant or a partner that
    /// the credential does not reach is 403.
    #[oai(path = "/api/v1/admin/groups", method = "get", operation_id = "list_groups", tag = "Tag::Administration")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the endpoint")]
    async fn list(
        &self,
        caller: AsAdmin<Reading>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Groups a page.
        Asked(per_page): Asked<PageSize>,
        /// Text that the name, or the first 1,000 characters of the description, contains, in any case of letters; `%` and
        /// `_` stand for themselves.
        Asked(search): Asked<Search>,
        /// Only groups of this tenant.
        Asked(tenant_id): Asked<Text>,
        /// Only groups of this partner's tenants.
        Asked(partner_id): Asked<Text>,
        /// Only groups of this type.
        Asked(group_type): Asked<OfType>,
    ) -> Result<Listed<AdminGroupListItem>, Refusal> {
        let paging = Paging::new(page, per_page);
        let wanted = WideSelection {
            within: caller.principal().reach,
            tenant: tenant_id.0.map(|text| text.parse().unwrap_or(TenantId::NOBODY)),
            partner: partner_id.0.map(|text| text.parse().unwrap_or(PartnerId::NOBODY)),
            search: search.0,
            group_type: group_type.0,
        };
        check_reach(&caller, &wanted).await?;
        let found = caller.domain().list_groups_everywhere(&caller.above(), &wanted, paging.window()).await?;
        Ok(Listed::Page(Written(Listing {
            data: found.items.iter().map(AdminGroupListItem::new).collect(),
            pagination: paging.of(found.total),
            meta: caller.meta(),
        })))
    }
}

/// Whoever does not reach everything may not ask for what they do not reach, there or not.
async fn check_reach(caller: &AsAdmin<Reading>, wanted: &WideSelection) -> Result<(), Denied> {
    match (wanted.within, wanted.tenant) {
        (Reach::Platform, _) | (_, None) => {}
        (Reach::Partner(_) | Reach::Tenant(_), Some(tenant)) => {
            caller.within(Some(&tenant.to_string())).await?;
        }
    }
    match (wanted.within, wanted.partner) {
        (Reach::Partner(own), Some(partner)) if partner != own => Err(Denied::Foreign),
        _ => Ok(()),
    }
}
