//! One statement over the rows of several tables in one common order. It gives ids alone: whose rows they are, and the
//! value each was sorted by. Every table contributes what the page can need of it, by its own index where it has one.

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Untyped;
use uuid::Uuid;

use super::condition::{Condition, Piece, walk};
use super::order::Order;

/// One table's part: its name twice, as text and as SQL, and which of its rows count.
pub(crate) struct Share<'s> {
    /// `users` or `groups`.
    pub(crate) table: &'static str,
    /// Its order; that of all shares is the same.
    pub(crate) order: &'s Order,
    /// What the rows satisfy.
    pub(crate) matching: Condition,
    /// Which stretch of the order they are in.
    pub(crate) range: Condition,
}

/// Which rows of the merged order are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// Against the order.
    pub(crate) backward: bool,
    /// Rows to pass over.
    pub(crate) offset: i64,
    /// Rows at the most.
    pub(crate) limit: i64,
}

/// The statement: columns `place` (of the share), `id`, `key`.
pub(crate) struct Merged(Vec<Piece>);

impl Merged {
    /// Puts the shares together.
    pub(crate) fn of(tenant: Uuid, shares: Vec<Share<'_>>, slice: Slice) -> Self {
        let mut pieces = vec![Piece::Sql("SELECT place, id, key FROM (")];
        let (mut collation, mut direction) = ("", " ASC");
        for (place, share) in (0_i64..).zip(shares) {
            if place > 0 {
                pieces.push(Piece::Sql(" UNION ALL "));
            }
            collation = if share.order.is_text() { " COLLATE \"C\"" } else { "" };
            direction = share.order.direction(slice.backward);
            pieces.extend(arm(tenant, place, share, slice));
        }
        pieces.extend([Piece::Sql(") AS listed ORDER BY value"), Piece::Sql(collation), Piece::Sql(direction)]);
        pieces.extend([Piece::Sql(", id"), Piece::Sql(direction)]);
        pieces.extend([Piece::Sql(" LIMIT "), Piece::Integer(slice.limit)]);
        pieces.extend([Piece::Sql(" OFFSET "), Piece::Integer(slice.offset)]);
        Self(pieces)
    }
}

fn arm(tenant: Uuid, place: i64, share: Share<'_>, slice: Slice) -> Vec<Piece> {
    let (value, id) = share.order.columns();
    let mut pieces = vec![Piece::Sql("(SELECT "), Piece::Integer(place), Piece::Sql(" AS place, ")];
    pieces.extend([Piece::Sql(id), Piece::Sql(" AS id, ")]);
    pieces.extend(value);
    pieces.push(Piece::Sql(" AS value, "));
    pieces.extend(share.order.key().into_pieces());
    pieces.extend([Piece::Sql(" AS key FROM "), Piece::Sql(share.table), Piece::Sql(" WHERE tenant_id = ")]);
    pieces.extend([Piece::Uuid(tenant), Piece::Sql(" AND deleted_at IS NULL AND ")]);
    pieces.extend(share.matching.into_pieces());
    pieces.push(Piece::Sql(" AND "));
    pieces.extend(share.range.into_pieces());
    pieces.push(Piece::Sql(" ORDER BY "));
    pieces.extend(share.order.by(slice.backward).into_pieces());
    pieces.extend([Piece::Sql(" LIMIT "), Piece::Integer(slice.offset.saturating_add(slice.limit)), Piece::Sql(")")]);
    pieces
}

impl QueryFragment<Pg> for Merged {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        walk(&self.0, out)
    }
}

impl QueryId for Merged {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Merged {
    type SqlType = Untyped;
}
