//! The end of what was deleted long ago. Several servers may purge at once: each claims rows nobody else holds.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::Store;
use super::super::statement::{Statement, Text, statement};
use super::Error;
use crate::model::ids::TenantId;
use crate::store::TenantTx;

type SqlUuid = diesel::sql_types::Uuid;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// What refers to a group, and the group.
const GROUP_TRACES: [&str; 5] = [
    "DELETE FROM members WHERE tenant_id = $1 AND group_id = ANY ($2)",
    "DELETE FROM dormant_members WHERE tenant_id = $1 AND group_id = ANY ($2)",
    "DELETE FROM dormant_edges WHERE tenant_id = $1 AND (child_id = ANY ($2) OR parent_id = ANY ($2))",
    "DELETE FROM group_scope_sets WHERE tenant_id = $1 AND group_id = ANY ($2)",
    "DELETE FROM groups WHERE tenant_id = $1 AND id = ANY ($2)",
];

/// What refers to a user, and the user.
const USER_TRACES: [&str; 3] = [
    "DELETE FROM dormant_members WHERE tenant_id = $1 AND user_id = ANY ($2)",
    "DELETE FROM tokens WHERE tenant_id = $1 AND user_id = ANY ($2)",
    "DELETE FROM users WHERE tenant_id = $1 AND id = ANY ($2)",
];

impl Store {
    /// The tenants that have anything deleted. Asks each tenant's index of deleted rows, so it costs by the number of
    /// tenants.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn tenants_with_deleted(&self) -> Result<Vec<TenantId>, Error> {
        let mut loan = self.loan().await?;
        let rows: Vec<Id> = statement(
            "SELECT t.id FROM tenants t
             WHERE EXISTS (SELECT FROM groups g WHERE g.tenant_id = t.id AND g.deleted_at IS NOT NULL)
                OR EXISTS (SELECT FROM users u WHERE u.tenant_id = t.id AND u.deleted_at IS NOT NULL)
             ORDER BY t.id",
        )
        .load(&mut *loan)
        .await?;
        Ok(rows.into_iter().map(|row| row.id.into()).collect())
    }
}

impl TenantTx {
    /// Removes groups deleted before `cutoff`, at most `limit`, that no other transaction holds. Returns which.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn purge_groups(&mut self, cutoff: DateTime<Utc>, limit: i64) -> Result<Vec<Uuid>, Error> {
        let claim = statement(
            "SELECT id FROM groups WHERE tenant_id = $1 AND deleted_at < $2
             ORDER BY deleted_at LIMIT $3 FOR UPDATE SKIP LOCKED",
        );
        self.purge(claim, &GROUP_TRACES, cutoff, limit).await
    }

    /// The same for users.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn purge_users(&mut self, cutoff: DateTime<Utc>, limit: i64) -> Result<Vec<Uuid>, Error> {
        let claim = statement(
            "SELECT id FROM users WHERE tenant_id = $1 AND deleted_at < $2
             ORDER BY deleted_at LIMIT $3 FOR UPDATE SKIP LOCKED",
        );
        self.purge(claim, &USER_TRACES, cutoff, limit).await
    }

    async fn purge(
        &mut self,
        claim: Statement<Text>,
        traces: &[&'static str],
        cutoff: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Uuid>, Error> {
        let claimed: Vec<Id> = claim
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Timestamptz, _>(cutoff)
            .bind::<BigInt, _>(limit)
            .load(self.connection())
            .await?;
        let ids: Vec<Uuid> = claimed.into_iter().map(|row| row.id).collect();
        for trace in traces.iter().filter(|_| !ids.is_empty()) {
            statement(trace)
                .bind::<SqlUuid, _>(self.tenant)
                .bind::<Array<SqlUuid>, _>(&ids)
                .execute(self.connection())
                .await?;
        }
        Ok(ids)
    }
}
