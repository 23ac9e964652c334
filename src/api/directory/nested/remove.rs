//! `DELETE /api/v1/admin/groups/{group_id}/nested-groups/{child_group_id}`: takes a group out of another.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use crate::api::directory::Tag;
use crate::api::directory::answers::Gone;
use crate::api::directory::auth::{AsAdmin, Writing};
use crate::api::directory::error::Refusal;
use crate::api::native::conditional::IfMatch;
use crate::domain::{Error, Thing};

pub(in crate::api::directory) struct Unnest;

#[OpenApi]
impl Unnest {
    /// Take a group out of another
    ///
    /// If that was its primary parent, it has none any more.
    #[oai(
        path = "/api/v1/admin/groups/:group_id/nested-groups/:child_group_id",
        method = "delete",
        operation_id = "remove_nested_group",
        tag = "Tag::Administration"
    )]
    async fn remove(
        &self,
        caller: AsAdmin<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// The child group's id.
        Path(child_group_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
    ) -> Result<Gone, Refusal> {
        let (scope, id) = caller.reach(&group_id).await?;
        let Ok(child) = child_group_id.parse() else {
            // What cannot exist is in no group that does.
            caller.domain().group(&scope, id).await?;
            return Err(Error::NotFound(Thing::Nesting).into());
        };
        caller.domain().unnest_group(&scope, id, precondition.as_ref(), child).await?;
        Ok(Gone::Done)
    }
}
