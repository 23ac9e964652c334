//! What is asked of the graph of groups: whether edges fit into it, how a ring would run, what lies right above a group,
//! and through what a user is in one.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::groups::windowed;
use super::super::statement::statement;
use super::{Error, Id, SqlUuid};
use crate::model::group::GroupType;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{GroupLink, NestedGroup};
use crate::model::page::{Page, Window};
use crate::store::TenantTx;

/// How edges from one group to others would fit in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// The child that is the parent or lies above it: its edge would close a ring.
    pub ring: Option<Uuid>,
    /// Groups of the longest chain that would run through one of the edges.
    pub chain: u32,
    /// Child groups the parent would have.
    pub width: i64,
}

#[derive(QueryableByName)]
struct FitRow {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    ring: Option<Uuid>,
    #[diesel(sql_type = Integer)]
    chain: i32,
    #[diesel(sql_type = BigInt)]
    width: i64,
}

#[derive(QueryableByName)]
struct Names {
    #[diesel(sql_type = Array<Text>)]
    names: Vec<String>,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Link {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct ParentRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    group_type: Option<String>,
    #[diesel(sql_type = BigInt)]
    member_count: i64,
    #[diesel(sql_type = Bool)]
    is_primary: bool,
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

impl TenantTx {
    /// How edges from `parent` to `children` would fit in. Each group is entered once a depth: a graph has far more ways
    /// than groups.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn fit_of_edges(&mut self, parent: GroupId, children: &[Uuid]) -> Result<Fit, Error> {
        let row: FitRow = statement(
            "WITH RECURSIVE up (id, depth) AS (
                 SELECT $2::uuid, 1
                 UNION SELECT e.parent_id, u.depth + 1 FROM up u
                     JOIN edges e ON e.tenant_id = $1 AND e.child_id = u.id WHERE u.depth < 64
             ), down (id, depth) AS (
                 SELECT unnest($3::uuid[]), 1
                 UNION SELECT e.child_id, d.depth + 1 FROM down d
                     JOIN edges e ON e.tenant_id = $1 AND e.parent_id = d.id WHERE d.depth < 64
             )
             SELECT (SELECT id FROM up WHERE id = ANY ($3) ORDER BY depth LIMIT 1) AS ring,
                 (SELECT max(depth) FROM up) + coalesce((SELECT max(depth) FROM down), 0) AS chain,
                 (SELECT count(*) FROM (
                     SELECT child_id FROM edges WHERE tenant_id = $1 AND parent_id = $2 UNION SELECT unnest($3::uuid[])
                 ) AS after) AS width",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(parent.uuid())
        .bind::<Array<SqlUuid>, _>(children)
        .get_result(self.connection())
        .await?;
        Ok(Fit { ring: row.ring, chain: u32::try_from(row.chain).unwrap_or(u32::MAX), width: row.width })
    }

    /// The names along a shortest way from `child` down to `parent`, both included: the edge that is about to be made would
    /// close it to a ring. Empty when there is no way.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn ring(&mut self, parent: GroupId, child: Uuid) -> Result<Vec<String>, Error> {
        let found: Names = statement(
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
             SELECT coalesce(array_agg(g.name ORDER BY w.depth), '{}') AS names FROM way w
             JOIN groups g ON g.tenant_id = $1 AND g.id = w.id",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(parent.uuid())
        .bind::<SqlUuid, _>(child)
        .get_result(self.connection())
        .await?;
        Ok(found.names)
    }

    /// A name among these groups that another child of `parent` has, or another root.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn name_taken_below(
        &mut self,
        parent: Option<GroupId>,
        children: &[Uuid],
    ) -> Result<Option<String>, Error> {
        let row: Option<Name> = statement(
            "SELECT c.name FROM groups c JOIN groups s ON s.tenant_id = c.tenant_id AND s.name_key = c.name_key
                 AND s.name_scope = coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
                 AND s.deleted_at IS NULL AND s.id <> c.id
             WHERE c.tenant_id = $1 AND c.id = ANY ($2) LIMIT 1",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(children)
        .bind::<Nullable<SqlUuid>, _>(parent.map(GroupId::uuid))
        .get_result(self.connection())
        .await
        .optional()?;
        Ok(row.map(|row| row.name))
    }

    /// The groups right above a group, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn parents(&mut self, child: GroupId, window: Window) -> Result<Page<NestedGroup>, Error> {
        let rows: Vec<ParentRow> = statement(PARENTS)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(child.uuid())
            .bind::<BigInt, _>(window.limit)
            .bind::<BigInt, _>(window.offset)
            .load(self.connection())
            .await?;
        let total = match window.total_if_known(rows.len()) {
            Some(total) => total,
            None => self.count_parents(child).await?,
        };
        let nested = |row: ParentRow| NestedGroup {
            id: row.id.into(),
            name: row.name,
            group_type: row.group_type.as_deref().and_then(GroupType::parse).unwrap_or_default(),
            member_count: row.member_count,
            is_primary: row.is_primary,
        };
        Ok(Page { items: rows.into_iter().map(nested).collect(), total })
    }

    async fn count_parents(&mut self, child: GroupId) -> Result<i64, Error> {
        let row: Total = statement("SELECT count(*) AS total FROM edges WHERE tenant_id = $1 AND child_id = $2")
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(child.uuid())
            .get_result(self.connection())
            .await?;
        Ok(row.total)
    }

    /// The groups below `group` in which the user is a direct member now, nearest first, at most 10.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn ways_in(
        &mut self,
        group: GroupId,
        user: UserId,
        primary_edges: bool,
    ) -> Result<Vec<GroupLink>, Error> {
        let rows: Vec<Link> = statement(WAYS_IN)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<SqlUuid, _>(user.uuid())
            .bind::<Bool, _>(primary_edges)
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(|row| GroupLink { id: row.id.into(), name: row.name }).collect())
    }

    /// Of these ids the live groups.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn which_are_groups(&mut self, ids: &[Uuid]) -> Result<Vec<Uuid>, Error> {
        let rows: Vec<Id> = statement(
            "SELECT g.id FROM groups g WHERE g.tenant_id = $1 AND g.id = ANY ($2) AND g.deleted_at IS NULL ORDER BY g.id",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(ids)
        .load(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

const PARENTS: &str = concat!(
    "
SELECT g.id, g.name, g.group_type, e.is_primary,
    g.standing_members + ",
    windowed!("g"),
    " AS member_count
FROM edges e JOIN groups g ON g.tenant_id = e.tenant_id AND g.id = e.parent_id
WHERE e.tenant_id = $1 AND e.child_id = $2
ORDER BY g.name_key, g.id LIMIT $3 OFFSET $4"
);

const WAYS_IN: &str = "
WITH RECURSIVE below (id, depth) AS (
    SELECT $2::uuid, 0
    UNION SELECT e.child_id, b.depth + 1 FROM below b
        JOIN edges e ON e.tenant_id = $1 AND e.parent_id = b.id AND ($4 OR NOT e.is_primary) WHERE b.depth < 64
)
SELECT g.id, g.name FROM (SELECT id, min(depth) AS depth FROM below GROUP BY id) c
JOIN members m ON m.tenant_id = $1 AND m.group_id = c.id AND m.user_id = $3
    AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())
JOIN groups g ON g.tenant_id = $1 AND g.id = c.id
WHERE c.depth > 0 ORDER BY c.depth, g.id LIMIT 10";
