//! Nesting as the native APIs do it: edge by edge, beside the primary parent, which is a field of the group.

use std::collections::HashSet;

use super::super::members::once;
use super::super::{Domain, Error, Result, Thing};
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{GroupLink, MemberChange, MemberKinds, NestedGroup, UnknownIds};
use crate::model::page::{Page, Window};
use crate::model::principal::TenantScope;
use crate::model::version::EntityTags;

/// What came of nesting groups in another.
#[derive(Debug, Clone, PartialEq)]
pub struct NestOutcome {
    /// The group they are in.
    pub group: Group,
    /// Those that were not in before.
    pub added: Vec<GroupId>,
    /// Those that were in before.
    pub already: Vec<GroupId>,
}

impl Domain {
    /// Nests groups in another by edges that are not primary; all of them or none. Texts that can be no id count as unknown.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::UnknownMembers`], [`Error::Cycle`] and the other limits of
    /// nesting, [`Error::Managed`].
    pub async fn nest_groups(
        &self,
        scope: &TenantScope,
        parent: GroupId,
        precondition: Option<&EntityTags>,
        children: &[GroupId],
        malformed: &[String],
    ) -> Result<NestOutcome> {
        let add = children.iter().map(|id| id.uuid()).collect();
        let change = MemberChange { add, malformed: malformed.to_vec(), ..edges_alone() };
        let (group, outcome) = self.change_members(scope, parent, precondition, &change).await?;
        let made: HashSet<GroupId> = outcome.added_groups.into_iter().collect();
        let (added, already) = (once(children, |id| made.contains(id)), once(children, |id| !made.contains(id)));
        Ok(NestOutcome { group, added, already })
    }

    /// Takes a group out of another. If that was its primary parent, it has none any more.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such group or no such edge, [`Error::VersionMismatch`], [`Error::Managed`].
    pub async fn unnest_group(
        &self,
        scope: &TenantScope,
        parent: GroupId,
        precondition: Option<&EntityTags>,
        child: GroupId,
    ) -> Result<Group> {
        let change = MemberChange { remove: vec![child.uuid()], ..edges_alone() };
        let (group, outcome) = self.change_members(scope, parent, precondition, &change).await?;
        if outcome.removed_groups.is_empty() {
            return Err(Error::NotFound(Thing::Nesting));
        }
        Ok(group)
    }

    /// A page of the groups that directly contain a group, by name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn list_parent_groups(
        &self,
        scope: &TenantScope,
        id: GroupId,
        window: Window,
    ) -> Result<Page<NestedGroup>> {
        let mut tx = self.store.statements(scope).await?;
        tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
        Ok(tx.parents(id, window).await?)
    }

    /// The groups below a group in which a user is a direct member, nearest first, at most 10.
    pub(in crate::domain) async fn ways_in(
        &self,
        scope: &TenantScope,
        group: GroupId,
        user: UserId,
    ) -> Result<Vec<GroupLink>> {
        let primary = scope.settings().primary_edge_confers_membership;
        Ok(self.store.statements(scope).await?.ways_in(group, user, primary).await?)
    }
}

fn edges_alone() -> MemberChange {
    MemberChange { kinds: MemberKinds::Groups, unknown: UnknownIds::Refuse, ..MemberChange::default() }
}
