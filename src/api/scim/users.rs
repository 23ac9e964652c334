//! `/Users`.

use poem::http::StatusCode;
use poem::{Body, Request, Response};

use super::context::Call;
use super::error::Error;
use super::patch::Patch;
use super::payload;
use super::respond::{self, Headers};
use crate::domain::{self, user_document, user_record};
use crate::model::ids::UserId;
use crate::model::membership::UserGroup;
use crate::model::user::{User, UserRecord};
use crate::model::version::EntityTags;
use crate::schema::accept::Received;
use crate::schema::project::Projection;
use crate::schema::resource_type::ResourceType;

/// Bytes that most answers about one user fit into.
const TYPICAL: usize = 2 * 1024;

fn resource_type(call: &Call) -> &ResourceType {
    call.domain().schemas().user()
}

fn user_id(call: &Call, id: &str) -> Result<UserId, Error> {
    call.id("User", id)
}

/// POST. A user whose externalId is that of a deleted one comes back under the old id.
pub(super) async fn create(call: &Call, mut request: Request) -> Result<Response, Error> {
    let projection = call.projection(resource_type(call))?.of_whole();
    let received = call.received(&mut request, resource_type(call)).await?;
    let user = apply_post(call, &received).await?;
    // Nobody is in a group from the start, not even one who comes back.
    Ok(answer_with(call, &user, &[], &projection, StatusCode::CREATED))
}

/// What a POST does, apart from its answer. A Bulk does the same.
pub(super) async fn apply_post(call: &Call, received: &Received) -> Result<User, Error> {
    let record = posted(call, received)?;
    Ok(call.domain().create_user(&call.scope, record).await?.resource)
}

/// What several POSTs of a Bulk do, in their order.
pub(super) async fn apply_posts(call: &Call, records: Vec<UserRecord>) -> Vec<Result<User, Error>> {
    let created = call.domain().create_users(&call.scope, records).await;
    created.into_iter().map(|created| Ok(created?.resource)).collect()
}

/// The record that a POST asks for.
pub(super) fn posted(call: &Call, received: &Received) -> Result<UserRecord, Error> {
    let mut record = user_record(call.domain().schemas(), received.create(resource_type(call))?);
    // A new account can be used unless the client says otherwise.
    record.active.get_or_insert(true);
    Ok(record)
}

/// GET of one.
pub(super) async fn read(call: &Call, id: &str) -> Result<Response, Error> {
    let projection = call.projection(resource_type(call))?;
    let id = user_id(call, id)?;
    let found = if projection.wants("groups") {
        call.domain().user_with_groups(&call.scope, id).await
    } else {
        call.domain().user(&call.scope, id).await.map(|user| (user, Vec::new()))
    };
    let (user, groups) = found.map_err(Error::about(id))?;
    let unchanged = respond::not_modified(call, user.version)?;
    Ok(unchanged.unwrap_or_else(|| answer_with(call, &user, &groups, &projection, StatusCode::OK)))
}

/// PUT. It never creates (RFC 7644 section 3.5.1).
pub(super) async fn replace(call: &Call, id: &str, mut request: Request) -> Result<Response, Error> {
    let projection = call.projection(resource_type(call))?.of_whole();
    let received = call.received(&mut request, resource_type(call)).await?;
    let user = apply_put(call, id, call.if_match()?.as_ref(), &received).await?;
    answer(call, &user, &projection, StatusCode::OK).await
}

/// What a PUT does, apart from its answer. A Bulk does the same.
pub(super) async fn apply_put(
    call: &Call,
    id: &str,
    precondition: Option<&EntityTags>,
    received: &Received,
) -> Result<User, Error> {
    let change = |user: &User| {
        let wanted = received.replace(resource_type(call), &user_document(&user.record))?;
        Ok(user_record(call.domain().schemas(), wanted))
    };
    let id = user_id(call, id)?;
    call.domain().modify_user(&call.scope, id, precondition, change).await.map_err(Error::about(id))
}

/// PATCH: all of it or nothing, under the user's lock.
pub(super) async fn modify(call: &Call, id: &str, mut request: Request) -> Result<Response, Error> {
    let projection = call.projection(resource_type(call))?;
    let patch = call.received_patch(&mut request, resource_type(call)).await?;
    let projection = projection.of_parts(patch.attributes());
    let user = apply_patch(call, id, call.if_match()?.as_ref(), &patch).await?;
    answer(call, &user, &projection, StatusCode::OK).await
}

/// What a PATCH does, apart from its answer. A Bulk does the same.
pub(super) async fn apply_patch(
    call: &Call,
    id: &str,
    precondition: Option<&EntityTags>,
    patch: &Patch,
) -> Result<User, Error> {
    let id = user_id(call, id)?;
    let change = |user: &User| {
        let mut document = user_document(&user.record);
        call.note(&patch.apply(resource_type(call), &user.id.to_string(), &mut document)?);
        Ok::<_, domain::Error>(user_record(call.domain().schemas(), document))
    };
    call.domain().modify_user(&call.scope, id, precondition, change).await.map_err(Error::about(id))
}

/// DELETE.
pub(super) async fn delete(call: &Call, id: &str) -> Result<Response, Error> {
    apply_delete(call, id, call.if_match()?.as_ref()).await?;
    Ok(respond::no_content())
}

/// What a DELETE does. A Bulk does the same.
pub(super) async fn apply_delete(call: &Call, id: &str, precondition: Option<&EntityTags>) -> Result<(), Error> {
    let id = user_id(call, id)?;
    call.domain().delete_user(&call.scope, id, precondition).await.map_err(Error::about(id))
}

async fn answer(call: &Call, user: &User, projection: &Projection, status: StatusCode) -> Result<Response, Error> {
    let groups = if projection.wants("groups") {
        call.domain().groups_of_users(&call.scope, &[user.id]).await?
    } else {
        Vec::new()
    };
    Ok(answer_with(call, user, &groups, projection, status))
}

fn answer_with(
    call: &Call,
    user: &User,
    groups: &[UserGroup],
    projection: &Projection,
    status: StatusCode,
) -> Response {
    let mut resource = Vec::with_capacity(TYPICAL);
    payload::user(call.into(), user, groups, &projection.layout(resource_type(call)), &mut resource);
    let location = payload::location(call, resource_type(call), user.id);
    let headers = Headers { status, location, version: user.version };
    respond::resource(headers, Body::from(resource))
}

/// Those of one user; they come in the order of user ids.
pub(super) fn held(groups: &[UserGroup], user: UserId) -> &[UserGroup] {
    let start = groups.partition_point(|group| group.user_id < user);
    let end = groups.partition_point(|group| group.user_id <= user);
    &groups[start..end]
}
