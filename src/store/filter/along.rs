//! What comes along with a row in the same statement: the groups a user is in, the members of a group when they are few, how
//! many rows there are in all. Each is looked up from the row, by index, so it pays for single rows; for a page of a
//! hundred, asking for the groups of all of them at once is several times as fast.

use diesel::sql_types::{Array, BigInt, Bool, Nullable, Record, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::condition::Piece;
use super::order::Expr;

/// Groups as [`HeldGroup`], in no order: one that is held in both ways is there twice, one without a name is deleted.
pub(in crate::store) type Groups = Expr<Nullable<Array<HeldRecord>>>;

/// Id, name and whether the user is in it directly, as SQL has it.
type HeldRecord = Record<(SqlUuid, Nullable<Text>, Bool)>;

/// Id, name and whether the user is in it directly.
pub(in crate::store) type HeldGroup = (Uuid, Option<String>, bool);

/// Nothing, where groups could come along.
pub(in crate::store) fn nothing() -> Groups {
    Expr::new(vec![Piece::Sql("NULL::record[]")])
}

/// A column as text.
pub(in crate::store) fn column(column: &'static str) -> Expr<Nullable<Text>> {
    Expr::new(vec![Piece::Sql(column)])
}

/// The groups of the row of `users`, direct or through nesting.
pub(in crate::store) fn groups_of(primary_edges: bool) -> Groups {
    Expr::new(vec![
        Piece::Sql(
            "(WITH RECURSIVE held (group_id, direct) AS (
                SELECT m.group_id, true FROM members m
                WHERE m.tenant_id = users.tenant_id AND m.user_id = users.id
                    AND (m.valid_from IS NULL OR m.valid_from <= now())
                    AND (m.expires_at IS NULL OR m.expires_at > now())
                UNION SELECT up.parent_id, false FROM held h CROSS JOIN LATERAL (
                    SELECT e.parent_id FROM edges e
                    WHERE e.tenant_id = users.tenant_id AND e.child_id = h.group_id AND (",
        ),
        Piece::Boolean(primary_edges),
        Piece::Sql(
            " OR NOT e.is_primary) OFFSET 0) up
            ) SELECT array_agg(ROW(held.group_id, (
                    SELECT g.name FROM groups g
                    WHERE g.tenant_id = users.tenant_id AND g.id = held.group_id AND g.deleted_at IS NULL
                ), held.direct)) FROM held)",
        ),
    ])
}

/// How many live resources of the kind the tenant has, if that is the length of the list.
pub(in crate::store) fn live(tenant: Uuid, kind: &'static str, whole: bool) -> Expr<Nullable<BigInt>> {
    if !whole {
        return Expr::new(vec![Piece::Sql("NULL::bigint")]);
    }
    Expr::new(vec![
        Piece::Sql("(SELECT sum(c.live)::bigint FROM resource_counts c WHERE c.tenant_id = "),
        Piece::Uuid(tenant),
        Piece::Sql(" AND c.kind = "),
        Piece::Text(kind.to_owned()),
        Piece::Sql(")"),
    ])
}

/// The users in the row of `groups`, in order: up to 1,001, so that it shows when there are more than 1,000; NULL where
/// the counter says so already.
pub(in crate::store) fn few_members() -> Expr<Nullable<Array<SqlUuid>>> {
    Expr::new(vec![Piece::Sql(
        "CASE WHEN groups.standing_members <= 1000 THEN ARRAY(
            SELECT m.user_id FROM members m WHERE m.tenant_id = groups.tenant_id AND m.group_id = groups.id
                AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())
            ORDER BY m.user_id LIMIT 1001) END",
    )])
}

/// The child groups of the row of `groups`, in order, as [`few_members`] has its users.
pub(in crate::store) fn children() -> Expr<Nullable<Array<SqlUuid>>> {
    Expr::new(vec![Piece::Sql(
        "CASE WHEN groups.nested_groups = 0 THEN '{}' WHEN groups.nested_groups <= 1000 THEN ARRAY(
            SELECT e.child_id FROM edges e WHERE e.tenant_id = groups.tenant_id AND e.parent_id = groups.id
            ORDER BY e.child_id) END",
    )])
}
