//! Changing who is in a group. A change of users alone is one statement, whatever the size of the group; one that also
//! concerns child groups is a transaction that holds the tenant's turn at edges.

use uuid::Uuid;

use super::check::check_version;
use super::outcome::{GroupDraft, Modified};
use super::{Domain, Error, Result, Thing};
use crate::in_transaction;
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{MemberChange, MemberOutcome};
use crate::model::principal::TenantScope;
use crate::model::settings::UnknownMembers;
use crate::model::version::{EntityTags, Version};
use crate::store::TenantTx;
use crate::store::groups::Counters;
use crate::store::memberships::{Removal, UserMove, UserMoved};

/// A change of members after each id has been looked up.
#[derive(Debug, Default)]
pub(super) struct Plan {
    users: Vec<Uuid>,
    groups: Vec<Uuid>,
    /// Users that stay; everybody else goes. `None`: only those named go.
    keep_users: Option<Vec<Uuid>>,
    remove_users: Vec<Uuid>,
    remove_groups: Vec<Uuid>,
}

impl Plan {
    pub(super) fn concerns_edges(&self) -> bool {
        !self.groups.is_empty() || !self.remove_groups.is_empty()
    }
}

impl Domain {
    /// Adds and removes members of a group, and nothing else.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::UnknownMembers`], [`Error::Cycle`] and the other limits
    /// of nesting. Then nothing was changed.
    pub async fn change_members(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        change: &MemberChange,
    ) -> Result<Modified> {
        if !change.replaces_some()
            && (change.malformed.is_empty() || change.tolerate_malformed)
            && let Some(modified) = self.move_users(scope, id, precondition, change).await?
        {
            return Ok(modified);
        }
        let same = |group: &Group| Ok(GroupDraft { record: group.record.clone(), parent: group.parent });
        self.modify_group(scope, id, precondition, same, change).await
    }

    /// The short way, for users alone. `None` when child groups are concerned.
    async fn move_users(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        change: &MemberChange,
    ) -> Result<Option<Modified>> {
        let versions = precondition.and_then(EntityTags::numbers);
        let wanted = UserMove {
            group: id,
            add: &change.add,
            remove: &change.remove,
            versions: versions.as_deref(),
            skip_unknown: scope.settings().unknown_members == UnknownMembers::Skip,
        };
        let moved = self.move_until_clear(scope, &wanted).await?;
        check_version(precondition, moved.before)?;
        if moved.nesting {
            return Ok(None);
        }
        self.judge_unknown(scope, change, &moved.unknown)?;
        let outcome = MemberOutcome {
            added_users: moved.added.into_iter().map(UserId::from).collect(),
            removed_users: moved.removed.into_iter().map(UserId::from).collect(),
            ..MemberOutcome::default()
        };
        Ok(Some((moved.group, outcome)))
    }

    /// One statement; when another writer was faster than a change of several members, the same under the group's lock.
    async fn move_until_clear(&self, scope: &TenantScope, wanted: &UserMove<'_>) -> Result<UserMoved> {
        let mut attempts = crate::store::Attempts::default();
        loop {
            let mut tx = self.store.statements(scope).await?;
            match tx.move_users(wanted, self.clock.now(), scope.actor()).await {
                Ok(Some(moved)) if moved.stale => break,
                Ok(moved) => return moved.ok_or(Error::NotFound(Thing::Group)),
                Err(error) if error.is_collision() && attempts.again().await => {}
                Err(error) => return Err(error.into()),
            }
        }
        in_transaction!(self.store, scope, |tx| {
            tx.lock_group(wanted.group).await?.ok_or(Error::NotFound(Thing::Group))?;
            let moved = tx.move_users(wanted, self.clock.now(), scope.actor()).await?;
            moved.ok_or(Error::NotFound(Thing::Group))
        })
    }

    /// Finds out what each id is, and holds the users so that none is deleted meanwhile.
    pub(super) async fn plan_members(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &Group,
        change: &MemberChange,
    ) -> Result<Plan> {
        if change.is_empty() {
            return Ok(Plan::default());
        }
        let missing = tx.not_in_group(group.id, &change.add).await?;
        let users = tx.hold_users(&missing).await?;
        let rest: Vec<Uuid> = without(&missing, &users);
        let groups = if rest.is_empty() { Vec::new() } else { tx.which_are_groups(&rest).await? };
        self.judge_unknown(scope, change, &without(&rest, &groups))?;
        let children = if group.nested_groups > 0 { tx.edges_below(group.id).await? } else { Vec::new() };
        let children = children.into_iter().map(|edge| edge.other);
        let remove_groups = if change.replace {
            let staying: std::collections::HashSet<&Uuid> = change.add.iter().collect();
            children.filter(|child| !staying.contains(child)).collect()
        } else if change.clear_groups {
            children.filter(|child| !change.add.contains(child)).collect()
        } else {
            children.filter(|child| change.remove.contains(child)).collect()
        };
        let keep_users = (change.replace || change.clear_users).then(|| change.add.clone());
        Ok(Plan { users, groups, keep_users, remove_users: change.remove.clone(), remove_groups })
    }

    /// Refuses ids that name nobody, all of them by name, or passes over them when the tenant or the facade wants that.
    fn judge_unknown(&self, scope: &TenantScope, change: &MemberChange, unknown: &[Uuid]) -> Result<()> {
        if unknown.is_empty() && change.malformed.is_empty() {
            return Ok(());
        }
        let all: Vec<String> =
            change.malformed.iter().cloned().chain(unknown.iter().map(ToString::to_string)).collect();
        let tolerated = change.tolerate_malformed && unknown.is_empty();
        if !tolerated && scope.settings().unknown_members == UnknownMembers::Reject {
            return Err(Error::UnknownMembers(all));
        }
        tracing::warn!(tenant.id = %scope.tenant(), members.skipped = all.len(), members.first = ?all.first(), "members that name nobody were passed over");
        Ok(())
    }

    /// Applies a plan to a locked group, moves its counters, and tells of it. The group at hand follows.
    pub(super) async fn carry_out(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &mut Group,
        plan: &Plan,
    ) -> Result<MemberOutcome> {
        let (now, actor) = (self.clock.now(), scope.actor());
        let gone = match &plan.keep_users {
            Some(staying) => tx.delete_members_except(group.id, staying).await?,
            None if plan.remove_users.is_empty() => Removal::default(),
            None => tx.delete_members(group.id, &plan.remove_users).await?,
        };
        let added_users = if plan.users.is_empty() {
            Vec::new()
        } else {
            tx.insert_members(group.id, &plan.users, now, actor).await?
        };
        let removed_groups = self.detach_children(tx, scope, group.id, &plan.remove_groups).await?;
        let added_groups = self.attach_children(tx, scope, group, &plan.groups).await?;
        let outcome = MemberOutcome { added_users, added_groups, removed_users: gone.users, removed_groups };
        if outcome.is_empty() {
            return Ok(outcome);
        }
        let moved = Counters {
            standing_members: count(&outcome.added_users) - gone.standing,
            nested_groups: count(&outcome.added_groups) - count(&outcome.removed_groups),
        };
        tx.touch_group(group.id, moved, now).await?;
        group.standing_members += moved.standing_members;
        group.nested_groups += moved.nested_groups;
        (group.version, group.updated_at) = (Version(group.version.0 + 1), now);
        tx.record_members(group.id, &outcome, actor, now).await?;
        Ok(outcome)
    }
}

fn count<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

fn without(ids: &[Uuid], taken: &[Uuid]) -> Vec<Uuid> {
    let taken: std::collections::HashSet<&Uuid> = taken.iter().collect();
    ids.iter().filter(|id| !taken.contains(id)).copied().collect()
}
