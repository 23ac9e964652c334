//! Changing who is in a group. A change of users alone is one statement, whatever the size of the group; one that also
//! concerns child groups, or times, is a transaction. What is to be done is found out in `plan`; the words of the native
//! APIs are in `native`.

mod moves;
mod native;
mod plan;

use std::collections::HashSet;
use std::hash::Hash;

use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(super) use moves::Moves;
pub use native::{UserChange, UserOutcome};
pub(super) use plan::{Held, Plan};

use self::moves::{WaitingMove, is_small};
use self::plan::Leaving;
use super::check::check_version;
use super::groups::length;
use super::outcome::{GroupDraft, Modified};
use super::together::Turn;
use super::{Domain, Error, Result, Thing};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{MemberChange, MemberKinds, MemberOutcome, UnknownIds};
use crate::model::principal::TenantScope;
use crate::model::settings::UnknownMembers;
use crate::model::version::{EntityTags, Version};
use crate::store::TenantTx;
use crate::store::groups::Counters;
use crate::store::memberships::{Removal, UserMove, UserMoved};
use crate::store::placing::Placement;

impl Domain {
    /// Adds and removes members of a group, and nothing else.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::UnknownMembers`], [`Error::Cycle`] and the other limits
    /// of nesting, [`Error::Managed`]. Then nothing was changed.
    pub async fn change_members(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        change: &MemberChange,
    ) -> Result<Modified> {
        if self.is_short(scope, change)
            && let Some(modified) = self.move_users(scope, id, precondition, change).await?
        {
            return Ok(modified);
        }
        let same = |group: &Group| Ok(GroupDraft::keeping(group));
        self.modify_group(scope, id, precondition, same, change).await
    }

    /// Whether one statement may do it.
    fn is_short(&self, scope: &TenantScope, change: &MemberChange) -> bool {
        let tolerates = change.tolerate_malformed || change.unknown == UnknownIds::PassOver;
        let managed = scope.settings().lock_scim_managed && scope.actor().api.is_native();
        !change.replaces_some()
            && (change.malformed.is_empty() || tolerates)
            && change.kinds != MemberKinds::Groups
            && change.validity.is_always()
            && !managed
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
            skip_unknown: passes_over(scope, change),
            told: change.told,
        };
        let moved = self.move_until_clear(scope, &wanted).await?;
        check_version(precondition, moved.before)?;
        if moved.nesting {
            return Ok(None);
        }
        let outcome = MemberOutcome {
            unknown: self.judge_unknown(scope, change, &moved.unknown)?,
            added_users: moved.added.into_iter().map(UserId::from).collect(),
            removed_users: moved.removed.into_iter().map(UserId::from).collect(),
            members: moved.members,
            ..MemberOutcome::default()
        };
        Ok(Some((moved.group, outcome)))
    }

    /// By itself, or together with others that change the group at the same time.
    async fn move_until_clear(&self, scope: &TenantScope, wanted: &UserMove<'_>) -> Result<UserMoved> {
        if !is_small(wanted) {
            return self.move_alone(scope, wanted).await;
        }
        match self.moves.join((scope.tenant(), wanted.group), || WaitingMove::of(scope, wanted)) {
            Turn::Now(_lead) => self.move_alone(scope, wanted).await,
            Turn::Wait(outcome) => match outcome.await {
                Ok(Some(moved)) if !moved.stale => Ok(moved),
                Ok(None) => Err(Error::NotFound(Thing::Group)),
                Ok(Some(_)) | Err(_) => self.move_alone(scope, wanted).await,
            },
        }
    }

    /// One statement; when another writer was faster than a change of several members, the same under the group's lock.
    async fn move_alone(&self, scope: &TenantScope, wanted: &UserMove<'_>) -> Result<UserMoved> {
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
            tx.hold_users(wanted.add).await?;
            tx.lock_group(wanted.group).await?.ok_or(Error::NotFound(Thing::Group))?;
            let moved = tx.move_users(wanted, self.clock.now(), scope.actor()).await?;
            moved.ok_or(Error::NotFound(Thing::Group))
        })
    }

    /// Refuses ids that name nobody, all of them by name, or returns those that are passed over.
    fn judge_unknown(&self, scope: &TenantScope, change: &MemberChange, unknown: &[Uuid]) -> Result<Vec<String>> {
        if unknown.is_empty() && change.malformed.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<String> =
            change.malformed.iter().cloned().chain(unknown.iter().map(ToString::to_string)).collect();
        let tolerated = change.tolerate_malformed && unknown.is_empty();
        if !tolerated && !passes_over(scope, change) {
            return Err(Error::UnknownMembers(all));
        }
        tracing::info!(tenant.id = %scope.tenant(), members.skipped = all.len(), members.first = ?all.first(), "members that name nobody were passed over");
        Ok(all)
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
        let gone = match &plan.leaving {
            Leaving::Everybody => tx.delete_all_members(group.id).await?,
            Leaving::Users(users) if users.is_empty() => Removal::default(),
            Leaving::Users(users) => tx.delete_members(group.id, users).await?,
        };
        let placed = match plan.users.as_slice() {
            [] => Placement::default(),
            users => tx.place_members(group.id, users, plan.validity, now, actor).await?,
        };
        let removed_groups = self.detach_children(tx, scope, group.id, &plan.remove_groups).await?;
        let added_groups = self.attach_children(tx, scope, group, &plan.groups).await?;
        let outcome = MemberOutcome {
            added_users: placed.came,
            rescheduled_users: placed.rescheduled,
            added_groups,
            removed_users: gone.users,
            removed_groups,
            members: None,
            unknown: plan.passed_over.clone(),
        };
        if outcome.is_empty() {
            return Ok(outcome);
        }
        let moved = Counters {
            standing_members: placed.standing - gone.standing,
            nested_groups: length(&outcome.added_groups) - length(&outcome.removed_groups),
        };
        tx.touch_group(group.id, moved, now).await?;
        group.standing_members += moved.standing_members;
        group.nested_groups += moved.nested_groups;
        (group.version, group.updated_at) = (Version(group.version.0 + 1), now);
        if group.windowed_members > 0 || !plan.validity.is_always() {
            group.windowed_members = tx.count_windowed(group.id).await?;
        }
        tx.record(&plan.told(group.id, &outcome), actor, now).await?;
        Ok(outcome)
    }
}

/// Whether ids to add that name nobody are left out rather than refused.
fn passes_over(scope: &TenantScope, change: &MemberChange) -> bool {
    match change.unknown {
        UnknownIds::AsSet => scope.settings().unknown_members == UnknownMembers::Skip,
        UnknownIds::Refuse => false,
        UnknownIds::PassOver => true,
    }
}

/// Those of the ids that are wanted, in their order, each once.
pub(super) fn once<T: Copy + Eq + Hash>(ids: &[T], wanted: impl Fn(&T) -> bool) -> Vec<T> {
    let mut seen = HashSet::new();
    ids.iter().filter(|id| wanted(id) && seen.insert(**id)).copied().collect()
}

/// The event of a change of members; it holds what moved, never the list.
pub(super) fn told(group: GroupId, outcome: &MemberOutcome) -> Event {
    let mut after = Map::new();
    let mut put = |key: &str, ids: Vec<String>| {
        if !ids.is_empty() {
            after.insert(key.to_owned(), json!(ids));
        }
    };
    put("added_users", outcome.added_users.iter().map(ToString::to_string).collect());
    put("removed_users", outcome.removed_users.iter().map(ToString::to_string).collect());
    put("rescheduled_users", outcome.rescheduled_users.iter().map(ToString::to_string).collect());
    put("added_groups", outcome.added_groups.iter().map(ToString::to_string).collect());
    put("removed_groups", outcome.removed_groups.iter().map(ToString::to_string).collect());
    Event { kind: Kind::MembersChanged, resource: group.uuid(), before: None, after: Some(Value::Object(after)) }
}
