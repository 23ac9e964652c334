//! Evaluates a checked filter on one element in memory: PATCH selects by it what a value path names. It never serves a
//! query; those are SQL.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::{
    model::{
        filter::{Field, Filter, Kind, Literal, Operator},
        fold::fold,
    },
    schema::{instant, is_unassigned},
};

/// Whether one element of a multi-valued attribute satisfies the filter of a value path.
#[must_use]
pub fn matches_element(filter: &Filter, element: &Value) -> bool {
    holds(filter, &|field| values(Some(element), field.sub.as_deref()))
}

pub(super) type Lookup<'l, 'v> = dyn Fn(&Field) -> Vec<&'v Value> + 'l;

/// Whether the filter holds of whatever `lookup` finds the values in.
pub(super) fn holds(filter: &Filter, lookup: &Lookup<'_, '_>) -> bool {
    match filter {
        Filter::And(inner) => inner.iter().all(|term| holds(term, lookup)),
        Filter::Or(inner) => inner.iter().any(|term| holds(term, lookup)),
        Filter::Not(inner) => !holds(inner, lookup),
        Filter::Present(field) => lookup(field).into_iter().any(is_present),
        Filter::Element(field, inner) => lookup(field).into_iter().any(|element| matches_element(inner, element)),
        Filter::Compare(field, operator, literal) => {
            let values = lookup(field);
            // The model's rule: `ne` also holds where there is no value.
            (values.is_empty() && *operator == Operator::Ne)
                || values.into_iter().any(|value| compares(value, field, *operator, literal))
        }
    }
}

fn is_present(value: &Value) -> bool {
    !is_unassigned(value) && value != ""
}

/// The values at a place: elements of arrays one by one.
pub(super) fn values<'v>(value: Option<&'v Value>, sub: Option<&str>) -> Vec<&'v Value> {
    let elements = value.into_iter().flat_map(each);
    match sub {
        Some(sub) => elements.filter_map(|element| element.get(sub)).flat_map(each).collect(),
        None => elements.collect(),
    }
}

fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        single => std::slice::from_ref(single),
    }
}

fn compares(value: &Value, field: &Field, operator: Operator, literal: &Literal) -> bool {
    let order = match (literal, value) {
        (Literal::Text(wanted), Value::String(text)) => {
            let text = folded(text, field);
            match operator {
                Operator::Co => return text.contains(wanted.as_str()),
                Operator::Sw => return text.starts_with(wanted.as_str()),
                Operator::Ew => return text.ends_with(wanted.as_str()),
                _ => Some(text.as_str().cmp(wanted.as_str())),
            }
        }
        (Literal::Address(spellings), Value::String(text)) => {
            return spellings.contains(&folded(text, field)) == (operator == Operator::Eq);
        }
        (Literal::Number(wanted), Value::Number(number)) => numeric(number, wanted),
        (Literal::Boolean(wanted), Value::Bool(flag)) => Some(flag.cmp(wanted)),
        (Literal::Instant(wanted), Value::String(text)) => instant::parse(text).map(|at| at.cmp(wanted)),
        _ => None,
    };
    order.map_or(operator == Operator::Ne, |order| ordered(operator, order))
}

fn folded(text: &str, field: &Field) -> String {
    if field.case_exact || field.kind == Kind::Binary { text.to_owned() } else { fold(text) }
}

/// Whole numbers compare exactly, of whatever sign and size they are.
fn numeric(a: &Number, b: &Number) -> Option<Ordering> {
    match (a.as_i128(), b.as_i128()) {
        (Some(a), Some(b)) => Some(a.cmp(&b)),
        _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
    }
}

fn ordered(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}
