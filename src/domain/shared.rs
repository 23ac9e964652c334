//! Pages that several ask for at the same time are read once: a dashboard that everybody has open, a sweep that several
//! workers begin with the same page. Whoever asks what is being read already waits for the next reading of it, which starts
//! after they came and so shows every change that was answered before. Nothing is kept.

use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;

use super::Result;
use super::reading::MemberPage;
use crate::model::group::Group;
use crate::model::ids::{GroupId, TenantId};
use crate::model::listing::{Listed, Part, Wanted};
use crate::model::page::{Page, Window};
use crate::model::principal::TenantScope;
use crate::store::Gather;
use crate::store::groups::{Order, OwnedGroup, Selection, WideSelection};
use crate::store::reading::MemberSlice;

/// Who gets one reading at the most.
const MOST: usize = 64;

/// A tenant, and whether primary edges confer membership there.
type In = (TenantId, bool);

/// The pages being read.
#[derive(Clone, Default)]
pub(super) struct Pages {
    /// Users and groups.
    pub(super) lists: Shared<(In, Vec<Wanted>, Part), Listed>,
    /// Groups of one tenant.
    pub(super) groups: Shared<(In, Selection, Order, Window), Page<Group>>,
    /// Groups of several tenants.
    pub(super) everywhere: Shared<(WideSelection, Window), Page<OwnedGroup>>,
    /// Effective members.
    pub(super) effective: Shared<(In, GroupId, MemberSlice), MemberPage>,
}

/// Where the answers to questions in the tenant depend on it.
pub(super) fn within(scope: &TenantScope) -> In {
    (scope.tenant(), scope.settings().primary_edge_confers_membership)
}

/// Readings of one kind.
pub(super) struct Shared<Q: Clone + Eq + Hash, A>(Arc<Gather<Q, (), Arc<A>>>);

impl<Q: Clone + Eq + Hash, A> Clone for Shared<Q, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q: Clone + Eq + Hash, A> Default for Shared<Q, A> {
    fn default() -> Self {
        Self(Arc::new(Gather::up_to(MOST)))
    }
}

impl<Q: Clone + Eq + Hash, A> Shared<Q, A> {
    /// Reads, for everybody who asks the same and waits. Who waited for a reading that failed reads by itself.
    ///
    /// # Errors
    /// What came of reading.
    pub(super) async fn read<F>(&self, question: Q, read: impl Fn() -> F) -> Result<Arc<A>>
    where
        F: Future<Output = Result<A>>,
    {
        let mut own = None;
        let (for_all, failed) = (&read, &mut own);
        let ask = move |all: Vec<()>| async move {
            match for_all().await {
                Ok(answer) => {
                    let answer = Arc::new(answer);
                    Ok(all.iter().map(|()| Arc::clone(&answer)).collect())
                }
                Err(error) => Err(failed.insert(error).to_string()),
            }
        };
        match self.0.answer(question, (), ask).await {
            Some(answer) => Ok(answer),
            None => match own {
                Some(error) => Err(error),
                None => Box::pin(read()).await.map(Arc::new),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::task::yield_now;

    use super::*;
    use crate::domain::{Error, Thing};

    #[tokio::test]
    async fn of_many_who_ask_at_once_only_those_who_read_are_told_of_a_failure() {
        let (shared, readings) = (Shared::<u8, usize>::default(), AtomicUsize::new(0));
        let read = || async {
            let number = readings.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
            if number < 2 { Err(Error::NotFound(Thing::Group)) } else { Ok(number) }
        };
        let answers = join_all((0..10).map(|_| shared.read(1, read))).await;
        let failures = answers.iter().filter(|answer| matches!(answer, Err(Error::NotFound(Thing::Group)))).count();
        assert_eq!((failures, answers.len()), (2, 10));
        readings.store(2, Ordering::Relaxed);
        let answers = join_all((0..30).map(|asked| shared.read(asked % 2, read))).await;
        assert!(answers.iter().all(Result::is_ok));
        assert!(readings.load(Ordering::Relaxed) <= 2 + 6, "{readings:?}");
    }
}
