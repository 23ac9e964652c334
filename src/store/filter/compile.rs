//! A checked filter becomes a condition. Absent values make every comparison false, and `not` makes that true: SQL's third
//! truth value never gets out.

use uuid::Uuid;

use super::columns::{ColumnMap, Part, Place, place};
use super::condition::{Condition, Piece};
use super::document::{Base, compare_in, element, present_in};
use crate::model::filter::{Field, Filter, Literal, Operator};
use crate::model::fold::fold;

/// The condition under which a row of the map's table satisfies the filter.
pub(crate) fn compile(map: &ColumnMap, tenant: Uuid, filter: &Filter) -> Condition {
    let mut pieces = Vec::new();
    Compiler { map, tenant }.filter(filter, &mut pieces);
    Condition::new(pieces)
}

struct Compiler<'a> {
    map: &'a ColumnMap,
    tenant: Uuid,
}

impl Compiler<'_> {
    fn filter(&self, filter: &Filter, out: &mut Vec<Piece>) {
        match filter {
            Filter::And(terms) if terms.is_empty() => out.push(Piece::Sql("true")),
            Filter::Or(terms) if terms.is_empty() => out.push(Piece::Sql("false")),
            Filter::And(terms) => self.join(terms, " AND ", out),
            Filter::Or(terms) => self.join(terms, " OR ", out),
            Filter::Not(inner) => negate(out, |out| self.filter(inner, out)),
            Filter::Compare(field, Operator::Ne, literal) => {
                negate(out, |out| self.compare(field, Operator::Eq, literal, out));
            }
            Filter::Compare(field, operator, literal) => self.compare(field, *operator, literal, out),
            Filter::Present(field) => self.present(field, out),
            Filter::Element(field, inner) => self.element(field, inner, out),
        }
    }

    fn join(&self, terms: &[Filter], word: &'static str, out: &mut Vec<Piece>) {
        out.push(Piece::Sql("("));
        for (position, term) in terms.iter().enumerate() {
            if position > 0 {
                out.push(Piece::Sql(word));
            }
            self.filter(term, out);
        }
        out.push(Piece::Sql(")"));
    }

    fn compare(&self, field: &Field, operator: Operator, literal: &Literal, out: &mut Vec<Piece>) {
        match place(self.map, field) {
            Some(place) => self.compare_at(place, field, operator, literal, out),
            None => compare_in(Base::row(self.map.document), field, operator, literal, out),
        }
    }

    fn compare_at(&self, place: Place, field: &Field, operator: Operator, literal: &Literal, out: &mut Vec<Piece>) {
        match (place, literal) {
            (Place::Id(column), Literal::Text(text)) => compare_id(column, operator, text, out),
            (Place::Key(column), Literal::Text(text)) => compare_text(column, operator, text, out),
            (Place::Boolean(column), Literal::Boolean(value)) if operator == Operator::Eq => {
                out.extend([Piece::Sql(column), Piece::Sql(" = "), Piece::Boolean(*value)]);
            }
            (Place::Instant(column), Literal::Instant(value)) => {
                out.extend([Piece::Sql(column), Piece::Sql(symbol(operator)), Piece::Instant(*value)]);
            }
            (Place::Integer(expression), Literal::Number(number)) => {
                // A number that is no integer of this size compares as the nearest one that is.
                let value = number.as_i64().unwrap_or(if number.as_f64() < Some(0.0) { i64::MIN } else { i64::MAX });
                out.extend([Piece::Sql(expression), Piece::Sql(symbol(operator)), Piece::Integer(value)]);
            }
            (Place::AnyOf(first, second), Literal::Text(text)) if operator == Operator::Eq => {
                let text = || Piece::Text(text.clone());
                out.extend([Piece::Sql(first), text(), Piece::Sql(second), text(), Piece::Sql("]))")]);
            }
            (Place::Constant(value), Literal::Text(text)) => {
                let value = if field.case_exact { value.to_owned() } else { fold(value) };
                out.push(Piece::Sql(if holds(operator, &value, text) { "true" } else { "false" }));
            }
            (Place::Schemas(own), Literal::Text(text)) if operator == Operator::Eq => {
                self.uses_schema(own, text, out);
            }
            (Place::Rows { having, .. }, Literal::Text(text)) if operator == Operator::Eq => {
                self.rows(having, text, out);
            }
            _ => out.extend(Condition::never().into_pieces()),
        }
    }

    /// URNs are ASCII, so `lower` folds them whatever the locale.
    fn uses_schema(&self, own: &str, wanted: &str, out: &mut Vec<Piece>) {
        if own == fold(wanted) {
            out.push(Piece::Sql("true"));
            return;
        }
        out.extend([Piece::Sql("EXISTS (SELECT FROM jsonb_object_keys("), Piece::Sql(self.map.document)]);
        out.extend([Piece::Sql(") AS k(urn) WHERE lower(k.urn) = "), Piece::Text(fold(wanted)), Piece::Sql(")")]);
    }

    fn rows(&self, having: &[Part], id: &str, out: &mut Vec<Piece>) {
        let Some(id) = spelled_as_ours(id) else {
            out.extend(Condition::never().into_pieces());
            return;
        };
        out.extend(having.iter().map(|part| match part {
            Part::Sql(sql) => Piece::Sql(sql),
            Part::Tenant => Piece::Uuid(self.tenant),
            Part::Id => Piece::Uuid(id),
        }));
    }

    fn present(&self, field: &Field, out: &mut Vec<Piece>) {
        // `members pr` asks for rows as `members.value pr` does.
        let value = || Field { sub: Some("value".to_owned()), ..field.clone() };
        let rows = || place(self.map, &value()).filter(|place| matches!(place, Place::Rows { .. }));
        match place(self.map, field).or_else(rows) {
            Some(Place::Id(column) | Place::Boolean(column) | Place::Instant(column) | Place::Integer(column)) => {
                out.extend([Piece::Sql(column), Piece::Sql(" IS NOT NULL")]);
            }
            Some(Place::Key(column)) => out.extend([Piece::Sql(column), Piece::Sql(" <> ''")]),
            Some(Place::Constant(_) | Place::Schemas(_)) => out.push(Piece::Sql("true")),
            Some(Place::AnyOf(..)) => out.extend(Condition::never().into_pieces()),
            Some(Place::Rows { any, .. }) => out.push(Piece::Sql(any)),
            None => present_in(Base::row(self.map.document), field, out),
        }
    }

    /// A value path. Where its attribute has rows of its own (`members[value eq "x"]`), the only sub-attribute those rows
    /// are asked for is the id, so the inner filter may be asked of the row itself.
    fn element(&self, field: &Field, inner: &Filter, out: &mut Vec<Piece>) {
        let with_rows = Field { sub: Some("value".to_owned()), ..field.clone() };
        if matches!(place(self.map, &with_rows), Some(Place::Rows { .. })) {
            self.filter(&lift(field, inner), out);
        } else {
            element(Base::row(self.map.document), field, inner, out);
        }
    }
}

/// `members[value eq "x"]` as `members.value eq "x"`.
fn lift(owner: &Field, inner: &Filter) -> Filter {
    let lifted = |field: &Field| Field {
        extension: owner.extension.clone(),
        attribute: owner.attribute.clone(),
        multi_valued: true,
        ..field.clone()
    };
    match inner {
        Filter::And(terms) => Filter::And(terms.iter().map(|term| lift(owner, term)).collect()),
        Filter::Or(terms) => Filter::Or(terms.iter().map(|term| lift(owner, term)).collect()),
        Filter::Not(term) => Filter::Not(Box::new(lift(owner, term))),
        Filter::Compare(field, operator, literal) => Filter::Compare(lifted(field), *operator, literal.clone()),
        Filter::Present(field) => Filter::Present(lifted(field)),
        Filter::Element(_, nested) => lift(owner, nested),
    }
}

fn negate(out: &mut Vec<Piece>, inner: impl FnOnce(&mut Vec<Piece>)) {
    out.push(Piece::Sql("(("));
    inner(out);
    out.push(Piece::Sql(") IS NOT TRUE)"));
}

/// Ids have case (RFC 7643 section 3.1): one in another spelling is another id.
fn spelled_as_ours(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|id| id.to_string() == text)
}

fn compare_id(column: &'static str, operator: Operator, text: &str, out: &mut Vec<Piece>) {
    if operator == Operator::Eq {
        match spelled_as_ours(text) {
            Some(id) => out.extend([Piece::Sql(column), Piece::Sql(" = "), Piece::Uuid(id)]),
            None => out.extend(Condition::never().into_pieces()),
        }
        return;
    }
    scalar_text(&[Piece::Sql("("), Piece::Sql(column), Piece::Sql("::text)")], operator, text, out);
}

fn compare_text(column: &'static str, operator: Operator, text: &str, out: &mut Vec<Piece>) {
    scalar_text(&[Piece::Sql(column)], operator, text, out);
}

/// Compares a text expression, bytewise, with a literal.
pub(super) fn scalar_text(expression: &[Piece], operator: Operator, text: &str, out: &mut Vec<Piece>) {
    let value = || Piece::Text(text.to_owned());
    let wrap = |out: &mut Vec<Piece>, before: &'static str, between: &'static str, after: &'static str| {
        out.push(Piece::Sql(before));
        out.extend(expression.iter().cloned());
        out.extend([Piece::Sql(between), value(), Piece::Sql(after)]);
    };
    match operator {
        Operator::Co => wrap(out, "strpos(", ", ", ") > 0"),
        Operator::Sw => wrap(out, "starts_with(", ", ", ")"),
        Operator::Ew => {
            wrap(out, "right(", ", length(", ")) = ");
            out.push(value());
        }
        Operator::Eq | Operator::Ne => wrap(out, "", symbol(operator), ""),
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            out.extend(expression.iter().cloned());
            out.extend([Piece::Sql(" COLLATE \"C\""), Piece::Sql(symbol(operator)), value()]);
        }
    }
}

/// The SQL operator. The text operators have none; they are spelled as functions.
pub(super) const fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq | Operator::Co | Operator::Sw | Operator::Ew => " = ",
        Operator::Ne => " <> ",
        Operator::Gt => " > ",
        Operator::Ge => " >= ",
        Operator::Lt => " < ",
        Operator::Le => " <= ",
    }
}

fn holds(operator: Operator, value: &str, literal: &str) -> bool {
    match operator {
        Operator::Eq => value == literal,
        Operator::Ne => value != literal,
        Operator::Co => value.contains(literal),
        Operator::Sw => value.starts_with(literal),
        Operator::Ew => value.ends_with(literal),
        Operator::Gt => value > literal,
        Operator::Ge => value >= literal,
        Operator::Lt => value < literal,
        Operator::Le => value <= literal,
    }
}
