//! Users of one locked group inside a transaction: who is not in it yet, and putting them in, always or for a time. Every
//! statement costs by what it is given, whatever the size of the group.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{MemberKinds, Validity};

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
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Placed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    came: bool,
    #[diesel(sql_type = Integer)]
    standing: i32,
}

impl TenantTx {
    /// Of these ids, each once, those that are not in the group now: as a user, as a child group, or as either.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn not_in_group(&mut self, group: GroupId, ids: &[Uuid], kinds: MemberKinds) -> Result<Vec<Uuid>, Error> {
        let rows: Vec<Id> = statement(
            "SELECT DISTINCT id FROM unnest($3::uuid[]) AS wanted (id)
             WHERE NOT ($4 AND EXISTS (SELECT FROM members m WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.user_id = id
                 AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())))
               AND NOT ($5 AND EXISTS (SELECT FROM edges WHERE tenant_id = $1 AND parent_id = $2 AND child_id = id))",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(group.uuid())
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Bool, _>(kinds != MemberKinds::Groups)
        .bind::<Bool, _>(kinds != MemberKinds::Users)
        .load(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| row.id).collect())
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
        let placed: Vec<Placed> = statement(PLACE)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<Array<SqlUuid>, _>(users)
            .bind::<Timestamptz, _>(at)
            .bind::<Text, _>(&actor.name)
            .bind::<Text, _>(actor.api.as_str())
            .bind::<Nullable<Timestamptz>, _>(validity.from)
            .bind::<Nullable<Timestamptz>, _>(validity.until)
            .load(self.connection())
            .await?;
        let standing = placed.iter().map(|row| i64::from(row.standing)).sum();
        let (came, rescheduled): (Vec<Placed>, Vec<Placed>) = placed.into_iter().partition(|row| row.came);
        let ids = |rows: Vec<Placed>| rows.into_iter().map(|row| row.id.into()).collect();
        Ok(Placement { came: ids(came), rescheduled: ids(rescheduled), standing })
    }
}

// A membership that is over, or that has not begun when one for always is asked for, makes room for the new one; another
// keeps its beginnings and changes its times.
const PLACE: &str = "
WITH wanted AS (
    SELECT DISTINCT id FROM unnest($3::uuid[]) AS asked (id)
), before AS MATERIALIZED (
    SELECT m.user_id, m.valid_from IS NULL AND m.expires_at IS NULL AS standing,
        coalesce(m.expires_at <= now(), false)
            OR (coalesce(m.valid_from > now(), false) AND $7::timestamptz IS NULL AND $8::timestamptz IS NULL) AS over
    FROM members m JOIN wanted w ON w.id = m.user_id WHERE m.tenant_id = $1 AND m.group_id = $2
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
)
SELECT p.user_id AS id, coalesce(b.over, true) AS came,
    ($7 IS NULL AND $8 IS NULL)::int - coalesce(b.standing, false)::int AS standing
FROM put p LEFT JOIN before b ON b.user_id = p.user_id";
