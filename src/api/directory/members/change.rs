//! `PUT /api/v1/tenants/{tenant_id}/groups/{group_id}/members`: a change set, not a new list. Users come and go in one
//! transaction.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use crate::api::directory::Tag;
use crate::api::directory::answers::Shown;
use crate::api::directory::auth::{InTenant, Writing};
use crate::api::directory::error::Refusal;
use crate::api::directory::wire::{GroupMembershipUpdate, Ids, MembershipChanged};
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;
use crate::api::native::parameters::{Asked, Flag};
use crate::domain::{Error, UserChange};
use crate::model::ids::UserId;

pub(in crate::api::directory) struct Change;

#[OpenApi]
impl Change {
    /// Change a group's members
    ///
    /// Puts users in and takes users out; everybody else stays. An id to add that names no user of the tenant is told by its
    /// place, and then nothing is changed, unless `partial` is set.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/groups/:group_id/members",
        method = "put",
        operation_id = "change_tenant_group_members",
        tag = "Tag::Tenant"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the endpoint")]
    async fn change(
        &self,
        caller: InTenant<Writing>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Pass over ids to add that name no user, and list them in `not_found`.
        Asked(partial): Asked<Flag>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
        Sent(body): Sent<GroupMembershipUpdate>,
    ) -> Result<Shown<MembershipChanged>, Refusal> {
        let id = group_id.parse().map_err(|_| Refusal::no_group())?;
        let (coming, going) = body.into_lists()?;
        let (add, malformed) = coming.sort_out();
        // What can be no id is in no group: there is nothing to take out.
        let (remove, _) = going.sort_out();
        let change = UserChange { add, malformed, remove, partial: partial.0, ..UserChange::default() };
        let changed = caller.domain().change_users(&caller.scope, id, precondition.as_ref(), &change).await;
        let (group, outcome) = changed.map_err(|error| match error {
            Error::UnknownMembers(unknown) => coming.not_found::<UserId>("User", &unknown).into(),
            other => Refusal::from(other),
        })?;
        let data = MembershipChanged::new(Ids(caller.scope.settings().id_style), &coming, &group, &outcome);
        Ok(Shown::new(data, caller.meta(), group.version))
    }
}
