//! Groups by their integer ids, and the creation of many at once.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::chunks::Chunks;
use super::error::Error;
use super::groups::{Row, WindowedMembers};
use super::statement::statement;
use super::tables::groups;
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::fold::fold;
use crate::model::group::Group;
use crate::model::ids::{GroupId, GroupNumber};

type SqlUuid = diesel::sql_types::Uuid;

/// A new group, with what its row and its event hold beside it.
#[derive(Debug, Clone)]
pub struct NewRow {
    /// The group, without parent and members.
    pub group: Group,
    /// Among which groups its name must be unique.
    pub name_scope: Uuid,
    /// The record as its event tells it.
    pub after: Value,
}

#[derive(QueryableByName)]
struct Numbered {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    num: i64,
}

impl From<(Row, i64)> for Group {
    fn from((row, windowed): (Row, i64)) -> Self {
        row.with_windowed(windowed)
    }
}

impl TenantTx {
    /// The live group with this integer id.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn group_numbered(&mut self, number: GroupNumber) -> Result<Option<Group>, Error> {
        let row: Option<(Row, i64)> = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::num.eq(number.0))
            .filter(groups::deleted_at.is_null())
            .select((Row::as_select(), WindowedMembers))
            .first(self.connection())
            .await
            .optional()?;
        Ok(row.map(Group::from))
    }

    /// Live groups by integer id, on from behind one.
    pub fn stream_groups(self, after: Option<GroupNumber>, limit: Option<i64>) -> Chunks<Group> {
        let query = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::num.gt(after.map_or(0, |number| number.0)))
            .filter(groups::deleted_at.is_null())
            .order(groups::num)
            .limit(limit.unwrap_or(i64::MAX))
            .select((Row::as_select(), WindowedMembers));
        self.chunks::<(Row, i64), _, _>(query)
    }

    /// Writes new groups with their events, and counts them, but for those whose name is taken. Returns the integer ids of
    /// those written.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for another writer of the same names ends in a deadlock.
    pub async fn insert_groups(
        &mut self,
        new: &[&NewRow],
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<HashMap<GroupId, GroupNumber>, Error> {
        let each = |of: fn(&NewRow) -> Uuid| new.iter().map(|row| of(row)).collect::<Vec<_>>();
        let names: Vec<&str> = new.iter().map(|row| row.group.record.name.as_str()).collect();
        let keys: Vec<String> = names.iter().map(|name| fold(name)).collect();
        let descriptions: Vec<Option<&str>> = new.iter().map(|row| row.group.record.description.as_deref()).collect();
        let searches: Vec<&Value> = new.iter().map(|row| &row.group.record.search).collect();
        let told: Vec<&Value> = new.iter().map(|row| &row.after).collect();
        let made: Vec<Numbered> = statement(INSERT)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(each(|row| row.group.id.uuid()))
            .bind::<Array<Text>, _>(names)
            .bind::<Array<Text>, _>(keys)
            .bind::<Array<SqlUuid>, _>(each(|row| row.name_scope))
            .bind::<Array<Nullable<Text>>, _>(descriptions)
            .bind::<Array<Jsonb>, _>(searches)
            .bind::<Array<Jsonb>, _>(told)
            .bind::<Timestamptz, _>(at)
            .bind::<Text, _>(actor.source())
            .bind::<Text, _>(&actor.name)
            .bind::<Text, _>(actor.api.as_str())
            .bind::<Text, _>(&actor.request_id)
            .load(self.connection())
            .await?;
        Ok(made.into_iter().map(|row| (row.id.into(), GroupNumber(row.num))).collect())
    }
}

const INSERT: &str = "
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::jsonb[], $8::jsonb[])
        WITH ORDINALITY AS each (id, name, name_key, name_scope, description, search, told, place)
), new AS (
    INSERT INTO groups (tenant_id, id, name, name_key, name_scope, description, search, source, created_at, updated_at)
    SELECT $1, id, name, name_key, name_scope, description, search, $10, $9, $9 FROM wanted ORDER BY place
    ON CONFLICT (tenant_id, name_scope, name_key) WHERE deleted_at IS NULL DO NOTHING
    RETURNING id, num
), counted AS (
    INSERT INTO resource_counts (tenant_id, kind, shard, live)
    SELECT $1, 'group', pg_backend_pid() % 16, count(*) FROM new HAVING count(*) > 0
    ON CONFLICT (tenant_id, kind, shard) DO UPDATE SET live = resource_counts.live + excluded.live
), events AS (
    INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, after)
    SELECT $1, $9, $11, $12, $13, 'group.created', n.id, w.told FROM new n JOIN wanted w ON w.id = n.id ORDER BY w.place
)
SELECT id, num FROM new";
