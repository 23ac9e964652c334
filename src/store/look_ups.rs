//! Look-ups by id or name: reads of single statements that, under load, are asked together with others of their kind.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::filter::{Expr, Groups, HeldGroup, children, column, few_members, groups_of, nothing};
use super::fixed::{Text, fixed};
use super::gather::Gather;
use super::groups::{Row as GroupRow, WindowedMembers};
use super::tables::{groups, users};
use super::transaction::TenantTx;
use super::users::{Row as UserRow, user_groups};
use crate::model::filter::Field;
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{Member, UserGroup};
use crate::model::principal::TenantScope;
use crate::model::user::User;

/// Look-ups in one query at the most.
const MOST: usize = 64;
/// Of groups with up to a thousand members each.
const MOST_WITH_MEMBERS: usize = 16;
/// Users that a name may be shared by on average. Where more have it, nobody is asked for together.
const SHARED: usize = 8;

/// A user with the groups it is in, directly or through nesting, by group.
pub type UserAndGroups = (User, Vec<UserGroup>);

/// A group with its members, users before child groups, each by id; without them when there are more than 1,000.
pub type GroupAndMembers = (Group, Option<Vec<Member>>);

/// An attribute that users are looked up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserName {
    /// `userName`, folded.
    UserName,
    /// `externalId`, as it is.
    ExternalId,
    /// `displayName`, folded.
    DisplayName,
}

impl UserName {
    /// The one that a field of a filter is.
    #[must_use]
    pub fn of(field: &Field) -> Option<Self> {
        match field.attribute.as_str() {
            _ if field.extension.is_some() || field.sub.is_some() => None,
            "userName" => Some(Self::UserName),
            "externalId" => Some(Self::ExternalId),
            "displayName" => Some(Self::DisplayName),
            _ => None,
        }
    }

    /// What it is compared by.
    fn key(self) -> Expr<Nullable<sql_types::Text>> {
        column(match self {
            Self::UserName => "users.user_name_key",
            Self::ExternalId => "users.external_id",
            Self::DisplayName => "users.display_name_key",
        })
    }
}

/// What is asked for together: the tenant, whether primary edges confer membership there, and the rest.
type Line<T> = (Uuid, bool, T);

/// Everything that can be looked up.
pub(super) struct LookUps {
    users: Gather<Line<bool>, Uuid, Option<UserAndGroups>>,
    names: Gather<Line<(UserName, bool)>, String, Vec<UserAndGroups>>,
    groups: Gather<Line<()>, Uuid, Option<Group>>,
    members: Gather<Line<()>, Uuid, Option<GroupAndMembers>>,
}

impl Default for LookUps {
    fn default() -> Self {
        Self {
            users: Gather::up_to(MOST),
            names: Gather::up_to(MOST),
            groups: Gather::up_to(MOST),
            members: Gather::up_to(MOST_WITH_MEMBERS),
        }
    }
}

fn line<T>(scope: &TenantScope, what: T) -> Line<T> {
    (scope.tenant().uuid(), scope.settings().primary_edge_confers_membership, what)
}

impl Store {
    /// The user, with its groups if they are wanted.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn look_up_user(
        &self,
        scope: &TenantScope,
        id: UserId,
        with_groups: bool,
    ) -> Result<Option<UserAndGroups>, Error> {
        let id = id.uuid();
        let ask = |ids| async move { self.statements(scope).await?.each_user(ids, with_groups).await };
        if let Some(found) = self.look_ups.users.answer(line(scope, with_groups), id, ask).await {
            return Ok(found);
        }
        let alone = Box::pin(async { self.statements(scope).await?.each_user(vec![id], with_groups).await });
        Ok(alone.await?.pop().flatten())
    }

    /// Users that have a name, by id, each with its groups if they are wanted. `None` when too many share it, or one that
    /// was asked for at the same time: then a list has to tell.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn look_up_named(
        &self,
        scope: &TenantScope,
        (attribute, name): (UserName, String),
        with_groups: bool,
    ) -> Result<Option<Vec<UserAndGroups>>, Error> {
        let ask = |names| async move { self.statements(scope).await?.each_named(attribute, names, with_groups).await };
        Ok(self.look_ups.names.answer(line(scope, (attribute, with_groups)), name, ask).await)
    }

    /// The group.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn look_up_group(&self, scope: &TenantScope, id: GroupId) -> Result<Option<Group>, Error> {
        let ask = |ids| async move { self.statements(scope).await?.each_group(ids).await };
        if let Some(found) = self.look_ups.groups.answer(line(scope, ()), id.uuid(), ask).await {
            return Ok(found);
        }
        Box::pin(async { self.statements(scope).await?.find_group(id).await }).await
    }

    /// The group with its members.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn look_up_members(&self, scope: &TenantScope, id: GroupId) -> Result<Option<GroupAndMembers>, Error> {
        let ask = |ids| async move { self.statements(scope).await?.each_with_members(ids).await };
        if let Some(found) = self.look_ups.members.answer(line(scope, ()), id.uuid(), ask).await {
            return Ok(found);
        }
        let alone = Box::pin(async { self.statements(scope).await?.each_with_members(vec![id.uuid()]).await });
        Ok(alone.await?.pop().flatten())
    }
}

impl TenantTx {
    async fn each_user(&mut self, ids: Vec<Uuid>, with_groups: bool) -> Result<Vec<Option<UserAndGroups>>, Error> {
        static TEXTS: [Text; 2] = [Text::new(), Text::new()];
        let wanted = users::table
            .filter(users::tenant_id.eq(self.tenant))
            .filter(users::id.eq_any(&ids))
            .filter(users::deleted_at.is_null())
            .select((UserRow::as_select(), along(self, with_groups)));
        let wanted = fixed(&TEXTS[usize::from(with_groups)], wanted);
        let rows: Vec<(UserRow, Option<Vec<HeldGroup>>)> = wanted.load(self.connection()).await?;
        let found = rows.into_iter().map(|(row, groups)| with_its(row, groups));
        Ok(in_order(&ids, found.map(|found| (found.0.id.uuid(), found)).collect()))
    }

    /// Nothing at all when too many are found.
    async fn each_named(
        &mut self,
        attribute: UserName,
        names: Vec<String>,
        with_groups: bool,
    ) -> Result<Vec<Vec<UserAndGroups>>, Error> {
        static TEXTS: [[Text; 2]; 3] = [const { [const { Text::new() }; 2] }; 3];
        let most = names.len() * SHARED;
        let live = users::table.filter(users::tenant_id.eq(self.tenant)).filter(users::deleted_at.is_null());
        let live = live.select((UserRow::as_select(), attribute.key(), along(self, with_groups))).into_boxed();
        let wanted = match attribute {
            UserName::UserName => live.filter(users::user_name_key.eq_any(&names)),
            UserName::ExternalId => live.filter(users::external_id.eq_any(&names)),
            UserName::DisplayName => live.filter(users::display_name_key.eq_any(&names)),
        };
        let wanted = wanted.limit(i64::try_from(most + 1).unwrap_or(i64::MAX));
        let wanted = fixed(&TEXTS[attribute as usize][usize::from(with_groups)], wanted);
        let rows: Vec<(UserRow, Option<String>, Option<Vec<HeldGroup>>)> = wanted.load(self.connection()).await?;
        if rows.len() > most {
            return Ok(Vec::new());
        }
        let mut found: HashMap<String, Vec<UserAndGroups>> = HashMap::new();
        for (row, name, groups) in rows {
            found.entry(name.unwrap_or_default()).or_default().push(with_its(row, groups));
        }
        found.values_mut().for_each(|users| users.sort_by_key(|(user, _)| user.id));
        Ok(in_order(&names, found).into_iter().map(Option::unwrap_or_default).collect())
    }

    async fn each_group(&mut self, ids: Vec<Uuid>) -> Result<Vec<Option<Group>>, Error> {
        static TEXT: Text = Text::new();
        let wanted = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::id.eq_any(&ids))
            .filter(groups::deleted_at.is_null())
            .select((GroupRow::as_select(), WindowedMembers));
        let rows: Vec<(GroupRow, i64)> = fixed(&TEXT, wanted).load(self.connection()).await?;
        let found = rows.into_iter().map(|(row, windowed)| row.with_windowed(windowed));
        Ok(in_order(&ids, found.map(|group| (group.id.uuid(), group)).collect()))
    }

    async fn each_with_members(&mut self, ids: Vec<Uuid>) -> Result<Vec<Option<GroupAndMembers>>, Error> {
        type Along = (i64, Option<Vec<Uuid>>, Option<Vec<Uuid>>);
        static TEXT: Text = Text::new();
        let wanted = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::id.eq_any(&ids))
            .filter(groups::deleted_at.is_null())
            .select((GroupRow::as_select(), (WindowedMembers, few_members(), children())));
        let rows: Vec<(GroupRow, Along)> = fixed(&TEXT, wanted).load(self.connection()).await?;
        let few = |members: &Vec<Member>| members.len() <= 1_000;
        let found = rows.into_iter().map(|(row, (windowed, users, groups))| {
            let members = users.zip(groups).map(|(users, groups)| Member::all(users, groups)).filter(few);
            (row.with_windowed(windowed), members)
        });
        Ok(in_order(&ids, found.map(|found| (found.0.id.uuid(), found)).collect()))
    }
}

fn along(tx: &TenantTx, with_groups: bool) -> Groups {
    if with_groups { groups_of(tx.primary_edges) } else { nothing() }
}

fn with_its(row: UserRow, groups: Option<Vec<HeldGroup>>) -> UserAndGroups {
    let user = User::from(row);
    let groups = user_groups(user.id, groups.unwrap_or_default());
    (user, groups)
}

/// What was found, in the order it was asked for.
fn in_order<K: Eq + Hash, T: Clone>(asked: &[K], mut found: HashMap<K, T>) -> Vec<Option<T>> {
    let mut answers: Vec<Option<T>> = Vec::with_capacity(asked.len());
    for key in asked {
        let answer = found.remove(key).or_else(|| {
            // Two may ask for the same.
            let earlier = asked[..answers.len()].iter().position(|other| other == key)?;
            answers[earlier].clone()
        });
        answers.push(answer);
    }
    answers
}
