//! `POST /api/v1/admin/groups/{group_id}/restore`: brings a deleted group back, and with the top of a cascade all of it.

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::show::{administered, written};
use crate::api::directory::Tag;
use crate::api::directory::auth::{AsAdmin, Writing};
use crate::api::directory::error::Refusal;
use crate::api::directory::wire::{AdminGroupResponse, DroppedEdge, Ids, RestoredGroup};
use crate::api::native::conditional::IfMatch;
use crate::api::native::parameters::{Asked, Flag};

pub(in crate::api::directory) struct Restore;

#[derive(ApiResponse)]
enum Restored {
    /// The group as it is now.
    #[oai(status = 200)]
    Group(
        Json<RestoredGroup<AdminGroupResponse>>,
        /// Its version.
        #[oai(header = "ETag")]
        String,
    ),
}

#[OpenApi]
impl Restore {
    /// Restore a deleted group
    ///
    /// It comes back with its members and below the groups it hung by. Members who were deleted meanwhile stay away until
    /// they are restored themselves. 409 when its name is in use by now, or its primary parent is deleted.
    #[oai(
        path = "/api/v1/admin/groups/:group_id/restore",
        method = "post",
        operation_id = "restore_group",
        tag = "Tag::Administration"
    )]
    async fn restore(
        &self,
        caller: AsAdmin<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Restore it as a root, not below its primary parent.
        Asked(detach): Asked<Flag>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
    ) -> Result<Restored, Refusal> {
        let (scope, id) = caller.reach(&group_id).await?;
        let restored = caller.domain().restore_group(&scope, id, precondition.as_ref(), detach.0).await?;
        let (ids, tag) = (Ids(scope.settings().id_style), restored.group.version.etag());
        let dropped_edges = restored.dropped.into_iter().map(|edge| DroppedEdge::new(ids, edge)).collect();
        let group = written(caller.domain(), &scope, restored.group).await?;
        let data = administered(caller.domain(), &scope, group).await?;
        Ok(Restored::Group(Json(RestoredGroup { data, dropped_edges, meta: caller.meta() }), tag))
    }
}
