//! Events and counters: what every write leaves behind beside its rows.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;

use super::error::Error;
use super::statement::statement;
use super::tables::events;
use super::transaction::TenantTx;
use crate::model::event::{Actor, Event};
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::MemberOutcome;

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = sql_types::BigInt)]
    total: i64,
}

impl TenantTx {
    /// Writes an event of this transaction.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn record(&mut self, event: &Event, actor: &Actor, at: DateTime<Utc>) -> Result<(), Error> {
        diesel::insert_into(events::table)
            .values((
                events::tenant_id.eq(self.tenant),
                events::at.eq(at),
                events::actor.eq(&actor.name),
                events::api.eq(actor.api.as_str()),
                events::request_id.eq(&actor.request_id),
                events::kind.eq(event.kind.as_str()),
                events::resource.eq(event.resource),
                events::before.eq(&event.before),
                events::after.eq(&event.after),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Writes the event of a change of members; it holds what moved, never the list.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn record_members(
        &mut self,
        group: GroupId,
        outcome: &MemberOutcome,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let users = |ids: &[UserId]| ids.iter().map(|id| id.uuid()).collect::<Vec<_>>();
        let groups = |ids: &[GroupId]| ids.iter().map(|id| id.uuid()).collect::<Vec<_>>();
        statement(MEMBERS_CHANGED)
            .bind::<sql_types::Uuid, _>(self.tenant)
            .bind::<sql_types::Timestamptz, _>(at)
            .bind::<sql_types::Text, _>(&actor.name)
            .bind::<sql_types::Text, _>(actor.api.as_str())
            .bind::<sql_types::Text, _>(&actor.request_id)
            .bind::<sql_types::Uuid, _>(group.uuid())
            .bind::<sql_types::Array<sql_types::Uuid>, _>(users(&outcome.added_users))
            .bind::<sql_types::Array<sql_types::Uuid>, _>(users(&outcome.removed_users))
            .bind::<sql_types::Array<sql_types::Uuid>, _>(groups(&outcome.added_groups))
            .bind::<sql_types::Array<sql_types::Uuid>, _>(groups(&outcome.removed_groups))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// How many live resources of a kind the tenant has: a sum over a few rows, however many there are.
    pub(super) async fn count_live(&mut self, kind: &'static str) -> Result<i64, Error> {
        let total: Total = statement(
            "SELECT coalesce(sum(live), 0)::bigint AS total FROM resource_counts WHERE tenant_id = $1 AND kind = $2",
        )
        .bind::<sql_types::Uuid, _>(self.tenant)
        .bind::<sql_types::Text, _>(kind)
        .get_result(self.connection())
        .await?;
        Ok(total.total)
    }

    /// Moves the count of live resources of a kind.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn count(&mut self, kind: &'static str, change: i64) -> Result<(), Error> {
        statement(
            "INSERT INTO resource_counts (tenant_id, kind, shard, live) VALUES ($1, $2, pg_backend_pid() % 16, $3)
             ON CONFLICT (tenant_id, kind, shard) DO UPDATE SET live = resource_counts.live + excluded.live",
        )
        .bind::<sql_types::Uuid, _>(self.tenant)
        .bind::<sql_types::Text, _>(kind)
        .bind::<sql_types::BigInt, _>(change)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

// The lists become JSON in the database: as JSON in the server they would weigh many times what they are.
const MEMBERS_CHANGED: &str = "
INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, after)
VALUES ($1, $2, $3, $4, $5, 'group.members_changed', $6, jsonb_strip_nulls(jsonb_build_object(
    'added_users', to_jsonb(nullif($7::uuid[], '{}')), 'removed_users', to_jsonb(nullif($8::uuid[], '{}')),
    'added_groups', to_jsonb(nullif($9::uuid[], '{}')), 'removed_groups', to_jsonb(nullif($10::uuid[], '{}')))))";
