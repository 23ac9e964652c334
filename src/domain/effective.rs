//! Everybody in a group or in one below it, each once: a part of them, all of them, and how many they are. The number is
//! exact. It is counted once for every state of the groups below, by whoever asks first; the others wait for that.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use uuid::Uuid;

use super::reading::{MemberPage, one_more, page};
use super::shared::within;
use super::{Domain, Error, Result, Thing};
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::MemberDetail;
use crate::model::page::{Seek, Stretch};
use crate::model::principal::TenantScope;
use crate::store::effective::EffectiveCount;
use crate::store::reading::MemberSlice;
use crate::store::{Chunks, TenantTx};
use crate::{in_reading, in_transaction};

/// Which of the effective members are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Membership {
    /// All of them.
    #[default]
    Any,
    /// Those in the group itself.
    Direct,
    /// Those in a group below it and not in itself.
    Inherited,
}

/// Counts at the same time in one server. Those who wait hold no connection, so that slow counts cannot use them all up.
const COUNTS_AT_ONCE: usize = 2;

/// The turns at counting.
#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(COUNTS_AT_ONCE)))
    }
}

impl Domain {
    /// A page of everybody in a group or in one below it, by user id, with how many there are.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn effective_members(
        &self,
        scope: &TenantScope,
        id: GroupId,
        slice: MemberSlice,
    ) -> Result<Arc<MemberPage>> {
        let read = || self.read_effective_members(scope, id, slice);
        self.pages.effective.read((within(scope), id, slice), read).await
    }

    async fn read_effective_members(&self, scope: &TenantScope, id: GroupId, slice: MemberSlice) -> Result<MemberPage> {
        let primary = scope.settings().primary_edge_confers_membership;
        let (group, items) = in_reading!(self.store.reads(scope), |tx| {
            let group = tx.find_group(id).await?.ok_or(Error::NotFound(Thing::Group))?;
            Ok::<_, Error>((group, tx.effective_members(id, primary, false, one_more(slice)).await?))
        })?;
        Ok(page(items, slice.seek.limit, self.effective_count(scope, &group).await?))
    }

    /// Effective members of a live group on from one of them, by user id. Costs the same wherever that is.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn seek_members(
        &self,
        scope: &TenantScope,
        id: GroupId,
        which: Membership,
        seek: Seek<UserId>,
    ) -> Result<Stretch<MemberDetail>> {
        let primary = scope.settings().primary_edge_confers_membership;
        let slice = one_more(MemberSlice { seek, offset: 0 });
        in_reading!(self.store.reads(scope), |tx| {
            let items = match which {
                Membership::Any => tx.effective_members(id, primary, false, slice).await?,
                Membership::Direct => tx.direct_members(id, slice).await?,
                Membership::Inherited => tx.effective_members(id, primary, true, slice).await?,
            };
            Ok(Stretch::from_overfetch(items, seek.limit))
        })
    }

    /// All effective members of a live group, by user id, as they are read: as one state of the database, unless the
    /// replica it is read from fails half-way.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn stream_effective_members(
        &self,
        scope: &TenantScope,
        id: GroupId,
        which: Membership,
    ) -> Result<Chunks<MemberDetail>> {
        let primary = scope.settings().primary_edge_confers_membership;
        if which == Membership::Direct {
            return self.stream_direct_members(scope, id).await;
        }
        let make = move |tx: TenantTx| tx.stream_effective_members(id, primary, which == Membership::Inherited);
        Ok(self.store.reads(scope).stream(make, |member| member.user_id).await?)
    }

    /// How many users a group has at any depth.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn effective_count(&self, scope: &TenantScope, group: &Group) -> Result<i64> {
        let counts = self.effective_counts(scope, std::slice::from_ref(group)).await?;
        Ok(counts.first().copied().unwrap_or_default())
    }

    /// The same of several groups, in their order, in as many statements as of one.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn effective_counts(&self, scope: &TenantScope, groups: &[Group]) -> Result<Vec<i64>> {
        let nested: Vec<Uuid> =
            groups.iter().filter(|group| group.nested_groups > 0).map(|group| group.id.uuid()).collect();
        let counts = if nested.is_empty() { HashMap::new() } else { self.counts(scope, &nested).await? };
        // Without child groups, and for one that went meanwhile, the direct members are all.
        let count = |group: &Group| counts.get(&group.id.uuid()).copied().unwrap_or_else(|| group.member_count());
        Ok(groups.iter().map(count).collect())
    }

    async fn counts(&self, scope: &TenantScope, groups: &[Uuid]) -> Result<HashMap<Uuid, i64>> {
        let primary = scope.settings().primary_edge_confers_membership;
        let (mut known, missing) =
            sorted(self.store.statements(scope).await?.known_effective_counts(groups, primary).await?);
        if missing.is_empty() {
            return Ok(known);
        }
        let _turn = self.counting.0.acquire().await;
        let counted = in_transaction!(self.store, scope, |tx| {
            tx.queue_to_count(&missing).await?;
            let (mut known, missing) = sorted(tx.known_effective_counts(&missing, primary).await?);
            if !missing.is_empty() {
                known.extend(sorted(tx.count_effective_members(&missing, primary).await?).0);
            }
            Ok::<_, Error>(known)
        })?;
        known.extend(counted);
        Ok(known)
    }
}

/// Those that are known, and the groups whose count is missing.
fn sorted(counts: Vec<EffectiveCount>) -> (HashMap<Uuid, i64>, Vec<Uuid>) {
    let (mut known, mut missing) = (HashMap::new(), Vec::new());
    for EffectiveCount { group_id, members } in counts {
        match members {
            Some(members) => drop(known.insert(group_id, members)),
            None => missing.push(group_id),
        }
    }
    (known, missing)
}
