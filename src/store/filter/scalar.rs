//! Comparisons of one value with one literal. Text compares bytewise, so no answer depends on a locale.

use chrono::{DateTime, Timelike, Utc};
use uuid::Uuid;

use super::condition::{Condition, Piece};
use crate::model::filter::{Field, Literal, Operator};
use crate::model::fold::fold;

/// Compares a `uuid` column. Ids are caseExact: another spelling of the UUID is another text.
pub(super) fn id(column: &'static str, operator: Operator, wanted: &str, out: &mut Vec<Piece>) {
    if operator != Operator::Eq {
        return text(&[Piece::Sql("("), Piece::Sql(column), Piece::Sql("::text)")], operator, wanted, out);
    }
    match Uuid::try_parse(wanted).ok().filter(|id| id.to_string() == wanted) {
        Some(id) => out.extend([Piece::Sql(column), Piece::Sql(" = "), Piece::Uuid(id)]),
        None => out.extend(Condition::never().into_pieces()),
    }
}

/// Compares an address made of `base`, `endpoint` and the id in a column.
pub(super) fn address(
    base: &str,
    (endpoint, column): (&'static str, &'static str),
    operator: Operator,
    literal: &Literal,
    out: &mut Vec<Piece>,
) {
    let start = format!("{base}{endpoint}");
    match literal {
        // The first spelling is the one that answers show.
        Literal::Address(spellings) => {
            let wanted = spellings.first().and_then(|shown| shown.strip_prefix(&start));
            id(column, Operator::Eq, wanted.unwrap_or_default(), out);
        }
        Literal::Text(wanted) if operator == Operator::Eq => {
            id(column, Operator::Eq, wanted.strip_prefix(&start).unwrap_or_default(), out);
        }
        Literal::Text(wanted) => {
            let id = [Piece::Sql(" || "), Piece::Sql(column), Piece::Sql("::text)")];
            let shown: Vec<Piece> = [Piece::Sql("("), Piece::Text(start)].into_iter().chain(id).collect();
            text(&shown, operator, wanted, out);
        }
        _ => out.extend(Condition::never().into_pieces()),
    }
}

/// Compares a `timestamptz` column. It holds microseconds; what a literal has beyond them lies between two of its values.
pub(super) fn instant(column: &'static str, operator: Operator, wanted: DateTime<Utc>, out: &mut Vec<Piece>) {
    let beyond = wanted.nanosecond() % 1_000;
    let whole = wanted.with_nanosecond(wanted.nanosecond() - beyond).unwrap_or(wanted);
    let operator = match operator {
        _ if beyond == 0 => operator,
        Operator::Ge => Operator::Gt,
        Operator::Lt => Operator::Le,
        Operator::Eq => return out.extend(Condition::never().into_pieces()),
        other => other,
    };
    out.extend([Piece::Sql(column), Piece::Sql(symbol(operator)), Piece::Instant(whole)]);
}

/// Compares a `bigint` expression. A number that is no integer of this size compares as the nearest one that is.
pub(super) fn integer(expression: &'static str, operator: Operator, wanted: &serde_json::Number, out: &mut Vec<Piece>) {
    let nearest = if wanted.as_f64() < Some(0.0) { i64::MIN } else { i64::MAX };
    let value = Piece::Integer(wanted.as_i64().unwrap_or(nearest));
    out.extend([Piece::Sql(expression), Piece::Sql(symbol(operator)), value]);
}

/// Compares a text expression.
pub(super) fn text(expression: &[Piece], operator: Operator, wanted: &str, out: &mut Vec<Piece>) {
    let value = || Piece::Text(wanted.to_owned());
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

/// Whether a value known beforehand compares so.
pub(super) fn holds(operator: Operator, field: &Field, value: &str, wanted: &str) -> bool {
    let value = if field.case_exact { value.to_owned() } else { fold(value) };
    let value = value.as_str();
    match operator {
        Operator::Eq => value == wanted,
        Operator::Ne => value != wanted,
        Operator::Co => value.contains(wanted),
        Operator::Sw => value.starts_with(wanted),
        Operator::Ew => value.ends_with(wanted),
        Operator::Gt => value > wanted,
        Operator::Ge => value >= wanted,
        Operator::Lt => value < wanted,
        Operator::Le => value <= wanted,
    }
}
