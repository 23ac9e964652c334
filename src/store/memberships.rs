//! The rows of memberships: every write touches only the rows it changes, whatever the size of the group.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::error::Error;
use super::groups::Row as GroupRow;
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::event::Actor;
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::Member;
use crate::model::version::Version;

/// What [`TenantTx::move_users`] is asked to do.
#[derive(Debug)]
pub struct UserMove<'a> {
    /// The group.
    pub group: GroupId,
    /// Users to be in.
    pub add: &'a [Uuid],
    /// Users to be out.
    pub remove: &'a [Uuid],
    /// Versions the group may have (`If-Match`); `None` for any.
    pub versions: Option<&'a [i64]>,
    /// Whether ids that name no user are passed over instead of stopping everything.
    pub skip_unknown: bool,
    /// Up to how many members to tell afterwards.
    pub told: i64,
}

/// What came of it.
#[derive(Debug)]
pub struct UserMoved {
    /// The group as it is afterwards.
    pub group: Group,
    /// Its version before.
    pub before: Version,
    /// Ids to add that are neither a live user nor a member yet. Unless they may be passed over, nothing was done.
    pub unknown: Vec<Uuid>,
    /// Whether child groups are concerned. Then nothing was done: edges need their own checks.
    pub nesting: bool,
    /// Whether another writer was faster than a change of several members. Then nothing was done: what this statement
    /// saw of the members is out of date, and it must be asked again under the group's lock.
    pub stale: bool,
    /// Users that came in.
    pub added: Vec<Uuid>,
    /// Users that went out.
    pub removed: Vec<Uuid>,
    /// All members afterwards, if that was asked for, they are few enough, and no other writer came in between.
    pub members: Option<Vec<Member>>,
}

#[derive(QueryableByName)]
struct Moved {
    #[diesel(embed)]
    afterwards: Afterwards,
    #[diesel(sql_type = Bool)]
    nesting: bool,
    #[diesel(sql_type = Bool)]
    stale: bool,
}

/// A group before and after users were moved, and who they were.
#[derive(QueryableByName)]
pub(super) struct Afterwards {
    #[diesel(embed)]
    columns: GroupRow,
    #[diesel(sql_type = BigInt)]
    windowed: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    new_version: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    new_standing: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    new_updated_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Array<diesel::sql_types::Uuid>)]
    unknown: Vec<Uuid>,
    #[diesel(sql_type = Array<diesel::sql_types::Uuid>)]
    added: Vec<Uuid>,
    #[diesel(sql_type = Array<diesel::sql_types::Uuid>)]
    removed: Vec<Uuid>,
    #[diesel(sql_type = Nullable<Array<diesel::sql_types::Uuid>>)]
    told_users: Option<Vec<Uuid>>,
    #[diesel(sql_type = Nullable<Array<diesel::sql_types::Uuid>>)]
    told_groups: Option<Vec<Uuid>>,
}

/// Ids in one row: a hundred thousand rows of one id each weigh ten times as much.
#[derive(QueryableByName)]
pub(super) struct Ids {
    #[diesel(sql_type = Array<diesel::sql_types::Uuid>)]
    pub(super) ids: Vec<Uuid>,
}

#[derive(QueryableByName)]
struct Gone {
    #[diesel(sql_type = Array<diesel::sql_types::Uuid>)]
    ids: Vec<Uuid>,
    #[diesel(sql_type = BigInt)]
    standing: i64,
}

/// Users that left, and how many of them had a membership without a window.
#[derive(Debug, Default)]
pub struct Removal {
    /// Who left.
    pub users: Vec<UserId>,
    /// By how much the counter of standing members falls.
    pub standing: i64,
}

impl From<Gone> for Removal {
    fn from(gone: Gone) -> Self {
        Self { users: gone.ids.into_iter().map(UserId::from).collect(), standing: gone.standing }
    }
}

impl TenantTx {
    /// Adds and removes users of one group in one statement that is its own transaction, event and counters included.
    /// `None` when there is no such group.
    ///
    /// # Errors
    /// The database cannot be reached, or the wait for the group ends in a deadlock.
    pub async fn move_users(
        &mut self,
        wanted: &UserMove<'_>,
        at: DateTime<Utc>,
        actor: &Actor,
    ) -> Result<Option<UserMoved>, Error> {
        let moved: Option<Moved> = statement(MOVE)
            .bind::<diesel::sql_types::Uuid, _>(self.tenant)
            .bind::<diesel::sql_types::Uuid, _>(wanted.group.uuid())
            .bind::<Array<diesel::sql_types::Uuid>, _>(wanted.add)
            .bind::<Array<diesel::sql_types::Uuid>, _>(wanted.remove)
            .bind::<Nullable<Array<BigInt>>, _>(wanted.versions)
            .bind::<Bool, _>(wanted.skip_unknown)
            .bind::<Timestamptz, _>(at)
            .bind::<Text, _>(&actor.name)
            .bind::<Text, _>(actor.api.as_str())
            .bind::<Text, _>(&actor.request_id)
            .bind::<BigInt, _>(wanted.told)
            .get_result(self.connection())
            .await
            .optional()?;
        Ok(moved.map(|Moved { afterwards, nesting, stale }| UserMoved {
            nesting,
            stale,
            ..afterwards.into_outcome(wanted.told)
        }))
    }

    /// Takes these users out of a locked group.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn delete_members(&mut self, group: GroupId, users: &[Uuid]) -> Result<Removal, Error> {
        let gone: Gone = statement(
            "WITH gone AS (
                DELETE FROM members WHERE tenant_id = $1 AND group_id = $2 AND user_id = ANY ($3)
                    AND (expires_at IS NULL OR expires_at > now())
                RETURNING user_id, valid_from IS NULL AND expires_at IS NULL AS standing
             )
             SELECT ARRAY(SELECT user_id FROM gone) AS ids, (SELECT count(*) FROM gone WHERE standing) AS standing",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<diesel::sql_types::Uuid, _>(group.uuid())
        .bind::<Array<diesel::sql_types::Uuid>, _>(users)
        .get_result(self.connection())
        .await?;
        Ok(gone.into())
    }

    /// Takes everybody out of a locked group. Memberships that are over stay.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn delete_all_members(&mut self, group: GroupId) -> Result<Removal, Error> {
        let gone: Gone = statement(
            "WITH gone AS (
                DELETE FROM members WHERE tenant_id = $1 AND group_id = $2 AND (expires_at IS NULL OR expires_at > now())
                RETURNING user_id, valid_from IS NULL AND expires_at IS NULL AS standing
             )
             SELECT ARRAY(SELECT user_id FROM gone) AS ids, (SELECT count(*) FROM gone WHERE standing) AS standing",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<diesel::sql_types::Uuid, _>(group.uuid())
        .get_result(self.connection())
        .await?;
        Ok(gone.into())
    }

    /// Of these ids the live users, held so that none can be deleted before the transaction ends.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn hold_users(&mut self, ids: &[Uuid]) -> Result<Vec<Uuid>, Error> {
        let held: Ids = statement(
            "WITH held AS MATERIALIZED (
                SELECT u.id FROM users u WHERE u.tenant_id = $1 AND u.id = ANY ($2) AND u.deleted_at IS NULL
                ORDER BY u.id FOR KEY SHARE
             )
             SELECT ARRAY(SELECT id FROM held) AS ids",
        )
        .bind::<diesel::sql_types::Uuid, _>(self.tenant)
        .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
        .get_result(self.connection())
        .await?;
        Ok(held.ids)
    }
}

impl Afterwards {
    /// What came of it. Members are told only when they are no more than so many.
    pub(super) fn into_outcome(self, told: i64) -> UserMoved {
        let before = Version(self.columns.version);
        let mut group = self.columns.with_windowed(self.windowed);
        if let (Some(version), Some(standing), Some(at)) = (self.new_version, self.new_standing, self.new_updated_at) {
            group.version = Version(version);
            group.standing_members = standing;
            group.updated_at = at;
        }
        let few = |members: &Vec<Member>| members.len() <= usize::try_from(told).unwrap_or(0);
        let told = self.told_users.zip(self.told_groups).map(|(users, groups)| Member::all(users, groups));
        UserMoved {
            group,
            before,
            unknown: self.unknown,
            nesting: false,
            stale: false,
            added: self.added,
            removed: self.removed,
            members: told.filter(few),
        }
    }
}

/// Of those who are wanted in the group, who is known and who is not, and the group, locked behind the known.
macro_rules! users_then_group {
    () => {
        "known AS MATERIALIZED (
    SELECT u.id FROM wanted w JOIN users u ON u.tenant_id = w.tenant_id AND u.id = w.id
    WHERE u.deleted_at IS NULL
    ORDER BY u.id FOR KEY SHARE OF u
), unknown AS MATERIALIZED (
    SELECT id FROM wanted EXCEPT SELECT id FROM known
), target AS MATERIALIZED (
    SELECT g.* FROM groups g
    WHERE g.tenant_id = $1 AND g.id = $2 AND g.deleted_at IS NULL AND (SELECT count(*) FROM known) >= 0
    FOR NO KEY UPDATE
)"
    };
}
pub(super) use users_then_group;

/// Whose time in the group is over, or still to come, comes now and for good.
macro_rules! or_again {
    () => {
        "ON CONFLICT (tenant_id, group_id, user_id) DO UPDATE SET added_at = excluded.added_at,
        added_by = excluded.added_by, source = excluded.source, valid_from = NULL, expires_at = NULL
    WHERE m.valid_from > now() OR m.expires_at <= now()
    RETURNING user_id"
    };
}
pub(super) use or_again;

/// Those who are to go, out of the group that this table of one row has.
macro_rules! removed {
    ($group:literal) => {
        concat!(
            "removed AS (
    DELETE FROM members m USING ",
            $group,
            " held
    WHERE m.tenant_id = $1 AND m.group_id = held.id AND m.user_id = ANY ($4)
        AND (m.expires_at IS NULL OR m.expires_at > now())
    RETURNING m.user_id, m.valid_from IS NULL AND m.expires_at IS NULL AS standing
)"
        )
    };
}
pub(super) use removed;

/// The columns of [`Afterwards`]; the members where that is so, up to so many.
macro_rules! afterwards {
    ($telling:literal, $told:literal) => {
        concat!(
            "t.id, t.num, t.name, t.description, t.group_type, t.is_privileged, t.parent_group_id, t.external_id,
    t.custom_attributes, t.attributes, t.source, t.standing_members, t.nested_groups, t.version, t.created_at, t.updated_at,
    CASE WHEN t.has_windows THEN (SELECT count(*) FROM members w WHERE w.tenant_id = $1 AND w.group_id = $2
        AND (w.valid_from IS NOT NULL OR w.expires_at IS NOT NULL)
        AND (w.valid_from IS NULL OR w.valid_from <= now()) AND (w.expires_at IS NULL OR w.expires_at > now())
        AND NOT EXISTS (SELECT FROM removed r WHERE r.user_id = w.user_id)) ELSE 0 END AS windowed,
    c.version AS new_version, c.standing_members AS new_standing, c.updated_at AS new_updated_at,
    ARRAY(SELECT id FROM unknown ORDER BY id) AS unknown,
    ARRAY(SELECT user_id FROM added) AS added, ARRAY(SELECT user_id FROM removed) AS removed,
    CASE WHEN ",
            $telling,
            " THEN ARRAY(SELECT m.user_id FROM (
            SELECT user_id FROM members
            WHERE tenant_id = $1 AND group_id = $2 AND user_id NOT IN (SELECT user_id FROM removed)
                AND (valid_from IS NULL OR valid_from <= now()) AND (expires_at IS NULL OR expires_at > now())
            UNION ALL SELECT user_id FROM added
        ) m ORDER BY m.user_id LIMIT ",
            $told,
            " + 1) END AS told_users,
    CASE WHEN ",
            $telling,
            " THEN ARRAY(SELECT child_id FROM edges WHERE tenant_id = $1 AND parent_id = $2
        ORDER BY child_id LIMIT ",
            $told,
            " + 1) END AS told_groups"
        )
    };
}
pub(super) use afterwards;

// The order of locks is the same everywhere: users, then the group. `known` is counted before the group is locked for
// that reason. A user that is already in needs no lock and is not written to; whoever has left by time, or is to come
// later, comes now and for good. Everything that changes hangs on `go`, which holds the group's row, so two writers of one
// group never work at the same time. But a statement sees members as they were when it began, before it had the lock: a
// change of one member is right all the same, one of several would mix with that of another writer. So it stands back when
// the locked row is not the one it had seen; and it does not tell then who is in the group, which has to be asked anew.
//
// Whether a user is in already is asked as a value and not by NOT EXISTS: that would be a join, and planned for groups of
// the usual size a join reads the whole group, however large this one is. The tenant of a user looked up comes from
// `wanted`, so that each is one probe of the primary key even while the planner has no statistics and takes the tenant for
// empty.
const MOVE: &str = concat!(
    "
WITH wanted AS MATERIALIZED (
    SELECT DISTINCT $1::uuid AS tenant_id, id FROM unnest($3::uuid[]) AS asked (id)
    WHERE (SELECT m.user_id FROM members m WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.user_id = id
        AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())) IS NULL
), ",
    users_then_group!(),
    ", nesting AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM edges WHERE tenant_id = $1 AND parent_id = $2
            AND child_id = ANY ($4 || ARRAY(SELECT id FROM unknown)))
        OR EXISTS (SELECT FROM groups WHERE tenant_id = $1 AND id = ANY (ARRAY(SELECT id FROM unknown))
            AND deleted_at IS NULL) AS found
), seen AS MATERIALIZED (
    SELECT t.version = (SELECT version FROM groups WHERE tenant_id = $1 AND id = $2) AS latest FROM target t
), fresh AS MATERIALIZED (
    SELECT cardinality($3) + cardinality($4) <= 1 OR s.latest AS enough,
        $11 > 0 AND s.latest AND t.standing_members + t.nested_groups <= $11 + cardinality($4) AS telling
    FROM target t, seen s
), go AS MATERIALIZED (
    SELECT t.id FROM target t, nesting n, fresh f
    WHERE ($5::bigint[] IS NULL OR t.version = ANY ($5)) AND NOT n.found AND f.enough
        AND ($6 OR NOT EXISTS (SELECT FROM unknown))
), added AS (
    INSERT INTO members AS m (tenant_id, group_id, user_id, added_at, added_by, source)
    SELECT $1, go.id, known.id, $7, $8, $9 FROM go, known
    ",
    or_again!(),
    "
), ",
    removed!("go"),
    ", changed AS (
    UPDATE groups g SET version = g.version + 1, updated_at = $7,
        standing_members = g.standing_members + (SELECT count(*) FROM added)
            - (SELECT count(*) FROM removed WHERE standing)
    FROM go
    WHERE g.tenant_id = $1 AND g.id = go.id AND (EXISTS (SELECT FROM added) OR EXISTS (SELECT FROM removed))
    RETURNING g.version, g.standing_members, g.updated_at
), told AS (
    INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource, after)
    SELECT $1, $7, $8, $9, $10, 'group.members_changed', $2, jsonb_strip_nulls(jsonb_build_object(
        'added_users', (SELECT jsonb_agg(user_id) FROM added),
        'removed_users', (SELECT jsonb_agg(user_id) FROM removed)))
    FROM changed
)
SELECT n.found AS nesting, NOT f.enough AS stale, ",
    afterwards!("f.telling", "$11"),
    "
FROM target t CROSS JOIN nesting n CROSS JOIN fresh f LEFT JOIN changed c ON true"
);
