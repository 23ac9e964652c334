//! Whole lists of members: with their group in one statement when they are few, as a stream when they can be of any number.
//! No group of any size is read into the process at once.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};
use uuid::Uuid;

use super::chunks::Chunks;
use super::statement::statement;
use super::transaction::TenantTx;
use crate::model::ids::GroupId;
use crate::model::membership::Member;

type SqlUuid = diesel::sql_types::Uuid;

/// An entry of a stream of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamedMember {
    /// The group it belongs to.
    pub group: GroupId,
    /// The member.
    pub member: Member,
    /// Its name, when names were asked for.
    pub display: Option<String>,
}

/// Members in chunks, read as fast as they are taken.
pub type MemberStream = Chunks<StreamedMember>;

#[derive(QueryableByName)]
struct StreamRow {
    #[diesel(sql_type = SqlUuid)]
    group_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    is_group: bool,
    #[diesel(sql_type = Nullable<Text>)]
    display: Option<String>,
}

impl TenantTx {
    /// Members and child groups of these groups, group by group in the order of their ids, in chunks, as one state of
    /// the database. The connection is kept until the stream ends or is dropped.
    pub fn stream_members(self, groups: Vec<Uuid>, names: bool) -> MemberStream {
        let text = if names { STREAM_WITH_NAMES } else { STREAM };
        let query = statement(text).bind::<SqlUuid, _>(self.tenant).bind::<Array<SqlUuid>, _>(groups);
        self.chunks::<StreamRow, _, _>(query)
    }
}

impl From<StreamRow> for StreamedMember {
    fn from(row: StreamRow) -> Self {
        let member = if row.is_group { Member::Group(row.id.into()) } else { Member::User(row.id.into()) };
        Self { group: row.group_id.into(), member, display: row.display }
    }
}

const STREAM: &str = "
SELECT wanted.id AS group_id, m.id, m.is_group, NULL::text AS display FROM unnest($2::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    (SELECT user_id AS id, false AS is_group FROM members
    WHERE tenant_id = $1 AND group_id = wanted.id
        AND (valid_from IS NULL OR valid_from <= now()) AND (expires_at IS NULL OR expires_at > now())
    ORDER BY user_id)
    UNION ALL
    (SELECT child_id, true FROM edges WHERE tenant_id = $1 AND parent_id = wanted.id ORDER BY child_id)
) m";

const STREAM_WITH_NAMES: &str = "
SELECT wanted.id AS group_id, m.id, m.is_group, m.display FROM unnest($2::uuid[]) AS wanted (id)
CROSS JOIN LATERAL (
    (SELECT s.user_id AS id, false AS is_group, coalesce(u.display_name, u.user_name) AS display FROM members s
    JOIN users u ON u.tenant_id = s.tenant_id AND u.id = s.user_id
    WHERE s.tenant_id = $1 AND s.group_id = wanted.id
        AND (s.valid_from IS NULL OR s.valid_from <= now()) AND (s.expires_at IS NULL OR s.expires_at > now())
    ORDER BY s.user_id)
    UNION ALL
    (SELECT e.child_id, true, g.name FROM edges e JOIN groups g ON g.tenant_id = e.tenant_id AND g.id = e.child_id
    WHERE e.tenant_id = $1 AND e.parent_id = wanted.id ORDER BY e.child_id)
) m";
