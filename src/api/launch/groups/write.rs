//! Writing groups: `POST /api/admin/groups/`, and `PUT`, `PATCH` and `DELETE` of one. A record here is the name, the
//! description and what the group grants; members, parent and custom attributes are not part of it and stay.

use std::collections::BTreeSet;
use std::str::FromStr;

use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::{Changed, read};
use crate::api::launch::Tag;
use crate::api::launch::auth::{Allowed, Writing};
use crate::api::launch::error::Refusal;
use crate::api::launch::wire::{GroupRead, GroupWriteCreate, GroupWriteReplace, GroupWriteUpdate};
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;
use crate::api::native::refused::Fault;
use crate::domain::{self, GroupChange};
use crate::model::grants::GrantChange;
use crate::model::group::DeleteStrategy;
use crate::model::ids::{GroupId, ScopeSetId, UserId};
use crate::model::membership::MemberChange;
use crate::model::version::EntityTags;

pub(in crate::api::launch) struct Write;

#[derive(ApiResponse)]
enum Created {
    /// The group.
    #[oai(status = 201)]
    Group(
        Json<GroupRead>,
        /// Where it is.
        #[oai(header = "Location")]
        String,
        /// Its version.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Deleted {
    /// It is gone. Its members remain as users.
    #[oai(status = 204)]
    Gone,
}

#[OpenApi]
impl Write {
    /// Create a group
    ///
    /// With its scopes, scope sets and first members, or not at all.
    #[oai(path = "/api/admin/groups", method = "post", operation_id = "create_group", tag = "Tag::Groups")]
    async fn create(&self, caller: Allowed<Writing>, Sent(body): Sent<GroupWriteCreate>) -> Result<Created, Refusal> {
        let mut faults = Vec::new();
        let sets = ids::<ScopeSetId>("scope_sets", body.scope_sets.as_deref().unwrap_or_default(), &mut faults);
        let users = ids::<UserId>("users", body.users.as_deref().unwrap_or_default(), &mut faults);
        if !faults.is_empty() {
            return Err(Refusal::faults(faults));
        }
        let grants = GrantChange { scopes: body.scopes.filter(|all| !all.is_empty()), sets: Some(sets) };
        let grants = GrantChange { sets: grants.sets.filter(|all| !all.is_empty()), ..grants };
        let wanted = GroupChange {
            name: Some(body.name),
            description: Some(body.description),
            grants,
            ..GroupChange::default()
        };
        let members = MemberChange { add: users.iter().map(|id| id.uuid()).collect(), ..MemberChange::default() };
        let created = caller.domain().create_native_group(&caller.scope, &wanted, &members).await;
        let group = created.map_err(|error| located(error, body.users.as_deref().unwrap_or_default()))?;
        let (location, tag) = (format!("/api/admin/groups/{}", group.id), group.version.etag());
        Ok(Created::Group(Json(read(&caller, group, true).await?), location, tag))
    }

    /// Replace a group's record
    ///
    /// What is left out returns to its default. An id that does not exist is not created.
    #[oai(path = "/api/admin/groups/:group_id", method = "put", operation_id = "replace_group", tag = "Tag::Groups")]
    async fn replace(
        &self,
        caller: Allowed<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
        Sent(body): Sent<GroupWriteReplace>,
    ) -> Result<Changed, Refusal> {
        let mut faults = Vec::new();
        let sets = ids("scope_sets", body.scope_sets.as_deref().unwrap_or_default(), &mut faults);
        if !faults.is_empty() {
            return Err(Refusal::faults(faults));
        }
        let wanted = GroupChange {
            name: Some(body.name),
            description: Some(body.description),
            grants: GrantChange { scopes: Some(body.scopes.unwrap_or_default()), sets: Some(sets) },
            ..GroupChange::default()
        };
        change(&caller, &group_id, precondition.as_ref(), &wanted).await
    }

    /// Change a group's record
    ///
    /// Lists replace those there are.
    #[oai(path = "/api/admin/groups/:group_id", method = "patch", operation_id = "update_group", tag = "Tag::Groups")]
    async fn update(
        &self,
        caller: Allowed<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
        Sent(body): Sent<GroupWriteUpdate>,
    ) -> Result<Changed, Refusal> {
        let mut faults = Vec::new();
        let sets = given(body.scope_sets).map(|sets| ids("scope_sets", &sets, &mut faults));
        if !faults.is_empty() {
            return Err(Refusal::faults(faults));
        }
        let description = match body.description {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some(None),
            MaybeUndefined::Value(text) => Some(Some(text)),
        };
        let grants = GrantChange { scopes: given(body.scopes), sets };
        let wanted = GroupChange { name: body.name, description, grants, ..GroupChange::default() };
        change(&caller, &group_id, precondition.as_ref(), &wanted).await
    }

    /// Delete a group
    ///
    /// Users remain. Its child groups move to its parent, or stand alone.
    #[oai(path = "/api/admin/groups/:group_id", method = "delete", operation_id = "delete_group", tag = "Tag::Groups")]
    async fn delete(
        &self,
        caller: Allowed<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
    ) -> Result<Deleted, Refusal> {
        let id = group_id.parse().map_err(|_| Refusal::no_group())?;
        caller.domain().delete_group(&caller.scope, id, precondition.as_ref(), DeleteStrategy::Orphan).await?;
        Ok(Deleted::Gone)
    }
}

async fn change(
    caller: &Allowed<Writing>,
    group_id: &str,
    precondition: Option<&EntityTags>,
    wanted: &GroupChange,
) -> Result<Changed, Refusal> {
    let id: GroupId = group_id.parse().map_err(|_| Refusal::no_group())?;
    let group = caller.domain().change_group(&caller.scope, id, precondition, wanted).await?;
    let tag = group.version.etag();
    Ok(Changed::Group(Json(read(caller, group, true).await?), tag))
}

/// A list that was sent; null is an empty one.
fn given(field: MaybeUndefined<Vec<String>>) -> Option<Vec<String>> {
    match field {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(Vec::new()),
        MaybeUndefined::Value(items) => Some(items),
    }
}

/// Ids of a list, each once; a fault for each that can be none.
fn ids<Id: FromStr>(name: &str, texts: &[String], faults: &mut Vec<Fault>) -> Vec<Id> {
    let mut ids = Vec::with_capacity(texts.len());
    for (position, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(id) => ids.push(id),
            Err(_) => faults.push(unknown(name, position, text)),
        }
    }
    ids
}

fn unknown(name: &str, position: usize, text: &str) -> Fault {
    let text: String = text.chars().take(80).collect();
    Fault::new("body", [name.into(), position.into()], "not_found", format!("There is no \"{text}\" in the tenant"))
}

/// Unknown first members, each at its position.
fn located(error: domain::Error, users: &[String]) -> Refusal {
    let domain::Error::UnknownMembers(bad) = &error else { return error.into() };
    let bad: BTreeSet<Uuid> = bad.iter().filter_map(|id| id.parse().ok()).collect();
    let is_bad = |text: &str| text.parse::<UserId>().is_ok_and(|id| bad.contains(&id.uuid()));
    let faults = users.iter().enumerate().filter(|(_, text)| is_bad(text));
    Refusal::faults(faults.map(|(position, text)| unknown("users", position, text)).collect())
}
