//! `DELETE /api/v1/admin/groups/{group_id}/members/{user_id}`: takes a direct member out of a group.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use crate::api::directory::Tag;
use crate::api::directory::answers::Gone;
use crate::api::directory::auth::{AsAdmin, Writing};
use crate::api::directory::error::Refusal;
use crate::api::native::conditional::IfMatch;
use crate::domain::Error;

pub(in crate::api::directory) struct Remove;

#[OpenApi]
impl Remove {
    /// Remove a member
    ///
    /// Only a direct membership can be removed. When the user is in the group through others, the 404 names those.
    #[oai(
        path = "/api/v1/admin/groups/:group_id/members/:user_id",
        method = "delete",
        operation_id = "remove_group_member",
        tag = "Tag::Administration"
    )]
    async fn remove(
        &self,
        caller: AsAdmin<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// The user's id.
        Path(user_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
    ) -> Result<Gone, Refusal> {
        let (scope, id) = caller.reach(&group_id).await?;
        let Ok(user) = user_id.parse() else {
            // Whoever cannot exist is no member of a group that does.
            caller.domain().group(&scope, id).await?;
            return Err(Error::NotAMember { through: Vec::new() }.into());
        };
        caller.domain().remove_member(&scope, id, precondition.as_ref(), user).await?;
        Ok(Gone::Done)
    }
}
