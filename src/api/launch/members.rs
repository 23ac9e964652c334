//! Who is in a group: `GET /api/admin/groups/{group_id}/users`, and `POST` and `DELETE` of one user in it.

use std::sync::Arc;

use futures_util::{Stream, stream};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::registry::MetaSchema;
use poem_openapi::{ApiResponse, OpenApi};

use super::Tag;
use super::auth::{Allowed, Reading, Writing};
use super::error::Refusal;
use super::groups::Yes;
use super::wire::{Removed, UserRead};
use crate::api::native::conditional::IfMatch;
use crate::api::native::parameters::{Asked, Parameter, Text, Unfit, integer};
use crate::api::native::stream::Streamed;
use crate::domain::{self, Domain, UserChange};
use crate::model::ids::{GroupId, UserId};
use crate::model::listing::{Cut, ResourceKind};
use crate::model::page::{Seek, Stretch};
use crate::model::principal::TenantScope;
use crate::model::user::User;

pub(super) struct Members;

#[derive(ApiResponse)]
enum Listed {
    /// The users, in the order in which they were created.
    #[oai(status = 200)]
    Users(
        Streamed<UserRead>,
        /// Where to read on, with `rel="next"`; left out when nothing follows, or all were asked for.
        #[oai(header = "Link")]
        Option<String>,
    ),
}

#[derive(ApiResponse)]
enum Added {
    /// The user, now in the group; also when it was there before.
    #[oai(status = 201)]
    User(
        Json<UserRead>,
        /// The group's version.
        #[oai(header = "ETag")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Gone {
    /// The user is not in the group any more.
    #[oai(status = 200)]
    Removed(
        Json<Removed>,
        /// The group's version.
        #[oai(header = "ETag")]
        String,
    ),
}

#[OpenApi]
impl Members {
    /// List a group's users
    ///
    /// Its direct members, all of them as one array, or `limit` at a time.
    #[oai(
        path = "/api/admin/groups/:group_id/users",
        method = "get",
        operation_id = "list_group_users",
        tag = "Tag::Members"
    )]
    async fn list(
        &self,
        caller: Allowed<Reading>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Users a page; without it, all of them.
        Asked(limit): Asked<Limit>,
        /// Where the page before ended, as its `Link` header has it.
        Asked(cursor): Asked<Text>,
        /// Whether the users' groups are shown by id and name, or by their ids.
        Asked(hydrate): Asked<Yes>,
    ) -> Result<Listed, Refusal> {
        let group: GroupId = group_id.parse().map_err(|_| Refusal::no_group())?;
        let place = group.to_string();
        let query = ["launch group users", place.as_str()];
        let mut after = None;
        if let Some(text) = cursor.0.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let cut = caller.domain().unseal_cut(&caller.scope, &query, text).await?;
            let cut = cut.ok_or_else(|| Refusal::unfit("Cursor does not match this query"))?;
            after = Some(UserId::from(cut.id));
        }
        let reading =
            Arc::new(Users { domain: caller.domain().clone(), scope: caller.scope.clone(), group, hydrate: hydrate.0 });
        let first = reading.chunk(after, limit.0.unwrap_or(CHUNK)).await?;
        let Some(limit) = limit.0 else {
            return Ok(Listed::Users(Streamed::new(&first.rows, reading.after(first.next)), None));
        };
        let next = match first.next {
            Some(id) => {
                let cut = Cut { kind: ResourceKind::User, key: None, id: id.uuid(), behind: true };
                let cursor = caller.domain().seal_cut(&caller.scope, &query, &cut).await?;
                let hydrate = if hydrate.0 { "" } else { "&hydrate=false" };
                Some(format!("</api/admin/groups/{group}/users?limit={limit}&cursor={cursor}{hydrate}>; rel=\"next\""))
            }
            None => None,
        };
        Ok(Listed::Users(Streamed::new(&first.rows, stream::empty::<Result<_, domain::Error>>()), next))
    }

    /// Put a user into a group
    ///
    /// It is no error when the user is in it already.
    #[oai(
        path = "/api/admin/groups/:group_id/users/:user_id",
        method = "post",
        operation_id = "add_group_user",
        tag = "Tag::Members"
    )]
    async fn add(
        &self,
        caller: Allowed<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// The user's id.
        Path(user_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
    ) -> Result<Added, Refusal> {
        let (group, user) = both(&caller, &group_id, &user_id).await?;
        let change = UserChange { add: vec![user.id], ..UserChange::default() };
        let changed = caller.domain().change_users(&caller.scope, group, precondition.as_ref(), &change).await;
        let (group, _) = match changed {
            // It was deleted a moment ago.
            Err(domain::Error::UnknownMembers(_)) => return Err(Refusal::missing("User not found")),
            other => other?,
        };
        let held = caller.domain().groups_of_users(&caller.scope, &[user.id]).await?;
        Ok(Added::User(Json(UserRead::new(user, &held, true)), group.version.etag()))
    }

    /// Take a user out of a group
    #[oai(
        path = "/api/admin/groups/:group_id/users/:user_id",
        method = "delete",
        operation_id = "remove_group_user",
        tag = "Tag::Members"
    )]
    async fn remove(
        &self,
        caller: Allowed<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// The user's id.
        Path(user_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
    ) -> Result<Gone, Refusal> {
        let (group, user) = both(&caller, &group_id, &user_id).await?;
        let group = caller.domain().remove_member(&caller.scope, group, precondition.as_ref(), user.id).await?;
        let removed = Removed {
            success: true,
            message: "User removed from group".to_owned(),
            group_id: group.id.to_string(),
            user_id: user.id.to_string(),
        };
        Ok(Gone::Removed(Json(removed), group.version.etag()))
    }
}

/// The group's id and the user, each of which must be there; the answer names the one that is not.
async fn both(caller: &Allowed<Writing>, group_id: &str, user_id: &str) -> Result<(GroupId, User), Refusal> {
    let group: GroupId = group_id.parse().map_err(|_| Refusal::no_group())?;
    let no_user = || Refusal::missing("User not found");
    let Ok(user) = user_id.parse::<UserId>() else {
        caller.domain().group(&caller.scope, group).await?;
        return Err(no_user());
    };
    match caller.domain().user(&caller.scope, user).await {
        Ok(user) => Ok((group, user)),
        Err(domain::Error::NotFound(_)) => {
            caller.domain().group(&caller.scope, group).await?;
            Err(no_user())
        }
        Err(other) => Err(other.into()),
    }
}

/// Users read at once while a whole group is sent.
const CHUNK: i64 = 500;

/// The reading of a group's users.
struct Users {
    domain: Domain,
    scope: TenantScope,
    group: GroupId,
    hydrate: bool,
}

/// Some users, and the last one of them when more follow.
struct Chunk {
    rows: Vec<UserRead>,
    next: Option<UserId>,
}

impl Users {
    async fn chunk(&self, after: Option<UserId>, limit: i64) -> domain::Result<Chunk> {
        let seek = Seek { after, limit };
        let Stretch { items, more } = self.domain.users_in_group(&self.scope, self.group, seek).await?;
        let ids: Vec<UserId> = items.iter().map(|user| user.id).collect();
        let held = self.domain.groups_of_users(&self.scope, &ids).await?;
        let rows = items.into_iter().map(|user| UserRead::new(user, &held, self.hydrate)).collect();
        Ok(Chunk { rows, next: ids.last().copied().filter(|_| more) })
    }

    /// Everybody behind this user, chunk by chunk.
    fn after(self: Arc<Self>, next: Option<UserId>) -> impl Stream<Item = domain::Result<Vec<UserRead>>> + Send {
        stream::try_unfold(next, move |next| {
            let users = Arc::clone(&self);
            async move {
                let Some(after) = next else { return Ok(None) };
                let chunk = users.chunk(Some(after), CHUNK).await?;
                Ok(Some((chunk.rows, chunk.next)))
            }
        })
    }
}

/// Users a page, if they come in pages.
#[derive(Default)]
struct Limit(Option<i64>);

impl Parameter for Limit {
    fn schema() -> MetaSchema {
        MetaSchema { minimum: Some(1.0), maximum: Some(1000.0), ..MetaSchema::new_with_format("integer", "int64") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        integer(text, 1, 1_000).map(Some).map(Self)
    }
}
