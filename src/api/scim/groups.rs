//! `/Groups`. Members are rows: a PATCH of members alone is one statement, whatever the size of the group.

use poem::http::StatusCode;
use poem::{Request, Response};

use super::context::Call;
use super::error::Error;
use super::members::{self, ECHOED, Entry, Looks};
use super::patch::{Base, MembershipDelta, Patch};
use super::payload;
use super::respond::{self, Headers};
use crate::domain::{Error as DomainError, GroupDraft, group_document, group_draft};
use crate::model::group::{DeleteStrategy, Group};
use crate::model::ids::GroupId;
use crate::model::membership::{Member, MemberChange};
use crate::model::settings::UnknownMembers;
use crate::model::version::EntityTags;
use crate::schema::Mode;
use crate::schema::accept::{MemberKind, MemberList, Received};
use crate::schema::leniency::Leniency;
use crate::schema::project::Projection;
use crate::schema::resource_type::ResourceType;

fn resource_type(call: &Call) -> &ResourceType {
    call.domain().schemas().group()
}

fn group_id(call: &Call, id: &str) -> Result<GroupId, Error> {
    call.id("Group", id)
}

/// POST. A group whose externalId is that of a deleted one comes back under the old id.
pub(super) async fn create(call: &Call, mut request: Request) -> Result<Response, Error> {
    let projection = call.projection(resource_type(call))?.of_whole();
    let received = call.received(&mut request, resource_type(call)).await?;
    let group = apply_post(call, received).await?;
    written(call, &group, None, &projection, StatusCode::CREATED).await
}

/// What a POST does, apart from its answer. A Bulk does the same.
pub(super) async fn apply_post(call: &Call, received: Received) -> Result<Group, Error> {
    let draft = group_draft(call.domain().schemas(), received.create(resource_type(call))?, None)?;
    let members = MemberChange { replace: false, ..exactly(received.members.unwrap_or_default()) };
    Ok(call.domain().create_group(&call.scope, &draft, &members).await?.resource)
}

/// GET of one.
pub(super) async fn read(call: &Call, id: &str) -> Result<Response, Error> {
    let projection = call.projection(resource_type(call))?;
    let id = group_id(call, id)?;
    if members::bare(&projection) && call.if_none_match()?.is_none() {
        let found = call.domain().group_with_members(&call.scope, id).await;
        let (group, members) = found.map_err(Error::about(id))?;
        return answer(call, &group, members, &projection, StatusCode::OK).await;
    }
    let group = call.domain().group(&call.scope, id).await.map_err(Error::about(id))?;
    match respond::not_modified(call, group.version)? {
        Some(response) => Ok(response),
        None => answer(call, &group, None, &projection, StatusCode::OK).await,
    }
}

/// PUT. A body without `members` leaves them: they are not asserted (RFC 7644 section 3.5.1). In strict, left out is none.
pub(super) async fn replace(call: &Call, id: &str, mut request: Request) -> Result<Response, Error> {
    let projection = call.projection(resource_type(call))?.of_whole();
    let received = call.received(&mut request, resource_type(call)).await?;
    let group = apply_put(call, id, call.if_match()?.as_ref(), received).await?;
    written(call, &group, None, &projection, StatusCode::OK).await
}

/// What a PUT does, apart from its answer. A Bulk does the same.
pub(super) async fn apply_put(
    call: &Call,
    id: &str,
    precondition: Option<&EntityTags>,
    mut received: Received,
) -> Result<Group, Error> {
    let id = group_id(call, id)?;
    let members = match received.members.take() {
        Some(members) => exactly(members),
        None if call.mode() == Mode::Strict => exactly(MemberList::default()),
        None => {
            call.note(&[Leniency::MembersNotAsserted]);
            MemberChange::default()
        }
    };
    let change = |group: &Group| {
        let wanted = received.replace(resource_type(call), &group_document(group))?;
        group_draft(call.domain().schemas(), wanted, Some(group))
    };
    let written = call.domain().modify_group(&call.scope, id, precondition, change, &members).await;
    Ok(written.map_err(Error::about(id))?.0)
}

/// PATCH: all of it or nothing, under the group's lock.
pub(super) async fn modify(call: &Call, id: &str, mut request: Request) -> Result<Response, Error> {
    let projection = call.projection(resource_type(call))?;
    let patch = call.received_patch(&mut request, resource_type(call)).await?;
    let projection = projection.of_parts(patch.attributes());
    let told = if members::bare(&projection) { ECHOED } else { 0 };
    let (group, members) = apply_patch(call, id, call.if_match()?.as_ref(), patch, told).await?;
    written(call, &group, members, &projection, StatusCode::OK).await
}

/// What a PATCH does, apart from its answer. A Bulk does the same. With the group come its members, if they are at most
/// as many as may be `told` and cost nothing to know.
pub(super) async fn apply_patch(
    call: &Call,
    id: &str,
    precondition: Option<&EntityTags>,
    mut patch: Patch,
    told: i64,
) -> Result<(Group, Option<Vec<Member>>), Error> {
    let id = group_id(call, id)?;
    let members = patch.membership.take().map(|delta| change_of(call, delta)).unwrap_or_default();
    let members = MemberChange { told, ..members };
    let written = if patch.touches_document() {
        let change = |group: &Group| patched(call, &patch, group);
        call.domain().modify_group(&call.scope, id, precondition, change, &members).await
    } else {
        call.domain().change_members(&call.scope, id, precondition, &members).await
    };
    let (group, outcome) = written.map_err(Error::about(id))?;
    let refused = call.scope.settings().unknown_members == UnknownMembers::Reject;
    if refused && members.tolerate_malformed && !members.malformed.is_empty() {
        call.note(&[Leniency::MalformedMember]);
    }
    Ok((group, outcome.members))
}

fn patched(call: &Call, patch: &Patch, group: &Group) -> Result<GroupDraft, DomainError> {
    let mut document = group_document(group);
    call.note(&patch.apply(resource_type(call), &group.id.to_string(), &mut document)?);
    group_draft(call.domain().schemas(), document, Some(group))
}

/// DELETE.
pub(super) async fn delete(call: &Call, id: &str) -> Result<Response, Error> {
    apply_delete(call, id, call.if_match()?.as_ref()).await?;
    Ok(respond::no_content())
}

/// What a DELETE does. A Bulk does the same.
pub(super) async fn apply_delete(call: &Call, id: &str, precondition: Option<&EntityTags>) -> Result<(), Error> {
    let id = group_id(call, id)?;
    let deleted = call.domain().delete_group(&call.scope, id, precondition, DeleteStrategy::Orphan).await;
    deleted.map_err(Error::about(id))
}

/// A group as it is read, with the members at hand, or those read now.
async fn answer(
    call: &Call,
    group: &Group,
    members: Option<Vec<Member>>,
    projection: &Projection,
    status: StatusCode,
) -> Result<Response, Error> {
    let body = match members {
        Some(members) => members::at_hand(call.into(), group, &members, &looks(call, projection)).into(),
        None => {
            let wanted = projection.wants("members");
            members::body(call, vec![Entry::Group(group)], &looks(call, projection), wanted, None).await?
        }
    };
    Ok(respond::resource(headers(call, group, status), body))
}

/// The answer to a write: a huge group's members are not echoed unless they were asked for.
async fn written(
    call: &Call,
    group: &Group,
    members: Option<Vec<Member>>,
    projection: &Projection,
    status: StatusCode,
) -> Result<Response, Error> {
    if members::size(group) <= ECHOED || projection.names("members") {
        return answer(call, group, members, projection, status).await;
    }
    let body = members::body(call, vec![Entry::Group(group)], &looks(call, projection), false, None).await?;
    Ok(respond::resource(headers(call, group, status), body))
}

fn looks(call: &Call, projection: &Projection) -> Looks {
    Looks::new(call.into(), &Projection::default_of(call.domain().schemas().user()), projection)
}

fn headers(call: &Call, group: &Group, status: StatusCode) -> Headers {
    let location = payload::location(call, resource_type(call), group.id);
    Headers { status, location, version: group.version }
}

fn exactly(members: MemberList) -> MemberChange {
    MemberChange { malformed: members.strangers, ..MemberChange::exactly(members.ids) }
}

/// In compat, a PATCH passes over member ids that no server of ours can have issued, and logs them: scim-sanity adds one
/// to see whether PATCH works at all and takes a refusal for a missing feature. An id that could be somebody's is refused
/// when it is not, and then the others are named with it. Where the whole list is given nothing is passed over: what is
/// left of it would cost the others their membership.
fn change_of(call: &Call, delta: MembershipDelta) -> MemberChange {
    let goes = |kind| delta.remove_kinds.contains(&kind);
    MemberChange {
        clear_users: goes(MemberKind::User),
        clear_groups: goes(MemberKind::Group),
        replace: delta.base == Base::Clear,
        tolerate_malformed: call.mode() == Mode::Compat && delta.base == Base::Keep,
        add: delta.add,
        remove: delta.remove,
        malformed: delta.strangers,
        ..MemberChange::default()
    }
}
