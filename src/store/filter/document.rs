//! Conditions on the folded document of a row: equality by containment, everything else by looking inside.

use serde_json::{Value, json};

use super::compile::{scalar_text, symbol};
use super::condition::Piece;
use crate::model::filter::{Field, Filter, Kind, Literal, Operator};

/// The JSON that is looked into: a row's document, or one element of a list in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Base(&'static str);

impl Base {
    /// The document of a row.
    pub(super) const fn row(column: &'static str) -> Self {
        Self(column)
    }

    /// The element at hand inside [`each`].
    const fn element() -> Self {
        Self("e.value")
    }
}

/// The keys from the document's root to the attribute, without the sub-attribute of a multi-valued one.
fn path(field: &Field) -> Vec<String> {
    let attribute = Some(&field.attribute).filter(|name| !name.is_empty());
    let sub = field.sub.as_ref().filter(|_| !field.multi_valued);
    field.extension.iter().chain(attribute).chain(sub).cloned().collect()
}

/// The document that a row must contain to have `value` there.
fn containing(field: &Field, value: Value) -> Value {
    let leaf = match (&field.sub, field.multi_valued) {
        (Some(sub), true) => json!([{ sub.as_str(): value }]),
        (None, true) => json!([value]),
        (_, false) => value,
    };
    path(field).into_iter().rev().fold(leaf, |inner, key| json!({ key: inner }))
}

fn as_json(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::String(text.clone()),
        Literal::Number(number) => Value::Number(number.clone()),
        Literal::Boolean(value) => Value::Bool(*value),
        Literal::Instant(instant) => Value::String(instant.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()),
    }
}

/// Compares an attribute of the document.
pub(super) fn compare_in(base: Base, field: &Field, operator: Operator, literal: &Literal, out: &mut Vec<Piece>) {
    match operator {
        Operator::Eq => {
            let wanted = containing(field, as_json(literal));
            out.extend([Piece::Sql(base.0), Piece::Sql(" @> "), Piece::Json(wanted)]);
        }
        Operator::Ne => {
            out.push(Piece::Sql("(("));
            compare_in(base, field, Operator::Eq, literal, out);
            out.push(Piece::Sql(") IS NOT TRUE)"));
        }
        _ if field.multi_valued => {
            let sub = field.sub.iter().cloned().collect();
            each(base, field, out, |out| compare_scalar(Base::element(), sub, field.kind, operator, literal, out));
        }
        _ => compare_scalar(base, path(field), field.kind, operator, literal, out),
    }
}

/// The one value a row is sorted by: of a list the primary element's, else the first one's. A number where the field is
/// one, text otherwise; points in time are text of a fixed width.
pub(super) fn sort_value(base: Base, field: &Field) -> Vec<Piece> {
    if !field.multi_valued {
        return ordered_scalar(base, path(field), field.kind);
    }
    let mut pieces = vec![Piece::Sql("(SELECT ")];
    pieces.extend(ordered_scalar(Base::element(), field.sub.iter().cloned().collect(), field.kind));
    pieces.push(Piece::Sql(" FROM jsonb_array_elements("));
    elements(base, field, &mut pieces);
    pieces.push(Piece::Sql(
        ") WITH ORDINALITY AS e(value, place) \
         ORDER BY (e.value -> 'primary' = 'true') IS TRUE DESC, e.place LIMIT 1)",
    ));
    pieces
}

fn ordered_scalar(base: Base, path: Vec<String>, kind: Kind) -> Vec<Piece> {
    let mut pieces = Vec::new();
    if kind == Kind::Number {
        number(base, path, &mut pieces);
    } else {
        let text = [Piece::Sql("(("), Piece::Sql(base.0), Piece::Sql(" #>> "), Piece::Texts(path)];
        pieces.extend(text.into_iter().chain([Piece::Sql(") COLLATE \"C\")")]));
    }
    pieces
}

/// The number at the path. The cast is guarded, so that no stored value of another type can fail the query.
fn number(base: Base, path: Vec<String>, out: &mut Vec<Piece>) {
    out.extend([Piece::Sql("CASE jsonb_typeof("), Piece::Sql(base.0), Piece::Sql(" #> "), Piece::Texts(path.clone())]);
    out.extend([Piece::Sql(") WHEN 'number' THEN ("), Piece::Sql(base.0), Piece::Sql(" #>> "), Piece::Texts(path)]);
    out.push(Piece::Sql(")::numeric END"));
}

fn compare_scalar(
    base: Base,
    path: Vec<String>,
    kind: Kind,
    operator: Operator,
    literal: &Literal,
    out: &mut Vec<Piece>,
) {
    if kind == Kind::Number {
        out.push(Piece::Sql("("));
        number(base, path, out);
        out.extend([Piece::Sql(")"), Piece::Sql(symbol(operator)), Piece::Sql("("), Piece::Json(as_json(literal))]);
        out.push(Piece::Sql("::jsonb)::numeric"));
        return;
    }
    let text = match as_json(literal) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let expression = [Piece::Sql("("), Piece::Sql(base.0), Piece::Sql(" #>> "), Piece::Texts(path), Piece::Sql(")")];
    scalar_text(&expression, operator, &text, out);
}

/// Whether an attribute has a value. Nothing empty is ever in the folded document.
pub(super) fn present_in(base: Base, field: &Field, out: &mut Vec<Piece>) {
    let there = |base: Base, path: Vec<String>, out: &mut Vec<Piece>| {
        out.extend([Piece::Sql("("), Piece::Sql(base.0), Piece::Sql(" #> "), Piece::Texts(path)]);
        out.push(Piece::Sql(") IS NOT NULL"));
    };
    match (&field.sub, field.multi_valued) {
        (Some(sub), true) => each(base, field, out, |out| there(Base::element(), vec![sub.clone()], out)),
        _ => there(base, path(field), out),
    }
}

/// One element satisfies the inner filter. When that asks for equal values alone it is a containment, which an index
/// answers.
pub(super) fn element(base: Base, field: &Field, inner: &Filter, out: &mut Vec<Piece>) {
    match all_equal(inner) {
        Some(wanted) => {
            let whole = Field { sub: None, ..field.clone() };
            let wanted = containing(&whole, Value::Object(wanted));
            out.extend([Piece::Sql(base.0), Piece::Sql(" @> "), Piece::Json(wanted)]);
        }
        None => each(base, field, out, |out| inside(inner, out)),
    }
}

/// The sub-attributes and values that a filter of nothing but `eq` joined by `and` asks for, each once.
fn all_equal(filter: &Filter) -> Option<serde_json::Map<String, Value>> {
    let mut wanted = serde_json::Map::new();
    let terms = match filter {
        Filter::And(terms) => terms.as_slice(),
        other => std::slice::from_ref(other),
    };
    for term in terms {
        let Filter::Compare(Field { sub: Some(sub), .. }, Operator::Eq, literal) = term else { return None };
        if wanted.insert(sub.clone(), as_json(literal)).is_some() {
            return None;
        }
    }
    Some(wanted)
}

fn inside(filter: &Filter, out: &mut Vec<Piece>) {
    let join = |terms: &[Filter], word: &'static str, out: &mut Vec<Piece>| {
        for (position, term) in terms.iter().enumerate() {
            out.push(Piece::Sql(if position == 0 { "(" } else { word }));
            inside(term, out);
        }
        out.push(Piece::Sql(")"));
    };
    match filter {
        Filter::And(terms) => join(terms, " AND ", out),
        Filter::Or(terms) => join(terms, " OR ", out),
        Filter::Not(inner) => {
            out.push(Piece::Sql("(("));
            inside(inner, out);
            out.push(Piece::Sql(") IS NOT TRUE)"));
        }
        Filter::Compare(field, operator, literal) => compare_in(Base::element(), field, *operator, literal, out),
        Filter::Present(field) => present_in(Base::element(), field, out),
        // Complex attributes do not nest (RFC 7643 section 2.3.8), so there is no element within an element.
        Filter::Element(_, inner) => inside(inner, out),
    }
}

/// `inner`, asked of each element of a multi-valued attribute as `e.value`.
fn each(base: Base, field: &Field, out: &mut Vec<Piece>, inner: impl FnOnce(&mut Vec<Piece>)) {
    out.push(Piece::Sql("EXISTS (SELECT FROM jsonb_array_elements("));
    elements(base, field, out);
    out.push(Piece::Sql(") AS e(value) WHERE "));
    inner(out);
    out.push(Piece::Sql(")"));
}

/// The attribute's list, or an empty one where there is none.
fn elements(base: Base, field: &Field, out: &mut Vec<Piece>) {
    let path = path(&Field { sub: None, multi_valued: true, ..field.clone() });
    out.extend([Piece::Sql("CASE jsonb_typeof("), Piece::Sql(base.0), Piece::Sql(" #> "), Piece::Texts(path.clone())]);
    out.extend([Piece::Sql(") WHEN 'array' THEN "), Piece::Sql(base.0), Piece::Sql(" #> "), Piece::Texts(path)]);
    out.push(Piece::Sql(" ELSE '[]' END"));
}
