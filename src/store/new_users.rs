//! Users that are created, one or many, by one statement.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::fold::fold;
use crate::model::user::User;

type SqlUuid = diesel::sql_types::Uuid;

/// A user to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewUser<'a> {
    /// As it is to be.
    pub user: &'a User,
    /// By whose doing.
    pub actor: &'a Actor,
    /// Its record as the event tells it.
    pub told: &'a Value,
    /// Whether it is left out when somebody, deleted or not, has its external id.
    pub unless_known: bool,
}

#[derive(QueryableByName)]
struct Created {
    #[diesel(sql_type = SqlUuid)]
    resource: Uuid,
}

impl TenantTx {
    /// Writes new users with their events, counts them, and says of each whether it was written: one whose name is in use
    /// is left out, also when it is in use by one before it.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for a name ends in a deadlock.
    pub async fn create_users(&mut self, users: &[NewUser<'_>]) -> Result<Vec<bool>, Error> {
        let records = || users.iter().map(|new| &new.user.record);
        let written: Vec<Created> = statement(CREATE)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(users.iter().map(|new| new.user.id.uuid()).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(records().map(|record| &record.user_name).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(records().map(|record| fold(&record.user_name)).collect::<Vec<_>>())
            .bind::<Array<Nullable<Text>>, _>(records().map(|record| &record.external_id).collect::<Vec<_>>())
            .bind::<Array<Bool>, _>(users.iter().map(|new| new.unless_known).collect::<Vec<_>>())
            .bind::<Array<Nullable<Text>>, _>(records().map(|record| &record.display_name).collect::<Vec<_>>())
            .bind::<Array<Nullable<Text>>, _>(
                records().map(|record| record.display_name.as_deref().map(fold)).collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<Text>>, _>(records().map(|record| &record.email).collect::<Vec<_>>())
            .bind::<Array<Nullable<Bool>>, _>(records().map(|record| record.active).collect::<Vec<_>>())
            .bind::<Array<Jsonb>, _>(
                records().map(|record| Value::Object(record.attributes.clone().into_map())).collect::<Vec<_>>(),
            )
            .bind::<Array<Jsonb>, _>(records().map(|record| &record.search).collect::<Vec<_>>())
            .bind::<Array<Timestamptz>, _>(users.iter().map(|new| new.user.created_at).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(users.iter().map(|new| new.actor.source()).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(users.iter().map(|new| &new.actor.name).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(users.iter().map(|new| new.actor.api.as_str()).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(users.iter().map(|new| &new.actor.request_id).collect::<Vec<_>>())
            .bind::<Array<Jsonb>, _>(users.iter().map(|new| new.told).collect::<Vec<_>>())
            .load(self.connection())
            .await?;
        let written: HashSet<_> = written.into_iter().map(|created| created.resource).collect();
        Ok(users.iter().map(|new| written.contains(&new.user.id.uuid())).collect())
    }
}

// By name, so that two of these wait for each other in one direction only. Who has an external id is looked up for each
// user, never by reading all that have one.
const CREATE: &str = "
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::text[], $8::text[], $9::text[],
        $10::bool[], $11::jsonb[], $12::jsonb[], $13::timestamptz[], $14::text[], $15::text[], $16::text[], $17::text[],
        $18::jsonb[]) WITH ORDINALITY
        AS asked (id, user_name, user_name_key, external_id, unless_known, display_name, display_name_key, email, active,
            attributes, search, at, source, actor, api, request_id, told, place)
), new AS (
    INSERT INTO users (tenant_id, id, user_name, user_name_key, external_id, display_name, display_name_key, email,
        active, attributes, search, source, created_at, updated_at)
    SELECT $1, id, user_name, user_name_key, external_id, display_name, display_name_key, email, active, attributes,
        search, source, at, at
    FROM asked a
    WHERE NOT unless_known OR external_id IS NULL
        OR (SELECT u.id FROM users u WHERE u.tenant_id = $1 AND u.external_id = a.external_id LIMIT 1) IS NULL
    ORDER BY user_name_key COLLATE \"C\", place
    ON CONFLICT (tenant_id, user_name_key) WHERE deleted_at IS NULL DO NOTHING
    RETURNING id
), counted AS (
    INSERT INTO resource_counts (tenant_id, kind, shard, live)
    SELECT $1, 'user', pg_backend_pid() % 16, count(*) FROM new HAVING count(*) > 0
    ON CONFLICT (tenant_id, kind, shard) DO UPDATE SET live = resource_counts.live + excluded.live
)
INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, after)
SELECT $1, at, actor, api, request_id, 'user.created', id, told
FROM asked WHERE id IN (SELECT id FROM new) ORDER BY place
RETURNING resource";
