//! Places for connections: so many in all, so many for one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All places of a listener.
pub(super) struct Places {
    all: u32,
    free: Arc<Semaphore>,
    for_one: u32,
    taken: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// A place for a connection, free again when it is dropped.
pub(super) struct Place {
    _one: OwnedSemaphorePermit,
    _from: Option<From>,
}

struct From {
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl Places {
    pub(super) fn new(all: u32, for_one: u32) -> Self {
        let free = Arc::new(Semaphore::new(usize::try_from(all).unwrap_or(Semaphore::MAX_PERMITS)));
        Self { all, free, for_one, taken: Arc::default() }
    }

    /// Waits for one. Until there is one, the system keeps who wants to connect.
    pub(super) async fn free(&self) -> OwnedSemaphorePermit {
        if self.free.available_permits() == 0 {
            tracing::warn!(connections = self.all, "all places for connections are taken; new ones wait");
        }
        Arc::clone(&self.free).acquire_owned().await.expect("the places are never closed")
    }

    /// Gives it to a connection from this address, unless that has as many as it may.
    pub(super) fn give(&self, one: OwnedSemaphorePermit, address: Option<IpAddr>) -> Option<Place> {
        let Some(address) = address else { return Some(Place { _one: one, _from: None }) };
        let mut taken = lock(&self.taken);
        let count = taken.entry(address).or_default();
        if *count >= self.for_one {
            return None;
        }
        *count += 1;
        Some(Place { _one: one, _from: Some(From { address, taken: Arc::clone(&self.taken) }) })
    }

    /// Waits until all are free again.
    pub(super) async fn emptied(&self, within: Duration) {
        let _ = tokio::time::timeout(within, self.free.acquire_many(self.all)).await;
    }
}

impl Drop for From {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

fn lock(taken: &Mutex<HashMap<IpAddr, u32>>) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_gets_its_share_and_gives_it_back() {
        let places = Places::new(4, 2);
        let address = |text: &str| Some(text.parse().unwrap());
        let first = places.give(places.free().await, address("192.0.2.1"));
        let second = places.give(places.free().await, address("192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(places.give(places.free().await, address("192.0.2.1")).is_none());
        let other = places.give(places.free().await, address("192.0.2.2"));
        let proxy = places.give(places.free().await, None);
        assert!(other.is_some() && proxy.is_some());
        let full = tokio::time::timeout(Duration::from_millis(1), places.free()).await;
        assert!(full.is_err());
        drop((first, second, other, proxy));
        assert!(places.taken.lock().unwrap().is_empty());
        places.emptied(Duration::from_secs(3600)).await;
    }
}
