//! Conditions on the folded document of a row: equality by containment, everything else by looking inside.

use serde_json::{Map, Value, json};

use super::compile::{join, negate};
use super::condition::Piece;
use super::json_path;
use super::scalar::{self, symbol};
use crate::model::filter::{Field, Filter, Kind, Literal, Operator};

/// The JSON that is looked into: a row's document, one element of a list in it, one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base(&'static str);

impl Base {
    /// The document of a row.
    pub(super) const fn row(column: &'static str) -> Self {
        Self(column)
    }

    /// The element at hand inside [`element`].
    const fn element() -> Self {
        Self("e.value")
    }

    /// The value at hand inside [`any_value`].
    const fn value() -> Self {
        Self("v.value")
    }
}

/// Compares an attribute of the document.
pub(super) fn compare(base: Base, field: &Field, operator: Operator, literal: &Literal, out: &mut Vec<Piece>) {
    match operator {
        Operator::Eq => equal(base, field, literal, out),
        Operator::Ne if field.has_many() => {
            out.push(Piece::Sql("("));
            any_value(base, field, out, |out| negate(out, |out| equal(Base::value(), &itself(field), literal, out)));
            out.push(Piece::Sql(" OR NOT "));
            any_value(base, field, out, |out| out.push(Piece::Sql("true")));
            out.push(Piece::Sql(")"));
        }
        Operator::Ne => negate(out, |out| equal(base, field, literal, out)),
        _ if field.has_many() => {
            any_value(base, field, out, |out| ordered(Base::value(), Vec::new(), field.kind, operator, literal, out));
        }
        _ => ordered(base, keys(field), field.kind, operator, literal, out),
    }
}

/// A value that is at hand already, compared as the field's values are.
fn itself(field: &Field) -> Field {
    Field { case_exact: field.case_exact, ..Field::core("", field.kind) }
}

/// The keys to a single value.
fn keys(field: &Field) -> Vec<String> {
    let attribute = Some(&field.attribute).filter(|name| !name.is_empty());
    field.extension.iter().chain(attribute).chain(&field.sub).cloned().collect()
}

fn equal(base: Base, field: &Field, literal: &Literal, out: &mut Vec<Piece>) {
    let contains = |literal: Value| [Piece::Sql(base.0), Piece::Sql(" @> "), Piece::Json(containing(field, literal))];
    let Literal::Address(spellings) = literal else { return out.extend(contains(as_json(literal))) };
    for (position, spelling) in spellings.iter().enumerate() {
        out.push(Piece::Sql(if position == 0 { "(" } else { " OR " }));
        out.extend(contains(spelling.as_str().into()));
    }
    out.push(Piece::Sql(")"));
}

/// The document that a row must contain to have `value` there.
fn containing(field: &Field, value: Value) -> Value {
    let mut wanted = if field.sub_multi_valued { json!([value]) } else { value };
    if let Some(sub) = &field.sub {
        wanted = json!({ sub: wanted });
    }
    if field.multi_valued {
        wanted = json!([wanted]);
    }
    let attribute = Some(&field.attribute).filter(|name| !name.is_empty());
    attribute.into_iter().chain(&field.extension).fold(wanted, |inner, key| json!({ key: inner }))
}

fn as_json(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::String(text.clone()),
        Literal::Number(number) => Value::Number(number.clone()),
        Literal::Boolean(value) => Value::Bool(*value),
        Literal::Instant(instant) => Value::String(instant.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()),
        Literal::Address(spellings) => spellings.first().map_or(Value::Null, |shown| Value::String(shown.clone())),
    }
}

/// Any comparison but equality, of the value at the keys.
fn ordered(base: Base, keys: Vec<String>, kind: Kind, operator: Operator, literal: &Literal, out: &mut Vec<Piece>) {
    if kind == Kind::Number {
        out.push(Piece::Sql("("));
        number(base, keys, out);
        out.extend([Piece::Sql(")"), Piece::Sql(symbol(operator)), Piece::Sql("("), Piece::Json(as_json(literal))]);
        out.push(Piece::Sql("::jsonb)::numeric"));
        return;
    }
    let wanted = match as_json(literal) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let found = [Piece::Sql("("), Piece::Sql(base.0), Piece::Sql(" #>> "), Piece::Texts(keys), Piece::Sql(")")];
    scalar::text(&found, operator, &wanted, out);
}

/// The number at the keys. The cast is guarded, so that no stored value of another type can fail the query.
fn number(base: Base, keys: Vec<String>, out: &mut Vec<Piece>) {
    out.extend([Piece::Sql("CASE jsonb_typeof("), Piece::Sql(base.0), Piece::Sql(" #> "), Piece::Texts(keys.clone())]);
    out.extend([Piece::Sql(") WHEN 'number' THEN ("), Piece::Sql(base.0), Piece::Sql(" #>> "), Piece::Texts(keys)]);
    out.push(Piece::Sql(")::numeric END"));
}

/// Whether an attribute has a value, or a complex one anywhere in it, that is not empty.
pub(super) fn present(base: Base, field: &Field, out: &mut Vec<Piece>) {
    out.extend([Piece::Sql("jsonb_path_exists("), Piece::Sql(base.0), Piece::Sql(", ")]);
    out.extend([Piece::Text(json_path::something(field)), Piece::Sql("::text::jsonpath)")]);
}

/// One of the field's values satisfies what `inner` asks of [`Base::value`].
fn any_value(base: Base, field: &Field, out: &mut Vec<Piece>, inner: impl FnOnce(&mut Vec<Piece>)) {
    out.extend([Piece::Sql("EXISTS (SELECT FROM jsonb_path_query("), Piece::Sql(base.0), Piece::Sql(", ")]);
    out.extend([Piece::Text(json_path::values(field)), Piece::Sql("::text::jsonpath) AS v(value) WHERE ")]);
    inner(out);
    out.push(Piece::Sql(")"));
}

/// One element satisfies the inner filter. When that asks for equal values alone it is a containment, which an index
/// answers.
pub(super) fn element(base: Base, field: &Field, inner: &Filter, out: &mut Vec<Piece>) {
    let whole = Field { sub: None, sub_multi_valued: false, ..field.clone() };
    if let Some(wanted) = all_equal(inner) {
        out.extend([Piece::Sql(base.0), Piece::Sql(" @> "), Piece::Json(containing(&whole, wanted))]);
        return;
    }
    out.extend([Piece::Sql("EXISTS (SELECT FROM jsonb_path_query("), Piece::Sql(base.0), Piece::Sql(", ")]);
    out.extend([Piece::Text(json_path::values(&whole)), Piece::Sql("::text::jsonpath) AS e(value) WHERE ")]);
    inside(inner, out);
    out.push(Piece::Sql(")"));
}

/// The element that a filter of nothing but `eq` joined by `and` asks for, if no sub-attribute is asked for twice.
fn all_equal(filter: &Filter) -> Option<Value> {
    match filter {
        Filter::And(terms) => {
            let mut wanted = Map::new();
            for term in terms {
                let Value::Object(more) = all_equal(term)? else { return None };
                if more.keys().any(|key| wanted.contains_key(key)) {
                    return None;
                }
                wanted.extend(more);
            }
            (!wanted.is_empty()).then_some(Value::Object(wanted))
        }
        Filter::Compare(_, Operator::Eq, Literal::Address(_)) => None,
        Filter::Compare(field, Operator::Eq, literal) => Some(containing(field, as_json(literal))),
        _ => None,
    }
}

fn inside(filter: &Filter, out: &mut Vec<Piece>) {
    match filter {
        Filter::And(terms) if terms.is_empty() => out.push(Piece::Sql("true")),
        Filter::Or(terms) if terms.is_empty() => out.push(Piece::Sql("false")),
        Filter::And(terms) => join(terms, " AND ", out, inside),
        Filter::Or(terms) => join(terms, " OR ", out, inside),
        Filter::Not(inner) => negate(out, |out| inside(inner, out)),
        Filter::Compare(field, operator, literal) => compare(Base::element(), field, *operator, literal, out),
        Filter::Present(field) => present(Base::element(), field, out),
        // Complex attributes do not nest (RFC 7643 section 2.3.8), so there is no element within an element.
        Filter::Element(_, inner) => inside(inner, out),
    }
}

/// The one value a row is sorted by: of many the primary element's, else the first one's. A number where the field is
/// one, text otherwise; points in time are text of a fixed width.
pub(super) fn sort_value(base: Base, field: &Field) -> Vec<Piece> {
    let first = field.sub_multi_valued.then(|| "0".to_owned());
    if !field.multi_valued {
        return sortable_value(base, keys(field).into_iter().chain(first).collect(), field.kind);
    }
    let mut pieces = vec![Piece::Sql("(SELECT ")];
    pieces.extend(sortable_value(Base::element(), field.sub.iter().cloned().chain(first).collect(), field.kind));
    pieces.extend([Piece::Sql(" FROM jsonb_path_query("), Piece::Sql(base.0), Piece::Sql(", ")]);
    let whole = Field { sub: None, sub_multi_valued: false, ..field.clone() };
    pieces.extend([Piece::Text(json_path::values(&whole)), Piece::Sql("::text::jsonpath")]);
    pieces.push(Piece::Sql(
        ") WITH ORDINALITY AS e(value, place) \
         ORDER BY (e.value -> 'primary' = 'true') IS TRUE DESC, e.place LIMIT 1)",
    ));
    pieces
}

fn sortable_value(base: Base, keys: Vec<String>, kind: Kind) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if kind == Kind::Number {
        number(base, keys, &mut pieces);
    } else {
        let text = [Piece::Sql("(("), Piece::Sql(base.0), Piece::Sql(" #>> "), Piece::Texts(keys)];
        pieces.extend(text.into_iter().chain([Piece::Sql(") COLLATE \"C\")")]));
    }
    pieces
}
