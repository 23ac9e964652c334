//! Changes of one group that come at the same time. The group's row lets in one writer after the other, and each would
//! wait for the commits of all before it. So who comes while a change is being made waits here, and those who waited are
//! done one after the other in one transaction, with one commit. Each stays a statement of its own, with its own version,
//! event and outcome, and is answered after the commit. When the transaction fails, each is done by itself, as if it had
//! come alone.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::model::clock::Clock;
use crate::model::ids::{GroupId, TenantId};
use crate::model::principal::TenantScope;
use crate::store::memberships::{UserMove, UserMoved};
use crate::store::{Error, Store};

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

    async fn commit(&self, batch: &[Waiting]) -> Result<Vec<Option<UserMoved>>, Error> {
        let Some(first) = batch.first() else { return Ok(Vec::new()) };
        let mut tx = self.store.begin_statements(&first.scope).await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for waiting in batch {
            match tx.move_users(&waiting.wanted(), self.clock.now(), waiting.scope.actor()).await {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) => return tx.finish(Err(error)).await,
            }
        }
        tx.finish(Ok(outcomes)).await
    }
}
