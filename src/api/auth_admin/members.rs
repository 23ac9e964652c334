//! The users in a group: `GET`, `POST` and `DELETE /auth/admin/group/{id}/users`.

use poem_openapi::payload;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::auth::{Changing, InPath, InQuery, InTenant, Json, Maybe, Reading};
use super::error::Refusal;
use super::wire::{GroupUser, GroupUsers, JoiningUsers, LeavingUsers, UsersAdded, UsersRemoved};
use crate::api::native::conditional::IfMatch;
use crate::api::native::listing::LongList;
use crate::api::native::parameters::{Asked, Flag, Text};
use crate::api::native::refused::{Fault, Refused};
use crate::domain::UserChange;
use crate::model::ids::UserId;

pub(super) struct Users;

/// Ids a request may have.
const MOST: usize = 10_000;

#[derive(ApiResponse)]
enum Listed {
    /// The users.
    #[oai(status = 200)]
    Users(LongList<GroupUsers>),
}

#[derive(ApiResponse)]
enum Added {
    /// What came of it.
    #[oai(status = 200)]
    Users(payload::Json<UsersAdded>),
}

#[derive(ApiResponse)]
enum Removed {
    /// What came of it.
    #[oai(status = 200)]
    Users(payload::Json<UsersRemoved>),
}

#[OpenApi]
impl Users {
    /// List users
    ///
    /// Those in the group itself, by id, in one answer.
    #[oai(path = "/auth/admin/group/:id/users", method = "get", operation_id = "list_group_users", tag = "Tag::Users")]
    async fn list(
        &self,
        caller: InTenant<Reading>,
        /// The group's integer id.
        #[oai(name = "id")]
        InPath(id): InPath,
        /// The tenant's id.
        #[oai(name = "tenant_id")]
        _tenant: InQuery<true>,
    ) -> Result<Listed, Refusal> {
        let group = caller.group(&id).await?;
        let users = caller.domain().stream_direct_members(&caller.scope, group.id).await?;
        let (group_id, name) = (group.num.0, group.record.name);
        let frame = move |count| GroupUsers { group_id, group_name: name.clone(), users: Vec::new(), count };
        Ok(Listed::Users(LongList::new("users", frame, users, GroupUser::from).await?))
    }

    /// Add users
    ///
    /// Users that are in already stay as they are. When one is unknown nothing is changed, unless `partial` is true.
    #[oai(path = "/auth/admin/group/:id/users", method = "post", operation_id = "add_group_users", tag = "Tag::Users")]
    async fn add(
        &self,
        caller: InTenant<Changing, Json<JoiningUsers>>,
        /// The group's integer id.
        #[oai(name = "id")]
        InPath(id): InPath,
        /// The tenant's id, where the body does not have it.
        #[oai(name = "tenant_id")]
        _tenant: InQuery<false>,
        /// Whether unknown users are passed over.
        Asked(partial): Asked<Flag>,
        /// The change happens only while the group has one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(versions): IfMatch,
    ) -> Result<Added, Refusal> {
        let group = caller.group(&id).await?;
        let add = user_ids("body", &caller.body()?.user_ids)?;
        let users_total = count(&add);
        let change = UserChange { add, partial: partial.0, ..UserChange::default() };
        let (_, outcome) = caller.domain().change_users(&caller.scope, group.id, versions.as_ref(), &change).await?;
        Ok(Added::Users(payload::Json(UsersAdded {
            message: "users added".to_owned(),
            group_id: group.num.0,
            users_added: count(&outcome.added),
            users_total,
        })))
    }

    /// Remove users
    ///
    /// Users that are not in, or unknown, are passed over.
    #[oai(
        path = "/auth/admin/group/:id/users",
        method = "delete",
        operation_id = "remove_group_users",
        tag = "Tag::Users"
    )]
    async fn remove(
        &self,
        caller: InTenant<Changing, Maybe<LeavingUsers>>,
        /// The group's integer id.
        #[oai(name = "id")]
        InPath(id): InPath,
        /// The tenant's id, where the body does not have it.
        #[oai(name = "tenant_id")]
        _tenant: InQuery<false>,
        /// The users' ids, separated by commas, for clients whose DELETE has no body; what is in the body wins.
        #[oai(name = "user_ids")]
        Asked(listed): Asked<Text>,
        /// The change happens only while the group has one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(versions): IfMatch,
    ) -> Result<Removed, Refusal> {
        let group = caller.group(&id).await?;
        let remove = leaving(caller.body()?, listed.0.as_deref())?;
        let users_total = count(&remove);
        let change = UserChange { remove, ..UserChange::default() };
        let (_, outcome) = caller.domain().change_users(&caller.scope, group.id, versions.as_ref(), &change).await?;
        Ok(Removed::Users(payload::Json(UsersRemoved {
            message: "users removed".to_owned(),
            group_id: group.num.0,
            users_removed: count(&outcome.removed),
            users_total,
        })))
    }
}

/// Who is to leave, by the body or else by the query.
fn leaving(body: Option<LeavingUsers>, listed: Option<&str>) -> Result<Vec<UserId>, Refusal> {
    if let Some(ids) = body.and_then(|body| body.user_ids) {
        return user_ids("body", &ids);
    }
    let listed = listed.unwrap_or_default();
    let ids: Vec<String> = listed.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
    match ids.len() {
        0 => Err(Fault::field("user_ids", "missing", "Field required").into()),
        1..=MOST => user_ids("query", &ids),
        more => {
            let message = format!("List should have at most {MOST} items, not {more}");
            Err(Fault::query("user_ids", "too_long", message).into())
        }
    }
}

/// Malformed ids that are named at the most.
const NAMED: usize = 100;

fn user_ids(place: &str, ids: &[String]) -> Result<Vec<UserId>, Refusal> {
    let mut faults = Vec::new();
    let mut read = Vec::with_capacity(ids.len());
    for (position, id) in ids.iter().enumerate() {
        match id.parse() {
            Ok(id) => read.push(id),
            Err(error) if faults.len() < NAMED => {
                let error: crate::model::ids::NotAnId = error;
                faults.push(Fault::new(place, ["user_ids".into(), position.into()], "id", error.to_string()));
            }
            Err(_) => {}
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(Refused::Faults(faults).into()) }
}

fn count<T>(ids: &[T]) -> i64 {
    i64::try_from(ids.len()).unwrap_or(i64::MAX)
}
