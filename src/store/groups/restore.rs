//! Bringing deleted groups back: the rows of one deletion, the edges laid aside by it, and which of those still fit. Edges
//! are put back first, while the groups are not live yet; what they then show is written to the groups in one statement.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Int4, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::statement::statement;
use super::Error;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::Edge;
use crate::model::settings::{NameUnique, TenantSettings};
use crate::store::TenantTx;

type SqlUuid = diesel::sql_types::Uuid;

/// An edge that was laid aside, and what became of it.
#[derive(Debug, Clone, Copy)]
pub struct WokenEdge {
    /// The edge.
    pub edge: Edge,
    /// Whether it makes the parent the primary one.
    pub is_primary: bool,
    /// Whether it is there again.
    pub back: bool,
}

/// Which edges of what was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Those its groups hung by, among them or below others.
    Up,
    /// Those to children that were not deleted with it.
    Down,
}

#[derive(QueryableByName)]
struct Woken {
    #[diesel(sql_type = SqlUuid)]
    parent_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    child_id: Uuid,
    #[diesel(sql_type = Bool)]
    is_primary: bool,
    #[diesel(sql_type = Bool)]
    back: bool,
}

#[derive(QueryableByName)]
struct Ends {
    #[diesel(sql_type = SqlUuid)]
    parent_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    child_id: Uuid,
}

impl From<Ends> for Edge {
    fn from(row: Ends) -> Self {
        Self { parent: row.parent_id.into(), child: row.child_id.into() }
    }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// How the tenant keeps names apart, as SQL is told.
const fn scoped_by(settings: &TenantSettings) -> &'static str {
    match settings.name_unique {
        NameUnique::Tenant => "tenant",
        NameUnique::Sibling => "sibling",
        NameUnique::None => "none",
    }
}

impl TenantTx {
    /// A deleted group and those that fell with it, if it was the top of a cascade; locked with the groups they hung below,
    /// in order of id.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for a lock ends in a deadlock.
    pub async fn lock_fallen(&mut self, top: GroupId) -> Result<Vec<Uuid>, Error> {
        let rows: Vec<Id> = statement(
            "WITH fallen AS (
                 SELECT id FROM groups WHERE tenant_id = $1 AND (id = $2 OR deletion_id = $2) AND deleted_at IS NOT NULL
             ), held AS (
                 SELECT id, deleted_at FROM groups WHERE tenant_id = $1 AND id IN (
                     SELECT id FROM fallen
                     UNION SELECT d.parent_id FROM dormant_edges d JOIN fallen f ON f.id = d.child_id WHERE d.tenant_id = $1
                 ) ORDER BY id FOR NO KEY UPDATE
             )
             SELECT h.id FROM held h JOIN fallen f USING (id) WHERE h.deleted_at IS NOT NULL",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(top.uuid())
        .load(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }

    /// The primary parent a deleted group hung below, if that is deleted as well.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn deleted_parent(&mut self, child: GroupId) -> Result<Option<GroupId>, Error> {
        let row: Option<Id> = statement(
            "SELECT p.id FROM dormant_edges d JOIN groups p ON p.tenant_id = d.tenant_id AND p.id = d.parent_id
             WHERE d.tenant_id = $1 AND d.child_id = $2 AND d.is_primary AND p.deleted_at IS NOT NULL",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(child.uuid())
        .get_result(self.connection())
        .await
        .optional()?;
        Ok(row.map(|row| row.id.into()))
    }

    /// Puts edges of locked deleted groups back where the other end lives or is one of them. The top's primary edge stays
    /// away with `as_root`. An edge whose child is deleted waits for that child.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn wake_edges(
        &mut self,
        fallen: &[Uuid],
        way: Way,
        top: GroupId,
        as_root: bool,
    ) -> Result<Vec<WokenEdge>, Error> {
        let rows: Vec<Woken> = statement(WAKE)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(fallen)
            .bind::<SqlUuid, _>(top.uuid())
            .bind::<Bool, _>(as_root)
            .bind::<Bool, _>(way == Way::Down)
            .load(self.connection())
            .await?;
        let woken = |row: Woken| WokenEdge {
            edge: Edge { parent: row.parent_id.into(), child: row.child_id.into() },
            is_primary: row.is_primary,
            back: row.back,
        };
        Ok(rows.into_iter().map(woken).collect())
    }

    /// Cuts the edges from these groups to others that lie on a ring by now. Without those there is none: nothing else
    /// leads out of what was deleted.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn cut_rings(&mut self, fallen: &[Uuid]) -> Result<Vec<Edge>, Error> {
        let rows: Vec<Ends> = statement(
            "WITH RECURSIVE exits AS MATERIALIZED (
                 SELECT parent_id, child_id FROM edges
                 WHERE tenant_id = $1 AND parent_id = ANY ($2) AND NOT child_id = ANY ($2)
             ), down (origin, id) AS (
                 SELECT child_id, child_id FROM exits
                 UNION SELECT d.origin, e.child_id FROM down d JOIN edges e ON e.tenant_id = $1 AND e.parent_id = d.id
             )
             DELETE FROM edges e USING exits x, down d
             WHERE e.tenant_id = $1 AND e.parent_id = x.parent_id AND e.child_id = x.child_id
                 AND d.origin = x.child_id AND d.id = x.parent_id
             RETURNING e.parent_id, e.child_id",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(fallen)
        .load(self.connection())
        .await?;
        Ok(rows.into_iter().map(Edge::from).collect())
    }

    /// Cuts the edges between these groups and others that make a chain too long or a group too wide.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn cut_beyond_limits(
        &mut self,
        fallen: &[Uuid],
        way: Way,
        settings: &TenantSettings,
    ) -> Result<Vec<Edge>, Error> {
        let limit = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let rows: Vec<Ends> = statement(BEYOND_LIMITS)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(fallen)
            .bind::<Int4, _>(limit(settings.max_depth))
            .bind::<Int4, _>(limit(settings.max_children))
            .bind::<Bool, _>(way == Way::Down)
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(Edge::from).collect())
    }

    /// A name among these deleted groups that a live group has where it would go.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn name_taken_meanwhile(
        &mut self,
        fallen: &[Uuid],
        settings: &TenantSettings,
    ) -> Result<Option<String>, Error> {
        let row: Option<Name> = statement(
            "SELECT g.name FROM groups g
             LEFT JOIN edges e ON e.tenant_id = g.tenant_id AND e.child_id = g.id AND e.is_primary
             JOIN groups s ON s.tenant_id = g.tenant_id AND s.name_key = g.name_key AND s.deleted_at IS NULL
                 AND s.name_scope = CASE $3 WHEN 'sibling'
                     THEN coalesce(e.parent_id, '00000000-0000-0000-0000-000000000000')
                     ELSE '00000000-0000-0000-0000-000000000000' END
             WHERE g.tenant_id = $1 AND g.id = ANY ($2) AND $3 <> 'none' LIMIT 1",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<Array<SqlUuid>, _>(fallen)
        .bind::<Text, _>(scoped_by(settings))
        .get_result(self.connection())
        .await
        .optional()?;
        Ok(row.map(|row| row.name))
    }

    /// Makes locked deleted groups live, as their edges now show them.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when a name is in use.
    pub async fn revive_groups(
        &mut self,
        fallen: &[Uuid],
        settings: &TenantSettings,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let revived = statement(REVIVE)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(fallen)
            .bind::<Text, _>(scoped_by(settings))
            .bind::<Timestamptz, _>(at)
            .execute(self.connection())
            .await?;
        self.count("group", i64::try_from(revived).unwrap_or(i64::MAX)).await
    }

    /// Takes everything from a deleted group that is about to come back empty: members, edges laid aside, and what fell
    /// with it, which is on its own from now on. Returns who was in it.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn empty_group(&mut self, group: GroupId) -> Result<Vec<UserId>, Error> {
        let gone: Vec<Id> = statement(
            "WITH gone AS (
                 DELETE FROM members WHERE tenant_id = $1 AND group_id = $2 RETURNING user_id
             ), dormant AS (
                 DELETE FROM dormant_members WHERE tenant_id = $1 AND group_id = $2
             ), cut AS (
                 DELETE FROM dormant_edges WHERE tenant_id = $1 AND (child_id = $2 OR parent_id = $2)
             ), counted AS (
                 UPDATE groups SET standing_members = CASE id WHEN $2 THEN 0 ELSE standing_members END, deletion_id = id
                 WHERE tenant_id = $1 AND (id = $2 OR deletion_id = $2) AND deleted_at IS NOT NULL
             )
             SELECT user_id AS id FROM gone ORDER BY user_id",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(group.uuid())
        .load(self.connection())
        .await?;
        Ok(gone.into_iter().map(|row| row.id.into()).collect())
    }
}

const WAKE: &str = "
WITH woken AS (
    DELETE FROM dormant_edges d WHERE d.tenant_id = $1 AND ((NOT $5 AND d.child_id = ANY ($2))
        OR ($5 AND d.parent_id = ANY ($2) AND EXISTS (SELECT FROM groups c
            WHERE c.tenant_id = $1 AND c.id = d.child_id AND c.deleted_at IS NULL)))
    RETURNING *
), judged AS MATERIALIZED (
    SELECT w.*, (p.deleted_at IS NULL OR p.id = ANY ($2)) AND NOT ($4 AND w.is_primary AND w.child_id = $3) AS back
    FROM woken w JOIN groups p ON p.tenant_id = $1 AND p.id = w.parent_id
), made AS (
    INSERT INTO edges (tenant_id, parent_id, child_id, is_primary, added_at, added_by, source)
    SELECT tenant_id, parent_id, child_id, is_primary, added_at, added_by, source FROM judged WHERE back
)
SELECT parent_id, child_id, is_primary, back FROM judged ORDER BY parent_id, child_id";

const BEYOND_LIMITS: &str = "
WITH RECURSIVE border AS MATERIALIZED (
    SELECT parent_id, child_id FROM edges
    WHERE $5 AND tenant_id = $1 AND parent_id = ANY ($2) AND NOT child_id = ANY ($2)
    UNION ALL
    SELECT parent_id, child_id FROM edges
    WHERE NOT $5 AND tenant_id = $1 AND child_id = ANY ($2) AND NOT parent_id = ANY ($2)
), up (origin, id, depth) AS (
    SELECT parent_id, parent_id, 1 FROM border
    UNION SELECT u.origin, e.parent_id, u.depth + 1 FROM up u
        JOIN edges e ON e.tenant_id = $1 AND e.child_id = u.id WHERE u.depth < 64
), down (origin, id, depth) AS (
    SELECT child_id, child_id, 1 FROM border
    UNION SELECT d.origin, e.child_id, d.depth + 1 FROM down d
        JOIN edges e ON e.tenant_id = $1 AND e.parent_id = d.id WHERE d.depth < 64
), above AS (SELECT origin, max(depth) AS groups FROM up GROUP BY origin),
below AS (SELECT origin, max(depth) AS groups FROM down GROUP BY origin),
wide AS (SELECT e.parent_id FROM edges e WHERE e.tenant_id = $1 AND e.parent_id IN (SELECT parent_id FROM border)
    GROUP BY e.parent_id HAVING count(*) > $4)
DELETE FROM edges e USING border b, above a, below w
WHERE e.tenant_id = $1 AND e.parent_id = b.parent_id AND e.child_id = b.child_id
    AND a.origin = b.parent_id AND w.origin = b.child_id
    AND (a.groups + w.groups > $3 OR b.parent_id IN (SELECT parent_id FROM wide))
RETURNING e.parent_id, e.child_id";

const REVIVE: &str = "
UPDATE groups g SET deleted_at = NULL, deletion_id = NULL, updated_at = $4, version = g.version + 1,
    parent_group_id = hung.parent_id,
    nested_groups = (SELECT count(*) FROM edges e WHERE e.tenant_id = $1 AND e.parent_id = g.id),
    name_scope = CASE $3 WHEN 'none' THEN g.id
        WHEN 'sibling' THEN coalesce(hung.parent_id, '00000000-0000-0000-0000-000000000000')
        ELSE '00000000-0000-0000-0000-000000000000' END
FROM groups was LEFT JOIN edges hung ON hung.tenant_id = was.tenant_id AND hung.child_id = was.id AND hung.is_primary
WHERE g.tenant_id = $1 AND g.id = ANY ($2) AND was.tenant_id = g.tenant_id AND was.id = g.id";
