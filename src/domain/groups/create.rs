//! Creating a group, or bringing a deleted one back under its old id when a client posts it again.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::grants;
use super::super::members::{Held, told};
use super::super::outcome::{Created, GroupDraft};
use super::super::records::group_facts;
use super::super::unique::has_unique;
use super::super::{Domain, Error, Result, Thing};
use super::{Attempt, check, name_scope, taken};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::group::{Group, GroupRecord};
use crate::model::ids::{GroupId, GroupNumber};
use crate::model::membership::{MemberChange, MemberKinds, MemberOutcome};
use crate::model::principal::TenantScope;
use crate::model::version::Version;
use crate::schema::Document;
use crate::store::TenantTx;

/// A group that is to be made.
#[derive(Clone, Copy)]
struct Posted<'a> {
    draft: &'a GroupDraft,
    members: &'a MemberChange,
    /// The deleted group that it is, by its external id.
    deleted: Option<GroupId>,
}

impl Domain {
    /// Creates a group with its parent and members. One whose external id is that of a deleted group gets that one's id
    /// back, and only what is posted.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Invalid`], [`Error::UnknownMembers`], [`Error::UnknownParent`], [`Error::Cycle`] and the
    /// other limits of nesting.
    pub async fn create_group(
        &self,
        scope: &TenantScope,
        draft: &GroupDraft,
        members: &MemberChange,
    ) -> Result<Created<Group>> {
        check(&draft.record)?;
        let deleted = self.deleted_group_namesake(scope, &draft.record).await?;
        let alone = draft.parent.is_none() && draft.grants.is_empty() && members.is_empty();
        if deleted.is_none() && alone && !has_unique(self.schemas.group(), &draft.record.attributes) {
            let mut tx = self.store.statements(scope).await?;
            return Ok(Created { resource: self.insert(&mut tx, scope, draft).await?, restored: false });
        }
        let posted = Posted { draft, members, deleted };
        for edges in [deleted.is_some() || draft.parent.is_some(), true] {
            let attempt =
                in_transaction!(self.store, scope, |tx| self.attempt_to_create(tx, scope, posted, edges).await)?;
            if let Attempt::Done(created) = attempt {
                return Ok(created);
            }
        }
        // With the turn at edges taken, an attempt is always done.
        Err(Error::NotFound(Thing::Group))
    }

    async fn attempt_to_create(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        Posted { draft, members, deleted }: Posted<'_>,
        edges: bool,
    ) -> Result<Attempt<Created<Group>>> {
        if edges {
            tx.lock_edges().await?;
        }
        let held = self.hold_newcomers(tx, None, members).await?;
        let nests = self.check_references(tx, scope, draft.parent, members, &held).await?;
        if nests && !edges {
            return Ok(Attempt::NeedsEdges);
        }
        let revived = match deleted {
            Some(id) => self.revive_group(tx, scope, id, draft).await?,
            None => None,
        };
        let restored = revived.is_some();
        let mut group = match revived {
            Some(group) => group,
            None => self.insert(tx, scope, draft).await?,
        };
        self.hold_group(tx, &group, &Document::new()).await?;
        // What has become a group since is as good as unknown while edges are not ours to make.
        let kinds = if edges { members.kinds } else { MemberKinds::Users };
        let plan = self.plan_members(tx, scope, &group, &MemberChange { kinds, ..members.clone() }, held).await?;
        self.carry_out(tx, scope, &mut group, &plan).await?;
        self.grant_at_creation(tx, scope, &group, draft).await?;
        if let Some(parent) = draft.parent {
            self.hang_below(tx, scope, &mut group, parent).await?;
        }
        if !restored {
            // Members and parent are part of the creation: to the outside there was no change since.
            tx.settle_group(group.id).await?;
            (group.version, group.updated_at) = (Version(1), group.created_at);
        }
        Ok(Attempt::Done(Created { resource: group, restored }))
    }

    /// What a new group grants, told by an event of its own: the one of its creation holds what every API shows.
    async fn grant_at_creation(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        group: &Group,
        draft: &GroupDraft,
    ) -> Result<()> {
        let (before, after) = grants::carry_out(tx, group.id, &draft.grants).await?;
        if !after.is_empty() {
            let (before, after) = (Some(Value::Object(before)), Some(Value::Object(after)));
            let event = Event { kind: Kind::GroupChanged, resource: group.id.uuid(), before, after };
            tx.record(&event, scope.actor(), group.updated_at).await?;
        }
        Ok(())
    }

    /// Everything the body names must be there: that is found out before the name is, and all of it at once. Whether there
    /// are groups among the members.
    async fn check_references(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        parent: Option<GroupId>,
        members: &MemberChange,
        held: &Held,
    ) -> Result<bool> {
        let unknown_parent = match parent {
            Some(parent) if tx.lock_groups(&[parent.uuid()], false).await?.is_empty() => Some(parent),
            _ => None,
        };
        match (self.judge_newcomers(tx, scope, members, held).await, unknown_parent) {
            (Err(Error::UnknownMembers(members)), Some(id)) => Err(Error::UnknownParent { id, members }),
            (Ok(_), Some(id)) => Err(Error::UnknownParent { id, members: Vec::new() }),
            (judged, _) => judged,
        }
    }

    async fn deleted_group_namesake(&self, scope: &TenantScope, record: &GroupRecord) -> Result<Option<GroupId>> {
        let Some(external_id) = record.external_id.as_ref().filter(|_| scope.settings().resurrect) else {
            return Ok(None);
        };
        let found = self.store.statements(scope).await?.groups_by_external_id(external_id).await?;
        Ok(found.first().filter(|namesake| namesake.deleted).map(|namesake| namesake.id))
    }

    async fn insert(&self, tx: &mut TenantTx, scope: &TenantScope, draft: &GroupDraft) -> Result<Group> {
        let mut group = self.new_group(scope, draft.record.clone(), self.clock.now());
        let after = Value::Object(group_facts(&group));
        group.num = tx
            .insert_group(&group, name_scope(scope, group.id, draft.parent), scope.actor(), &after)
            .await
            .map_err(|error| taken(error, &group.record.name))?;
        Ok(group)
    }

    /// A group that is not stored yet and has no number.
    pub(super) fn new_group(&self, scope: &TenantScope, record: GroupRecord, now: DateTime<Utc>) -> Group {
        Group {
            id: GroupId::generate(&self.clock),
            num: GroupNumber(0),
            record,
            parent: None,
            source: scope.actor().source(),
            standing_members: 0,
            windowed_members: 0,
            nested_groups: 0,
            created_at: now,
            updated_at: now,
            version: Version(1),
        }
    }

    async fn revive_group(
        &self,
        tx: &mut TenantTx,
        scope: &TenantScope,
        id: GroupId,
        draft: &GroupDraft,
    ) -> Result<Option<Group>> {
        let Some(old) = tx.lock_deleted_group(id).await? else { return Ok(None) };
        let mut group = self.next_group(&old, draft.record.clone());
        (group.parent, group.standing_members, group.nested_groups) = (None, 0, 0);
        let removed_users = tx.empty_group(id).await?;
        tx.update_group(&group, name_scope(scope, id, draft.parent), true)
            .await
            .map_err(|error| taken(error, &group.record.name))?;
        tx.count("group", 1).await?;
        let after = Some(Value::Object(group_facts(&group)));
        let mut events = vec![Event { kind: Kind::GroupRestored, resource: id.uuid(), before: None, after }];
        if !removed_users.is_empty() {
            events.push(told(id, &MemberOutcome { removed_users, ..MemberOutcome::default() }));
        }
        tx.record_all(&events, scope.actor(), group.updated_at).await?;
        Ok(Some(group))
    }
}
