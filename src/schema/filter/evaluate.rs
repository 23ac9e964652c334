//! Evaluates a checked filter on a document in memory: PATCH selects elements with it, and tests hold SQL against it. It
//! never serves a query.

use std::cmp::Ordering;

use serde_json::Value;

use crate::{
    model::{
        filter::{Field, Filter, Kind, Literal, Operator},
        fold::fold,
    },
    schema::{Document, instant, is_unassigned},
};

/// Whether a resource satisfies a filter.
#[must_use]
pub fn matches(filter: &Filter, document: &Document) -> bool {
    holds(filter, &|field| {
        let holder = match &field.extension {
            Some(urn) if field.attribute.is_empty() => return document.get(urn).into_iter().collect(),
            Some(urn) => document.get(urn).and_then(Value::as_object),
            None => Some(document),
        };
        values(holder.and_then(|holder| holder.get(&field.attribute)), field.sub.as_deref())
    })
}

/// Whether one element of a multi-valued attribute satisfies the filter of a value path.
#[must_use]
pub fn matches_element(filter: &Filter, element: &Value) -> bool {
    holds(filter, &|field| values(Some(element), field.sub.as_deref()))
}

type Lookup<'l, 'v> = dyn Fn(&Field) -> Vec<&'v Value> + 'l;

fn holds(filter: &Filter, lookup: &Lookup<'_, '_>) -> bool {
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

/// The values a field has: elements of arrays one by one.
fn values<'v>(value: Option<&'v Value>, sub: Option<&str>) -> Vec<&'v Value> {
    let elements = value.into_iter().flat_map(|value| match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    });
    let Some(sub) = sub else { return elements.collect() };
    let subs = elements.filter_map(|element| element.get(sub));
    subs.flat_map(|value| match value {
        Value::Array(inner) => inner.as_slice(),
        single => std::slice::from_ref(single),
    })
    .collect()
}

fn compares(value: &Value, field: &Field, operator: Operator, literal: &Literal) -> bool {
    let order = match (literal, value) {
        (Literal::Text(wanted), Value::String(text)) => {
            let exact = field.case_exact || field.kind == Kind::Binary;
            let text = if exact { text.clone() } else { fold(text) };
            match operator {
                Operator::Co => return text.contains(wanted.as_str()),
                Operator::Sw => return text.starts_with(wanted.as_str()),
                Operator::Ew => return text.ends_with(wanted.as_str()),
                _ => Some(text.as_str().cmp(wanted.as_str())),
            }
        }
        (Literal::Number(wanted), Value::Number(number)) => match (number.as_i64(), wanted.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => number.as_f64().zip(wanted.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
        },
        (Literal::Boolean(wanted), Value::Bool(flag)) => Some(flag.cmp(wanted)),
        (Literal::Instant(wanted), Value::String(text)) => instant::parse(text).map(|at| at.cmp(wanted)),
        _ => None,
    };
    order.map_or(operator == Operator::Ne, |order| ordered(operator, order))
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
