//! `GET /api/admin/groups/{group_id}`: one group.

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::list::Yes;
use super::read;
use crate::api::launch::Tag;
use crate::api::launch::auth::{Allowed, ReadingByKey};
use crate::api::launch::error::Refusal;
use crate::api::launch::wire::GroupRead;
use crate::api::native::conditional::IfNoneMatch;
use crate::api::native::parameters::Asked;

pub(in crate::api::launch) struct Show;

#[derive(ApiResponse)]
enum Shown {
    /// The group.
    #[oai(status = 200)]
    Group(
        Json<GroupRead>,
        /// The version of its record, members and child groups.
        #[oai(header = "ETag")]
        String,
    ),
    /// It still has a version that `If-None-Match` names.
    #[oai(status = 304)]
    NotModified(
        /// The version.
        #[oai(header = "ETag")]
        String,
    ),
}

#[OpenApi]
impl Show {
    /// Get a group
    #[oai(path = "/api/admin/groups/:group_id", method = "get", operation_id = "get_group", tag = "Tag::Groups")]
    async fn show(
        &self,
        caller: Allowed<ReadingByKey>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Whether scope sets are shown whole, or by their ids.
        Asked(hydrate): Asked<Yes>,
        /// Entity tags; the answer is 304 when one is current.
        #[oai(name = "If-None-Match")]
        known: IfNoneMatch,
    ) -> Result<Shown, Refusal> {
        let id = group_id.parse().map_err(|_| Refusal::no_group())?;
        let group = caller.domain().group(&caller.scope, id).await?;
        let version = group.version;
        if known.knows(version) {
            return Ok(Shown::NotModified(version.etag()));
        }
        Ok(Shown::Group(Json(read(&caller, group, hydrate.0).await?), version.etag()))
    }
}
