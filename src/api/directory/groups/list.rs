//! `GET /api/v1/tenants/{tenant_id}/groups`: the groups of a tenant, filtered, in pages.

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use crate::api::directory::Tag;
use crate::api::directory::answers::Listed;
use crate::api::directory::auth::{InTenant, Reading};
use crate::api::directory::error::Refusal;
use crate::api::directory::paging::Paging;
use crate::api::directory::wire::{GroupListItem, Ids, Listing};
use crate::api::native::parameters::{Asked, Flag, OfType, PageNumber, PageSize, Search, Text};
use crate::api::native::written::Written;
use crate::domain::{Order, Selection, held_by};
use crate::model::ids::{GroupId, NotAnId, UserId};
use crate::model::page::Page;

pub(in crate::api::directory) struct List;

#[OpenApi]
impl List {
    /// List a tenant's groups
    ///
    /// Sorted by name. Filters combine with AND; an id that does not exist gives an empty list.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/groups",
        method = "get",
        operation_id = "list_tenant_groups",
        tag = "Tag::Tenant"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the endpoint")]
    async fn tenant(
        &self,
        caller: InTenant<Reading>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Groups a page.
        Asked(per_page): Asked<PageSize>,
        /// Text that the name contains, in any case of letters; `%` and `_` stand for themselves.
        Asked(search): Asked<Search>,
        /// Only groups of this type.
        #[oai(name = "type")]
        Asked(group_type): Asked<OfType>,
        /// Only groups whose primary parent this is; `root` for groups without one.
        Asked(parent_group_id): Asked<Text>,
        /// Only groups with this user as a direct member.
        Asked(user_id): Asked<Text>,
        /// With `user_id`: also the groups in which the user is through nesting.
        Asked(effective): Asked<Flag>,
    ) -> Result<Listed<GroupListItem>, Refusal> {
        let paging = Paging::new(page, per_page);
        let wanted =
            parent_and_user(parent_group_id.0.as_deref(), user_id.0.as_deref()).map(|(parent, user)| Selection {
                search: search.0,
                group_type: group_type.0,
                parent,
                held: user.map(|user| held_by(&caller.scope, user, effective.0)),
                ..Selection::default()
            });
        let groups = match wanted {
            Ok(wanted) => caller.domain().list_groups(&caller.scope, &wanted, Order::Name, paging.window()).await?,
            // No group has a parent or a member that cannot exist.
            Err(NotAnId { .. }) => Arc::new(Page { items: Vec::new(), total: 0 }),
        };
        let ids = Ids(caller.scope.settings().id_style);
        Ok(Listed::Page(Written(Listing {
            data: groups.items.iter().map(|group| GroupListItem::new(ids, group)).collect(),
            pagination: paging.of(groups.total),
            meta: caller.meta(),
        })))
    }
}

/// The groups' primary parent, if asked for, where none can be asked for too; and their member.
type ParentAndUser = (Option<Option<GroupId>>, Option<UserId>);

fn parent_and_user(parent: Option<&str>, user: Option<&str>) -> Result<ParentAndUser, NotAnId> {
    let parent = match parent {
        None => None,
        Some("root") => Some(None),
        Some(id) => Some(Some(id.parse()?)),
    };
    Ok((parent, user.map(str::parse).transpose()?))
}
