//! `POST /api/v1/admin/groups/{group_id}/nested-groups`: nests groups in another, all of them or none.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use crate::api::directory::Tag;
use crate::api::directory::answers::Shown;
use crate::api::directory::auth::{AsAdmin, Writing};
use crate::api::directory::error::Refusal;
use crate::api::directory::wire::{Ids, NestedGroupsAdd, NestedGroupsAdded};
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;
use crate::domain::Error;
use crate::model::ids::GroupId;

pub(in crate::api::directory) struct Nest;

#[OpenApi]
impl Nest {
    /// Nest groups
    ///
    /// Their primary parents stay as they are. What would close a ring or make a chain too long is 409, and the ring is
    /// named.
    #[oai(
        path = "/api/v1/admin/groups/:group_id/nested-groups",
        method = "post",
        operation_id = "add_nested_groups",
        tag = "Tag::Administration"
    )]
    async fn add(
        &self,
        caller: AsAdmin<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
        Sent(body): Sent<NestedGroupsAdd>,
    ) -> Result<Shown<NestedGroupsAdded>, Refusal> {
        let (scope, id) = caller.reach(&group_id).await?;
        let sent = body.into_groups();
        let (children, malformed) = sent.sort_out::<GroupId>();
        let nested = caller.domain().nest_groups(&scope, id, precondition.as_ref(), &children, &malformed).await;
        let outcome = nested.map_err(|error| match error {
            Error::UnknownMembers(unknown) => sent.not_found::<GroupId>("Group", &unknown).into(),
            other => Refusal::from(other),
        })?;
        let version = outcome.group.version;
        let data = NestedGroupsAdded::new(Ids(scope.settings().id_style), outcome);
        Ok(Shown::new(data, caller.meta(), version))
    }
}
