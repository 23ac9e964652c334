//! A fixed SQL text with typed values: what Diesel's query builder cannot say, above all statements whose common table
//! expressions change rows. The text is always a constant of this crate, so it is prepared once a connection and cached,
//! which `diesel::sql_query` never is.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{HasSqlType, Untyped};

/// The text, with `$1`, `$2`, … where [`Statement::bind`] puts values in order.
#[must_use]
pub(crate) const fn statement(sql: &'static str) -> Statement<Text> {
    Statement(Text(sql))
}

/// A text with the values bound so far.
pub(crate) struct Statement<Q>(Q);

impl<Q> Statement<Q> {
    /// Binds the next value.
    pub(crate) fn bind<ST, V>(self, value: V) -> Statement<Bound<Q, ST, V>> {
        Statement(Bound { before: self.0, value, sql_type: PhantomData })
    }

    /// Says of which types the columns are, in order. Rows are then read by place: to look for each column by name in each
    /// row is a good part of what reading a long list costs.
    pub(crate) fn returning<ST>(self) -> Returning<Q, ST> {
        Returning(self, PhantomData)
    }
}

/// A statement whose columns have these types.
pub(crate) struct Returning<Q, ST>(Statement<Q>, PhantomData<fn() -> ST>);

/// The text itself.
pub(crate) struct Text(&'static str);

/// A value bound behind others.
pub(crate) struct Bound<Q, ST, V> {
    before: Q,
    value: V,
    sql_type: PhantomData<fn() -> ST>,
}

impl QueryFragment<Pg> for Text {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.0);
        Ok(())
    }
}

impl<Q, ST, V> QueryFragment<Pg> for Bound<Q, ST, V>
where
    Q: QueryFragment<Pg>,
    V: ToSql<ST, Pg>,
    Pg: HasSqlType<ST>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.before.walk_ast(out.reborrow())?;
        out.push_bind_param_value_only(&self.value)
    }
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Statement<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

// No static id: the prepared statement is cached under its text.
impl<Q> QueryId for Statement<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for Statement<Q> {
    type SqlType = Untyped;
}

impl<Q: QueryFragment<Pg>, ST> QueryFragment<Pg> for Returning<Q, ST> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl<Q, ST> QueryId for Returning<Q, ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, ST> Query for Returning<Q, ST> {
    type SqlType = ST;
}
