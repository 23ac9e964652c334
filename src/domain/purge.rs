//! The end of deleted groups and users: after the days a tenant keeps them they are gone for good, rows and all. Run by the
//! server beside its requests; any number of servers may do so at once.

use chrono::TimeDelta;
use uuid::Uuid;

use super::{Domain, Error, Result};
use crate::in_transaction;
use crate::model::event::{Actor, Api, Event, Kind};
use crate::model::ids::TenantId;
use crate::model::principal::TenantScope;

/// How many were purged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Groups.
    pub groups: usize,
    /// Users.
    pub users: usize,
}

/// Rows claimed by one transaction.
const BATCH: usize = 50;

impl Domain {
    /// Purges whatever has been deleted for longer than its tenant keeps it.
    ///
    /// # Errors
    /// The database cannot be reached. What was purged before stays so.
    pub async fn purge(&self) -> Result<Purged> {
        let mut purged = Purged::default();
        for tenant in self.store.tenants_with_deleted().await? {
            let Some(scope) = self.janitor(tenant).await? else { continue };
            purged.users += self.purge_all(&scope, Kind::UserPurged).await?;
            purged.groups += self.purge_all(&scope, Kind::GroupPurged).await?;
        }
        Ok(purged)
    }

    async fn purge_all(&self, scope: &TenantScope, kind: Kind) -> Result<usize> {
        let mut purged = 0;
        loop {
            let batch = self.purge_batch(scope, kind).await?;
            purged += batch;
            // Fewer than asked for: the rest is not due, or another server has it in hand.
            if batch < BATCH {
                return Ok(purged);
            }
        }
    }

    async fn purge_batch(&self, scope: &TenantScope, kind: Kind) -> Result<usize> {
        let (now, settings) = (self.clock.now(), scope.settings());
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        in_transaction!(self.store, scope, |tx| {
            let gone = match kind {
                Kind::UserPurged => tx.purge_users(now - days(settings.user_retention_days), limit).await?,
                _ => tx.purge_groups(now - days(settings.group_retention_days), limit).await?,
            };
            let told = |id: &Uuid| Event { kind, resource: *id, before: None, after: None };
            tx.record_all(&gone.iter().map(told).collect::<Vec<_>>(), scope.actor(), now).await?;
            Ok::<_, Error>(gone.len())
        })
    }

    /// The scope in which the server tidies up a tenant; `None` when the tenant is gone.
    async fn janitor(&self, tenant: TenantId) -> Result<Option<TenantScope>> {
        let actor = Actor { name: "server".to_owned(), api: Api::System, request_id: "retention".to_owned() };
        let found = self.store.tenant(tenant).await?;
        Ok(found.map(|tenant| TenantScope::grant(tenant.id, actor, tenant.settings)))
    }
}

fn days(number: u32) -> TimeDelta {
    TimeDelta::days(i64::from(number))
}
