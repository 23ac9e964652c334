//! What a change of members comes to once each of its ids has been looked up. Users are held before any group is locked:
//! whoever deletes one locks it first and its groups then.

use std::collections::HashSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{Domain, Result};
use super::told;
use crate::model::event::Event;
use crate::model::group::Group;
use crate::model::ids::GroupId;
use crate::model::membership::{MemberChange, MemberKinds, MemberOutcome, Validity};
use crate::model::principal::TenantScope;
use crate::model::version::Version;
use crate::store::TenantTx;
use crate::store::placing::Difference;

/// What was found out before the group was locked.
#[derive(Debug, Default)]
pub(in crate::domain) struct Held {
    /// How the group differs from what is wanted.
    seen: Difference,
    /// Users that may come in, held so that none is deleted meanwhile.
    users: Vec<Uuid>,
}

/// Users that go.
#[derive(Debug)]
pub(super) enum Leaving {
    /// Those of these who are in.
    Users(Vec<Uuid>),
    /// All who are in.
    Everybody,
}

impl Default for Leaving {
    fn default() -> Self {
        Self::Users(Vec::new())
    }
}

/// A change of members after each id has been looked up.
#[derive(Debug, Default)]
pub(in crate::domain) struct Plan {
    /// Users to put in.
    pub(super) users: Vec<Uuid>,
    /// When they are members.
    pub(super) validity: Validity,
    /// Groups to nest.
    pub(super) groups: Vec<Uuid>,
    pub(super) leaving: Leaving,
    pub(super) remove_groups: Vec<Uuid>,
    /// Ids that name nobody and are left out.
    pub(super) passed_over: Vec<String>,
}

impl Plan {
    pub(in crate::domain) fn concerns_edges(&self) -> bool {
        !self.groups.is_empty() || !self.remove_groups.is_empty()
    }

    /// Whether there is nothing to do.
    pub(in crate::domain) fn is_empty(&self) -> bool {
        let nobody_leaves = matches!(&self.leaving, Leaving::Users(users) if users.is_empty());
        self.users.is_empty() && nobody_leaves && !self.concerns_edges()
    }

    /// The event of what came of it, with the times that were set.
    pub(super) fn told(&self, group: GroupId, outcome: &MemberOutcome) -> Event {
        let mut event = told(group, outcome);
        if let Some(Value::Object(after)) = &mut event.after
            && !self.users.is_empty()
        {
            let times = [("valid_from", self.validity.from), ("expires_at", self.validity.until)];
            after.extend(times.into_iter().filter_map(|(key, at)| Some((key.to_owned(), json!(at?)))));
        }
        event
    }
}

impl Domain {
    /// Holds the users among the ids to add. Of those in the group already none needs to be held.
    pub(in crate::domain) async fn hold_newcomers(
        &self,
        tx: &mut TenantTx,
        group: Option<GroupId>,
        change: &MemberChange,
    ) -> Result<Held> {
        if change.add.is_empty() {
            return Ok(Held::default());
        }
        let seen = match group {
            Some(group) => difference(tx, group, change).await?,
            // One that is still to be made has nobody in it.
            None => Difference { version: Some(Version(1)), missing: change.add.clone(), ..Difference::default() },
        };
        let users = if change.kinds == MemberKinds::Groups { Vec::new() } else { tx.hold_users(&seen.missing).await? };
        Ok(Held { seen, users })
    }

    /// Refuses newcomers that name nobody, before there is a group for them. Whether there are groups among them.
    pub(in crate::domain) async fn judge_newcomers(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        change: &MemberChange,
        held: &Held,
    ) -> Result<bool> {
        let rest = without(&held.seen.missing, &held.users);
        let groups = groups_among(tx, change, &rest).await?;
        self.judge_unknown(scope, change, &without(&rest, &groups)).map(|_| !groups.is_empty())
    }

    /// Finds out what each id is. The group is locked, or nobody knows of it yet.
    pub(in crate::domain) async fn plan_members(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &Group,
        change: &MemberChange,
        held: Held,
    ) -> Result<Plan> {
        if change.is_empty() {
            return Ok(Plan::default());
        }
        let Held { seen, users } = held;
        let (mut users, Difference { missing, others, .. }) = if seen.version == Some(group.version) {
            (users, seen)
        } else {
            let now = difference(tx, group.id, change).await?;
            let mut users = with(&now.missing, &users);
            // Somebody may have left the group between the two questions. It is rare, and then the order of locks is lost.
            let late = without(&now.missing, &seen.missing);
            if !late.is_empty() && change.kinds != MemberKinds::Groups {
                users.extend(tx.hold_users(&late).await?);
            }
            (users, now)
        };
        let rest = without(&missing, &users);
        let groups = groups_among(tx, change, &rest).await?;
        let passed_over = self.judge_unknown(scope, change, &without(&rest, &groups))?;
        if !change.validity.is_always() {
            users.extend(without(&change.add, &missing));
        }
        let remove_groups = self.children_to_remove(tx, group, change).await?;
        let leaving = match (replaces_users(change), change.kinds) {
            (true, _) if change.add.is_empty() => Leaving::Everybody,
            (true, _) => Leaving::Users(others),
            (false, MemberKinds::Groups) => Leaving::default(),
            (false, _) => Leaving::Users(change.remove.clone()),
        };
        Ok(Plan { users, validity: change.validity, groups, leaving, remove_groups, passed_over })
    }

    async fn children_to_remove(&self, tx: &mut TenantTx, group: &Group, change: &MemberChange) -> Result<Vec<Uuid>> {
        let asks = change.replace || change.clear_groups || !change.remove.is_empty();
        if change.kinds == MemberKinds::Users || group.nested_groups == 0 || !asks {
            return Ok(Vec::new());
        }
        let children = tx.children(group.id).await?;
        if change.replace || change.clear_groups {
            return Ok(without(&children, &change.add));
        }
        Ok(with(&children, &change.remove))
    }
}

/// How the group differs from what is to be in afterwards.
async fn difference(tx: &mut TenantTx, group: GroupId, change: &MemberChange) -> Result<Difference> {
    if change.add.is_empty() {
        return Ok(Difference::default());
    }
    Ok(tx.compare_members(group, &change.add, change.kinds, replaces_users(change)).await?)
}

/// Whether users go that it does not name.
const fn replaces_users(change: &MemberChange) -> bool {
    change.replace || change.clear_users
}

async fn groups_among(tx: &mut TenantTx, change: &MemberChange, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    if ids.is_empty() || change.kinds == MemberKinds::Users {
        return Ok(Vec::new());
    }
    Ok(tx.which_are_groups(ids).await?)
}

fn with(ids: &[Uuid], wanted: &[Uuid]) -> Vec<Uuid> {
    let wanted: HashSet<&Uuid> = wanted.iter().collect();
    ids.iter().filter(|id| wanted.contains(id)).copied().collect()
}

fn without(ids: &[Uuid], taken: &[Uuid]) -> Vec<Uuid> {
    let taken: HashSet<&Uuid> = taken.iter().collect();
    ids.iter().filter(|id| !taken.contains(id)).copied().collect()
}
