//! Changes of one group that come at the same time. The group's row lets in one writer after the other, and each would
//! wait for the commits of all before it. So who comes while a change is being made waits here, and those who waited are
//! done in their order in one transaction, with one commit: those that move one user each by one statement, the others by a
//! statement each. Each stays a change of its own, with its own version, event and outcome, and is answered after the
//! commit. When the transaction fails, each is done by itself, as if it had come alone.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::model::clock::Clock;
use crate::model::ids::{GroupId, TenantId};
use crate::model::principal::TenantScope;
use crate::store::memberships::{UserMove, UserMoved};
use crate::store::single_moves::SingleMove;
use crate::store::{Error, Store, TenantTx};

/// Changes in one transaction at the most.
const MOST: usize = 64;
/// Users of a change that waits for others; a larger one takes its own time.
const SMALL: usize = 16;

type Key = (TenantId, GroupId);

/// Who waits, by group. A group is in here while it is being changed.
#[derive(Clone, Default)]
pub(in crate::domain) struct Together(Arc<Mutex<HashMap<Key, Vec<Waiting>>>>);

/// What somebody who comes is to do.
pub(super) enum Turn {
    /// Make the change, and let go of this afterwards.
    Now(Option<Lead>),
    /// Wait: the change is made by others. When they could not, nobody answers.
    Wait(oneshot::Receiver<Option<UserMoved>>),
}

/// Whose change is being made; when it ends, those who came meanwhile are next.
pub(super) struct Lead {
    together: Together,
    key: Key,
    store: Store,
    clock: Clock,
}

struct Waiting {
    scope: TenantScope,
    group: GroupId,
    add: Vec<Uuid>,
    remove: Vec<Uuid>,
    versions: Option<Vec<i64>>,
    skip_unknown: bool,
    told: i64,
    done: oneshot::Sender<Option<UserMoved>>,
}

impl Waiting {
    fn wanted(&self) -> UserMove<'_> {
        UserMove {
            group: self.group,
            add: &self.add,
            remove: &self.remove,
            versions: self.versions.as_deref(),
            skip_unknown: self.skip_unknown,
            told: self.told,
        }
    }

    /// The one user it moves, if that is all and whatever the group's version is.
    fn single(&self) -> Option<SingleMove<'_>> {
        let (user, comes) = match (self.add.as_slice(), self.remove.as_slice()) {
            ([user], []) => (*user, true),
            ([], [user]) => (*user, false),
            _ => return None,
        };
        self.versions.is_none().then_some(SingleMove { user, comes, actor: self.scope.actor() })
    }
}

impl Together {
    /// Joins those who change the group.
    pub(super) fn join(&self, scope: &TenantScope, wanted: &UserMove<'_>, store: &Store, clock: &Clock) -> Turn {
        if wanted.add.len() + wanted.remove.len() > SMALL {
            return Turn::Now(None);
        }
        let key = (scope.tenant(), wanted.group);
        match self.waiting().entry(key) {
            Entry::Vacant(free) => {
                free.insert(Vec::new());
                let lead = Lead { together: self.clone(), key, store: store.clone(), clock: clock.clone() };
                Turn::Now(Some(lead))
            }
            Entry::Occupied(mut busy) => {
                let (done, outcome) = oneshot::channel();
                busy.get_mut().push(Waiting {
                    scope: scope.clone(),
                    group: wanted.group,
                    add: wanted.add.to_vec(),
                    remove: wanted.remove.to_vec(),
                    versions: wanted.versions.map(<[i64]>::to_vec),
                    skip_unknown: wanted.skip_unknown,
                    told: wanted.told,
                    done,
                });
                Turn::Wait(outcome)
            }
        }
    }

    /// Those who waited longest and still do; when there are none, the group is free.
    fn next(&self, key: Key) -> Vec<Waiting> {
        let mut groups = self.waiting();
        let Entry::Occupied(mut busy) = groups.entry(key) else { return Vec::new() };
        busy.get_mut().retain(|waiting| !waiting.done.is_closed());
        let count = busy.get().len().min(MOST);
        if count == 0 {
            busy.remove();
            return Vec::new();
        }
        busy.get_mut().drain(..count).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Key, Vec<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lead {
    /// Also when the request was given up in the middle.
    fn drop(&mut self) {
        let batch = self.together.next(self.key);
        if batch.is_empty() {
            return;
        }
        let next = Self {
            together: self.together.clone(),
            key: self.key,
            store: self.store.clone(),
            clock: self.clock.clone(),
        };
        match Handle::try_current() {
            // It leads until it ends, however it ends, and then it is the next one's turn.
            Ok(runtime) => drop(runtime.spawn(async move { next.carry_out(batch).await })),
            // The server stops: nobody is left to answer.
            Err(_) => self.together.waiting().clear(),
        }
    }
}

impl Lead {
    async fn carry_out(&self, batch: Vec<Waiting>) {
        match self.commit(&batch).await {
            Ok(outcomes) => {
                for (waiting, outcome) in batch.into_iter().zip(outcomes) {
                    // Whoever has gone by now does not learn that it is done.
                    let _ = waiting.done.send(outcome);
                }
            }
            Err(error) => tracing::debug!(%error, changes = batch.len(), "changes of one group are made one by one"),
        }
    }

    /// Makes the changes in their order, and commits them.
    async fn commit(&self, batch: &[Waiting]) -> Result<Vec<Option<UserMoved>>, Error> {
        let Some(first) = batch.first() else { return Ok(Vec::new()) };
        let statements = in_statements(batch);
        if let [all] = statements.as_slice() {
            // One statement is one transaction.
            return self.make(&mut self.store.statements(&first.scope).await?, all).await;
        }
        let mut tx = self.store.begin_statements(&first.scope).await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for changes in statements {
            match self.make(&mut tx, changes).await {
                Ok(made) => outcomes.extend(made),
                Err(error) => return tx.finish(Err(error)).await,
            }
        }
        tx.finish(Ok(outcomes)).await
    }

    /// One statement: a change, or several that move one user each.
    async fn make(&self, tx: &mut TenantTx, changes: &[Waiting]) -> Result<Vec<Option<UserMoved>>, Error> {
        let now = self.clock.now();
        if let [change] = changes {
            return Ok(vec![tx.move_users(&change.wanted(), now, change.scope.actor()).await?]);
        }
        let moves: Vec<_> = changes.iter().filter_map(Waiting::single).collect();
        let told = changes.iter().map(|change| change.told).max().unwrap_or_default();
        let Some(moved) = tx.move_singly(self.key.1, &moves, now, told).await? else {
            return Ok(changes.iter().map(|_| None).collect());
        };
        let own = |(mut outcome, change): (UserMoved, &Waiting)| {
            outcome.members =
                outcome.members.filter(|members| members.len() <= usize::try_from(change.told).unwrap_or(0));
            Some(outcome)
        };
        Ok(moved.into_iter().zip(changes).map(own).collect())
    }
}

/// Changes that stand one behind the other and can be made by one statement: each moves one user, and no two the same one.
fn in_statements(batch: &[Waiting]) -> Vec<&[Waiting]> {
    let mut moved = HashSet::new();
    let apart = |before: &Waiting, change: &Waiting| {
        if moved.is_empty() {
            moved.extend(before.single().map(|one| one.user));
        }
        let together = before.single().is_some() && change.single().is_some_and(|one| moved.insert(one.user));
        if !together {
            moved.clear();
        }
        together
    };
    batch.chunk_by(apart).collect()
}
