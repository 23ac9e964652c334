//! One group: `GET`, `PUT` and `DELETE /api/v1/groups/{id}`.

use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::auth::{Administering, InTenant, Viewing};
use super::error::Refusal;
use super::wire::{GroupDetail, GroupUpdate};
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;
use crate::api::native::refused::Fault;
use crate::domain::GroupChange;
use crate::model::group::{DeleteStrategy, Group, GroupType};
use crate::model::ids::GroupId;

pub(super) struct One;

#[derive(ApiResponse)]
enum Shown {
    /// The group.
    #[oai(status = 200)]
    Group(
        Json<GroupDetail>,
        /// The version of its record, its own members and its edges.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Deleted {
    /// It is gone.
    #[oai(status = 204)]
    Gone,
}

#[OpenApi]
impl One {
    /// Get a group
    #[oai(path = "/api/v1/groups/:id", method = "get", operation_id = "get_group", tag = "Tag::Groups")]
    async fn show(
        &self,
        caller: InTenant<Viewing>,
        /// The tenant, by id or slug; needed where the credential is of several.
        #[oai(name = "X-Tenant-ID")]
        _tenant: Header<Option<String>>,
        /// The group's id.
        Path(id): Path<String>,
    ) -> Result<Shown, Refusal> {
        let group = caller.domain().group(&caller.scope, group_id(&id)?).await?;
        shown(&caller, group).await
    }

    /// Change a group
    ///
    /// Only the fields that are sent change. With none the answer is the group as it is.
    #[oai(path = "/api/v1/groups/:id", method = "put", operation_id = "update_group", tag = "Tag::Groups")]
    async fn update(
        &self,
        caller: InTenant<Administering>,
        /// The tenant, by id or slug; needed where the credential is of several.
        #[oai(name = "X-Tenant-ID")]
        _tenant: Header<Option<String>>,
        /// The group's id.
        Path(id): Path<String>,
        /// The change happens only while the group has one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(versions): IfMatch,
        Sent(update): Sent<GroupUpdate>,
    ) -> Result<Shown, Refusal> {
        let wanted = GroupChange {
            name: update.name.map(|name| name.0),
            description: update.description.0.map(|text| text.map(|text| text.0)),
            group_type: group_type(update.group_type.as_deref())?,
            is_privileged: update.is_privileged,
            ..GroupChange::default()
        };
        let id = group_id(&id)?;
        let group = caller.domain().change_group(&caller.scope, id, versions.as_ref(), &wanted).await?;
        shown(&caller, group).await
    }

    /// Delete a group
    ///
    /// Groups whose primary parent it is go to its own primary parent, or become roots; from others it is taken off. Users
    /// remain. It can be restored until it is purged.
    #[oai(path = "/api/v1/groups/:id", method = "delete", operation_id = "delete_group", tag = "Tag::Groups")]
    async fn delete(
        &self,
        caller: InTenant<Administering>,
        /// The tenant, by id or slug; needed where the credential is of several.
        #[oai(name = "X-Tenant-ID")]
        _tenant: Header<Option<String>>,
        /// The group's id.
        Path(id): Path<String>,
        /// It is deleted only while it has one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(versions): IfMatch,
    ) -> Result<Deleted, Refusal> {
        let id = group_id(&id)?;
        caller.domain().delete_group(&caller.scope, id, versions.as_ref(), DeleteStrategy::Orphan).await?;
        Ok(Deleted::Gone)
    }
}

/// The id of a path. A text that can be none names nothing.
pub(super) fn group_id(text: &str) -> Result<GroupId, Refusal> {
    text.parse().map_err(|_| Refusal::no_group())
}

/// The type that a word in the body names.
pub(super) fn group_type(word: Option<&str>) -> Result<Option<GroupType>, Refusal> {
    let Some(word) = word else { return Ok(None) };
    let fault = || Fault::field("group_type", "enum", "Input should be 'security' or 'distribution'");
    GroupType::parse(word).map(Some).ok_or_else(|| fault().into())
}

/// The group as it is shown by itself.
pub(super) async fn detail<A>(caller: &InTenant<A>, group: Group) -> Result<GroupDetail, Refusal> {
    let count = caller.domain().effective_count(&caller.scope, &group).await?;
    Ok(GroupDetail::new(group, count))
}

async fn shown<A>(caller: &InTenant<A>, group: Group) -> Result<Shown, Refusal> {
    let etag = group.version.etag();
    Ok(Shown::Group(Json(detail(caller, group).await?), etag))
}
