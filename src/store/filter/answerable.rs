//! Which checked filters the database cannot answer. An attribute that is in columns or rows is in no folded document:
//! asking it for a sub-attribute that has no place there would find nothing and look like an answer.

use super::columns::{ColumnMap, Place};
use super::compile::within;
use crate::model::filter::{Field, Filter};

/// The first attribute of the filter that has no answer, in SCIM's notation.
pub(crate) fn unanswerable(map: &ColumnMap, filter: &Filter) -> Option<String> {
    match filter {
        Filter::And(terms) | Filter::Or(terms) => terms.iter().find_map(|term| unanswerable(map, term)),
        Filter::Not(inner) => unanswerable(map, inner),
        Filter::Compare(field, ..) => (!has_place(map, field, true)).then(|| field.path()),
        Filter::Present(field) => (!has_place(map, field, false)).then(|| field.path()),
        Filter::Element(field, inner) => inside(map, field, inner),
    }
}

fn inside(map: &ColumnMap, owner: &Field, filter: &Filter) -> Option<String> {
    match filter {
        Filter::And(terms) | Filter::Or(terms) => terms.iter().find_map(|term| inside(map, owner, term)),
        Filter::Not(inner) | Filter::Element(_, inner) => inside(map, owner, inner),
        Filter::Compare(field, operator, literal) => {
            unanswerable(map, &Filter::Compare(within(owner, field), *operator, literal.clone()))
        }
        Filter::Present(field) => unanswerable(map, &Filter::Present(within(owner, field))),
    }
}

fn has_place(map: &ColumnMap, field: &Field, compared: bool) -> bool {
    if let Some(relation) = map.relation(field) {
        let part = Field { sub: field.sub.clone(), ..Field::core("", field.kind) };
        let known = || relation.kinds().iter().all(|kind| kind.place(&part).is_some());
        return (field.sub.is_none() && !compared) || known();
    }
    match map.place(field) {
        Some(Place::Whole(_)) => !compared,
        Some(_) => true,
        None => !map.has(field),
    }
}
