//! The order of a list in SQL, and where in it a page starts. Rows without a value come last in ascending order and first
//! in descending order, which is also Postgres's own rule, so that one index serves both directions.

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types;

use super::columns::{ColumnMap, Place};
use super::condition::{Condition, Piece, walk};
use super::document::{Base, sort_value};
use crate::model::filter::{Field, Kind};
use crate::model::fold::fold;
use crate::model::listing::{Cut, Sort};

/// An order over the rows of one table. Its last word is always the id.
pub(crate) struct Order {
    key: Option<Key>,
    id: &'static str,
    descending: bool,
}

/// What rows are sorted by.
struct Key {
    value: Vec<Piece>,
    /// The type of the value, when it is not text.
    cast: Option<&'static str>,
}

/// An SQL expression made of pieces, of the type it says it is.
#[derive(Debug, Clone)]
pub(crate) struct Expr<ST>(Vec<Piece>, std::marker::PhantomData<ST>);

/// The value a row is sorted by, as text.
pub(crate) type KeyText = Expr<sql_types::Nullable<sql_types::Text>>;

/// What stands behind `ORDER BY`. It has no value, so its type means nothing.
pub(crate) type OrderBy = Expr<sql_types::Bool>;

/// Whether rows can be sorted by the field at all: what is in rows of its own has no primary or first value.
pub(crate) fn sortable(map: &ColumnMap, field: &Field) -> bool {
    let listed = matches!(map.place(field), Some(Place::AnyOf(..)));
    field.kind != Kind::Binary && !listed && map.relation(field).is_none()
}

impl Order {
    /// The order a list asks for; that of creation without a sort.
    pub(crate) fn of(map: &ColumnMap, sort: Option<&Sort>) -> Self {
        let key = sort.and_then(|sort| match &sort.field {
            Some(field) => Key::of(map, field),
            None => Some(Key::absent(None)),
        });
        Self { key, id: map.id, descending: sort.is_some_and(|sort| sort.descending) }
    }

    /// The same order over rows of several tables, one for each. `None` where values of their types have no order
    /// between them.
    pub(crate) fn across(sorts: &[(&ColumnMap, &Sort)]) -> Option<Vec<Self>> {
        let keys = sorts.iter().map(|(map, sort)| sort.field.as_ref().map(|field| Key::across(map, field)));
        let keys: Vec<Option<Option<Key>>> = keys.collect();
        let mut casts = keys.iter().flatten().map(|key| key.as_ref().map(|key| key.cast));
        let cast = casts.next().flatten();
        if casts.any(|other| other != cast) {
            return None;
        }
        let key = |key: Option<Option<Key>>| key.unwrap_or_else(|| cast.map(Key::absent));
        let orders = keys.into_iter().zip(sorts);
        Some(orders.map(|(own, (map, sort))| Self { key: key(own), id: map.id, descending: sort.descending }).collect())
    }

    /// What rows are sorted by, of the type it has, and the id.
    pub(super) fn columns(&self) -> (Vec<Piece>, &'static str) {
        let absent = || vec![Piece::Sql("NULL::text")];
        (self.key.as_ref().map_or_else(absent, |key| key.value.clone()), self.id)
    }

    /// Whether the value is text, which compares bytewise.
    pub(super) fn is_text(&self) -> bool {
        self.key.as_ref().is_none_or(|key| key.cast.is_none())
    }

    /// The word for the direction of travel.
    pub(super) const fn direction(&self, backward: bool) -> &'static str {
        if self.descending == backward { " ASC" } else { " DESC" }
    }

    /// What goes into a [`Cut`] beside the id.
    pub(crate) fn key(&self) -> KeyText {
        Expr::new(match &self.key {
            None => vec![Piece::Sql("NULL::text")],
            Some(Key { value, cast: None }) => value.clone(),
            // As JSON it reads back as it is, whatever the session's date style.
            Some(Key { value, .. }) => {
                let mut pieces = vec![Piece::Sql("(to_jsonb(")];
                pieces.extend(value.iter().cloned());
                pieces.push(Piece::Sql(") #>> '{}')"));
                pieces
            }
        })
    }

    /// The order in the direction of travel.
    pub(crate) fn by(&self, backward: bool) -> OrderBy {
        let direction = self.direction(backward);
        let mut pieces = Vec::new();
        if let Some(key) = &self.key {
            pieces.extend(key.value.iter().cloned());
            pieces.extend([Piece::Sql(direction), Piece::Sql(", ")]);
        }
        pieces.extend([Piece::Sql(self.id), Piece::Sql(direction)]);
        Expr::new(pieces)
    }

    /// The rows on one side of a cut, as one stretch or two, in the order of travel. Rows with a value and rows without
    /// are apart, so that each stretch is a range of an index.
    pub(crate) fn stretches(&self, cut: Option<&Cut>, backward: bool) -> Vec<Condition> {
        let Some(cut) = cut else { return vec![Condition::always()] };
        let downward = self.descending != backward;
        let symbol = match (downward, cut.behind == backward) {
            (false, false) => " > ",
            (false, true) => " >= ",
            (true, false) => " < ",
            (true, true) => " <= ",
        };
        let beyond = [Piece::Sql(self.id), Piece::Sql(symbol), Piece::Uuid(cut.id)];
        match (&self.key, &cut.key) {
            (None, _) => vec![Condition::new(beyond.into())],
            (Some(key), Some(value)) => {
                let first = key.beyond(self.id, symbol, cut, value);
                if downward { vec![first] } else { vec![first, key.is(" IS NULL", [])] }
            }
            (Some(key), None) => {
                let first = key.is(" IS NULL AND ", beyond);
                if downward { vec![first, key.is(" IS NOT NULL", [])] } else { vec![first] }
            }
        }
    }
}

impl Key {
    /// No value in any row.
    fn absent(cast: Option<&'static str>) -> Self {
        let value = match cast {
            Some("boolean") => "NULL::boolean",
            Some("numeric") => "NULL::numeric",
            Some("timestamptz") => "NULL::timestamptz",
            _ => "NULL::text",
        };
        Self { value: vec![Piece::Sql(value)], cast }
    }

    /// As [`Self::of`], but what is the same for every row of one table can differ from table to table.
    fn across(map: &ColumnMap, field: &Field) -> Option<Self> {
        let constant = |text: &str| {
            let text = if field.case_exact { text.to_owned() } else { fold(text) };
            let value = vec![Piece::Sql("("), Piece::Text(text), Piece::Sql("::text COLLATE \"C\")")];
            Some(Self { value, cast: None })
        };
        match map.place(field) {
            Some(Place::Constant(text)) => constant(text),
            Some(Place::Address { endpoint, id }) if id == map.id => constant(endpoint),
            _ => Self::of(map, field),
        }
    }

    /// `None` for what is the same for every row, or is the id, which decides anyway.
    fn of(map: &ColumnMap, field: &Field) -> Option<Self> {
        let column = |column, cast| Some(Self { value: vec![Piece::Sql(column)], cast: Some(cast) });
        let text = |column: &'static str, cast: &'static str| {
            let value = vec![Piece::Sql("("), Piece::Sql(column), Piece::Sql(cast), Piece::Sql(" COLLATE \"C\")")];
            Some(Self { value, cast: None })
        };
        match map.place(field) {
            Some(Place::Id(id) | Place::Address { id, .. }) if id == map.id => None,
            Some(Place::Id(id) | Place::Address { id, .. }) => text(id, "::text"),
            Some(Place::Key(key)) => text(key, ""),
            Some(Place::Boolean(name)) => column(name, "boolean"),
            Some(Place::Instant(name)) => column(name, "timestamptz"),
            Some(Place::Integer(name)) => column(name, "bigint"),
            Some(Place::Constant(_) | Place::Whole(_) | Place::AnyOf(..) | Place::Rows(_)) => None,
            None => {
                let cast = (field.kind == Kind::Number).then_some("numeric");
                Some(Self { value: sort_value(Base::row(map.document), field), cast })
            }
        }
    }

    /// `(key, id) > (value, id)`: false where the key is absent.
    fn beyond(&self, id: &'static str, symbol: &'static str, cut: &Cut, value: &str) -> Condition {
        let mut pieces = vec![Piece::Sql("(")];
        pieces.extend(self.value.iter().cloned());
        pieces.extend([Piece::Sql(", "), Piece::Sql(id), Piece::Sql(")"), Piece::Sql(symbol), Piece::Sql("(")]);
        pieces.push(Piece::Text(value.to_owned()));
        if let Some(cast) = self.cast {
            pieces.extend([Piece::Sql("::text::"), Piece::Sql(cast)]);
        }
        pieces.extend([Piece::Sql(", "), Piece::Uuid(cut.id), Piece::Sql(")")]);
        Condition::new(pieces)
    }

    fn is<const N: usize>(&self, what: &'static str, more: [Piece; N]) -> Condition {
        Condition::new(self.value.iter().cloned().chain([Piece::Sql(what)]).chain(more).collect())
    }
}

impl<ST> Expr<ST> {
    pub(super) const fn new(pieces: Vec<Piece>) -> Self {
        Self(pieces, std::marker::PhantomData)
    }

    pub(super) fn into_pieces(self) -> Vec<Piece> {
        self.0
    }
}

impl<ST: sql_types::SingleValue + 'static> Expression for Expr<ST> {
    type SqlType = ST;
}

impl<ST, QS> AppearsOnTable<QS> for Expr<ST> where Self: Expression {}
impl<ST, QS> SelectableExpression<QS> for Expr<ST> where Self: Expression {}

impl<ST> ValidGrouping<()> for Expr<ST> {
    type IsAggregate = is_aggregate::Never;
}

impl<ST> QueryId for Expr<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> QueryFragment<Pg> for Expr<ST> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        walk(&self.0, out)
    }
}
