//! All groups: `GET /api/v1/groups`, by name and read on by cursor, and `POST`.

use poem_openapi::param::Header;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::auth::{Administering, InTenant, Viewing};
use super::error::Refusal;
use super::groups::{detail, group_type};
use super::paging::List;
use super::wire::{GroupDetail, GroupItem, GroupPage, NewGroup};
use crate::api::native::body::Sent;
use crate::api::native::parameters::{Asked, Clipped, Search, Text};
use crate::domain::GroupChange;
use crate::model::membership::MemberChange;

pub(super) struct All;

#[derive(ApiResponse)]
enum Listed {
    /// The page asked for.
    #[oai(status = 200)]
    Page(Json<GroupPage>),
}

#[derive(ApiResponse)]
enum Created {
    /// The new group.
    #[oai(status = 201)]
    Group(
        Json<GroupDetail>,
        /// Its version.
        #[oai(header = "ETag")]
        String,
        /// Its path.
        #[oai(header = "Location")]
        String,
    ),
}

#[OpenApi]
impl All {
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
        let list = List::Groups(search.0.as_deref());
        let from = list.open(domain, scope, after.0.as_deref()).await?;
        let found = domain.walk_groups(scope, search.0.clone(), from, limit.0).await?;
        let counts = domain.effective_counts(scope, &found.groups).await?;
        let page_info = list.info(domain, scope, found.end, found.more).await?;
        let groups = found.groups.into_iter().zip(counts).map(|(group, count)| GroupItem::new(group, count));
        Ok(Listed::Page(Json(GroupPage { groups: groups.collect(), page_info })))
    }

    /// Create a group
    #[oai(path = "/api/v1/groups", method = "post", operation_id = "create_group", tag = "Tag::Groups")]
    async fn create(
        &self,
        caller: InTenant<Administering>,
        /// The tenant, by id or slug; needed where the credential is of several.
        #[oai(name = "X-Tenant-ID")]
        _tenant: Header<Option<String>>,
        Sent(new): Sent<NewGroup>,
    ) -> Result<Created, Refusal> {
        let wanted = GroupChange {
            name: Some(new.name.0),
            description: new.description.map(|text| Some(text.0)),
            group_type: group_type(new.group_type.as_deref())?,
            is_privileged: new.is_privileged,
            ..GroupChange::default()
        };
        let group = caller.domain().create_native_group(&caller.scope, &wanted, &MemberChange::default()).await?;
        let (etag, location) = (group.version.etag(), format!("/api/v1/groups/{}", group.id));
        Ok(Created::Group(Json(detail(&caller, group).await?), etag, location))
    }
}
