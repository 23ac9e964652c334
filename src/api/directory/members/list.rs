//! `GET /api/v1/admin/groups/{group_id}/members` and `…/effective-members`: who is in a group itself, and who is in it or
//! in a group below it. By page number, or by cursor, which costs the same at any depth.

use std::sync::Arc;

use poem_openapi::param::Path;
use poem_openapi::{ApiResponse, OpenApi};

use crate::api::directory::Tag;
use crate::api::directory::auth::{AsAdmin, Reading};
use crate::api::directory::error::Refusal;
use crate::api::directory::paging::{MemberList, Paging};
use crate::api::directory::wire::{GroupMemberInfo, Ids, MemberListing, Meta};
use crate::api::native::parameters::{Asked, PageNumber, PageSize, Text};
use crate::api::native::written::Written;
use crate::domain::MemberPage;
use crate::model::principal::TenantScope;

pub(in crate::api::directory) struct Direct;

pub(in crate::api::directory) struct Effective;

#[derive(ApiResponse)]
enum Listed {
    /// The page asked for; empty past the end.
    #[oai(status = 200)]
    Page(Written<MemberListing>),
}

#[OpenApi]
impl Direct {
    /// List direct members
    ///
    /// In the order in which the users were created.
    #[oai(
        path = "/api/v1/admin/groups/:group_id/members",
        method = "get",
        operation_id = "list_group_members",
        tag = "Tag::Administration"
    )]
    async fn list(
        &self,
        caller: AsAdmin<Reading>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Members a page.
        Asked(per_page): Asked<PageSize>,
        /// The `next_cursor` of an earlier page, instead of `page`.
        Asked(after): Asked<Text>,
    ) -> Result<Listed, Refusal> {
        let paging = Paging::new(page, per_page);
        let (scope, group) = caller.reach(&group_id).await?;
        let list = MemberList { tenant: scope.tenant(), group, name: "members" };
        let slice = list.slice(paging, after.0.as_deref())?;
        let found = caller.domain().direct_members(&scope, group, slice).await?;
        Ok(listed(&scope, list, paging, found, caller.meta()))
    }
}

#[OpenApi]
impl Effective {
    /// List effective members
    ///
    /// Everybody in the group or in one below it, each once; the group's own members are `DIRECT`. In the order in which
    /// the users were created.
    #[oai(
        path = "/api/v1/admin/groups/:group_id/effective-members",
        method = "get",
        operation_id = "list_effective_group_members",
        tag = "Tag::Administration"
    )]
    async fn list(
        &self,
        caller: AsAdmin<Reading>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// The page, from 1.
        Asked(page): Asked<PageNumber>,
        /// Members a page.
        Asked(per_page): Asked<PageSize>,
        /// The `next_cursor` of an earlier page, instead of `page`.
        Asked(after): Asked<Text>,
    ) -> Result<Listed, Refusal> {
        let paging = Paging::new(page, per_page);
        let (scope, group) = caller.reach(&group_id).await?;
        let list = MemberList { tenant: scope.tenant(), group, name: "effective-members" };
        let slice = list.slice(paging, after.0.as_deref())?;
        let found = caller.domain().effective_members(&scope, group, slice).await?;
        Ok(listed(&scope, list, paging, Arc::unwrap_or_clone(found), caller.meta()))
    }
}

fn listed(scope: &TenantScope, list: MemberList, paging: Paging, found: MemberPage, meta: Meta) -> Listed {
    let ids = Ids(scope.settings().id_style);
    Listed::Page(Written(MemberListing {
        data: found.items.into_iter().map(|member| GroupMemberInfo::new(ids, member)).collect(),
        pagination: list.of(paging, found.total, found.next),
        meta,
    }))
}
