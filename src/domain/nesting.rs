//! Groups within groups: one acyclic graph, in which a child may have many parents and one of them as its primary one.
//! Every function here runs while the transaction holds the tenant's turn at edges.

use uuid::Uuid;

use super::groups::{name_scope, taken};
use super::{Domain, Error, Result};
use crate::model::event::{Event, Kind};
use crate::model::group::Group;
use crate::model::ids::GroupId;
use crate::model::membership::MemberOutcome;
use crate::model::principal::TenantScope;
use crate::model::settings::NameUnique;
use crate::model::version::Version;
use crate::store::TenantTx;
use crate::store::groups::Counters;
use crate::store::nesting::CutEdge;

impl Domain {
    /// Adds child groups, each only after it is certain that no ring and no chain over the limit comes of it.
    pub(super) async fn attach_children(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &Group,
        children: &[Uuid],
    ) -> Result<Vec<GroupId>> {
        if children.is_empty() {
            return Ok(Vec::new());
        }
        for child in children {
            self.check_edge(tx, scope, group.id, *child).await?;
        }
        let made = tx.insert_edges(group.id, children, self.clock.now(), scope.actor()).await?;
        self.check_width(tx, scope, group.id).await?;
        Ok(made)
    }

    async fn check_edge(&self, tx: &mut TenantTx, scope: &TenantScope, parent: GroupId, child: Uuid) -> Result<()> {
        if let Some(mut names) = tx.ring(parent, child).await? {
            // The way runs from the child down to the parent; the new edge leads back from there.
            names.rotate_right(1);
            names.extend(names.first().cloned());
            return Err(Error::Cycle(names));
        }
        let (length, limit) = (tx.chain_through(parent, child).await?, scope.settings().max_depth);
        if length > limit {
            return Err(Error::TooDeep { length, limit });
        }
        Ok(())
    }

    async fn check_width(&self, tx: &mut TenantTx, scope: &TenantScope, parent: GroupId) -> Result<()> {
        let limit = scope.settings().max_children;
        if tx.count_children(parent).await? > i64::from(limit) {
            return Err(Error::TooManyChildren { limit });
        }
        Ok(())
    }

    /// Cuts edges to children. A child whose primary parent this was has none any more.
    pub(super) async fn detach_children(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: GroupId,
        children: &[Uuid],
    ) -> Result<Vec<GroupId>> {
        if children.is_empty() {
            return Ok(Vec::new());
        }
        let cut = tx.delete_edges(group, children).await?;
        let orphans: Vec<Uuid> = cut.iter().filter(|edge| edge.is_primary).map(|edge| edge.other).collect();
        self.rehang(tx, scope, &orphans, group, None).await?;
        Ok(cut.into_iter().map(|edge| edge.other.into()).collect())
    }

    /// Writes another primary parent, or none, into children, and tells of each.
    async fn rehang(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        children: &[Uuid],
        from: GroupId,
        to: Option<GroupId>,
    ) -> Result<()> {
        if children.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let siblings = scope.settings().name_unique == NameUnique::Sibling;
        tx.set_parents(children, to, siblings, now).await.map_err(|error| match error {
            crate::store::Error::Duplicate(_) => {
                Error::Taken { attribute: "displayName", value: "of a child group".to_owned() }
            }
            other => other.into(),
        })?;
        for child in children {
            tx.record(&parent_event(*child, Some(from), to), scope.actor(), now).await?;
        }
        Ok(())
    }

    /// Hangs a group without a primary parent below one.
    pub(super) async fn hang_below(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &mut Group,
        parent: GroupId,
    ) -> Result<()> {
        if tx.lock_groups(&[parent.uuid()]).await?.is_empty() {
            let reason = format!("names no group: there is none with the id {parent}");
            return Err(Error::Invalid { attribute: "parentGroup", reason });
        }
        self.check_edge(tx, scope, parent, group.id.uuid()).await?;
        let now = self.clock.now();
        let new_edge = tx.make_primary(parent, group.id, now, scope.actor()).await?;
        self.check_width(tx, scope, parent).await?;
        if new_edge {
            let outcome = MemberOutcome { added_groups: vec![group.id], ..MemberOutcome::default() };
            tx.touch_group(parent, Counters { nested_groups: 1, ..Counters::default() }, now).await?;
            tx.record_members(parent, &outcome, scope.actor(), now).await?;
        }
        self.write_parent(tx, scope, group, Some(parent)).await
    }

    /// Gives a group another primary parent, or none.
    pub(super) async fn move_below(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &mut Group,
        parent: Option<GroupId>,
    ) -> Result<()> {
        if let Some(old) = group.parent {
            let now = self.clock.now();
            tx.delete_edges(old, &[group.id.uuid()]).await?;
            tx.touch_group(old, Counters { nested_groups: -1, ..Counters::default() }, now).await?;
            let outcome = MemberOutcome { removed_groups: vec![group.id], ..MemberOutcome::default() };
            tx.record_members(old, &outcome, scope.actor(), now).await?;
        }
        match parent {
            Some(parent) => self.hang_below(tx, scope, group, parent).await,
            None => self.write_parent(tx, scope, group, None).await,
        }
    }

    async fn write_parent(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &mut Group,
        parent: Option<GroupId>,
    ) -> Result<()> {
        let now = self.clock.now();
        let event = parent_event(group.id.uuid(), group.parent, parent);
        let siblings = scope.settings().name_unique == NameUnique::Sibling;
        tx.set_parents(&[group.id.uuid()], parent, siblings, now).await.map_err(|error| taken(error, &group.record))?;
        tx.record(&event, scope.actor(), now).await?;
        (group.parent, group.version, group.updated_at) = (parent, Version(group.version.0 + 1), now);
        Ok(())
    }

    /// Before a group is deleted: its primary children go to its own primary parent, its other edges down are dropped.
    pub(super) async fn hand_over_children(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &Group,
        below: &[CutEdge],
    ) -> Result<()> {
        let all: Vec<Uuid> = below.iter().map(|edge| edge.other).collect();
        tx.delete_edges(group.id, &all).await?;
        let children: Vec<Uuid> = below.iter().filter(|edge| edge.is_primary).map(|edge| edge.other).collect();
        let Some(heir) = group.parent else {
            return self.rehang(tx, scope, &children, group.id, None).await;
        };
        self.rehang(tx, scope, &children, group.id, Some(heir)).await?;
        let now = self.clock.now();
        let mut gained = Vec::new();
        for child in children.into_iter().map(GroupId::from) {
            if tx.make_primary(heir, child, now, scope.actor()).await? {
                gained.push(child);
            }
        }
        if !gained.is_empty() {
            let nested_groups = i64::try_from(gained.len()).unwrap_or(i64::MAX);
            tx.touch_group(heir, Counters { nested_groups, ..Counters::default() }, now).await?;
            let outcome = MemberOutcome { added_groups: gained, ..MemberOutcome::default() };
            tx.record_members(heir, &outcome, scope.actor(), now).await?;
        }
        Ok(())
    }

    /// Before a group is deleted: it leaves its parents; the edges are laid aside for a restore.
    pub(super) async fn leave_parents(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &Group,
        above: &[CutEdge],
    ) -> Result<()> {
        tx.lay_edges_aside(group.id).await?;
        let now = self.clock.now();
        for parent in above.iter().map(|edge| GroupId::from(edge.other)) {
            tx.touch_group(parent, Counters { nested_groups: -1, ..Counters::default() }, now).await?;
            let outcome = MemberOutcome { removed_groups: vec![group.id], ..MemberOutcome::default() };
            tx.record_members(parent, &outcome, scope.actor(), now).await?;
        }
        Ok(())
    }

    /// After a restore: back below the parents that live, where no ring and no chain over the limit comes of it.
    pub(super) async fn return_to_parents(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &mut Group,
    ) -> Result<()> {
        for edge in tx.take_edges_laid_aside(group.id).await? {
            let parent = GroupId::from(edge.other);
            match self.check_edge(tx, scope, parent, group.id.uuid()).await {
                Ok(()) if edge.is_primary => self.hang_below(tx, scope, group, parent).await?,
                Ok(()) => {
                    let now = self.clock.now();
                    tx.insert_edges(parent, &[group.id.uuid()], now, scope.actor()).await?;
                    tx.touch_group(parent, Counters { nested_groups: 1, ..Counters::default() }, now).await?;
                    let outcome = MemberOutcome { added_groups: vec![group.id], ..MemberOutcome::default() };
                    tx.record_members(parent, &outcome, scope.actor(), now).await?;
                }
                Err(Error::Cycle(_) | Error::TooDeep { .. }) => {
                    tracing::info!(group.id = %group.id, parent.id = %parent, "an edge was not restored");
                }
                Err(error) => return Err(error),
            }
        }
        let scope_id = name_scope(scope, group);
        tx.update_group(group, scope_id, false).await.map_err(|error| taken(error, &group.record))
    }
}

fn parent_event(child: Uuid, from: Option<GroupId>, to: Option<GroupId>) -> Event {
    let shown = |parent: Option<GroupId>| Some(serde_json::json!({ "parent_group_id": parent }));
    Event { kind: Kind::GroupChanged, resource: child, before: shown(from), after: shown(to) }
}
