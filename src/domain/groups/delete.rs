//! Deleting a group softly, and what becomes of the groups below it. One transaction and as many statements for a tree of
//! a thousand groups as for one group.

use serde_json::Value;
use uuid::Uuid;

use super::super::check::check_version;
use super::super::members::told;
use super::super::nesting::{Region, Side, by_parent};
use super::super::records::group_facts;
use super::super::{Domain, Error, Result, Thing};
use super::length;
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::group::{DeleteStrategy, Group};
use crate::model::ids::GroupId;
use crate::model::membership::MemberOutcome;
use crate::model::principal::TenantScope;
use crate::model::version::EntityTags;
use crate::store::TenantTx;
use crate::store::nesting::CutEdge;

impl Domain {
    /// Deletes a group softly. Members stay out of reach for a restore, as do the edges it hangs by; the strategy says what
    /// becomes of child groups. A cascade comes back as one when its top is restored.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::NotEmpty`] with [`DeleteStrategy::Block`],
    /// [`Error::Taken`] when a child's name is in use where [`DeleteStrategy::Orphan`] moves it to.
    pub async fn delete_group(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        strategy: DeleteStrategy,
    ) -> Result<()> {
        in_transaction!(self.store, scope, |tx| {
            tx.lock_edges().await?;
            let doomed = tx.primary_tree(id, strategy == DeleteStrategy::Cascade).await?;
            tx.lock_neighbourhood(&doomed).await?;
            let top = tx.lock_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            check_version(precondition, top.version)?;
            let (members, children) = (top.member_count(), top.nested_groups);
            if strategy == DeleteStrategy::Block && (members > 0 || children > 0) {
                return Err(Error::NotEmpty { members, children });
            }
            self.bury(tx, scope, &top, &doomed, strategy).await
        })
    }

    async fn bury(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        top: &Group,
        doomed: &[Uuid],
        strategy: DeleteStrategy,
    ) -> Result<()> {
        let now = self.clock.now();
        let groups = tx.groups_by_id(doomed).await?;
        let cut = tx.lay_edges_aside(doomed, strategy == DeleteStrategy::Cascade).await?;
        tx.bury_groups(doomed, top.id, now).await?;
        let region = Region::of(doomed);
        let side = |cut: &CutEdge| region.side(cut.edge);
        let mut events: Vec<Event> = by_parent(cut.iter().map(|cut| cut.edge)).into_iter().map(removed).collect();
        let lost = by_parent(cut.iter().filter(|cut| side(cut) == Side::Above).map(|cut| cut.edge));
        let lost: Vec<(GroupId, i64)> = lost.iter().map(|(parent, gone)| (*parent, -length(gone))).collect();
        tx.move_child_counts(&lost, now).await?;
        if strategy != DeleteStrategy::Cascade {
            let below = cut.iter().filter(|cut| side(cut) == Side::Below && cut.is_primary);
            let children: Vec<Uuid> = below.map(|cut| cut.edge.child.uuid()).collect();
            events.extend(self.hand_over_children(tx, scope, top, &children).await?);
        }
        events.extend(groups.iter().map(deleted));
        Ok(tx.record_all(&events, scope.actor(), now).await?)
    }

    /// The primary children go to the group's own primary parent, or become roots.
    async fn hand_over_children(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &Group,
        children: &[Uuid],
    ) -> Result<Vec<Event>> {
        let now = self.clock.now();
        let mut events = self.rehang(tx, scope, children, Some(group.id), group.parent).await?;
        if let Some(heir) = group.parent.filter(|_| !children.is_empty()) {
            let added_groups = tx.make_primary(heir, children, now, scope.actor()).await?;
            if !added_groups.is_empty() {
                tx.move_child_counts(&[(heir, length(&added_groups))], now).await?;
                events.push(told(heir, &MemberOutcome { added_groups, ..MemberOutcome::default() }));
            }
        }
        Ok(events)
    }
}

fn deleted(group: &Group) -> Event {
    let before = Some(Value::Object(group_facts(group)));
    Event { kind: Kind::GroupDeleted, resource: group.id.uuid(), before, after: None }
}

fn removed((parent, removed_groups): (GroupId, Vec<GroupId>)) -> Event {
    told(parent, &MemberOutcome { removed_groups, ..MemberOutcome::default() })
}
