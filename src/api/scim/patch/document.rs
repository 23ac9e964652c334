//! The document under change, and the moves all verbs share: find the place, set, unset, select elements. It keeps the
//! document canonical after every move: nothing empty, no value twice, one primary at most.

use serde_json::{Map, Value};

use super::operation::{Operation, Place, Selection};
use super::profile::several_selected;
use crate::schema::{
    Document,
    accept::{check_required, coerce},
    definition::{Attribute, Mutability},
    filter::matches_element,
    is_unassigned,
    leniency::{Leniency, Stance},
    names,
    refusal::{Refusal, RefusalKind},
    resource_type::ResourceType,
};

/// Most comparisons of elements with value filters in one request; far above what any client needs.
const MAX_COMPARISONS: usize = 2_000_000;

/// A copy of the document that becomes the document when everything went well.
pub(super) struct Editor<'r> {
    resource_type: &'r ResourceType,
    document: Document,
    was_complete: bool,
    pub(super) stance: Stance,
    comparisons: usize,
}

impl<'r> Editor<'r> {
    pub(super) fn new(resource_type: &'r ResourceType, document: Document, stance: Stance) -> Self {
        let was_complete = check_required(resource_type, &document).is_ok();
        Self { resource_type, document, was_complete, stance, comparisons: 0 }
    }

    /// A PATCH must not leave the document without something required. One that lacked it before (because the schema has
    /// changed since) may still be patched.
    pub(super) fn finish(self, operations: &[Operation]) -> Result<(Document, Vec<Leniency>), Refusal> {
        if self.was_complete && !operations.is_empty() {
            check_required(self.resource_type, &self.document)?;
        }
        Ok((self.document, self.stance.into_used()))
    }

    /// The definition of the attribute at a place.
    pub(super) fn attribute(&self, place: &Place) -> Result<&'r Attribute, Refusal> {
        let found = self.resource_type.attribute(place.extension.as_deref(), &place.attribute);
        found.ok_or_else(|| Refusal::path(format!("no attribute \"{}\"", place.path())))
    }

    fn holder(&mut self, place: &Place) -> Option<&mut Document> {
        match &place.extension {
            None => Some(&mut self.document),
            Some(urn) => self.document.get_mut(urn)?.as_object_mut(),
        }
    }

    /// The value of the whole attribute.
    pub(super) fn get_mut(&mut self, place: &Place) -> Option<&mut Value> {
        self.holder(place)?.get_mut(&place.attribute)
    }

    /// Sets the whole attribute; what is unassigned is removed.
    pub(super) fn set(&mut self, place: &Place, value: Value) {
        if is_unassigned(&value) {
            self.unset(place);
            return;
        }
        if let Some(urn) = &place.extension {
            self.document.entry(urn).or_insert_with(|| Value::Object(Document::new()));
        }
        if let Some(holder) = self.holder(place) {
            holder.insert(place.attribute.clone(), value);
        }
    }

    /// Removes the whole attribute, and its extension when that has nothing left.
    pub(super) fn unset(&mut self, place: &Place) {
        if let Some(holder) = self.holder(place) {
            holder.remove(&place.attribute);
        }
        if let Some(urn) = place.extension.as_ref().filter(|urn| self.document.get(*urn).is_some_and(is_unassigned)) {
            self.document.remove(urn);
        }
    }

    /// Removes an extension.
    pub(super) fn unset_extension(&mut self, urn: &str) -> Result<(), Refusal> {
        let Some(extension) = self.resource_type.extension(urn) else { return Ok(()) };
        if extension.required {
            return Err(Refusal::mutability(format!("\"{urn}\" is required and cannot be removed; replace it")));
        }
        let Some(Value::Object(held)) = self.document.remove(urn) else { return Ok(()) };
        held.iter().try_for_each(|(name, old)| match extension.schema.attribute(name) {
            Some(attribute) => check_immutable(attribute, Some(old), &Value::Null),
            None => Ok(()),
        })
    }

    /// Sets a single-valued attribute or a sub-attribute of one.
    pub(super) fn assign(&mut self, place: &Place, value: &Value) -> Result<(), Refusal> {
        let attribute = self.attribute(place)?;
        let old = self.get_mut(place).cloned();
        let new = match sub_of(attribute, place) {
            None => {
                check_parts(attribute, old.as_ref(), value)?;
                value.clone()
            }
            Some(sub) => {
                let mut parent = old.clone().unwrap_or_else(|| Value::Object(Map::new()));
                put_sub(attribute, sub, &mut parent, value)?;
                parent
            }
        };
        check_immutable(attribute, old.as_ref(), &new)?;
        self.set(place, new);
        Ok(())
    }

    /// Changes the elements a place selects: those its filter matches, or all. Answers how many there were. A single value
    /// counts as one element.
    pub(super) fn each_selected(
        &mut self,
        place: &Place,
        change: &mut dyn FnMut(&mut Value) -> Result<(), Refusal>,
    ) -> Result<usize, Refusal> {
        let attribute = self.attribute(place)?;
        let Some(mut value) = self.get_mut(place).map(Value::take) else { return Ok(0) };
        let elements = match &mut value {
            Value::Array(elements) => elements.as_mut_slice(),
            single => std::slice::from_mut(single),
        };
        self.count(elements.len(), place.selection.as_ref())?;
        let selects = |element: &Value| {
            place.selection.as_ref().is_none_or(|selection| matches_element(&selection.filter, element))
        };
        let mut selected = Vec::new();
        for (at, element) in elements.iter_mut().enumerate().filter(|(_, element)| selects(element)) {
            let before = element.clone();
            change(element)?;
            check_immutable(attribute, Some(&before), element)?;
            selected.push((at, !coerce::is_primary(&before) && coerce::is_primary(element)));
        }
        if place.selection.is_some() && selected.len() > 1 {
            self.stance.tolerate(Leniency::SeveralSelected, || several_selected(&place.path()))?;
        }
        keep_one_primary(attribute, elements, &selected)?;
        if let Value::Array(elements) = &mut value {
            tidy(elements);
        }
        self.set(place, value);
        Ok(selected.len())
    }

    fn count(&mut self, elements: usize, selection: Option<&Selection>) -> Result<(), Refusal> {
        self.comparisons += elements * selection.map_or(1, |selection| selection.terms);
        if self.comparisons > MAX_COMPARISONS {
            let detail = "the value filters of this request make too many comparisons; send fewer operations at once";
            return Err(Refusal::new(RefusalKind::TooMany, detail));
        }
        Ok(())
    }

    /// What to do where there is nothing to change. A sub-attribute of no values becomes that of a first one: what does
    /// not exist is added (RFC 7644 sections 3.5.2.1 and 3.5.2.3). When a filter selects nothing, in compat mode the
    /// element it describes comes into being, because Entra replaces what it never added.
    pub(super) fn create(&mut self, place: &Place, value: &Value) -> Result<(), Refusal> {
        let attribute = self.attribute(place)?;
        let mut element = Value::Object(Map::new());
        if let Some(selection) = &place.selection {
            let nothing = || {
                let (path, attribute) = (place.path(), &attribute.name);
                Refusal::no_target(format!("\"{path}\" selects no value; add one to \"{attribute}\" first"))
            };
            element = selection.template.clone().ok_or_else(nothing)?;
            self.stance.tolerate(Leniency::CreatedFromFilter, nothing)?;
        }
        match (&mut element, sub_of(attribute, place), value) {
            (Value::Object(parts), Some(sub), value) => drop(parts.insert(sub.name.clone(), value.clone())),
            (Value::Object(parts), None, Value::Object(sent)) => parts.extend(sent.clone()),
            (element, _, simple) => *element = simple.clone(),
        }
        self.append(place, vec![element])
    }

    /// Appends elements that are not there yet; a new primary takes over.
    pub(super) fn append(&mut self, place: &Place, added: Vec<Value>) -> Result<(), Refusal> {
        let attribute = self.attribute(place)?;
        let old = self.get_mut(place).map(Value::take);
        if !attribute.multi_valued {
            let new = added.into_iter().next().unwrap_or_default();
            check_immutable(attribute, old.as_ref(), &new)?;
            self.set(place, new);
            return Ok(());
        }
        let mut elements = match &old {
            Some(Value::Array(elements)) => elements.clone(),
            _ => Vec::new(),
        };
        self.count(elements.len() + added.len(), None)?;
        let primary = added.iter().find(|element| coerce::is_primary(element)).map(coerce::identity);
        elements.extend(added);
        tidy(&mut elements);
        if let Some(primary) = primary {
            for element in &mut elements {
                let is_it = coerce::identity(element) == primary;
                set_primary(element, is_it);
            }
            // What differed in being primary alone may now be there twice.
            tidy(&mut elements);
        }
        coerce::check_count(attribute, elements.len())?;
        let new = Value::Array(elements);
        check_immutable(attribute, old.as_ref(), &new)?;
        self.set(place, new);
        Ok(())
    }
}

/// The definition of the sub-attribute of a place.
pub(super) fn sub_of<'r>(attribute: &'r Attribute, place: &Place) -> Option<&'r Attribute> {
    place.sub.as_deref().and_then(|sub| attribute.sub(sub))
}

/// Sets one sub-attribute. A `$ref` beside a `value` that changes would point at the old one, so it goes.
pub(super) fn put_sub(
    attribute: &Attribute,
    sub: &Attribute,
    element: &mut Value,
    value: &Value,
) -> Result<(), Refusal> {
    let Value::Object(members) = element else { return Ok(()) };
    let old = members.insert(sub.name.clone(), value.clone());
    check_immutable(sub, old.as_ref(), value)?;
    if sub.name == names::VALUE && old.as_ref() != Some(value) && attribute.sub(names::REF).is_some() {
        members.remove(names::REF);
    }
    Ok(())
}

/// Sets the sub-attributes of an object in an element; a simple value takes the element's place.
pub(super) fn merge(attribute: &Attribute, element: &mut Value, value: &Value) -> Result<(), Refusal> {
    let Value::Object(parts) = value else {
        *element = value.clone();
        return Ok(());
    };
    let value_first = parts.iter().filter(|(key, _)| *key == names::VALUE);
    let rest = parts.iter().filter(|(key, _)| *key != names::VALUE);
    for (key, value) in value_first.chain(rest) {
        if let Some(sub) = attribute.sub(key) {
            put_sub(attribute, sub, element, value)?;
        }
    }
    Ok(())
}

/// RFC 7644 section 3.5.2: an immutable attribute can be given a value, not another one.
pub(super) fn check_immutable(attribute: &Attribute, old: Option<&Value>, new: &Value) -> Result<(), Refusal> {
    if attribute.mutability == Mutability::Immutable && old.is_some_and(|old| old != new) {
        return Err(Refusal::mutability(format!(
            "\"{}\" is immutable and already has a value; leave it out",
            attribute.name
        )));
    }
    Ok(())
}

/// As [`check_immutable`] for the sub-attributes of a value that is replaced as a whole: they may go with it, not change.
fn check_parts(attribute: &Attribute, old: Option<&Value>, new: &Value) -> Result<(), Refusal> {
    let part = |whole: Option<&Value>, sub: &Attribute| whole.and_then(|whole| whole.get(&sub.name)).cloned();
    attribute.sub_attributes.iter().try_for_each(|sub| match part(Some(new), sub) {
        Some(new) => check_immutable(sub, part(old, sub).as_ref(), &new),
        None => Ok(()),
    })
}

/// RFC 7644 section 3.5.2: making one value primary makes the others not.
fn keep_one_primary(attribute: &Attribute, elements: &mut [Value], selected: &[(usize, bool)]) -> Result<(), Refusal> {
    let mut risen = selected.iter().filter(|(_, rises)| *rises).map(|(at, _)| *at);
    let Some(primary) = risen.next() else { return Ok(()) };
    if risen.next().is_some() {
        return Err(Refusal::value(format!(
            "\"{}\" can have one primary value, and more are selected; select one",
            attribute.name
        )));
    }
    for (at, element) in elements.iter_mut().enumerate() {
        set_primary(element, at == primary);
    }
    Ok(())
}

fn set_primary(element: &mut Value, primary: bool) {
    if primary == coerce::is_primary(element) {
        return;
    }
    if let Value::Object(members) = element {
        members.insert(names::PRIMARY.to_owned(), Value::Bool(primary));
    }
}

/// Drops what is empty and what is there twice.
fn tidy(elements: &mut Vec<Value>) {
    let mut seen = std::collections::HashSet::with_capacity(elements.len());
    elements.retain(|element| !is_unassigned(element) && seen.insert(coerce::identity(element)));
}
