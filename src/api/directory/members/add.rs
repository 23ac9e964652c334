//! `POST /api/v1/admin/groups/{group_id}/members`: puts users into a group, for ever or for a time.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use crate::api::directory::Tag;
use crate::api::directory::answers::Shown;
use crate::api::directory::auth::{AsAdmin, Writing};
use crate::api::directory::error::Refusal;
use crate::api::directory::wire::{Ids, MembersAdd, MembersAdded};
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;
use crate::api::native::parameters::{Asked, Flag};
use crate::domain::{Error, UserChange};
use crate::model::ids::UserId;

pub(in crate::api::directory) struct Add;

#[OpenApi]
impl Add {
    /// Add members
    ///
    /// Whoever is in already stays as before, but for the times: those that are sent become theirs too. An id that names no
    /// user of the tenant is told by its place, and then nothing is changed, unless `partial` is set.
    #[oai(
        path = "/api/v1/admin/groups/:group_id/members",
        method = "post",
        operation_id = "add_group_members",
        tag = "Tag::Administration"
    )]
    async fn add(
        &self,
        caller: AsAdmin<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Pass over ids that name no user, and list them in `not_found`.
        Asked(partial): Asked<Flag>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
        Sent(body): Sent<MembersAdd>,
    ) -> Result<Shown<MembersAdded>, Refusal> {
        let (scope, id) = caller.reach(&group_id).await?;
        let validity = body.validity();
        let sent = body.into_users();
        let (add, malformed) = sent.sort_out();
        let change = UserChange { add, malformed, partial: partial.0, validity, ..UserChange::default() };
        let changed = caller.domain().change_users(&scope, id, precondition.as_ref(), &change).await;
        let (group, outcome) = changed.map_err(|error| match error {
            Error::UnknownMembers(unknown) => sent.not_found::<UserId>("User", &unknown).into(),
            other => Refusal::from(other),
        })?;
        let data = MembersAdded::new(Ids(scope.settings().id_style), &sent, &group, &outcome);
        Ok(Shown::new(data, caller.meta(), group.version))
    }
}
