//! A query of Diesel's that has the same text each time. The builder puts the text together anew for every execution, which
//! is a twentieth of what the server does for a look-up; here it does so once.

use std::sync::OnceLock;

use diesel::QueryResult;
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};

/// Where a text is kept. Each query of the program has a place of its own.
pub(super) type Text = OnceLock<String>;

/// The query, whose text is in this place from the first time on. It may differ in the values it binds and in nothing else.
pub(super) const fn fixed<Q>(text: &'static Text, query: Q) -> Fixed<Q> {
    Fixed { text, query }
}

/// See [`fixed`].
pub(super) struct Fixed<Q> {
    text: &'static Text,
    query: Q,
}

fn built(query: &impl QueryFragment<Pg>, backend: &Pg) -> QueryResult<String> {
    let mut builder = PgQueryBuilder::default();
    query.to_sql(&mut builder, backend)?;
    Ok(builder.finish())
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Fixed<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(out)
    }

    fn to_sql(&self, out: &mut PgQueryBuilder, backend: &Pg) -> QueryResult<()> {
        let text = match self.text.get() {
            Some(text) => text,
            None => {
                let text = built(&self.query, backend)?;
                self.text.get_or_init(|| text)
            }
        };
        debug_assert_eq!(built(&self.query, backend).as_ref(), Ok(text), "a place is one query's");
        out.push_sql(text);
        Ok(())
    }
}

// No static id: the prepared statement is cached under its text.
impl<Q> QueryId for Fixed<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Fixed<Q> {
    type SqlType = Q::SqlType;
}
