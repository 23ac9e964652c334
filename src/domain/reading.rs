//! Reading groups: their direct members, their place in the tree, the groups of users.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Domain, Error, Result, Thing};
use crate::in_reading;
use crate::model::group::Group;
use crate::model::ids::{GroupId, GroupNumber, UserId};
use crate::model::membership::{Member, MemberDetail, NestedGroup, UserGroup};
use crate::model::page::{Page, Seek, Stretch, Window};
use crate::model::principal::TenantScope;
use crate::model::user::User;
use crate::store::groups::Held;
use crate::store::member_lists::{MemberStream, StreamedMember};
use crate::store::reading::MemberSlice;
use crate::store::{Chunks, TenantTx};

/// A part of a group's members, with how many there are and where to read on.
#[derive(Debug, Clone)]
pub struct MemberPage {
    /// The members.
    pub items: Vec<MemberDetail>,
    /// How many there are in all.
    pub total: i64,
    /// The last one of this page, when more follow.
    pub next: Option<UserId>,
}

/// What to show of a group beside its record.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// The group.
    pub group: Group,
    /// Names of its primary ancestors from the root; `None` for a root.
    pub parent_path: Option<Vec<String>>,
}

impl Domain {
    /// The group with its place in the tree.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn group_view(&self, scope: &TenantScope, id: GroupId) -> Result<GroupView> {
        let group = self.group(scope, id).await?;
        self.view_of(scope, group).await
    }

    /// A group at hand with its place in the tree.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn view_of(&self, scope: &TenantScope, group: Group) -> Result<GroupView> {
        let parent_path = match group.parent {
            Some(parent) => Some(self.store.statements(scope).await?.ancestor_names(parent).await?),
            None => None,
        };
        Ok(GroupView { group, parent_path })
    }

    /// The group with this integer id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn group_numbered(&self, scope: &TenantScope, number: GroupNumber) -> Result<Group> {
        let found = self.store.statements(scope).await?.group_numbered(number).await?;
        found.ok_or(Error::NotFound(Thing::Group))
    }

    /// Groups by their integer ids, on from behind one, as they are read: as one state of the database.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn stream_groups(
        &self,
        scope: &TenantScope,
        after: Option<GroupNumber>,
        limit: Option<i64>,
    ) -> Result<Chunks<Group>> {
        Ok(self.store.statements(scope).await?.stream_groups(after, limit))
    }

    /// Direct members of a group, by user id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn direct_members(&self, scope: &TenantScope, id: GroupId, slice: MemberSlice) -> Result<MemberPage> {
        in_reading!(self.store.reads(scope), |tx| {
            let group = tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            let items = tx.direct_members(id, one_more(slice)).await?;
            Ok(page(items, slice.seek.limit, group.member_count()))
        })
    }

    /// Child groups of a group, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn nested_groups(&self, scope: &TenantScope, id: GroupId, limit: i64) -> Result<Vec<NestedGroup>> {
        Ok(self.store.statements(scope).await?.nested_groups(id, limit, 0).await?)
    }

    /// A page of the child groups of a group, by name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn list_nested_groups(
        &self,
        scope: &TenantScope,
        id: GroupId,
        window: Window,
    ) -> Result<Page<NestedGroup>> {
        in_reading!(self.store.reads(scope), |tx| {
            let group = tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            let items = tx.nested_groups(id, window.limit, window.offset).await?;
            Ok(Page { items, total: group.nested_groups })
        })
    }

    /// Direct members of a group with their whole records, by id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn users_in_group(&self, scope: &TenantScope, id: GroupId, seek: Seek<UserId>) -> Result<Stretch<User>> {
        in_reading!(self.store.reads(scope), |tx| {
            let users = tx.users_in_group(id, Seek { limit: seek.limit + 1, ..seek }).await?;
            if users.is_empty() {
                tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            }
            Ok(Stretch::from_overfetch(users, seek.limit))
        })
    }

    /// All direct members of a live group, by user id, as they are read: as one state of the database, unless the replica
    /// it is read from fails half-way.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn stream_direct_members(&self, scope: &TenantScope, id: GroupId) -> Result<Chunks<MemberDetail>> {
        let reads = self.store.list_reads(scope);
        Ok(reads.stream(move |tx| tx.stream_direct_members(id), |member| member.user_id).await?)
    }

    /// The groups each of these users is in, directly or through nesting.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn groups_of_users(&self, scope: &TenantScope, users: &[UserId]) -> Result<Vec<UserGroup>> {
        let ids: Vec<Uuid> = users.iter().map(|id| id.uuid()).collect();
        let primary = scope.settings().primary_edge_confers_membership;
        Ok(self.store.statements(scope).await?.groups_of_users(&ids, primary).await?)
    }

    /// The members of these groups as a stream: group by group in the order given, users before child groups.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn stream_members(&self, scope: &TenantScope, groups: &[GroupId], names: bool) -> Result<MemberStream> {
        let ids: Vec<Uuid> = groups.iter().map(|id| id.uuid()).collect();
        let order: HashMap<GroupId, usize> = groups.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let place = move |entry: &StreamedMember| {
            let (is_group, id) = match entry.member {
                Member::User(id) => (false, id.uuid()),
                Member::Group(id) => (true, id.uuid()),
            };
            (order.get(&entry.group).copied(), is_group, id)
        };
        let make = move |tx: TenantTx| tx.stream_members(ids.clone(), names);
        Ok(self.store.reads(scope).stream(make, place).await?)
    }
}

/// The groups a user is in: directly, or also through nesting as the tenant counts it.
#[must_use]
pub fn held_by(scope: &TenantScope, user: UserId, at_any_depth: bool) -> Held {
    let primary_edges = scope.settings().primary_edge_confers_membership;
    if at_any_depth { Held::AtAnyDepth { user, primary_edges } } else { Held::Directly(user) }
}

/// One row more than asked for tells whether more follow.
pub(super) fn one_more(slice: MemberSlice) -> MemberSlice {
    MemberSlice { seek: Seek { limit: slice.seek.limit + 1, ..slice.seek }, ..slice }
}

pub(super) fn page(mut items: Vec<MemberDetail>, limit: i64, total: i64) -> MemberPage {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().map(|member| member.user_id).filter(|_| more);
    MemberPage { items, total, next }
}
