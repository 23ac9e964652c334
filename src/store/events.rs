//! Events and counters: what every write leaves behind beside its rows.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::tables::{events, platform_events};
use super::transaction::{PlatformTx, TenantTx};
use crate::model::event::{Actor, Event};
use crate::model::ids::PartnerId;

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

    /// Writes the events of this transaction in their order, by one statement.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn record_all(&mut self, told: &[Event], actor: &Actor, at: DateTime<Utc>) -> Result<(), Error> {
        if told.is_empty() {
            return Ok(());
        }
        let kinds: Vec<&str> = told.iter().map(|event| event.kind.as_str()).collect();
        let resources: Vec<Uuid> = told.iter().map(|event| event.resource).collect();
        let before: Vec<&Option<Value>> = told.iter().map(|event| &event.before).collect();
        let after: Vec<&Option<Value>> = told.iter().map(|event| &event.after).collect();
        statement(
            "INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, before, after)
             SELECT $1, $2, $3, $4, $5, kind, resource, before, after
             FROM unnest($6::text[], $7::uuid[], $8::jsonb[], $9::jsonb[]) WITH ORDINALITY
                 AS told (kind, resource, before, after, place) ORDER BY place",
        )
        .bind::<sql_types::Uuid, _>(self.tenant)
        .bind::<sql_types::Timestamptz, _>(at)
        .bind::<sql_types::Text, _>(&actor.name)
        .bind::<sql_types::Text, _>(actor.api.as_str())
        .bind::<sql_types::Text, _>(&actor.request_id)
        .bind::<sql_types::Array<sql_types::Text>, _>(kinds)
        .bind::<sql_types::Array<sql_types::Uuid>, _>(resources)
        .bind::<sql_types::Array<sql_types::Nullable<sql_types::Jsonb>>, _>(before)
        .bind::<sql_types::Array<sql_types::Nullable<sql_types::Jsonb>>, _>(after)
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

    /// How many live users the tenant has.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn live_users(&mut self) -> Result<i64, Error> {
        self.count_live("user").await
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

impl PlatformTx {
    /// Writes an event of this transaction that belongs to no tenant; administrators of `partner` may read it too.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn record(
        &mut self,
        event: &Event,
        partner: Option<PartnerId>,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        diesel::insert_into(platform_events::table)
            .values((
                platform_events::partner_id.eq(partner.map(PartnerId::uuid)),
                platform_events::at.eq(at),
                platform_events::actor.eq(&actor.name),
                platform_events::api.eq(actor.api.as_str()),
                platform_events::request_id.eq(&actor.request_id),
                platform_events::kind.eq(event.kind.as_str()),
                platform_events::resource.eq(event.resource),
                platform_events::before.eq(&event.before),
                platform_events::after.eq(&event.after),
            ))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
