//! Reading who is in what: pages of members, the groups of users. Nothing here reads a whole group into the process.
//! Members at any depth, and lists of members as they go out whole, have rooms of their own.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::chunks::Chunks;
use super::error::Error;
use super::groups::windowed;
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::group::GroupType;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{GroupLink, MemberDetail, NestedGroup, UserGroup};
use crate::model::page::Seek;

type SqlUuid = diesel::sql_types::Uuid;

/// Which part of a list of members: on from a user, or from so many rows in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MemberSlice {
    /// Where to start, and how many.
    pub seek: Seek<UserId>,
    /// Rows to pass over after that.
    pub offset: i64,
}

#[derive(QueryableByName)]
pub(super) struct DetailRow {
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = Text)]
    user_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    display_name: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    active: Option<bool>,
    #[diesel(sql_type = Timestamptz)]
    added_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Jsonb)]
    via: serde_json::Value,
}

impl From<DetailRow> for MemberDetail {
    fn from(row: DetailRow) -> Self {
        Self {
            user_id: row.user_id.into(),
            user_name: row.user_name,
            email: row.email,
            display_name: row.display_name,
            active: row.active != Some(false),
            added_at: row.added_at,
            expires_at: row.expires_at,
            via: serde_json::from_value::<Vec<GroupLink>>(row.via).unwrap_or_default(),
        }
    }
}

#[derive(QueryableByName)]
struct NestedRow {
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
struct UserGroupRow {
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    group_id: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    direct: bool,
}

#[derive(QueryableByName)]
struct Names {
    #[diesel(sql_type = Array<Text>)]
    names: Vec<String>,
}

impl TenantTx {
    /// Direct members of a live group, by user id.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn direct_members(&mut self, group: GroupId, slice: MemberSlice) -> Result<Vec<MemberDetail>, Error> {
        let rows: Vec<DetailRow> = statement(DIRECT)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<SqlUuid, _>(slice.seek.after.map_or(Uuid::nil(), UserId::uuid))
            .bind::<BigInt, _>(slice.seek.limit)
            .bind::<BigInt, _>(slice.offset)
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(MemberDetail::from).collect())
    }

    /// All of them, in the same order.
    pub fn stream_direct_members(self, group: GroupId) -> Chunks<MemberDetail> {
        let query = statement(DIRECT)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<SqlUuid, _>(Uuid::nil())
            .bind::<BigInt, _>(i64::MAX)
            .bind::<BigInt, _>(0);
        self.chunks::<DetailRow, _, _>(query)
    }

    /// Child groups of a live group, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn nested_groups(&mut self, group: GroupId, limit: i64, offset: i64) -> Result<Vec<NestedGroup>, Error> {
        let rows: Vec<NestedRow> = statement(NESTED)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<SqlUuid, _>(group.uuid())
            .bind::<BigInt, _>(limit)
            .bind::<BigInt, _>(offset)
            .load(self.connection())
            .await?;
        let nested = |row: NestedRow| NestedGroup {
            id: row.id.into(),
            name: row.name,
            group_type: row.group_type.as_deref().and_then(GroupType::parse).unwrap_or_default(),
            member_count: row.member_count,
            is_primary: row.is_primary,
        };
        Ok(rows.into_iter().map(nested).collect())
    }

    /// Names of the primary ancestors of a group, from the root.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn ancestor_names(&mut self, parent: GroupId) -> Result<Vec<String>, Error> {
        let row: Names = statement(
            "WITH RECURSIVE up (id, name, parent, depth) AS (
                 SELECT id, name, parent_group_id, 1 FROM groups WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
                 UNION ALL SELECT g.id, g.name, g.parent_group_id, u.depth + 1 FROM up u
                 JOIN groups g ON g.tenant_id = $1 AND g.id = u.parent AND g.deleted_at IS NULL WHERE u.depth < 64
             ) SELECT coalesce(array_agg(name ORDER BY depth DESC), '{}') AS names FROM up",
        )
        .bind::<SqlUuid, _>(self.tenant)
        .bind::<SqlUuid, _>(parent.uuid())
        .get_result(self.connection())
        .await?;
        Ok(row.names)
    }

    /// The groups each of these users is in, directly or through nesting, by user and group.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn groups_of_users(&mut self, users: &[Uuid], primary_edges: bool) -> Result<Vec<UserGroup>, Error> {
        let rows: Vec<UserGroupRow> = statement(GROUPS_OF_USERS)
            .bind::<SqlUuid, _>(self.tenant)
            .bind::<Array<SqlUuid>, _>(users)
            .bind::<Bool, _>(primary_edges)
            .load(self.connection())
            .await?;
        let user_group = |row: UserGroupRow| UserGroup {
            user_id: row.user_id.into(),
            group_id: row.group_id.into(),
            name: row.name,
            direct: row.direct,
        };
        Ok(rows.into_iter().map(user_group).collect())
    }
}

const DIRECT: &str = "
SELECT m.user_id, u.user_name, u.email, u.display_name, u.active, m.added_at, m.expires_at, '[]'::jsonb AS via
FROM (
    SELECT * FROM members
    WHERE tenant_id = $1 AND group_id = $2 AND user_id > $3
        AND (valid_from IS NULL OR valid_from <= now()) AND (expires_at IS NULL OR expires_at > now())
    ORDER BY user_id LIMIT $4 OFFSET $5
) m JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
ORDER BY m.user_id";

const NESTED: &str = concat!(
    "
SELECT g.id, g.name, g.group_type, e.is_primary,
    g.standing_members + ",
    windowed!("g"),
    " AS member_count
FROM edges e JOIN groups g ON g.tenant_id = e.tenant_id AND g.id = e.child_id
WHERE e.tenant_id = $1 AND e.parent_id = $2
ORDER BY g.name_key, g.id LIMIT $3 OFFSET $4"
);

// Users of a page share groups: what is above a group, and its name, is looked up once a group and not once a membership.
// Both row by row, behind OFFSET 0: for a hundred users a join reads every group of the tenant.
const GROUPS_OF_USERS: &str = "
WITH RECURSIVE held AS MATERIALIZED (
    SELECT m.user_id, m.group_id FROM members m
    WHERE m.tenant_id = $1 AND m.user_id = ANY ($2)
        AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())
), up (start, id) AS (
    SELECT DISTINCT group_id, group_id FROM held
    UNION SELECT u.start, above.parent_id FROM up u CROSS JOIN LATERAL (
        SELECT e.parent_id FROM edges e
        WHERE e.tenant_id = $1 AND e.child_id = u.id AND ($3 OR NOT e.is_primary) OFFSET 0) above
), named AS MATERIALIZED (
    SELECT apart.id, g.name FROM (SELECT DISTINCT id FROM up) apart CROSS JOIN LATERAL (
        SELECT g.name FROM groups g WHERE g.tenant_id = $1 AND g.id = apart.id AND g.deleted_at IS NULL OFFSET 0) g
)
SELECT h.user_id, up.id AS group_id, named.name, bool_or(up.id = h.group_id) AS direct
FROM held h JOIN up ON up.start = h.group_id JOIN named ON named.id = up.id
GROUP BY h.user_id, up.id, named.name ORDER BY h.user_id, up.id";
