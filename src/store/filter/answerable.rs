//! Which checked filters the database cannot answer. An attribute that is derived from rows, and has no place in the
//! column map, is in no folded document either: comparing with it would find nothing and look like an answer.

use super::columns::{ColumnMap, Place, place};
use crate::model::filter::{Field, Filter, Operator};

/// Attributes that live in rows or columns of their own, never in a document.
const DERIVED: [&str; 3] = ["groups", "members", "meta"];

/// The first attribute of the filter that cannot be compared so, in SCIM's notation.
pub(crate) fn unanswerable(map: &ColumnMap, filter: &Filter) -> Option<String> {
    match filter {
        Filter::And(terms) | Filter::Or(terms) => terms.iter().find_map(|term| unanswerable(map, term)),
        Filter::Not(inner) => unanswerable(map, inner),
        Filter::Compare(field, operator, _) => compared(map, field, *operator).then(|| field.path()),
        Filter::Present(field) => {
            let by_value = Field { sub: Some("value".to_owned()), ..field.clone() };
            let answered = place(map, field).is_some() || place(map, &by_value).is_some();
            (is_derived(field) && !answered && field.attribute != "meta").then(|| field.path())
        }
        Filter::Element(field, inner) if is_derived(field) => inside(map, field, inner),
        Filter::Element(..) => None,
    }
}

fn compared(map: &ColumnMap, field: &Field, operator: Operator) -> bool {
    match place(map, field) {
        Some(Place::Rows { .. } | Place::Schemas(_)) => !matches!(operator, Operator::Eq | Operator::Ne),
        Some(_) => false,
        None => is_derived(field),
    }
}

fn inside(map: &ColumnMap, owner: &Field, filter: &Filter) -> Option<String> {
    let owned = |field: &Field| Field {
        extension: owner.extension.clone(),
        attribute: owner.attribute.clone(),
        ..field.clone()
    };
    match filter {
        Filter::And(terms) | Filter::Or(terms) => terms.iter().find_map(|term| inside(map, owner, term)),
        Filter::Not(inner) | Filter::Element(_, inner) => inside(map, owner, inner),
        Filter::Compare(field, operator, _) => compared(map, &owned(field), *operator).then(|| owned(field).path()),
        Filter::Present(field) => place(map, &owned(field)).is_none().then(|| owned(field).path()),
    }
}

fn is_derived(field: &Field) -> bool {
    field.extension.is_none() && DERIVED.contains(&field.attribute.as_str())
}
