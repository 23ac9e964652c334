//! `replace` (RFC 7644 section 3.5.2.3).

use serde_json::Value;

use super::{
    add,
    document::{Editor, check_immutable, sub_of},
    operation::Place,
    remove,
};
use crate::schema::{leniency::Leniency, refusal::Refusal};

/// Sets a single value, replaces a list as a whole or the selected elements; without a value it unassigns.
pub(super) fn apply(editor: &mut Editor<'_>, place: &Place, value: Option<&Value>) -> Result<(), Refusal> {
    let Some(value) = value else { return unassign(editor, place) };
    let attribute = editor.attribute(place)?;
    match (&place.selection, sub_of(attribute, place)) {
        (None, None) if attribute.multi_valued => {
            let old = editor.get_mut(place).cloned();
            check_immutable(attribute, old.as_ref(), value)?;
            editor.set(place, value.clone());
            Ok(())
        }
        // What has no value yet is added, and setting is the same in both (section 3.5.2.3).
        (None, _) | (_, Some(_)) => add::apply(editor, place, value),
        (Some(selection), None) => {
            let template = selection.template.as_ref();
            let selected = editor.each_selected(place, &mut |element| {
                match (template, &mut *element, value) {
                    // It stays what the filter said it is, or Entra's next look at it finds nothing.
                    (Some(Value::Object(terms)), Value::Object(held), Value::Object(parts)) => {
                        held.retain(|name, _| terms.contains_key(name));
                        held.extend(parts.clone());
                    }
                    _ => *element = value.clone(),
                }
                Ok(())
            })?;
            if selected == 0 {
                return editor.create(place, value);
            }
            if template.is_some() {
                editor.stance.record(Leniency::KeptFilterTerms);
            }
            Ok(())
        }
    }
}

fn unassign(editor: &mut Editor<'_>, place: &Place) -> Result<(), Refusal> {
    let attribute = editor.attribute(place)?;
    if sub_of(attribute, place).unwrap_or(attribute).required && place.selection.is_none() {
        return Err(Refusal::value(format!("\"{}\" is required and must not be empty; give it a value", place.path())));
    }
    remove::apply(editor, place, None)
}
