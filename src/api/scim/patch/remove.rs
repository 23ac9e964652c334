//! `remove` (RFC 7644 section 3.5.2.2).

use std::collections::HashSet;

use serde_json::Value;

use super::{
    document::{Editor, check_immutable, sub_of},
    operation::Place,
};
use crate::schema::{accept::coerce::identity, definition::Attribute, names, refusal::Refusal};

/// Unassigns an attribute, a sub-attribute, or the elements selected by a filter or listed.
pub(super) fn apply(editor: &mut Editor<'_>, place: &Place, listed: Option<&[Value]>) -> Result<(), Refusal> {
    if let (Some(urn), true) = (&place.extension, place.attribute.is_empty()) {
        return editor.unset_extension(urn);
    }
    let attribute = editor.attribute(place)?;
    let sub = sub_of(attribute, place);
    if let Some(listed) = listed {
        return remove_listed(editor, place, attribute, listed);
    }
    if place.selection.is_none() && sub.is_none() {
        return remove_whole(editor, place, attribute);
    }
    if let Some(sub) = sub.filter(|sub| sub.required) {
        return Err(required(sub));
    }
    let selected = editor.each_selected(place, &mut |element| match (sub, &mut *element) {
        (Some(sub), Value::Object(members)) => {
            let old = members.shift_remove(&sub.name);
            check_immutable(sub, old.as_ref(), &Value::Null)
        }
        _ => {
            *element = Value::Null;
            Ok(())
        }
    })?;
    if selected == 0 && place.selection.is_some() && editor.stance.is_strict() {
        return Err(Refusal::no_target(format!("\"{}\" selects no value; leave the operation out", place.path())));
    }
    check_not_emptied(editor, place, attribute)
}

fn required(attribute: &Attribute) -> Refusal {
    Refusal::mutability(format!("\"{}\" is required and cannot be removed; replace it", attribute.name))
}

fn remove_whole(editor: &mut Editor<'_>, place: &Place, attribute: &Attribute) -> Result<(), Refusal> {
    if attribute.required {
        return Err(required(attribute));
    }
    let old = editor.get_mut(place).cloned();
    check_immutable(attribute, old.as_ref(), &Value::Null)?;
    editor.unset(place);
    Ok(())
}

/// An element goes when its `value` is listed, whatever else the client knows of it; one listed without `value`, or a simple
/// value, when it is the same.
fn remove_listed(
    editor: &mut Editor<'_>,
    place: &Place,
    attribute: &Attribute,
    listed: &[Value],
) -> Result<(), Refusal> {
    let key = |element: &Value| element.get(names::VALUE).map_or_else(|| identity(element), Value::to_string);
    let gone: HashSet<String> = listed.iter().map(key).collect();
    editor.each_selected(place, &mut |element| {
        if gone.contains(&key(element)) {
            *element = Value::Null;
        }
        Ok(())
    })?;
    check_not_emptied(editor, place, attribute)
}

fn check_not_emptied(editor: &mut Editor<'_>, place: &Place, attribute: &Attribute) -> Result<(), Refusal> {
    if attribute.required && editor.get_mut(place).is_none() { Err(required(attribute)) } else { Ok(()) }
}
