//! Changes of one group that come at the same time. The group's row lets in one writer after the other, and each would
//! wait for the commits of all before it. Of those that are made together, those that move one user each are made by one
//! statement, the others by a statement each; every one has its own version.

use std::collections::HashSet;

use uuid::Uuid;

use crate::domain::together::Work;
use crate::model::clock::Clock;
use crate::model::ids::{GroupId, TenantId};
use crate::model::principal::TenantScope;
use crate::store::memberships::{UserMove, UserMoved};
use crate::store::single_moves::SingleMove;
use crate::store::{Error, Store, TenantTx};

/// Users of a change that waits for others; a larger one takes its own time.
const SMALL: usize = 16;

/// Moving users into groups and out of them.
pub(in crate::domain) struct Moves {
    store: Store,
    clock: Clock,
}

/// A change that waits for those before it.
pub(in crate::domain) struct WaitingMove {
    scope: TenantScope,
    group: GroupId,
    add: Vec<Uuid>,
    remove: Vec<Uuid>,
    versions: Option<Vec<i64>>,
    skip_unknown: bool,
    told: i64,
}

impl WaitingMove {
    pub(super) fn of(scope: &TenantScope, wanted: &UserMove<'_>) -> Self {
        Self {
            scope: scope.clone(),
            group: wanted.group,
            add: wanted.add.to_vec(),
            remove: wanted.remove.to_vec(),
            versions: wanted.versions.map(<[i64]>::to_vec),
            skip_unknown: wanted.skip_unknown,
            told: wanted.told,
        }
    }

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

/// Whether a change may wait for others: one of many users takes its own time.
pub(super) fn is_small(wanted: &UserMove<'_>) -> bool {
    wanted.add.len() + wanted.remove.len() <= SMALL
}

impl Work for Moves {
    type Line = (TenantId, GroupId);
    type Change = WaitingMove;
    /// `None` when there is no such group.
    type Outcome = Option<UserMoved>;

    async fn make(&self, changes: &[WaitingMove]) -> Result<Vec<Option<UserMoved>>, Error> {
        let Some(first) = changes.first() else { return Ok(Vec::new()) };
        let statements = in_statements(changes);
        if let [all] = statements.as_slice() {
            // One statement is one transaction.
            return self.execute(&mut self.store.statements(&first.scope).await?, all).await;
        }
        let mut tx = self.store.begin_statements(&first.scope).await?;
        let mut outcomes = Vec::with_capacity(changes.len());
        for one in statements {
            match self.execute(&mut tx, one).await {
                Ok(made) => outcomes.extend(made),
                Err(error) => return tx.finish(Err(error)).await,
            }
        }
        tx.finish(Ok(outcomes)).await
    }
}

impl Moves {
    pub(in crate::domain) const fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// One statement: a change, or several that move one user each.
    async fn execute(&self, tx: &mut TenantTx, changes: &[WaitingMove]) -> Result<Vec<Option<UserMoved>>, Error> {
        let now = self.clock.now();
        let group = match changes {
            [] => return Ok(Vec::new()),
            [change] => return Ok(vec![tx.move_users(&change.wanted(), now, change.scope.actor()).await?]),
            [first, ..] => first.group,
        };
        let moves: Vec<_> = changes.iter().filter_map(WaitingMove::single).collect();
        let told = changes.iter().map(|change| change.told).max().unwrap_or_default();
        let Some(moved) = tx.move_singly(group, &moves, now, told).await? else {
            return Ok(changes.iter().map(|_| None).collect());
        };
        let own = |(mut outcome, change): (UserMoved, &WaitingMove)| {
            outcome.members =
                outcome.members.filter(|members| members.len() <= usize::try_from(change.told).unwrap_or(0));
            Some(outcome)
        };
        Ok(moved.into_iter().zip(changes).map(own).collect())
    }
}

/// Changes that stand one behind the other and can be made by one statement: each moves one user, and no two the same one.
fn in_statements(batch: &[WaitingMove]) -> Vec<&[WaitingMove]> {
    let mut moved = HashSet::new();
    let apart = |before: &WaitingMove, change: &WaitingMove| {
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
