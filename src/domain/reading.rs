//! Reading groups: their members at one level or at all, their place in the tree, the groups of users.

use super::{Domain, Error, Result, Thing};
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{MemberDetail, NestedGroup, UserGroup};
use crate::model::page::{Page, Seek, Window};
use crate::model::principal::TenantScope;
use crate::store::groups::Held;
use crate::store::member_lists::MemberStream;
use crate::store::reading::MemberSlice;

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
        let mut tx = self.store.statements(scope).await?;
        let group = tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
        let parent_path = match group.parent {
            Some(parent) => Some(tx.ancestor_names(parent).await?),
            None => None,
        };
        Ok(GroupView { group, parent_path })
    }

    /// Direct members of a group, by user id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn direct_members(&self, scope: &TenantScope, id: GroupId, slice: MemberSlice) -> Result<MemberPage> {
        let mut tx = self.store.statements(scope).await?;
        let group = tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
        let items = tx.direct_members(id, one_more(slice)).await?;
        Ok(page(items, slice.seek.limit, group.member_count()))
    }

    /// Everybody in a group or in one below it, each once, by user id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn effective_members(&self, scope: &TenantScope, id: GroupId, slice: MemberSlice) -> Result<MemberPage> {
        let primary = scope.settings().primary_edge_confers_membership;
        let mut tx = self.store.statements(scope).await?;
        let group = tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
        let items = tx.effective_members(id, primary, one_more(slice)).await?;
        let total = match group.nested_groups {
            0 => group.member_count(),
            _ => tx.count_effective_members(id, primary).await?,
        };
        Ok(page(items, slice.seek.limit, total))
    }

    /// How many users a group has at any depth.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn effective_count(&self, scope: &TenantScope, group: &Group) -> Result<i64> {
        if group.nested_groups == 0 {
            return Ok(group.member_count());
        }
        let primary = scope.settings().primary_edge_confers_membership;
        Ok(self.store.statements(scope).await?.count_effective_members(group.id, primary).await?)
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
        let mut tx = self.store.statements(scope).await?;
        let group = tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
        let items = tx.nested_groups(id, window.limit, window.offset).await?;
        Ok(Page { items, total: group.nested_groups })
    }

    /// The groups a user is in, directly or through nesting.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn groups_of_user(&self, scope: &TenantScope, user: UserId) -> Result<Vec<UserGroup>> {
        let primary = scope.settings().primary_edge_confers_membership;
        Ok(self.store.statements(scope).await?.groups_of_users(&[user.uuid()], primary).await?)
    }

    /// The members of these groups as a stream: group by group in the order given, users before child groups.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn stream_members(&self, scope: &TenantScope, groups: &[GroupId], names: bool) -> Result<MemberStream> {
        let ids = groups.iter().map(|id| id.uuid()).collect();
        Ok(self.store.statements(scope).await?.stream_members(ids, names))
    }
}

/// The groups a user is in: directly, or also through nesting as the tenant counts it.
#[must_use]
pub fn held_by(scope: &TenantScope, user: UserId, at_any_depth: bool) -> Held {
    let primary_edges = scope.settings().primary_edge_confers_membership;
    if at_any_depth { Held::AtAnyDepth { user, primary_edges } } else { Held::Directly(user) }
}

/// One row more than asked for tells whether more follow.
fn one_more(slice: MemberSlice) -> MemberSlice {
    MemberSlice { seek: Seek { limit: slice.seek.limit + 1, ..slice.seek }, ..slice }
}

fn page(mut items: Vec<MemberDetail>, limit: i64, total: i64) -> MemberPage {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().map(|member| member.user_id).filter(|_| more);
    MemberPage { items, total, next }
}
