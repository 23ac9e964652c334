//! Changing a group's record, its place in the tree and its members as one.

use uuid::Uuid;

use super::super::check::check_version;
use super::super::difference::difference;
use super::super::grants;
use super::super::members::Plan;
use super::super::outcome::{GroupDraft, Modified};
use super::super::records::group_facts;
use super::super::{Domain, Error, Result, Thing};
use super::{Attempt, check, check_unmanaged, name_scope, taken};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::group::Group;
use crate::model::ids::GroupId;
use crate::model::membership::{MemberChange, MemberKinds};
use crate::model::principal::TenantScope;
use crate::model::version::EntityTags;
use crate::store::TenantTx;

impl Domain {
    /// Changes a group and its members as one. `change` makes the wanted draft of the current group, under the row's
    /// lock, and may be called again. What changes nothing leaves version and time as they are and tells nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Taken`], [`Error::Invalid`], [`Error::UnknownMembers`],
    /// [`Error::UnknownParent`], [`Error::Cycle`] and the other limits of nesting, [`Error::Managed`], or `change`'s own.
    pub async fn modify_group(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        change: impl Fn(&Group) -> Result<GroupDraft> + Sync,
        members: &MemberChange,
    ) -> Result<Modified> {
        for edges in [false, true] {
            let attempt = in_transaction!(self.store, scope, |tx| {
                if edges {
                    tx.lock_edges().await?;
                }
                // Users before groups: that is the order everywhere, so that nobody waits in a circle.
                let held = self.hold_newcomers(tx, Some(id), members).await?;
                if edges {
                    lock_concerned(tx, id, &change, members).await?;
                }
                let group = tx.lock_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
                check_version(precondition, group.version)?;
                let draft = change(&group)?;
                check(&draft.record)?;
                let plan = self.plan_members(tx, scope, &group, members, held).await?;
                if !edges && (plan.concerns_edges() || draft.parent != group.parent) {
                    return Ok(Attempt::NeedsEdges);
                }
                if draft.record.name != group.record.name || !plan.is_empty() {
                    check_unmanaged(scope, &group)?;
                }
                self.apply(tx, scope, group, &draft, &plan).await.map(Attempt::Done)
            })?;
            if let Attempt::Done(modified) = attempt {
                return Ok(modified);
            }
        }
        // With the turn at edges taken, an attempt is always done.
        Err(Error::NotFound(Thing::Group))
    }

    async fn apply(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: Group,
        draft: &GroupDraft,
        plan: &Plan,
    ) -> Result<Modified> {
        let mut old = group_facts(&group);
        let mut new = group_facts(&Group { record: draft.record.clone(), ..group.clone() });
        let (granted, grants) = grants::carry_out(tx, group.id, &draft.grants).await?;
        old.extend(granted);
        new.extend(grants);
        let (before, after) = difference(&old, &new);
        let mut changed = group;
        if before != after {
            let old = std::mem::take(&mut changed.record.attributes);
            changed = self.next_group(&changed, draft.record.clone());
            let name_scope = name_scope(scope, changed.id, draft.parent);
            tx.update_group(&changed, name_scope, false).await.map_err(|error| taken(error, &changed.record.name))?;
            self.hold_group(tx, &changed, &old).await?;
            let event = Event {
                kind: Kind::GroupChanged,
                resource: changed.id.uuid(),
                before: Some(before),
                after: Some(after),
            };
            tx.record(&event, scope.actor(), changed.updated_at).await?;
        }
        if draft.parent != changed.parent {
            self.move_below(tx, scope, &mut changed, draft.parent).await?;
        }
        let outcome = self.carry_out(tx, scope, &mut changed, plan).await?;
        Ok((changed, outcome))
    }
}

/// Locks every group that a change of edges writes to, in order of id. The parent cannot change meanwhile: whoever changes
/// one needs the turn at edges, which is taken.
async fn lock_concerned(
    tx: &mut TenantTx,
    id: GroupId,
    change: impl Fn(&Group) -> Result<GroupDraft>,
    members: &MemberChange,
) -> Result<()> {
    let Some(seen) = tx.find_group(id).await? else { return Ok(()) };
    // What is wrong with the change is said of the locked group, not of this one.
    let wanted = change(&seen).map_or(seen.parent, |draft| draft.parent);
    let parents = [seen.parent, wanted].into_iter().flatten().filter(|_| wanted != seen.parent);
    let mut concerned: Vec<Uuid> = [id].into_iter().chain(parents).map(GroupId::uuid).collect();
    if members.kinds != MemberKinds::Users {
        concerned.extend(&members.remove);
    }
    tx.lock_groups(&concerned, members.replaces_some()).await?;
    Ok(())
}
