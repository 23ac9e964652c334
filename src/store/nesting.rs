//! The rows of nesting edges. Whoever writes one holds the tenant's lock row, so that what is checked stays true until it
//! is committed: two writers cannot close a ring together.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::tables::{edges, groups, tenant_locks};
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::ids::GroupId;

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Names {
    #[diesel(sql_type = Array<Text>)]
    names: Vec<String>,
}

#[derive(QueryableByName)]
struct Heights {
    #[diesel(sql_type = Integer)]
    above: i32,
    #[diesel(sql_type = Integer)]
    below: i32,
}

#[derive(QueryableByName)]
struct Children {
    #[diesel(sql_type = BigInt)]
    children: i64,
}

/// An edge that was taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct CutEdge {
    /// The other end.
    pub other: Uuid,
    /// Whether it made the parent the primary one.
    pub is_primary: bool,
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

    /// Locks live groups in order of id; returns those that are there.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lock_groups(&mut self, ids: &[Uuid]) -> Result<Vec<Uuid>, Error> {
        let held = groups::table
            .filter(groups::tenant_id.eq(self.tenant))
            .filter(groups::id.eq_any(ids))
            .filter(groups::deleted_at.is_null())
            .order(groups::id)
            .select(groups::id)
            .for_no_key_update()
            .load(self.connection())
            .await?;
        Ok(held)
    }

    /// The names along a way from `child` down to `parent`, both included, if there is one: the edge that is about to be
    /// made would close it to a ring.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn ring(&mut self, parent: GroupId, child: Uuid) -> Result<Option<Vec<String>>, Error> {
        // Each group is entered once, by its shortest way: a graph has far more ways than groups.
        let found: Option<Names> = statement(
            "WITH RECURSIVE down (id, depth) AS (
                 SELECT $3::uuid, 0
                 UNION SELECT e.child_id, d.depth + 1 FROM down d
                     JOIN edges e ON e.tenant_id = $1 AND e.parent_id = d.id WHERE d.depth < 64
             ), nearest AS (SELECT id, min(depth) AS depth FROM down GROUP BY id),
             way (id, depth) AS (
                 SELECT id, depth FROM nearest WHERE id = $2
                 UNION ALL SELECT up.id, up.depth FROM way w CROSS JOIN LATERAL (
                     SELECT n.id, n.depth FROM edges e JOIN nearest n ON n.id = e.parent_id AND n.depth = w.depth - 1
                     WHERE e.tenant_id = $1 AND e.child_id = w.id LIMIT 1) up
             )
             SELECT array_agg(g.name ORDER BY w.depth) AS names FROM way w
             JOIN groups g ON g.tenant_id = $1 AND g.id = w.id HAVING count(*) > 0",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<diesel::sql_types::Uuid, _>(parent.uuid())
        .bind::<diesel::sql_types::Uuid, _>(child)
        .get_result(self.connection())
        .await
        .optional()?;
        Ok(found.map(|row| row.names))
    }

    /// How many groups the longest chain would have that runs through an edge from `parent` to `child`.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn chain_through(&mut self, parent: GroupId, child: Uuid) -> Result<u32, Error> {
        let heights: Heights = statement(
            "WITH RECURSIVE up (id, depth) AS (
                 SELECT $2::uuid, 1
                 UNION SELECT e.parent_id, u.depth + 1 FROM up u
                     JOIN edges e ON e.tenant_id = $1 AND e.child_id = u.id WHERE u.depth < 64
             ), down (id, depth) AS (
                 SELECT $3::uuid, 1
                 UNION SELECT e.child_id, d.depth + 1 FROM down d
                     JOIN edges e ON e.tenant_id = $1 AND e.parent_id = d.id WHERE d.depth < 64
             )
             SELECT (SELECT max(depth) FROM up) AS above, (SELECT max(depth) FROM down) AS below",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<diesel::sql_types::Uuid, _>(parent.uuid())
        .bind::<diesel::sql_types::Uuid, _>(child)
        .get_result(self.connection())
        .await?;
        Ok(u32::try_from(heights.above + heights.below).unwrap_or(u32::MAX))
    }

    /// How many child groups a group has.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn count_children(&mut self, parent: GroupId) -> Result<i64, Error> {
        let row: Children = statement("SELECT count(*) AS children FROM edges WHERE tenant_id = $1 AND parent_id = $2")
            .bind::<diesel::sql_types::Uuid, _>(self.tenant)
            .bind::<diesel::sql_types::Uuid, _>(parent.uuid())
            .get_result(self.connection())
            .await?;
        Ok(row.children)
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
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<diesel::sql_types::Uuid, _>(parent.uuid())
        .bind::<Array<diesel::sql_types::Uuid>, _>(children)
        .bind::<Timestamptz, _>(at)
        .bind::<Text, _>(&actor.name)
        .bind::<Text, _>(actor.api.as_str())
        .load(self.connection())
        .await?;
        Ok(made.into_iter().map(|row| row.id.into()).collect())
    }

    /// Makes an edge the child's primary one, there or not; returns whether the edge is new.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn make_primary(
        &mut self,
        parent: GroupId,
        child: GroupId,
        at: DateTime<Utc>,
        actor: &Actor,
    ) -> Result<bool, Error> {
        let made = self.insert_edges(parent, &[child.uuid()], at, actor).await?;
        diesel::update(edges::table.filter(edges::tenant_id.eq(self.tenant)))
            .filter(edges::parent_id.eq(parent.uuid()))
            .filter(edges::child_id.eq(child.uuid()))
            .set(edges::is_primary.eq(true))
            .execute(self.connection())
            .await?;
        Ok(!made.is_empty())
    }

    /// The children of a group, both kinds of edges.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn edges_below(&mut self, parent: GroupId) -> Result<Vec<CutEdge>, Error> {
        let rows = edges::table
            .filter(edges::tenant_id.eq(self.tenant))
            .filter(edges::parent_id.eq(parent.uuid()))
            .order(edges::child_id)
            .select((edges::child_id, edges::is_primary))
            .load(self.connection())
            .await?;
        Ok(rows)
    }

    /// The parents of a group, both kinds of edges.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn edges_above(&mut self, child: GroupId) -> Result<Vec<CutEdge>, Error> {
        let rows = edges::table
            .filter(edges::tenant_id.eq(self.tenant))
            .filter(edges::child_id.eq(child.uuid()))
            .order(edges::parent_id)
            .select((edges::parent_id, edges::is_primary))
            .load(self.connection())
            .await?;
        Ok(rows)
    }

    /// Cuts edges to these children; children that were not there are no error.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn delete_edges(&mut self, parent: GroupId, children: &[Uuid]) -> Result<Vec<CutEdge>, Error> {
        let cut = diesel::delete(edges::table.filter(edges::tenant_id.eq(self.tenant)))
            .filter(edges::parent_id.eq(parent.uuid()))
            .filter(edges::child_id.eq_any(children))
            .returning((edges::child_id, edges::is_primary))
            .get_results(self.connection())
            .await?;
        Ok(cut)
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
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<Array<diesel::sql_types::Uuid>, _>(children)
        .bind::<diesel::sql_types::Nullable<diesel::sql_types::Uuid>, _>(parent.map(GroupId::uuid))
        .bind::<Bool, _>(siblings_unique)
        .bind::<Timestamptz, _>(at)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Lays the edges a group hangs by aside, for its restore.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn lay_edges_aside(&mut self, child: GroupId) -> Result<(), Error> {
        statement(
            "WITH cut AS (DELETE FROM edges WHERE tenant_id = $1 AND child_id = $2 RETURNING *)
             INSERT INTO dormant_edges (tenant_id, child_id, parent_id, is_primary, added_at, added_by, source)
             SELECT tenant_id, child_id, parent_id, is_primary, added_at, added_by, source FROM cut
             ON CONFLICT DO NOTHING",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<diesel::sql_types::Uuid, _>(child.uuid())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The edges a deleted group hung by, whose parents live; they are forgotten here.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn take_edges_laid_aside(&mut self, child: GroupId) -> Result<Vec<CutEdge>, Error> {
        let rows: Vec<LaidAside> = statement(
            "WITH woken AS (DELETE FROM dormant_edges WHERE tenant_id = $1 AND child_id = $2 RETURNING *)
             SELECT w.parent_id, w.is_primary FROM woken w
             JOIN groups g ON g.tenant_id = w.tenant_id AND g.id = w.parent_id AND g.deleted_at IS NULL
             ORDER BY w.parent_id",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<diesel::sql_types::Uuid, _>(child.uuid())
        .load(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| CutEdge { other: row.parent_id, is_primary: row.is_primary }).collect())
    }
}

#[derive(QueryableByName)]
struct LaidAside {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    parent_id: Uuid,
    #[diesel(sql_type = Bool)]
    is_primary: bool,
}
