//! Counting what compat mode forgives. A request is counted in memory, which costs it nothing; whoever runs the server
//! writes the counts to the database every few seconds and at the end. A crash loses the last few seconds of them: they
//! tell an administrator what an identity provider does, and nothing depends on a single one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::{Domain, Result};
use crate::model::ids::TenantId;
use crate::model::leniency::LeniencyUse;
use crate::model::principal::TenantScope;
use crate::model::tenant::Tenant;
use crate::schema::leniency::Leniency;

/// Counts that the database does not have yet.
#[derive(Clone, Default)]
pub(super) struct Tally(Arc<Mutex<Counts>>);

type Counts = BTreeMap<(TenantId, Leniency), (i64, DateTime<Utc>)>;

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, counts: Counts) {
        let mut known = self.counts();
        for (key, (uses, at)) in counts {
            let count = known.entry(key).or_insert((0, at));
            *count = (count.0 + uses, count.1.max(at));
        }
    }
}

impl Domain {
    /// Counts one request that needed these rules, each of them once.
    pub fn count_leniencies(&self, scope: &TenantScope, used: impl IntoIterator<Item = Leniency>) {
        let now = self.clock.now();
        self.tally.add(used.into_iter().map(|rule| ((scope.tenant(), rule), (1, now))).collect());
    }

    /// Writes the counts since the last time to the database, in one statement; none when there are none.
    ///
    /// # Errors
    /// The database cannot be reached; the counts are kept for the next time.
    pub async fn save_leniencies(&self) -> Result<()> {
        let counts = std::mem::take(&mut *self.tally.counts());
        if counts.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = counts.iter().map(|(key, count)| row(*key, *count)).collect();
        let written = self.store.add_leniency_uses(&rows).await;
        if written.is_err() {
            self.tally.add(counts);
        }
        Ok(written?)
    }

    /// Which rules the tenant's requests needed, as far as it has been written; the one used last comes first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn leniencies(&self, tenant: &Tenant) -> Result<Vec<LeniencyUse>> {
        Ok(self.store.statements(&self.operator(tenant)).await?.leniency_uses().await?)
    }
}

fn row((tenant, rule): (TenantId, Leniency), (uses, last_used_at): (i64, DateTime<Utc>)) -> (TenantId, LeniencyUse) {
    (tenant, LeniencyUse { rule: rule.name().to_owned(), uses, last_used_at })
}
