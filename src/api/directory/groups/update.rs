//! `PATCH /api/v1/admin/groups/{group_id}` and `PATCH /api/v1/tenants/{tenant_id}/groups/{group_id}`: changes the fields
//! that are sent. Only an administrator changes the type.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::show::{administered, written};
use crate::api::directory::Tag;
use crate::api::directory::answers::Shown;
use crate::api::directory::auth::{AsAdmin, InTenant, Writing};
use crate::api::directory::error::Refusal;
use crate::api::directory::wire::{AdminGroupResponse, AdminGroupUpdate, GroupResponse, GroupUpdate, Wanted};
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;
use crate::domain::Domain;
use crate::model::group::Group;
use crate::model::ids::{GroupId, TenantId};
use crate::model::principal::TenantScope;
use crate::model::version::EntityTags;

pub(in crate::api::directory) struct Update;

#[OpenApi]
impl Update {
    /// Change a group
    ///
    /// What is left out stays. What changes nothing leaves the version as it is.
    #[oai(
        path = "/api/v1/admin/groups/:group_id",
        method = "patch",
        operation_id = "update_group",
        tag = "Tag::Administration"
    )]
    async fn administration(
        &self,
        caller: AsAdmin<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
        Sent(body): Sent<AdminGroupUpdate>,
    ) -> Result<Shown<AdminGroupResponse>, Refusal> {
        let (scope, id) = caller.reach(&group_id).await?;
        if body.tenant_id.as_ref().is_some_and(|tenant| tenant.parse::<TenantId>() != Ok(scope.tenant())) {
            return Err(Refusal::body("tenant_id", "value_error", "A group cannot move to another tenant"));
        }
        let group = update(caller.domain(), &scope, id, precondition.as_ref(), &body.into()).await?;
        let version = group.version;
        let data = administered(caller.domain(), &scope, written(caller.domain(), &scope, group).await?).await?;
        Ok(Shown::new(data, caller.meta(), version))
    }

    /// Change a tenant's group
    ///
    /// What is left out stays. What changes nothing leaves the version as it is.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/groups/:group_id",
        method = "patch",
        operation_id = "update_tenant_group",
        tag = "Tag::Tenant"
    )]
    async fn tenant(
        &self,
        caller: InTenant<Writing>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
        Sent(body): Sent<GroupUpdate>,
    ) -> Result<Shown<GroupResponse>, Refusal> {
        let id = group_id.parse().map_err(|_| Refusal::no_group())?;
        let group = update(caller.domain(), &caller.scope, id, precondition.as_ref(), &body.into()).await?;
        let version = group.version;
        let data = written(caller.domain(), &caller.scope, group).await?;
        Ok(Shown::new(data, caller.meta(), version))
    }
}

async fn update(
    domain: &Domain,
    scope: &TenantScope,
    id: GroupId,
    precondition: Option<&EntityTags>,
    wanted: &Wanted,
) -> Result<Group, Refusal> {
    let changed = domain.change_group(scope, id, precondition, &wanted.group).await;
    changed.map_err(|error| wanted.refused(error))
}
