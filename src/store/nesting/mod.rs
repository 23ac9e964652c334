//! The rows of nesting edges. Whoever writes one holds the tenant's lock row, so that what is checked stays true until it
//! is committed: two writers cannot close a ring together. What is asked of the graph as a whole is in `graph`.

mod graph;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use graph::Fit;

use super::error::Error;
use super::statement::statement;
use super::tables::{edges, tenant_locks};
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::ids::GroupId;
use crate::model::membership::Edge;

type SqlUuid = diesel::sql_types::Uuid;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct CutRow {
    #[diesel(sql_type = SqlUuid)]
    parent_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    child_id: Uuid,
    #[diesel(sql_type = Bool)]
    is_primary: bool,
}

/// An edge that was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutEdge {
    /// The edge.
    pub edge: Edge,
    /// Whether it made the parent the primary one.
    pub is_primary: bool,
}

impl From<CutRow> for CutEdge {
    fn from(row: CutRow) -> Self {
        let edge = Edge { parent: row.parent_id.into(), child: row.child_id.into() };
        Self { edge, is_primary: row.is_primary }
    }
}

impl TenantTx {
    /// Takes the tenant's turn at writing edges, until the transaction ends.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_edges(&mut self) -> Result<(), Error> {
        tenant_locks::table
            .filter(tenant_locks::tenant_id.eq(self.tenant))
            .select(tenant_locks::tenant_id)
            .for_update()
            .load::<Uuid>(self.connection())
            .await?;
        Ok(())
    }

    /// Locks live groups in order of id, and with `children` also the primary children of the first one; returns those
    /// that are there.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for a lock ends in a deadlock.
    pub async fn lock_groups(&mut self, ids: &[Uuid], children: bool) -> Result<Vec<Uuid>, Error> {
        let held: Vec<Id> = statement(
            "SELECT id FROM groups WHERE tenant_id = $1 AND deleted_at IS NULL AND id IN (
                 SELECT unnest($2::uuid[])
                 UNION SELECT child_id FROM edges
                     WHERE $3 AND tenant_id = $1 AND parent_id = ($2::uuid[])[1] AND is_primary
             ) ORDER BY id FOR NO KEY UPDATE",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Bool, _>(children)
        .load(self.connection())
        .await?;
        Ok(held.into_iter().map(|row| row.id).collect())
    }

    /// Makes edges that have been checked; returns the children that were not there before.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn insert_edges(
        &mut self,
        parent: GroupId,
        children: &[Uuid],
        at: DateTime<Utc>,
        actor: &Actor,
    ) -> Result<Vec<GroupId>, Error> {
        let made: Vec<Id> = statement(
            "INSERT INTO edges (tenant_id, parent_id, child_id, added_at, added_by, source)
             SELECT $1, $2, id, $4, $5, $6 FROM unnest($3::uuid[]) AS wanted (id) ON CONFLICT DO NOTHING RETURNING child_id AS id",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(parent.uuid())
        .bind::<Array<SqlUuid>, _>(children)
        .bind::<Timestamptz, _>(at)
        .bind::<Text, _>(&actor.name)
        .bind::<Text, _>(actor.api.as_str())
        .load(self.connection())
        .await?;
        Ok(made.into_iter().map(|row| row.id.into()).collect())
    }

    /// Makes edges the primary ones of their children, there or not; returns the children that were not there before.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn make_primary(
        &mut self,
        parent: GroupId,
        children: &[Uuid],
        at: DateTime<Utc>,
        actor: &Actor,
    ) -> Result<Vec<GroupId>, Error> {
        let made = self.insert_edges(parent, children, at, actor).await?;
        diesel::update(edges::table.filter(edges::tenant_id.eq(self.tenant)))
            .filter(edges::parent_id.eq(parent.uuid()))
            .filter(edges::child_id.eq_any(children))
            .set(edges::is_primary.eq(true))
            .execute(self.connection())
            .await?;
        Ok(made)
    }

    /// The children of a group, both kinds of edges.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn children(&mut self, parent: GroupId) -> Result<Vec<Uuid>, Error> {
        let rows = edges::table
            .filter(edges::tenant_id.eq(self.tenant))
            .filter(edges::parent_id.eq(parent.uuid()))
            .order(edges::child_id)
            .select(edges::child_id)
            .load(self.connection())
            .await?;
        Ok(rows)
    }

    /// Cuts edges to these children; children that were not there are no error.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn delete_edges(&mut self, parent: GroupId, children: &[Uuid]) -> Result<Vec<CutEdge>, Error> {
        let cut: Vec<CutRow> = statement(
            "DELETE FROM edges WHERE tenant_id = $1 AND parent_id = $2 AND child_id = ANY ($3)
             RETURNING parent_id, child_id, is_primary",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(parent.uuid())
        .bind::<Array<SqlUuid>, _>(children)
        .load(self.connection())
        .await?;
        Ok(cut.into_iter().map(CutEdge::from).collect())
    }

    /// Cuts every edge of groups that are about to be deleted. Those they hang by are laid aside for a restore; those to
    /// their children only with `children`.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lay_edges_aside(&mut self, groups: &[Uuid], children: bool) -> Result<Vec<CutEdge>, Error> {
        let cut: Vec<CutRow> = statement(
            "WITH cut AS (
                 DELETE FROM edges WHERE tenant_id = $1 AND (parent_id = ANY ($2) OR child_id = ANY ($2)) RETURNING *
             ), kept AS (
                 INSERT INTO dormant_edges (tenant_id, child_id, parent_id, is_primary, added_at, added_by, source)
                 SELECT tenant_id, child_id, parent_id, is_primary, added_at, added_by, source FROM cut
                 WHERE $3 OR child_id = ANY ($2)
                 ON CONFLICT (tenant_id, child_id, parent_id) DO UPDATE SET is_primary = excluded.is_primary,
                     added_at = excluded.added_at, added_by = excluded.added_by, source = excluded.source
             )
             SELECT parent_id, child_id, is_primary FROM cut ORDER BY parent_id, child_id",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(groups)
        .bind::<Bool, _>(children)
        .load(self.connection())
        .await?;
        Ok(cut.into_iter().map(CutEdge::from).collect())
    }

    /// Sets or clears the primary parent of locked groups: version and time move, the name's scope follows.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when names are unique among siblings and one is taken there.
    pub async fn set_parents(
        &mut self,
        children: &[Uuid],
        parent: Option<GroupId>,
        siblings_unique: bool,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        statement(
            "UPDATE groups SET parent_group_id = $3::uuid, updated_at = $5, version = version + 1,
                 name_scope = CASE WHEN $4 THEN coalesce($3::uuid, '00000000-0000-0000-0000-000000000000') ELSE name_scope END
             WHERE tenant_id = $1 AND id = ANY ($2)",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(children)
        .bind::<Nullable<SqlUuid>, _>(parent.map(GroupId::uuid))
        .bind::<Bool, _>(siblings_unique)
        .bind::<Timestamptz, _>(at)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
