//! Answers of any length from a replica. One that breaks off in the middle goes on from the primary, behind the last row
//! that was given out: what is there from the first row to the last is given out once. Only then is it not one state of
//! the database.

use std::sync::Arc;

use futures_util::StreamExt;
use tokio::time::timeout;

use super::{READ, Reads, Replica, Unfit};
use crate::model::principal::TenantScope;
use crate::store::Store;
use crate::store::chunks::Chunks;
use crate::store::error::Error;
use crate::store::pool::Plans;
use crate::store::transaction::TenantTx;

/// Where the rest of an answer can be had, and from which place on.
struct Rest<Make, Place, K> {
    store: Store,
    scope: TenantScope,
    plans: Plans,
    replica: Arc<Replica>,
    make: Make,
    place: Place,
    last: Option<K>,
}

impl Reads<'_> {
    /// The rows that `make` begins to read. They must come in the order of their `place`, no two at the same one.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn stream<Item, K, Make, Place>(mut self, make: Make, place: Place) -> Result<Chunks<Item>, Error>
    where
        Item: Send + 'static,
        K: Ord + Send + 'static,
        Make: Fn(TenantTx) -> Chunks<Item> + Send + 'static,
        Place: Fn(&Item) -> K + Send + 'static,
    {
        let chunks = make(self.open().await?);
        let (Some(_), Some(replica)) = (self.there, &self.store.replica) else { return Ok(chunks) };
        let (store, scope, plans) = (self.store.clone(), self.scope.clone(), self.plans);
        let rest = Rest { store, scope, plans, replica: Arc::clone(replica), make, place, last: None };
        replica.count_served();
        let given = futures_util::stream::unfold((chunks, Some(rest)), |(mut chunks, rest)| async {
            let Some(mut rest) = rest else { return Some((chunks.next().await?, (chunks, None))) };
            let failed = match timeout(READ, chunks.next()).await {
                Ok(Some(Ok(chunk))) => {
                    rest.last = chunk.last().map(&rest.place);
                    return Some((Ok(chunk), (chunks, Some(rest))));
                }
                Ok(Some(Err(error))) => Unfit::Failed(error),
                Ok(None) => return None,
                Err(_elapsed) => Unfit::Silent,
            };
            rest.replica.leave_alone(&failed);
            match rest.on_primary().await {
                Ok(mut chunks) => Some((chunks.next().await?, (chunks, None))),
                Err(error) => Some((Err(error), (futures_util::stream::empty().boxed(), None))),
            }
        });
        Ok(given.boxed())
    }
}

impl<Make, Place, K> Rest<Make, Place, K> {
    async fn on_primary<Item>(self) -> Result<Chunks<Item>, Error>
    where
        Item: Send + 'static,
        K: Ord + Send + 'static,
        Make: Fn(TenantTx) -> Chunks<Item>,
        Place: Fn(&Item) -> K + Send + 'static,
    {
        let tx = self.store.work(self.plans, Some(&self.scope)).await?.of(&self.scope);
        let (place, last) = (self.place, self.last);
        let behind = move |item: &Item| last.as_ref().is_none_or(|last| place(item) > *last);
        let ahead = (self.make)(tx).map(move |chunk| {
            chunk.map(|mut items| {
                items.retain(&behind);
                items
            })
        });
        Ok(ahead.filter(|chunk| std::future::ready(!matches!(chunk, Ok(items) if items.is_empty()))).boxed())
    }
}
