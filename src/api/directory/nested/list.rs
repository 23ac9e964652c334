//! `GET /api/v1/admin/groups/{group_id}/nested-groups`: the groups right below a group.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use crate::api::directory::Tag;
use crate::api::directory::answers::Listed;
use crate::api::directory::auth::{AsAdmin, Reading};
use crate::api::directory::error::Refusal;
use crate::api::directory::paging::Paging;
use crate::api::directory::wire::{Ids, Listing, NestedGroupInfo};
use crate::api::native::parameters::{Asked, PageNumber, PageSize};
use crate::api::native::written::Written;

pub(in crate::api::directory) struct Nested;

#[OpenApi]
impl Nested {
    /// List child groups
    ///
    /// Sorted by name; those whose primary parent this is and those that hang below it otherwise.
    #[oai(
        path = "/api/v1/admin/groups/:group_id/nested-groups",
        method = "get",
        operation_id = "list_nested_groups",
        tag = "Tag::Administration"
    )]
    async fn list(
        &self,
        caller: AsAdmin<Reading>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Groups a page.
        Asked(per_page): Asked<PageSize>,
    ) -> Result<Listed<NestedGroupInfo>, Refusal> {
        let paging = Paging::new(page, per_page);
        let (scope, group) = caller.reach(&group_id).await?;
        let found = caller.domain().list_nested_groups(&scope, group, paging.window()).await?;
        let ids = Ids(scope.settings().id_style);
        Ok(Listed::Page(Written(Listing {
            data: found.items.into_iter().map(|group| NestedGroupInfo::new(ids, group)).collect(),
            pagination: paging.of(found.total),
            meta: caller.meta(),
        })))
    }
}
