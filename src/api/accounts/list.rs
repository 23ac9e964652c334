//! `GET /api/v1/groups`: the groups of a tenant by name, read on by cursor.

use poem_openapi::param::Header;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::auth::{InTenant, Viewing};
use super::error::Refusal;
use super::paging;
use super::wire::{GroupItem, GroupPage};
use crate::api::native::parameters::{Asked, Clipped, Search, Text};

pub(super) struct List;

#[derive(ApiResponse)]
enum Listed {
    /// The page asked for.
    #[oai(status = 200)]
    Page(Json<GroupPage>),
}

#[OpenApi]
impl List {
    /// List groups
    ///
    /// Sorted by name. A page costs the same wherever it lies, and reading on by `after` shows every group that is there
    /// throughout exactly once.
    #[oai(path = "/api/v1/groups", method = "get", operation_id = "list_groups", tag = "Tag::Groups")]
    async fn list(
        &self,
        caller: InTenant<Viewing>,
        /// The tenant, by id or slug; needed where the credential is of several.
        #[oai(name = "X-Tenant-ID")]
        _tenant: Header<Option<String>>,
        /// Text that the name contains, in any case of letters; `%` and `_` stand for themselves.
        Asked(search): Asked<Search>,
        /// Groups a page; more than 500 are cut to 500.
        Asked(limit): Asked<Clipped<50, 500>>,
        /// The `endCursor` of an earlier page of the same search.
        Asked(after): Asked<Text>,
    ) -> Result<Listed, Refusal> {
        let (domain, scope) = (caller.domain(), &caller.scope);
        let list = paging::List::Groups(search.0.as_deref());
        let from = list.open(domain, scope, after.0.as_deref()).await?;
        let found = domain.walk_groups(scope, search.0.clone(), from, limit.0).await?;
        let counts = domain.effective_counts(scope, &found.groups).await?;
        let page_info = list.info(domain, scope, found.end, found.more).await?;
        let groups = found.groups.into_iter().zip(counts).map(|(group, count)| GroupItem::new(group, count));
        Ok(Listed::Page(Json(GroupPage { groups: groups.collect(), page_info })))
    }
}
