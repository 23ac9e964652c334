//! Bringing a deleted group back with its members and its place in the tree; the top of a cascade brings all of it.

use std::collections::HashSet;

use uuid::Uuid;

use super::super::check::check_version;
use super::super::members::told;
use super::super::nesting::{Region, Side, by_parent, parent_event};
use super::super::{Domain, Error, Result, Thing};
use super::{length, taken};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::group::Group;
use crate::model::ids::GroupId;
use crate::model::membership::{Edge, MemberOutcome};
use crate::model::principal::TenantScope;
use crate::model::version::EntityTags;
use crate::store::TenantTx;
use crate::store::groups::{Way, WokenEdge};

/// A group that came back, and the edges that did not.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The group.
    pub group: Group,
    /// Edges that would close a ring or break a limit by now, or whose other end is gone.
    pub dropped: Vec<Edge>,
}

impl Domain {
    /// Brings a deleted group back with its members and below those of its parents that still live; with the top of a
    /// cascade all that fell with it. With `as_root` it does not go back below its primary parent. Memberships of users
    /// deleted meanwhile stay dormant.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no deleted group has the id, [`Error::VersionMismatch`], [`Error::Taken`] when a name is in
    /// use by now, [`Error::ParentGone`].
    pub async fn restore_group(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        as_root: bool,
    ) -> Result<Restored> {
        in_transaction!(self.store, scope, |tx| {
            tx.lock_edges().await?;
            let fallen = tx.lock_fallen(id).await?;
            let old = tx.lock_deleted_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            check_version(precondition, old.version)?;
            if let Some(parent) = tx.deleted_parent(id).await?.filter(|_| !as_root) {
                return Err(Error::ParentGone { id: parent });
            }
            let dropped = self.raise(tx, scope, &old, &fallen, as_root).await?;
            let group = tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            Ok::<_, Error>(Restored { group, dropped })
        })
    }

    async fn raise(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        top: &Group,
        fallen: &[Uuid],
        as_root: bool,
    ) -> Result<Vec<Edge>> {
        let (now, settings) = (self.clock.now(), scope.settings());
        let (back, dropped) = rehang_all(tx, scope, top.id, fallen, as_root).await?;
        if let Some(name) = tx.name_taken_meanwhile(fallen, settings).await? {
            return Err(Error::Taken { attribute: "displayName", value: name });
        }
        tx.revive_groups(fallen, settings, now).await.map_err(|error| taken(error, &top.record.name))?;
        self.hold_groups(tx, fallen).await?;
        let region = Region::of(fallen);
        let gained = by_parent(back.iter().map(|woken| woken.edge).filter(|edge| region.side(*edge) == Side::Above));
        let gained: Vec<(GroupId, i64)> = gained.iter().map(|(parent, new)| (*parent, length(new))).collect();
        tx.move_child_counts(&gained, now).await?;
        let mut events: Vec<Event> = fallen.iter().map(restored).collect();
        let hung = back.iter().filter(|woken| woken.is_primary).map(|woken| woken.edge);
        events.extend(hung.map(|Edge { parent, child }| parent_event(child, None, Some(parent))));
        events.extend(by_parent(back.iter().map(|woken| woken.edge)).into_iter().map(added));
        tx.record_all(&events, scope.actor(), now).await?;
        Ok(dropped)
    }
}

/// Puts the edges back, those that lead to children outside last: only they can close a ring, since nothing else leads out
/// of what was deleted. Returns those that are back and those that are not.
async fn rehang_all(
    tx: &mut TenantTx,
    scope: &TenantScope,
    top: GroupId,
    fallen: &[Uuid],
    as_root: bool,
) -> Result<(Vec<WokenEdge>, Vec<Edge>)> {
    let (mut all, mut unfit) = (Vec::new(), HashSet::new());
    for way in [Way::Up, Way::Down] {
        let woken = tx.wake_edges(fallen, way, top, as_root).await?;
        if way == Way::Down && !woken.is_empty() {
            unfit.extend(tx.cut_rings(fallen).await?);
        }
        if woken.iter().any(|woken| woken.back) {
            unfit.extend(tx.cut_beyond_limits(fallen, way, scope.settings()).await?);
        }
        all.extend(woken);
    }
    let (back, dropped): (Vec<WokenEdge>, Vec<WokenEdge>) =
        all.into_iter().partition(|woken| woken.back && !unfit.contains(&woken.edge));
    Ok((back, dropped.into_iter().map(|woken| woken.edge).collect()))
}

fn restored(id: &Uuid) -> Event {
    Event { kind: Kind::GroupRestored, resource: *id, before: None, after: None }
}

fn added((parent, added_groups): (GroupId, Vec<GroupId>)) -> Event {
    told(parent, &MemberOutcome { added_groups, ..MemberOutcome::default() })
}
