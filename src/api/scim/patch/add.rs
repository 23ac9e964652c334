//! `add` (RFC 7644 section 3.5.2.1).

use serde_json::Value;

use super::{
    document::{Editor, merge, put_sub, sub_of},
    operation::Place,
};
use crate::schema::refusal::Refusal;

/// Sets a single value, appends to many, merges into selected elements.
pub(super) fn apply(editor: &mut Editor<'_>, place: &Place, value: &Value) -> Result<(), Refusal> {
    let attribute = editor.attribute(place)?;
    let sub = sub_of(attribute, place);
    if place.selection.is_none() && !attribute.multi_valued {
        return editor.assign(place, value);
    }
    if place.selection.is_none() && sub.is_none() {
        let added = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        return editor.append(place, added);
    }
    let selected = editor.each_selected(place, &mut |element| match sub {
        Some(sub) => put_sub(attribute, sub, element, value),
        None => merge(attribute, element, value),
    })?;
    if selected == 0 { editor.create(place, value) } else { Ok(()) }
}
