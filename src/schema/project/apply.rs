//! Carries a projection out on one resource, by the `returned` characteristic of every attribute (RFC 7643 section 7).

use serde_json::{Map, Value};

use super::{Choice, Named, Projection};
use crate::schema::{
    Document,
    definition::{Attribute, Returned},
    is_unassigned, names,
    resource_type::ResourceType,
};

/// The common attributes that come first; `meta` comes last.
const FIRST: [&str; 3] = [names::SCHEMAS, names::ID, "externalId"];

pub(super) fn apply(projection: &Projection, resource_type: &ResourceType, resource: &mut Document) {
    let mut source = std::mem::take(resource);
    if !source.contains_key(names::SCHEMAS) {
        let urns = resource_type.schemas_of(&source).into_iter().map(Value::from).collect();
        source.insert(names::SCHEMAS.to_owned(), Value::Array(urns));
    }
    let (first, last): (Vec<_>, Vec<_>) =
        resource_type.common().iter().partition(|attribute| FIRST.contains(&attribute.name.as_str()));
    show(projection, None, first.into_iter(), &mut source, resource);
    show(projection, None, resource_type.schema.attributes.iter(), &mut source, resource);
    for extension in &resource_type.extensions {
        let urn = &extension.schema.id;
        let Some(Value::Object(mut held)) = source.remove(urn) else { continue };
        let mut shown = Map::new();
        show(projection, Some(urn), extension.schema.attributes.iter(), &mut held, &mut shown);
        if !shown.is_empty() {
            resource.insert(urn.clone(), Value::Object(shown));
        }
    }
    show(projection, None, last.into_iter(), &mut source, resource);
}

fn show<'a>(
    projection: &Projection,
    extension: Option<&str>,
    attributes: impl Iterator<Item = &'a Attribute>,
    source: &mut Document,
    shown: &mut Document,
) {
    for attribute in attributes {
        let Some(value) = source.remove(&attribute.name) else { continue };
        let selection = Selection::of(projection, extension, attribute);
        if let Some(value) = selection.value(attribute, value) {
            shown.insert(attribute.name.clone(), value);
        }
    }
}

/// What a projection says of one attribute.
struct Selection<'c> {
    /// Named itself, or within an extension that is.
    whole: bool,
    subs: Vec<&'c str>,
    only: bool,
    except: bool,
    /// By the request that is being answered.
    given: bool,
}

impl<'c> Selection<'c> {
    fn of(projection: &'c Projection, extension: Option<&str>, attribute: &Attribute) -> Self {
        let (named, only, except): (&[Named], _, _) = match &projection.choice {
            Choice::Default => (&[], false, false),
            Choice::Only(named) => (named, true, false),
            Choice::Except(named) => (named, false, true),
        };
        let given = !only && projection.given.has(extension, &attribute.name);
        let mut selection = Self { whole: false, subs: Vec::new(), only, except, given };
        for named in named.iter().filter(|named| named.extension.as_deref() == extension) {
            match (&named.attribute, &named.sub) {
                (None, _) => selection.whole |= attribute.returned != Returned::Request || except,
                (Some(name), None) => selection.whole |= *name == attribute.name,
                (Some(name), Some(sub)) if *name == attribute.name => selection.subs.push(sub),
                _ => {}
            }
        }
        selection
    }

    fn value(&self, attribute: &Attribute, value: Value) -> Option<Value> {
        let named = self.whole || !self.subs.is_empty();
        let visible = match attribute.returned {
            Returned::Never => false,
            Returned::Always => true,
            Returned::Request if self.only => named,
            Returned::Request => self.given && !self.whole,
            Returned::Default if self.only => named || has_always(attribute),
            Returned::Default => !(self.except && self.whole),
        };
        if !visible {
            return None;
        }
        let value = if attribute.is_complex() { self.parts(attribute, value) } else { value };
        // Unassigned attributes are left out, null above all, which Entra and Okta cannot read.
        (!is_unassigned(&value)).then_some(value)
    }

    fn parts(&self, attribute: &Attribute, value: Value) -> Value {
        match value {
            Value::Array(elements) => {
                let parts = elements.into_iter().map(|element| self.parts(attribute, element));
                Value::Array(parts.filter(|part| !is_unassigned(part)).collect())
            }
            Value::Object(mut members) => {
                members.retain(|key, _| attribute.sub(key).is_none_or(|sub| self.shows(attribute, sub)));
                Value::Object(members)
            }
            other => other,
        }
    }

    fn shows(&self, attribute: &Attribute, sub: &Attribute) -> bool {
        let named = self.subs.contains(&sub.name.as_str());
        match sub.returned {
            Returned::Never => false,
            Returned::Always => true,
            Returned::Request if self.only => named,
            Returned::Request => self.given && !named,
            Returned::Default if self.only => self.whole || named || attribute.returned == Returned::Always,
            Returned::Default => !(self.except && named),
        }
    }
}

/// Sub-attributes returned always bring their parent along.
fn has_always(attribute: &Attribute) -> bool {
    attribute.sub_attributes.iter().any(|sub| sub.returned == Returned::Always)
}
