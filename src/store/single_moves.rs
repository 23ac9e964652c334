//! Changes of one group that move one user each, made by one statement: the group is locked once and its row written once,
//! however many they are. Each stays a change of its own, with its own version and event.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::memberships::{Afterwards, UserMoved, afterwards, or_again, removed, users_then_group};
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::ids::GroupId;

type SqlUuid = diesel::sql_types::Uuid;

/// One user comes into the group, or goes.
#[derive(Debug, Clone, Copy)]
pub struct SingleMove<'a> {
    /// Who.
    pub user: Uuid,
    /// Whether into the group.
    pub comes: bool,
    /// By whose doing.
    pub actor: &'a Actor,
}

#[derive(QueryableByName)]
struct Moved {
    #[diesel(embed)]
    afterwards: Afterwards,
    #[diesel(sql_type = Array<SqlUuid>)]
    nested: Vec<Uuid>,
}

impl TenantTx {
    /// Moves users, each another one, in one statement that is its own transaction. Every outcome shows the group as it is
    /// after all of them; a move that cannot be made hinders no other. `None` when there is no such group.
    ///
    /// # Errors
    /// The database cannot be reached, or a wait ends in a deadlock.
    pub async fn move_singly(
        &mut self,
        group: GroupId,
        moves: &[SingleMove<'_>],
        at: DateTime<Utc>,
        told: i64,
    ) -> Result<Option<Vec<UserMoved>>, Error> {
        let who = |comes: bool| moves.iter().map(move |one| (one.comes == comes).then_some(one.user));
        let actors = |of: fn(&Actor) -> &str| moves.iter().map(move |one| of(one.actor)).collect::<Vec<_>>();
        let moved: Option<Moved> = statement(MOVE_SINGLY)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<Array<Nullable<SqlUuid>>, _>(who(true).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(who(false).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(actors(|actor| &actor.name))
            .bind::<Array<Text>, _>(actors(|actor| actor.api.as_str()))
            .bind::<Array<Text>, _>(actors(|actor| &actor.request_id))
            .bind::<Timestamptz, _>(at)
            .bind::<BigInt, _>(told)
            .get_result(self.connection())
            .await
            .optional()?;
        Ok(moved.map(|moved| moved.into_outcomes(moves, told)))
    }
}

impl Moved {
    fn into_outcomes(self, moves: &[SingleMove<'_>], told: i64) -> Vec<UserMoved> {
        let nested: HashSet<_> = self.nested.into_iter().collect();
        let all = self.afterwards.into_outcome(told);
        let [unknown, added, removed] =
            [&all.unknown, &all.added, &all.removed].map(|users| users.iter().copied().collect::<HashSet<_>>());
        let own = |of: &HashSet<Uuid>, user: Uuid| of.contains(&user).then_some(user).into_iter().collect();
        let outcome = |SingleMove { user, .. }: &SingleMove<'_>| UserMoved {
            group: all.group.clone(),
            before: all.before,
            unknown: own(&unknown, *user),
            nesting: nested.contains(user),
            stale: false,
            added: own(&added, *user),
            removed: own(&removed, *user),
            members: all.members.clone(),
        };
        moves.iter().map(outcome).collect()
    }
}

// Locks are taken, and rows looked for, as the statement that moves several users of one change does it; see there. A change
// of one user is right whatever other writers did since the statement began, so none of these has to stand back. Only who
// is in the group is not told then.
const MOVE_SINGLY: &str = concat!(
    "
WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
        AS asked (comes, goes, actor, api, request_id, place)
), wanted AS MATERIALIZED (
    SELECT $1::uuid AS tenant_id, comes AS id FROM asked
    WHERE comes IS NOT NULL AND (SELECT m.user_id FROM members m
        WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.user_id = comes
        AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())) IS NULL
), ",
    users_then_group!(),
    ", telling AS MATERIALIZED (
    SELECT $9 > 0 AND t.version = (SELECT version FROM groups WHERE tenant_id = $1 AND id = $2)
        AND t.standing_members + t.nested_groups <= $9 + cardinality($4) AS wanted FROM target t
), added AS (
    INSERT INTO members AS m (tenant_id, group_id, user_id, added_at, added_by, source)
    SELECT $1, t.id, a.comes, $8, a.actor, a.api FROM target t, known k JOIN asked a ON a.comes = k.id
    ",
    or_again!(),
    "
), ",
    removed!("target"),
    ", done AS MATERIALIZED (
    SELECT a.* FROM asked a
    WHERE a.comes IN (SELECT user_id FROM added) OR a.goes IN (SELECT user_id FROM removed)
), changed AS (
    UPDATE groups g SET version = g.version + (SELECT count(*) FROM done), updated_at = $8,
        standing_members = g.standing_members + (SELECT count(*) FROM added)
            - (SELECT count(*) FROM removed WHERE standing)
    FROM target t
    WHERE g.tenant_id = $1 AND g.id = t.id AND EXISTS (SELECT FROM done)
    RETURNING g.version, g.standing_members, g.updated_at
), told AS (
    INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, after)
    SELECT $1, $8, d.actor, d.api, d.request_id, 'group.members_changed', $2, jsonb_build_object(
        CASE WHEN d.comes IS NULL THEN 'removed_users' ELSE 'added_users' END,
        jsonb_build_array(coalesce(d.comes, d.goes)))
    FROM done d, changed ORDER BY d.place
)
SELECT ARRAY(SELECT child_id FROM edges WHERE tenant_id = $1 AND parent_id = $2
            AND child_id = ANY ($4 || ARRAY(SELECT id FROM unknown))
        UNION ALL SELECT id FROM groups WHERE tenant_id = $1 AND id = ANY (ARRAY(SELECT id FROM unknown))
            AND deleted_at IS NULL) AS nested,
    ",
    afterwards!("l.wanted", "$9"),
    "
FROM target t CROSS JOIN telling l LEFT JOIN changed c ON true"
);
