//! A condition on rows, as Diesel sees it: SQL constants of this crate with bound values between them. No text from outside
//! ever becomes SQL.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types;
use serde_json::Value;
use uuid::Uuid;

/// A boolean expression over the row of one table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition(Vec<Piece>);

/// Pieces up to which a condition's statement is kept prepared: one comparison. Those are few, and what clients send all
/// day. Combinations are without number, and each connection would keep every one it has ever seen.
const KEPT: usize = 12;

/// A part of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Sql(&'static str),
    Text(String),
    Texts(Vec<String>),
    Uuid(Uuid),
    Boolean(bool),
    Instant(DateTime<Utc>),
    Integer(i64),
    Json(Value),
}

impl Condition {
    pub(super) const fn new(pieces: Vec<Piece>) -> Self {
        Self(pieces)
    }

    /// Holds for no row.
    pub(super) fn never() -> Self {
        Self(vec![Piece::Sql("false")])
    }

    /// Holds for every row.
    pub(crate) fn always() -> Self {
        Self(vec![Piece::Sql("true")])
    }

    /// What a constant of this crate says.
    pub(crate) fn sql(sql: &'static str) -> Self {
        Self(vec![Piece::Sql(sql)])
    }

    /// The column holds the id.
    pub(crate) fn is(column: &'static str, id: Uuid) -> Self {
        Self(vec![Piece::Sql(column), Piece::Sql(" = "), Piece::Uuid(id)])
    }

    /// The column holds the text, letter by letter.
    pub(crate) fn is_text(column: &'static str, text: &str) -> Self {
        Self(vec![Piece::Sql(column), Piece::Sql(" = "), Piece::Text(text.to_owned())])
    }

    /// The column compares so with the time; `comparison` is an operator with blanks around it.
    pub(crate) fn at(column: &'static str, comparison: &'static str, time: DateTime<Utc>) -> Self {
        Self(vec![Piece::Sql(column), Piece::Sql(comparison), Piece::Instant(time)])
    }

    /// The row comes before this time and number in the order of both.
    pub(crate) fn before(columns: &'static str, time: DateTime<Utc>, number: i64) -> Self {
        let place =
            [Piece::Sql(" < ("), Piece::Instant(time), Piece::Sql(", "), Piece::Integer(number), Piece::Sql(")")];
        Self([Piece::Sql(columns)].into_iter().chain(place).collect())
    }

    /// Both hold.
    pub(crate) fn and_also(self, other: Self) -> Self {
        self.joined(" AND ", other)
    }

    /// At least one holds.
    pub(crate) fn or_else(self, other: Self) -> Self {
        self.joined(" OR ", other)
    }

    fn joined(self, word: &'static str, other: Self) -> Self {
        let mut pieces = vec![Piece::Sql("(")];
        pieces.extend(self.0);
        pieces.push(Piece::Sql(word));
        pieces.extend(other.0);
        pieces.push(Piece::Sql(")"));
        Self(pieces)
    }

    /// The text column contains the text, as it stands.
    pub(crate) fn contains(column: &'static str, text: &str) -> Self {
        let found = [Piece::Sql("strpos("), Piece::Sql(column), Piece::Sql(", "), Piece::Text(text.to_owned())];
        Self(found.into_iter().chain([Piece::Sql(") > 0")]).collect())
    }

    /// The row of `members` has no window, or is inside it.
    pub(crate) fn membership_holds() -> Self {
        Self(vec![Piece::Sql(
            "(members.valid_from IS NULL OR members.valid_from <= now()) \
             AND (members.expires_at IS NULL OR members.expires_at > now())",
        )])
    }

    pub(super) fn into_pieces(self) -> Vec<Piece> {
        self.0
    }
}

impl Expression for Condition {
    type SqlType = sql_types::Bool;
}

impl<QS> AppearsOnTable<QS> for Condition {}
impl<QS> SelectableExpression<QS> for Condition {}

impl ValidGrouping<()> for Condition {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Condition {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Condition {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.0.len() > KEPT {
            out.unsafe_to_cache_prepared();
        }
        walk(&self.0, out)
    }
}

/// Writes the pieces one behind the other.
pub(super) fn walk<'b>(pieces: &'b [Piece], mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    for piece in pieces {
        match piece {
            Piece::Sql(sql) => out.push_sql(sql),
            Piece::Text(value) => out.push_bind_param::<sql_types::Text, _>(value)?,
            Piece::Texts(values) => out.push_bind_param::<sql_types::Array<sql_types::Text>, _>(values)?,
            Piece::Uuid(value) => out.push_bind_param::<sql_types::Uuid, _>(value)?,
            Piece::Boolean(value) => out.push_bind_param::<sql_types::Bool, _>(value)?,
            Piece::Instant(value) => out.push_bind_param::<sql_types::Timestamptz, _>(value)?,
            Piece::Integer(value) => out.push_bind_param::<sql_types::BigInt, _>(value)?,
            Piece::Json(value) => out.push_bind_param::<sql_types::Jsonb, _>(value)?,
        }
    }
    Ok(())
}
