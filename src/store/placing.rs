//! Users of one group inside a transaction: how it differs from a list, and putting them in, always or for a time. Every
//! statement costs by what it is given, whatever the size of the group; only who asks for those beside the list has all of
//! the group read.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{MemberKinds, Validity};
use crate::model::version::Version;

type SqlUuid = diesel::sql_types::Uuid;

/// What came of putting users into a group.
#[derive(Debug, Default)]
pub struct Placement {
    /// Those that were not in.
    pub came: Vec<UserId>,
    /// Those that were in at other times.
    pub rescheduled: Vec<UserId>,
    /// By how much the counter of standing members moves.
    pub standing: i64,
}

#[derive(QueryableByName)]
struct Put {
    #[diesel(sql_type = Array<SqlUuid>)]
    came: Vec<Uuid>,
    #[diesel(sql_type = Array<SqlUuid>)]
    rescheduled: Vec<Uuid>,
    #[diesel(sql_type = BigInt)]
    standing: i64,
}

/// How a group differs from a list of ids.
#[derive(Debug, Default)]
pub struct Difference {
    /// The group's version at that moment. As long as it has that, nobody else has changed its members.
    pub version: Option<Version>,
    /// Ids of the list, each once, that are not in the group now: as a user, as a child group, or as either.
    pub missing: Vec<Uuid>,
    /// Users in the group, now or later, that are not on the list; if they were asked for.
    pub others: Vec<Uuid>,
}

#[derive(QueryableByName)]
struct Differing {
    #[diesel(sql_type = Nullable<BigInt>)]
    version: Option<i64>,
    #[diesel(sql_type = Array<SqlUuid>)]
    missing: Vec<Uuid>,
    #[diesel(sql_type = Array<SqlUuid>)]
    others: Vec<Uuid>,
}

// One probe for each id.
const MISSING: &str = "
SELECT (SELECT version FROM groups WHERE tenant_id = $1 AND id = $2) AS version,
    ARRAY(SELECT DISTINCT id FROM unnest($3::uuid[]) AS wanted (id)
        WHERE NOT ($4 AND EXISTS (SELECT FROM members m WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.user_id = id
            AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())))
        AND NOT ($5 AND EXISTS (SELECT FROM edges WHERE tenant_id = $1 AND parent_id = $2 AND child_id = id))) AS missing,
    '{}'::uuid[] AS others";

// Both are read once, side by side: a full join hashes or sorts whatever the planner believes of them.
const DIFFERENCE: &str = "
WITH difference AS MATERIALIZED (
    SELECT wanted.id AS wanted, held.user_id AS held
    FROM (SELECT user_id, valid_from IS NULL OR valid_from <= now() AS counts FROM members
        WHERE tenant_id = $1 AND group_id = $2 AND (expires_at IS NULL OR expires_at > now())) AS held
    FULL JOIN unnest($3::uuid[]) AS wanted (id) ON wanted.id = held.user_id
    WHERE wanted.id IS NULL OR held.user_id IS NULL OR NOT held.counts OR NOT $4
)
SELECT (SELECT version FROM groups WHERE tenant_id = $1 AND id = $2) AS version,
    ARRAY(SELECT DISTINCT wanted FROM difference WHERE wanted IS NOT NULL AND NOT ($5 AND EXISTS (
        SELECT FROM edges WHERE tenant_id = $1 AND parent_id = $2 AND child_id = wanted))) AS missing,
    ARRAY(SELECT held FROM difference WHERE wanted IS NULL) AS others";

impl TenantTx {
    /// How the group differs from this list; with `whole` also by whom it has besides.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn compare_members(
        &mut self,
        group: GroupId,
        ids: &[Uuid],
        kinds: MemberKinds,
        whole: bool,
    ) -> Result<Difference, Error> {
        let differing: Differing = statement(if whole { DIFFERENCE } else { MISSING })
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<Array<SqlUuid>, _>(ids)
            .bind::<Bool, _>(kinds != MemberKinds::Groups)
            .bind::<Bool, _>(kinds != MemberKinds::Users)
            .get_result(self.connection())
            .await?;
        let Differing { version, missing, others } = differing;
        Ok(Difference { version: version.map(Version), missing, others })
    }

    /// Puts users into a locked group with this validity, which also becomes that of those that are in already. Whoever
    /// was in and has left by time comes anew.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn place_members(
        &mut self,
        group: GroupId,
        users: &[Uuid],
        validity: Validity,
        at: DateTime<Utc>,
        actor: &Actor,
    ) -> Result<Placement, Error> {
        let put: Put = statement(PLACE)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<Array<SqlUuid>, _>(users)
            .bind::<Timestamptz, _>(at)
            .bind::<Text, _>(&actor.name)
            .bind::<Text, _>(actor.api.as_str())
            .bind::<Nullable<Timestamptz>, _>(validity.from)
            .bind::<Nullable<Timestamptz>, _>(validity.until)
            .get_result(self.connection())
            .await?;
        let users = |ids: Vec<Uuid>| ids.into_iter().map(UserId::from).collect();
        Ok(Placement { came: users(put.came), rescheduled: users(put.rescheduled), standing: put.standing })
    }
}

// The group's id comes from `wanted`, so that each user is one look-up even while the planner takes the group for empty.
// A membership that is over, or that has not begun when one for always is asked for, makes room for the new one; another
// keeps its beginnings and changes its times.
const PLACE: &str = "
WITH wanted AS (
    SELECT DISTINCT $2::uuid AS group_id, id FROM unnest($3::uuid[]) AS asked (id)
), before AS MATERIALIZED (
    SELECT m.user_id, m.valid_from IS NULL AND m.expires_at IS NULL AS standing,
        coalesce(m.expires_at <= now(), false)
            OR (coalesce(m.valid_from > now(), false) AND $7::timestamptz IS NULL AND $8::timestamptz IS NULL) AS over
    FROM wanted w JOIN members m ON m.tenant_id = $1 AND m.group_id = w.group_id AND m.user_id = w.id
), put AS (
    INSERT INTO members AS m (tenant_id, group_id, user_id, added_at, added_by, source, valid_from, expires_at)
    SELECT $1, $2, w.id, $4, $5, $6, $7, $8 FROM wanted w
    ON CONFLICT (tenant_id, group_id, user_id) DO UPDATE SET
        valid_from = excluded.valid_from, expires_at = excluded.expires_at,
        added_at = CASE WHEN m.expires_at <= now() THEN excluded.added_at ELSE m.added_at END,
        added_by = CASE WHEN m.expires_at <= now() THEN excluded.added_by ELSE m.added_by END,
        source = CASE WHEN m.expires_at <= now() THEN excluded.source ELSE m.source END
    WHERE (m.valid_from, m.expires_at) IS DISTINCT FROM (excluded.valid_from, excluded.expires_at)
    RETURNING m.user_id
), marked AS (
    UPDATE groups SET has_windows = true
    WHERE tenant_id = $1 AND id = $2 AND NOT has_windows AND ($7::timestamptz IS NOT NULL OR $8::timestamptz IS NOT NULL)
), placed AS MATERIALIZED (
    SELECT p.user_id, coalesce(b.over, true) AS came,
        ($7 IS NULL AND $8 IS NULL)::int - coalesce(b.standing, false)::int AS standing
    FROM put p LEFT JOIN before b ON b.user_id = p.user_id
)
SELECT ARRAY(SELECT user_id FROM placed WHERE came) AS came, ARRAY(SELECT user_id FROM placed WHERE NOT came) AS rescheduled,
    (SELECT coalesce(sum(standing), 0)::bigint FROM placed) AS standing";
