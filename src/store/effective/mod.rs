//! Everybody in a group or in one below it, each once. A page costs by the number of groups below and of rows on the page,
//! wherever in the list it starts; how many there are in all is counted once for every state of those groups. What is
//! direct and what is inherited is told apart here, and through which groups the latter holds.

mod counts;

use diesel::sql_types::{BigInt, Bool};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::chunks::Chunks;
use super::error::Error;
use super::reading::{DetailRow, MemberSlice};
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::MemberDetail;

pub use counts::EffectiveCount;

type SqlUuid = diesel::sql_types::Uuid;

impl TenantTx {
    /// Members of a live group at any depth, by user id; with `inherited` only those that are not in the group itself.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn effective_members(
        &mut self,
        group: GroupId,
        primary_edges: bool,
        inherited: bool,
        slice: MemberSlice,
    ) -> Result<Vec<MemberDetail>, Error> {
        let rows: Vec<DetailRow> = statement(PAGE)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<Bool, _>(primary_edges)
            .bind::<Bool, _>(inherited)
            .bind::<SqlUuid, _>(slice.seek.after.map_or(Uuid::nil(), UserId::uuid))
            .bind::<BigInt, _>(slice.seek.limit)
            .bind::<BigInt, _>(slice.offset)
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(MemberDetail::from).collect())
    }

    /// All of them, in the same order.
    pub fn stream_effective_members(
        self,
        group: GroupId,
        primary_edges: bool,
        inherited: bool,
    ) -> Chunks<MemberDetail> {
        let query = statement(ALL)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<Bool, _>(primary_edges)
            .bind::<Bool, _>(inherited);
        self.chunks::<DetailRow, _, _>(query)
    }
}

/// The statement of a page; public so that its plan can be looked at. Its values are tenant, group, whether primary edges
/// count, whether only inherited members are meant, the user to start behind, rows, and rows to pass over.
///
/// Each group is read in its index from the place on where the page starts, and no further than the page can reach. How far
/// that is shows in a few members of each: where they make a page, the real one ends there or earlier. Where they are too
/// few, groups give up to a page each. The nearest membership comes first: the fewest levels down, then the earliest.
pub const PAGE: &str = "
WITH RECURSIVE below (id, depth) AS (
    SELECT $2::uuid, 0
    UNION SELECT e.child_id, b.depth + 1 FROM below b
        JOIN edges e ON e.tenant_id = $1 AND e.parent_id = b.id AND ($3 OR NOT e.is_primary) WHERE b.depth < 64
), closure AS MATERIALIZED (
    SELECT b.id, b.depth, named.name FROM (SELECT id, min(depth) AS depth FROM below GROUP BY id) b CROSS JOIN LATERAL (
        SELECT g.name FROM groups g WHERE g.tenant_id = $1 AND g.id = b.id OFFSET 0) named
), ahead AS MATERIALIZED (
    SELECT DISTINCT m.user_id FROM closure c CROSS JOIN LATERAL (
        SELECT s.user_id FROM members s
        WHERE s.tenant_id = $1 AND s.group_id = c.id AND s.user_id > $5
            AND (s.valid_from IS NULL OR s.valid_from <= now()) AND (s.expires_at IS NULL OR s.expires_at > now())
            AND NOT ($4 AND EXISTS (SELECT FROM members d
                WHERE d.tenant_id = $1 AND d.group_id = $2 AND d.user_id = s.user_id
                AND (d.valid_from IS NULL OR d.valid_from <= now()) AND (d.expires_at IS NULL OR d.expires_at > now())))
        ORDER BY s.user_id LIMIT ($6::bigint + $7::bigint) / 8
    ) m
), page AS MATERIALIZED (
    SELECT m.user_id FROM closure c CROSS JOIN LATERAL (
        SELECT s.user_id FROM members s
        WHERE s.tenant_id = $1 AND s.group_id = c.id AND s.user_id > $5
            AND s.user_id <= coalesce(
                (SELECT user_id FROM ahead ORDER BY user_id OFFSET greatest($6::bigint + $7::bigint - 1, 0) LIMIT 1),
                'ffffffff-ffff-ffff-ffff-ffffffffffff')
            AND (s.valid_from IS NULL OR s.valid_from <= now()) AND (s.expires_at IS NULL OR s.expires_at > now())
            AND NOT ($4 AND EXISTS (SELECT FROM members d
                WHERE d.tenant_id = $1 AND d.group_id = $2 AND d.user_id = s.user_id
                AND (d.valid_from IS NULL OR d.valid_from <= now()) AND (d.expires_at IS NULL OR d.expires_at > now())))
        ORDER BY s.user_id LIMIT $6::bigint + $7::bigint
    ) m GROUP BY m.user_id ORDER BY m.user_id LIMIT $6 OFFSET $7
), theirs AS MATERIALIZED (
    SELECT p.user_id, m.group_id, m.added_at, m.expires_at FROM page p CROSS JOIN LATERAL (
        SELECT m.group_id, m.added_at, m.expires_at FROM members m
        WHERE m.tenant_id = $1 AND m.user_id = p.user_id
            AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())
        OFFSET 0
    ) m
), held AS (
    SELECT near.user_id, min(near.added_at) FILTER (WHERE near.place = 1) AS added_at,
        min(near.expires_at) FILTER (WHERE near.place = 1) AS expires_at,
        CASE WHEN bool_or(near.depth = 0) THEN '[]'::jsonb ELSE
            jsonb_agg(jsonb_build_object('group_id', near.group_id, 'name', near.name) ORDER BY near.place) END AS via
    FROM (
        SELECT t.user_id, t.group_id, t.added_at, t.expires_at, c.depth, c.name,
            row_number() OVER (PARTITION BY t.user_id ORDER BY c.depth, t.added_at, t.group_id) AS place
        FROM theirs t JOIN closure c ON c.id = t.group_id
    ) near WHERE near.place <= 10 GROUP BY near.user_id
)
SELECT h.user_id, u.user_name, u.email, u.display_name, u.active, h.added_at, h.expires_at, h.via
FROM held h CROSS JOIN LATERAL (
    SELECT u.user_name, u.email, u.display_name, u.active FROM users u WHERE u.tenant_id = $1 AND u.id = h.user_id OFFSET 0) u
ORDER BY h.user_id";

// The same of the whole closure: every row of it is read once and sorted on the database's side, and as it is sent in that
// order, nobody holds it.
const ALL: &str = "
WITH RECURSIVE below (id, depth) AS (
    SELECT $2::uuid, 0
    UNION SELECT e.child_id, b.depth + 1 FROM below b
        JOIN edges e ON e.tenant_id = $1 AND e.parent_id = b.id AND ($3 OR NOT e.is_primary) WHERE b.depth < 64
), closure AS MATERIALIZED (
    SELECT id, min(depth) AS depth FROM below GROUP BY id
)
SELECT held.user_id, u.user_name, u.email, u.display_name, u.active, held.added_at, held.expires_at,
    CASE WHEN held.groups[1] = $2 THEN '[]'::jsonb ELSE (
        SELECT jsonb_agg(jsonb_build_object('group_id', g.id, 'name', g.name) ORDER BY way.place)
        FROM unnest(held.groups[1:10]) WITH ORDINALITY AS way (id, place)
        JOIN groups g ON g.tenant_id = $1 AND g.id = way.id
    ) END AS via
FROM (
    SELECT m.user_id, array_agg(c.id ORDER BY c.depth, m.added_at, c.id) AS groups,
        (array_agg(m.added_at ORDER BY c.depth, m.added_at, c.id))[1] AS added_at,
        (array_agg(m.expires_at ORDER BY c.depth, m.added_at, c.id))[1] AS expires_at
    FROM closure c CROSS JOIN LATERAL (
        SELECT s.user_id, s.added_at, s.expires_at FROM members s
        WHERE s.tenant_id = $1 AND s.group_id = c.id
            AND (s.valid_from IS NULL OR s.valid_from <= now()) AND (s.expires_at IS NULL OR s.expires_at > now())
        OFFSET 0
    ) m
    GROUP BY m.user_id HAVING NOT ($4 AND bool_or(c.depth = 0)) ORDER BY m.user_id
) held JOIN users u ON u.tenant_id = $1 AND u.id = held.user_id
ORDER BY held.user_id";
