//! Groups within groups: one acyclic graph, in which a child may have many parents and one of them as its primary one.
//! What is shared here runs while the transaction holds the tenant's turn at edges; verbs of the native APIs are in a file
//! of their own.

mod native;

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

pub use native::NestOutcome;

use super::groups::{check_unmanaged, length, taken};
use super::members::told;
use super::{Domain, Error, Result};
use crate::model::event::{Event, Kind};
use crate::model::group::Group;
use crate::model::ids::GroupId;
use crate::model::membership::{Edge, MemberOutcome};
use crate::model::principal::TenantScope;
use crate::model::settings::NameUnique;
use crate::model::version::Version;
use crate::store::TenantTx;

/// Groups that fall or rise together.
pub(super) struct Region(HashSet<Uuid>);

/// Where an edge runs, as seen from a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// From a group outside down into it.
    Above,
    /// Between two of its groups.
    Within,
    /// From it down to a group outside.
    Below,
}

impl Region {
    pub(super) fn of(groups: &[Uuid]) -> Self {
        Self(groups.iter().copied().collect())
    }

    /// Where an edge runs that has at least one end in the region.
    pub(super) fn side(&self, edge: Edge) -> Side {
        match (self.0.contains(&edge.parent.uuid()), self.0.contains(&edge.child.uuid())) {
            (true, true) => Side::Within,
            (true, false) => Side::Below,
            (false, _) => Side::Above,
        }
    }
}

/// The children of each parent.
pub(super) fn by_parent(edges: impl Iterator<Item = Edge>) -> BTreeMap<GroupId, Vec<GroupId>> {
    let mut parents: BTreeMap<GroupId, Vec<GroupId>> = BTreeMap::new();
    for edge in edges {
        parents.entry(edge.parent).or_default().push(edge.child);
    }
    parents
}

impl Domain {
    /// Adds child groups after it is certain that no ring, no chain and no width over the limits comes of it.
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
        self.check_edges(tx, scope, group.id, children).await?;
        Ok(tx.insert_edges(group.id, children, self.clock.now(), scope.actor()).await?)
    }

    async fn check_edges(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        parent: GroupId,
        children: &[Uuid],
    ) -> Result<()> {
        let fit = tx.fit_of_edges(parent, children).await?;
        if let Some(child) = fit.ring {
            let mut names = tx.ring(parent, child).await?;
            // The way runs from the child down to the parent; the new edge leads back from there.
            names.rotate_right(1);
            names.extend(names.first().cloned());
            return Err(Error::Cycle(names));
        }
        let settings = scope.settings();
        if fit.chain > settings.max_depth {
            return Err(Error::TooDeep { length: fit.chain, limit: settings.max_depth });
        }
        if fit.width > i64::from(settings.max_children) {
            return Err(Error::TooManyChildren { limit: settings.max_children });
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
        let orphans: Vec<Uuid> = cut.iter().filter(|cut| cut.is_primary).map(|cut| cut.edge.child.uuid()).collect();
        let events = self.rehang(tx, scope, &orphans, Some(group), None).await?;
        tx.record_all(&events, scope.actor(), self.clock.now()).await?;
        Ok(cut.into_iter().map(|cut| cut.edge.child).collect())
    }

    /// Writes another primary parent, or none, into children; returns what is to be told of it.
    pub(super) async fn rehang(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        children: &[Uuid],
        from: Option<GroupId>,
        to: Option<GroupId>,
    ) -> Result<Vec<Event>> {
        if children.is_empty() {
            return Ok(Vec::new());
        }
        let siblings = scope.settings().name_unique == NameUnique::Sibling;
        if siblings && let Some(name) = tx.name_taken_below(to, children).await? {
            return Err(Error::Taken { attribute: "displayName", value: name });
        }
        tx.set_parents(children, to, siblings, self.clock.now())
            .await
            .map_err(|error| taken(error, "of a child group"))?;
        Ok(children.iter().map(|child| parent_event((*child).into(), from, to)).collect())
    }

    /// Hangs a locked group without a primary parent below one.
    pub(super) async fn hang_below(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &mut Group,
        parent: GroupId,
    ) -> Result<()> {
        let Some(above) = tx.lock_group(parent).await? else {
            return Err(Error::UnknownParent { id: parent, members: Vec::new() });
        };
        check_unmanaged(scope, &above)?;
        let child = [group.id.uuid()];
        self.check_edges(tx, scope, parent, &child).await?;
        let now = self.clock.now();
        let added_groups = tx.make_primary(parent, &child, now, scope.actor()).await?;
        if !added_groups.is_empty() {
            tx.move_child_counts(&[(parent, length(&added_groups))], now).await?;
            let outcome = MemberOutcome { added_groups, ..MemberOutcome::default() };
            tx.record(&told(parent, &outcome), scope.actor(), now).await?;
        }
        self.write_parent(tx, scope, group, Some(parent)).await
    }

    /// Gives a locked group another primary parent, or none.
    pub(super) async fn move_below(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &mut Group,
        parent: Option<GroupId>,
    ) -> Result<()> {
        if let Some(old) = group.parent {
            if let Some(above) = tx.find_group(old).await? {
                check_unmanaged(scope, &above)?;
            }
            let now = self.clock.now();
            tx.delete_edges(old, &[group.id.uuid()]).await?;
            tx.move_child_counts(&[(old, -1)], now).await?;
            let outcome = MemberOutcome { removed_groups: vec![group.id], ..MemberOutcome::default() };
            tx.record(&told(old, &outcome), scope.actor(), now).await?;
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
        let events = self.rehang(tx, scope, &[group.id.uuid()], group.parent, parent).await?;
        tx.record_all(&events, scope.actor(), now).await?;
        (group.parent, group.version, group.updated_at) = (parent, Version(group.version.0 + 1), now);
        Ok(())
    }
}

/// The event of a group that hangs elsewhere from now on.
pub(super) fn parent_event(child: GroupId, from: Option<GroupId>, to: Option<GroupId>) -> Event {
    let shown = |parent: Option<GroupId>| Some(serde_json::json!({ "parent_group_id": parent }));
    Event { kind: Kind::GroupChanged, resource: child.uuid(), before: shown(from), after: shown(to) }
}
