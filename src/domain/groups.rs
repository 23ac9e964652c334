//! Verbs on groups: their records, and their life from creation to restore. Members have a file of their own.

use serde_json::Value;
use uuid::Uuid;

use super::check::{check_answerable, check_key, check_version};
use super::difference::difference;
use super::members::Plan;
use super::outcome::{Created, GroupDraft, Modified};
use super::records::group_document;
use super::{Domain, Error, Result, Thing};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::group::{Group, GroupRecord, MAX_DESCRIPTION, MAX_NAME};
use crate::model::ids::{GroupId, GroupNumber};
use crate::model::membership::MemberChange;
use crate::model::page::{Page, Window};
use crate::model::principal::TenantScope;
use crate::model::settings::NameUnique;
use crate::model::version::{EntityTags, Version};
use crate::schema::Document;
use crate::store::groups::{Order, Selection};
use crate::store::{self, TenantTx};

/// What one attempt at a change ended in.
enum Attempt<T> {
    Done(T),
    /// The change concerns edges, and the tenant's turn at those was not taken. Nothing was written.
    NeedsEdges,
}

impl Domain {
    /// Creates a group with its parent and members. One whose external id is that of a deleted group gets that one's id
    /// back, and only what is posted.
    ///
    /// # Errors
    /// [`Error::Taken`], [`Error::Invalid`], [`Error::UnknownMembers`], [`Error::Cycle`] and the other limits of nesting.
    pub async fn create_group(
        &self,
        scope: &TenantScope,
        draft: &GroupDraft,
        members: &MemberChange,
    ) -> Result<Created<Group>> {
        check(&draft.record)?;
        let deleted = self.deleted_group_namesake(scope, &draft.record).await?;
        let alone = draft.parent.is_none() && members.is_empty();
        if deleted.is_none() && alone && !self.has_unique(self.schemas.group(), &draft.record.attributes) {
            let mut tx = self.store.statements(scope).await?;
            return Ok(Created { resource: self.insert(&mut tx, scope, draft).await?, restored: false });
        }
        in_transaction!(self.store, scope, |tx| {
            tx.lock_edges().await?;
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
            let plan = self.plan_members(tx, scope, &group, members).await?;
            self.carry_out(tx, scope, &mut group, &plan).await?;
            if let Some(parent) = draft.parent {
                self.hang_below(tx, scope, &mut group, parent).await?;
            }
            if !restored {
                // Members and parent are part of the creation: to the outside there was no change since.
                tx.settle_group(group.id).await?;
                (group.version, group.updated_at) = (Version(1), group.created_at);
            }
            Ok::<_, Error>(Created { resource: group, restored })
        })
    }

    async fn deleted_group_namesake(&self, scope: &TenantScope, record: &GroupRecord) -> Result<Option<GroupId>> {
        let Some(external_id) = record.external_id.as_ref().filter(|_| scope.settings().resurrect) else {
            return Ok(None);
        };
        let found = self.store.statements(scope).await?.groups_by_external_id(external_id).await?;
        Ok(found.first().filter(|namesake| namesake.deleted).map(|namesake| namesake.id))
    }

    async fn insert(&self, tx: &mut TenantTx, scope: &TenantScope, draft: &GroupDraft) -> Result<Group> {
        let now = self.clock.now();
        let mut group = Group {
            id: GroupId::generate(&self.clock),
            num: GroupNumber(0),
            record: draft.record.clone(),
            parent: None,
            source: scope.actor().source(),
            standing_members: 0,
            windowed_members: 0,
            nested_groups: 0,
            created_at: now,
            updated_at: now,
            version: Version(1),
        };
        let after = Value::Object(group_document(&group));
        group.num = tx
            .insert_group(&group, name_scope(scope, &group), scope.actor(), &after)
            .await
            .map_err(|error| taken(error, &group.record))?;
        Ok(group)
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
        tx.empty_group(id).await?;
        tx.update_group(&group, name_scope(scope, &group), true).await.map_err(|error| taken(error, &group.record))?;
        tx.count("group", 1).await?;
        let after = Some(Value::Object(group_document(&group)));
        let event = Event { kind: Kind::GroupRestored, resource: id.uuid(), before: None, after };
        tx.record(&event, scope.actor(), group.updated_at).await?;
        Ok(Some(group))
    }

    /// The group.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn group(&self, scope: &TenantScope, id: GroupId) -> Result<Group> {
        self.store.statements(scope).await?.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))
    }

    /// Groups that are selected.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_groups(
        &self,
        scope: &TenantScope,
        wanted: &Selection,
        order: Order,
        window: Window,
    ) -> Result<Page<Group>> {
        check_answerable(wanted.filter.as_ref().and_then(|filter| store::unanswerable(&store::GROUPS, filter)))?;
        Ok(self.store.statements(scope).await?.list_groups(wanted, order, window).await?)
    }

    /// Changes a group and its members as one. `change` makes the wanted draft of the current group, under the row's
    /// lock, and may be called again. What changes nothing leaves version and time as they are and tells nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Taken`], [`Error::Invalid`], [`Error::UnknownMembers`],
    /// [`Error::Cycle`] and the other limits of nesting, or `change`'s own.
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
                let group = tx.lock_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
                check_version(precondition, group.version)?;
                let draft = change(&group)?;
                check(&draft.record)?;
                let plan = self.plan_members(tx, scope, &group, members).await?;
                if !edges && (plan.concerns_edges() || draft.parent != group.parent) {
                    return Ok(Attempt::NeedsEdges);
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
        let (before, after) = difference(
            &group_document(&group),
            &group_document(&Group { record: draft.record.clone(), ..group.clone() }),
        );
        let mut changed = group;
        if before != after {
            let old = std::mem::take(&mut changed.record.attributes);
            changed = self.next_group(&changed, draft.record.clone());
            let name_scope = name_scope(scope, &changed);
            tx.update_group(&changed, name_scope, false).await.map_err(|error| taken(error, &changed.record))?;
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

    /// Deletes a group softly, as ORPHAN: its primary children move to its own primary parent or become roots, its other
    /// edges to children are dropped, its members stay out of reach for a restore.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Taken`] when a child's name is in use where it moves to.
    pub async fn delete_group(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
    ) -> Result<()> {
        in_transaction!(self.store, scope, |tx| {
            tx.lock_edges().await?;
            let (above, below) = (tx.edges_above(id).await?, tx.edges_below(id).await?);
            let concerned: Vec<Uuid> = above.iter().chain(&below).map(|edge| edge.other).chain([id.uuid()]).collect();
            tx.lock_groups(&concerned).await?;
            let group = tx.lock_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            check_version(precondition, group.version)?;
            self.hand_over_children(tx, scope, &group, &below).await?;
            self.leave_parents(tx, scope, &group, &above).await?;
            let now = self.clock.now();
            tx.bury_group(id, id.uuid(), now).await?;
            let before = Some(Value::Object(group_document(&group)));
            let event = Event { kind: Kind::GroupDeleted, resource: id.uuid(), before, after: None };
            tx.record(&event, scope.actor(), now).await?;
            Ok::<_, Error>(())
        })
    }

    /// Brings a deleted group back with its members, and below those of its parents that still live and where it closes
    /// no ring.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no deleted group has the id, [`Error::Taken`] when its name is in use by now.
    pub async fn restore_group(&self, scope: &TenantScope, id: GroupId) -> Result<Group> {
        in_transaction!(self.store, scope, |tx| {
            tx.lock_edges().await?;
            let old = tx.lock_deleted_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            let record = self.searchable_group(&old);
            let mut group = self.next_group(&Group { parent: None, ..old }, record);
            let name_scope = name_scope(scope, &group);
            tx.update_group(&group, name_scope, true).await.map_err(|error| taken(error, &group.record))?;
            self.hold_group(tx, &group, &Document::new()).await?;
            tx.count("group", 1).await?;
            let event = Event { kind: Kind::GroupRestored, resource: id.uuid(), before: None, after: None };
            tx.record(&event, scope.actor(), group.updated_at).await?;
            self.return_to_parents(tx, scope, &mut group).await?;
            Ok::<_, Error>(group)
        })
    }

    pub(super) fn next_group(&self, group: &Group, record: GroupRecord) -> Group {
        Group { record, updated_at: self.clock.now(), version: Version(group.version.0 + 1), ..group.clone() }
    }
}

/// Among which groups the name must be unique, as the index wants it.
pub(super) fn name_scope(scope: &TenantScope, group: &Group) -> Uuid {
    match scope.settings().name_unique {
        NameUnique::Tenant => Uuid::nil(),
        NameUnique::Sibling => group.parent.map_or(Uuid::nil(), GroupId::uuid),
        NameUnique::None => group.id.uuid(),
    }
}

fn check(record: &GroupRecord) -> Result<()> {
    let length = record.name.chars().count();
    let refuse = |attribute, reason: String| Err(Error::Invalid { attribute, reason });
    if record.name.trim() != record.name || !(1..=MAX_NAME).contains(&length) {
        return refuse("displayName", format!("must have 1 to {MAX_NAME} characters"));
    }
    if record.name.chars().any(char::is_control) {
        return refuse("displayName", "must not contain control characters".to_owned());
    }
    if record.description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
        return refuse("description", format!("must have at most {MAX_DESCRIPTION} characters"));
    }
    check_key("displayName", &record.name)?;
    check_key("externalId", record.external_id.as_deref().unwrap_or_default())
}

pub(super) fn taken(error: store::Error, record: &GroupRecord) -> Error {
    match error {
        store::Error::Duplicate(_) => Error::Taken { attribute: "displayName", value: record.name.clone() },
        other => other.into(),
    }
}
