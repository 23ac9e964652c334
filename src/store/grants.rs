//! What groups grant: their scopes and their scope sets.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::grants::{GrantChange, Grants, ScopeSet};
use crate::model::ids::GroupId;

#[derive(QueryableByName)]
struct GrantsRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Array<Text>)]
    scopes: Vec<String>,
    #[diesel(sql_type = Jsonb)]
    sets: serde_json::Value,
}

#[derive(Deserialize)]
struct Set {
    id: Uuid,
    name: String,
    scopes: Vec<String>,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = Bool)]
    changed: bool,
}

impl From<GrantsRow> for Grants {
    fn from(row: GrantsRow) -> Self {
        // The statement builds the JSON from typed columns.
        let sets: Vec<Set> = serde_json::from_value(row.sets).unwrap_or_default();
        let set = |set: Set| ScopeSet { id: set.id.into(), name: set.name, scopes: set.scopes };
        Self { scopes: row.scopes, sets: sets.into_iter().map(set).collect() }
    }
}

impl TenantTx {
    /// What each of these groups grants.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn grants_of(&mut self, groups: &[Uuid]) -> Result<Vec<(GroupId, Grants)>, Error> {
        let rows: Vec<GrantsRow> = statement(GRANTS)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(groups)
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id.into(), row.into())).collect())
    }

    /// Which of these ids are no scope sets of the tenant. Those that are cannot be deleted until the transaction ends.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn unknown_scope_sets(&mut self, sets: &[Uuid]) -> Result<Vec<Uuid>, Error> {
        let found: Vec<Id> =
            statement("SELECT id FROM scope_sets WHERE tenant_id = $1 AND id = ANY ($2) FOR KEY SHARE")
                .bind::<SqlUuid, _>(self.tenant)
                .bind::<Array<SqlUuid>, _>(sets)
                .load(self.connection())
                .await?;
        Ok(sets.iter().filter(|id| !found.iter().any(|known| known.id == **id)).copied().collect())
    }

    /// Writes what a locked group grants, and says whether that is a change. Version and time are not moved.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn write_grants(&mut self, group: GroupId, change: &GrantChange) -> Result<bool, Error> {
        let sets = change.sets.as_ref().map(|sets| sets.iter().map(|id| id.uuid()).collect::<Vec<_>>());
        let row: Changed = statement(WRITE)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<Nullable<Array<Text>>, _>(&change.scopes)
            .bind::<Nullable<Array<SqlUuid>>, _>(sets)
            .get_result(self.connection())
            .await?;
        Ok(row.changed)
    }
}

const GRANTS: &str = "
SELECT g.id, g.scopes, coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name, 'scopes', s.scopes) ORDER BY s.name_key, s.id)
    FROM group_scope_sets h JOIN scope_sets s ON s.tenant_id = h.tenant_id AND s.id = h.scope_set_id
    WHERE h.tenant_id = $1 AND h.group_id = g.id
), '[]') AS sets
FROM groups g WHERE g.tenant_id = $1 AND g.id = ANY ($2)";

const WRITE: &str = "
WITH scopes AS (
    UPDATE groups SET scopes = $3 WHERE tenant_id = $1 AND id = $2 AND $3 IS NOT NULL AND scopes <> $3 RETURNING id
), gone AS (
    DELETE FROM group_scope_sets
    WHERE tenant_id = $1 AND group_id = $2 AND $4 IS NOT NULL AND scope_set_id <> ALL ($4) RETURNING scope_set_id
), new AS (
    INSERT INTO group_scope_sets (tenant_id, group_id, scope_set_id) SELECT $1, $2, id FROM unnest($4) AS wanted (id)
    ON CONFLICT DO NOTHING RETURNING scope_set_id
)
SELECT EXISTS (SELECT FROM scopes) OR EXISTS (SELECT FROM gone) OR EXISTS (SELECT FROM new) AS changed";
