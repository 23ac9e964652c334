//! A checked filter becomes a condition. Absent values make every comparison false, and `not` makes that true: SQL's third
//! truth value never gets out.

use uuid::Uuid;

use super::columns::{ColumnMap, Place};
use super::condition::{Condition, Piece};
use super::document::{self, Base};
use super::scalar;
use crate::model::filter::{Field, Filter, Literal, Operator};

/// What an answer depends on beside the rows.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// Whose rows they are.
    pub(crate) tenant: Uuid,
    /// The base of the addresses that answers show.
    pub(crate) base: String,
    /// Whether primary edges confer membership.
    pub(crate) primary_edges: bool,
}

/// The condition under which a row of the map's table satisfies the filter.
pub(crate) fn compile(map: &ColumnMap, given: &Given, filter: &Filter) -> Condition {
    let mut pieces = Vec::new();
    Compiler { map, given, decides: true }.filter(filter, &mut pieces);
    Condition::new(pieces)
}

/// Writes conditions on the rows of one map.
pub(super) struct Compiler<'a> {
    map: &'a ColumnMap,
    pub(super) given: &'a Given,
    /// Whether no row counts for which the filter at hand does not hold: it stands alone, or is joined by `and` only.
    pub(super) decides: bool,
}

impl Compiler<'_> {
    /// The same for rows of another map.
    pub(super) const fn on<'b>(&'b self, map: &'b ColumnMap) -> Compiler<'b> {
        Compiler { map, given: self.given, decides: false }
    }

    /// The same where other terms may let a row in.
    pub(super) const fn aside(&self) -> Self {
        Self { map: self.map, given: self.given, decides: false }
    }

    pub(super) fn filter(&self, filter: &Filter, out: &mut Vec<Piece>) {
        match filter {
            Filter::And(terms) if terms.is_empty() => out.push(Piece::Sql("true")),
            Filter::Or(terms) if terms.is_empty() => out.push(Piece::Sql("false")),
            Filter::And(terms) => join(terms, " AND ", out, |term, out| self.filter(term, out)),
            Filter::Or(terms) => join(terms, " OR ", out, |term, out| self.aside().filter(term, out)),
            Filter::Not(inner) => negate(out, |out| self.aside().filter(inner, out)),
            Filter::Compare(field, operator, literal) => self.compare(field, *operator, literal, out),
            Filter::Present(field) => self.present(field, out),
            Filter::Element(field, inner) => self.element(field, inner, out),
        }
    }

    fn compare(&self, field: &Field, operator: Operator, literal: &Literal, out: &mut Vec<Piece>) {
        if let Some(relation) = self.map.relation(field) {
            let one = Filter::Compare(of_element(field), operator, literal.clone());
            let none = Filter::Not(Box::new(Filter::Present(field.clone())));
            return match operator {
                Operator::Ne => join(&[one, none], " OR ", out, |term, out| match term {
                    Filter::Compare(..) => self.aside().related(relation, term, out),
                    other => self.aside().filter(other, out),
                }),
                _ => self.related(relation, &one, out),
            };
        }
        match self.map.place(field) {
            Some(place) if operator == Operator::Ne => {
                negate(out, |out| self.compare_at(place, field, Operator::Eq, literal, out));
            }
            Some(place) => self.compare_at(place, field, operator, literal, out),
            None => document::compare(Base::row(self.map.document), field, operator, literal, out),
        }
    }

    fn compare_at(&self, place: Place, field: &Field, operator: Operator, literal: &Literal, out: &mut Vec<Piece>) {
        match (place, literal) {
            (Place::Id(column), Literal::Text(text)) => scalar::id(column, operator, text, out),
            (Place::Key(column), Literal::Text(text)) => scalar::text(&[Piece::Sql(column)], operator, text, out),
            (Place::Boolean(column), Literal::Boolean(value)) if operator == Operator::Eq => {
                out.extend([Piece::Sql(column), Piece::Sql(" = "), Piece::Boolean(*value)]);
            }
            (Place::Instant(column), Literal::Instant(value)) => scalar::instant(column, operator, *value, out),
            (Place::Integer(expression), Literal::Number(number)) => scalar::integer(expression, operator, number, out),
            (Place::AnyOf(first, second), Literal::Text(text)) if operator == Operator::Eq => {
                let text = || Piece::Text(text.clone());
                out.extend([Piece::Sql(first), text(), Piece::Sql(second), text(), Piece::Sql("]))")]);
            }
            (Place::Constant(value), Literal::Text(text)) => {
                out.push(Piece::Sql(if scalar::holds(operator, field, value, text) { "true" } else { "false" }));
            }
            (Place::Address { endpoint, id }, literal) => {
                scalar::address(&self.given.base, (endpoint, id), operator, literal, out);
            }
            _ => out.extend(Condition::never().into_pieces()),
        }
    }

    fn present(&self, field: &Field, out: &mut Vec<Piece>) {
        if let Some(relation) = self.map.relation(field) {
            return out.push(Piece::Sql(relation.any()));
        }
        match self.map.place(field) {
            Some(Place::Id(column) | Place::Boolean(column) | Place::Instant(column) | Place::Integer(column)) => {
                out.extend([Piece::Sql(column), Piece::Sql(" IS NOT NULL")]);
            }
            Some(Place::Address { id, .. }) => out.extend([Piece::Sql(id), Piece::Sql(" IS NOT NULL")]),
            Some(Place::Key(column)) => out.extend([Piece::Sql(column), Piece::Sql(" <> ''")]),
            Some(Place::Whole(condition)) => out.push(Piece::Sql(condition)),
            Some(Place::Constant(_) | Place::Rows(_)) => out.push(Piece::Sql("true")),
            Some(Place::AnyOf(..)) => out.extend(Condition::never().into_pieces()),
            None => document::present(Base::row(self.map.document), field, out),
        }
    }

    /// A value path. A single value with columns of its own (`meta[created gt …]`) is asked as the row itself.
    fn element(&self, field: &Field, inner: &Filter, out: &mut Vec<Piece>) {
        if let Some(relation) = self.map.relation(field) {
            self.related(relation, inner, out);
        } else if self.map.has(field) {
            let there = Filter::Present(Field { sub: None, ..field.clone() });
            join(&[there, lift(field, inner)], " AND ", out, |term, out| self.filter(term, out));
        } else {
            document::element(Base::row(self.map.document), field, inner, out);
        }
    }
}

/// The field as a filter within its attribute's brackets names it.
fn of_element(field: &Field) -> Field {
    Field { extension: None, attribute: String::new(), multi_valued: false, ..field.clone() }
}

/// `meta[created pr]` as `meta.created pr`.
fn lift(owner: &Field, inner: &Filter) -> Filter {
    let all = |terms: &[Filter]| terms.iter().map(|term| lift(owner, term)).collect();
    match inner {
        Filter::And(terms) => Filter::And(all(terms)),
        Filter::Or(terms) => Filter::Or(all(terms)),
        Filter::Not(term) => Filter::Not(Box::new(lift(owner, term))),
        Filter::Compare(field, operator, literal) => Filter::Compare(within(owner, field), *operator, literal.clone()),
        Filter::Present(field) => Filter::Present(within(owner, field)),
        // Complex attributes do not nest (RFC 7643 section 2.3.8).
        Filter::Element(_, nested) => lift(owner, nested),
    }
}

/// A field named within the brackets of `owner`, named in full.
pub(super) fn within(owner: &Field, field: &Field) -> Field {
    Field { extension: owner.extension.clone(), attribute: owner.attribute.clone(), ..field.clone() }
}

/// The terms in parentheses with a word between them.
pub(super) fn join(
    terms: &[Filter],
    word: &'static str,
    out: &mut Vec<Piece>,
    mut write: impl FnMut(&Filter, &mut Vec<Piece>),
) {
    for (position, term) in terms.iter().enumerate() {
        out.push(Piece::Sql(if position == 0 { "(" } else { word }));
        write(term, out);
    }
    out.push(Piece::Sql(")"));
}

pub(super) fn negate(out: &mut Vec<Piece>, inner: impl FnOnce(&mut Vec<Piece>)) {
    out.push(Piece::Sql("(("));
    inner(out);
    out.push(Piece::Sql(") IS NOT TRUE)"));
}
