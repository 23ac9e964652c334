//! A projection made ready for a resource type: which attributes are shown, in which order, and which of their parts, by
//! the `returned` characteristic of each (RFC 7643 section 7). Resources become JSON text by it; no tree of one is built.

use std::iter::once;

use serde_json::Value;

use super::{Asked, Choice, Named};
use crate::schema::{
    definition::{Attribute, Returned, Schema},
    is_unassigned, names,
    resource_type::ResourceType,
};

/// The common attributes that come first; `meta` comes last.
const FIRST: [&str; 3] = [names::SCHEMAS, names::ID, "externalId"];

/// What a resource has, attribute by attribute.
pub trait Holder {
    /// Whether it has values of an extension.
    fn extends(&self, urn: &str) -> bool;

    /// Writes the value of an attribute as JSON, those of its `parts` that are shown; nothing if there is none.
    fn write(&self, extension: Option<&str>, attribute: &str, parts: &Parts, out: &mut Vec<u8>);
}

/// Which parts of a complex attribute are shown.
#[derive(Debug, Default)]
pub struct Parts {
    hidden: Vec<String>,
}

impl Parts {
    /// Whether a sub-attribute is shown, by its name as the schema spells it.
    #[must_use]
    pub fn shows(&self, sub: &str) -> bool {
        !self.hidden.iter().any(|hidden| hidden == sub)
    }

    /// Writes the shown parts of a value. Unassigned values are left out, null above all, which Entra and Okta cannot read.
    pub fn write(&self, value: &Value, out: &mut Vec<u8>) {
        if self.hidden.is_empty() {
            if !is_unassigned(value) {
                push(value, out);
            }
            return;
        }
        let value = self.of(value.clone());
        if !is_unassigned(&value) {
            push(&value, out);
        }
    }

    /// The same of a value that is there as JSON text: what is shown whole is copied.
    pub fn write_text(&self, text: &str, out: &mut Vec<u8>) {
        if self.hidden.is_empty() {
            return if is_assigned(text) {
                push_text(text, out)
            };
        }
        if let Ok(value) = serde_json::from_str(text) {
            self.write(&value, out);
        }
    }

    fn of(&self, value: Value) -> Value {
        match value {
            Value::Array(elements) => {
                let parts = elements.into_iter().map(|element| self.of(element));
                Value::Array(parts.filter(|part| !is_unassigned(part)).collect())
            }
            Value::Object(mut members) => {
                members.retain(|key, _| self.shows(key));
                Value::Object(members)
            }
            other => other,
        }
    }
}

/// Writes a value as JSON.
pub fn push<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    // Texts and trees of JSON have no form that JSON lacks, and memory takes every byte.
    let _ = serde_json::to_writer(out, value);
}

/// Writes JSON text without the blanks between its signs, which a database puts there.
fn push_text(text: &str, out: &mut Vec<u8>) {
    let (mut from, mut quoted, mut escaped) = (0, false, false);
    for (at, sign) in text.bytes().enumerate() {
        match sign {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b' ' | b'\t' | b'\n' | b'\r' if !quoted => {
                out.extend_from_slice(text.as_bytes().get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    out.extend_from_slice(text.as_bytes().get(from..).unwrap_or_default());
}

/// Whether a value that is there as JSON text is not [`is_unassigned`]. It is read only where a look does not tell.
#[must_use]
pub fn is_assigned(text: &str) -> bool {
    let suspect = match text.as_bytes().first() {
        Some(b'[') => text.len() < 4,
        Some(b'{') => text.len() < 4 || ["null", "[]", "{}"].iter().any(|empty| text.contains(empty)),
        first => first.is_none_or(|first| *first == b'n'),
    };
    !suspect || serde_json::from_str(text).is_ok_and(|value| !is_unassigned(&value))
}

/// An attribute that is shown.
#[derive(Debug)]
struct Place {
    name: String,
    /// The name as JSON, with the colon.
    key: Vec<u8>,
    parts: Parts,
}

/// An extension of which something is shown.
#[derive(Debug)]
struct Section {
    urn: String,
    key: Vec<u8>,
    places: Vec<Place>,
}

/// How resources of one type are written.
#[derive(Debug)]
pub struct Layout {
    core: String,
    extensions: Vec<String>,
    /// Schemas, id, externalId, then the core attributes in the order of their schema.
    first: Vec<Place>,
    sections: Vec<Section>,
    last: Vec<Place>,
}

impl Layout {
    pub(super) fn new(asked: &Asked, resource_type: &ResourceType) -> Self {
        let (first, last): (Vec<_>, Vec<_>) =
            resource_type.common().iter().partition(|attribute| FIRST.contains(&attribute.name.as_str()));
        let first = first.into_iter().chain(&resource_type.schema.attributes);
        let section = |schema: &Schema| Section {
            urn: schema.id.clone(),
            key: key(&schema.id),
            places: places(asked, Some(&schema.id), schema.attributes.iter()),
        };
        let sections = resource_type.extensions.iter().map(|extension| section(&extension.schema));
        Self {
            core: resource_type.schema.id.clone(),
            extensions: resource_type.extensions.iter().map(|extension| extension.schema.id.clone()).collect(),
            first: places(asked, None, first),
            sections: sections.filter(|section| !section.places.is_empty()).collect(),
            last: places(asked, None, last.into_iter()),
        }
    }

    /// Writes a resource.
    pub fn write(&self, resource: &impl Holder, out: &mut Vec<u8>) {
        self.open(resource, out);
        out.push(b'}');
    }

    /// Writes a resource up to its closing brace.
    pub fn open(&self, resource: &impl Holder, out: &mut Vec<u8>) {
        out.push(b'{');
        self.members(&self.first, None, resource, out);
        for section in &self.sections {
            member(&[&section.key], out, |out| {
                let start = out.len();
                out.push(b'{');
                self.members(&section.places, Some(&section.urn), resource, out);
                if out.len() == start + 1 { out.truncate(start) } else { out.push(b'}') }
            });
        }
        self.members(&self.last, None, resource, out);
    }

    fn members(&self, places: &[Place], extension: Option<&str>, resource: &impl Holder, out: &mut Vec<u8>) {
        for place in places {
            member(&[&place.key], out, |out| match place.name.as_str() {
                names::SCHEMAS if extension.is_none() => self.schemas(resource, out),
                name => resource.write(extension, name, &place.parts, out),
            });
        }
    }

    /// The core URN and the extensions the resource has values of (RFC 7643 section 3).
    fn schemas(&self, resource: &impl Holder, out: &mut Vec<u8>) {
        let present = self.extensions.iter().filter(|urn| resource.extends(urn));
        let before = out.len();
        for urn in once(&self.core).chain(present) {
            out.push(if out.len() == before { b'[' } else { b',' });
            push(urn, out);
        }
        out.push(b']');
    }
}

/// Writes a member of an object that is open, unless it turns out to have no value. The key comes in pieces.
pub fn member(key: &[&[u8]], out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    key.iter().for_each(|piece| out.extend_from_slice(piece));
    let before = out.len();
    value(out);
    if out.len() == before {
        out.truncate(start);
    }
}

fn key(name: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(name.len() + 3);
    push(name, &mut key);
    key.push(b':');
    key
}

fn places<'a>(asked: &Asked, extension: Option<&str>, attributes: impl Iterator<Item = &'a Attribute>) -> Vec<Place> {
    let place = |attribute: &Attribute| {
        let parts = Selection::of(asked, extension, attribute).parts(attribute)?;
        Some(Place { name: attribute.name.clone(), key: key(&attribute.name), parts })
    };
    attributes.filter_map(place).collect()
}

/// What was asked says of one attribute.
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
    fn of(asked: &'c Asked, extension: Option<&str>, attribute: &Attribute) -> Self {
        let (named, only, except): (&[Named], _, _) = match &asked.choice {
            Choice::Default => (&[], false, false),
            Choice::Only(named) => (named, true, false),
            Choice::Except(named) => (named, false, true),
        };
        let given = !only && asked.given.has(extension, &attribute.name);
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

    /// The parts to show; `None` when nothing is.
    fn parts(&self, attribute: &Attribute) -> Option<Parts> {
        let named = self.whole || !self.subs.is_empty();
        let visible = match attribute.returned {
            Returned::Never => false,
            Returned::Always => true,
            Returned::Request if self.only => named,
            Returned::Request => self.given && !self.whole,
            Returned::Default if self.only => named || has_always(attribute),
            Returned::Default => !(self.except && self.whole),
        };
        let hidden = attribute.sub_attributes.iter().filter(|sub| !self.shows(attribute, sub));
        visible.then(|| Parts { hidden: hidden.map(|sub| sub.name.clone()).collect() })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::accept::any_json;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[rstest::rstest]
    #[case("null", "")]
    #[case("[ ]", "")]
    #[case("{ }", "")]
    #[case(r#"{"a": null, "b": {"c": []}}"#, "")]
    #[case(r#"{"a": null, "b": "null"}"#, r#"{"a":null,"b":"null"}"#)]
    #[case(r#"[ "a \" b", "\\" , 1.50 ]"#, r#"["a \" b","\\",1.50]"#)]
    #[case("false", "false")]
    fn text_is_copied_without_blanks_unless_it_is_unassigned(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(written(|out| Parts::default().write_text(text, out)), expected);
    }

    /// Without fractions: reading and writing them again may change the last digit, which copying does not.
    fn in_whole_numbers(value: Value) -> Value {
        match value {
            Value::Number(number) if number.is_f64() => 1.into(),
            Value::Array(values) => values.into_iter().map(in_whole_numbers).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(name, value)| (name, in_whole_numbers(value))).collect()
            }
            other => other,
        }
    }

    proptest! {
        #[test]
        fn a_text_is_written_as_its_value(value in any_json().prop_map(in_whole_numbers), hides in any::<bool>()) {
            let hidden = value.as_object().and_then(|members| members.keys().next()).filter(|_| hides);
            let parts = Parts { hidden: hidden.into_iter().cloned().collect() };
            let of_value = written(|out| parts.write(&value, out));
            for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                prop_assert_eq!(&written(|out| parts.write_text(&text, out)), &of_value);
            }
        }
    }
}
