//! From requests to operations on one attribute each. A value without a path, an extension as a whole and a single-valued
//! complex attribute fall apart into their parts, which is what makes RFC 7644's merging come out right; values are brought
//! into the form of their schema; members and password are set aside. It does not see the document.

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{
    envelope::{Request, Verb},
    membership::Fold,
    operation::{Operation, Place, Selection},
    profile::{bare_value_path, leaves_some},
};
use crate::schema::{
    accept::{coerce, is_blank},
    definition::Attribute,
    filter::matches_element,
    input::Input,
    is_unassigned,
    leniency::{Leniency, Stance},
    names,
    path::{self, PathExpr, Resolved, ResolvedPath, Target},
    refusal::{Refusal, shown, type_name},
    resource_type::{Extension, ResourceType},
};

/// What a request comes down to.
#[derive(Debug, Default)]
pub(super) struct Flat {
    pub(super) operations: Vec<Operation>,
    pub(super) membership: Option<Fold>,
    pub(super) password: Option<Option<SecretString>>,
}

/// Flattens the operations of one request.
pub(super) struct Flattener<'r, 's> {
    resource_type: &'r ResourceType,
    stance: &'s mut Stance,
    flat: Flat,
}

impl<'r, 's> Flattener<'r, 's> {
    pub(super) fn new(resource_type: &'r ResourceType, stance: &'s mut Stance) -> Self {
        Self { resource_type, stance, flat: Flat::default() }
    }

    pub(super) fn all(mut self, requests: Vec<Request<'_>>) -> Result<Flat, Refusal> {
        for request in requests {
            match request.path {
                None => self.without_path(request.verb, request.value)?,
                Some(text) => self.with_path(request.verb, &text, request.value)?,
            }
        }
        Ok(self.flat)
    }

    fn with_path(&mut self, verb: Verb, text: &str, value: Option<Input<'_>>) -> Result<(), Refusal> {
        let written = path::parse(text, self.stance)?;
        let resolved = path::resolve(self.resource_type, &written, self.stance)?;
        self.operate(verb, &written, resolved, value)
    }

    fn without_path(&mut self, verb: Verb, value: Option<Input<'_>>) -> Result<(), Refusal> {
        if verb == Verb::Remove {
            return Err(Refusal::no_target("remove needs a \"path\": name the attribute to remove"));
        }
        let value = value.ok_or_else(|| missing_value(verb, "an object of attributes"))?;
        let members = value.into_members()?.map_err(|other| {
            let found = type_name(&other);
            Refusal::value(format!("without \"path\" the \"value\" must be an object, not {found}"))
        })?;
        coerce::check_names(members.iter().map(|(key, _)| key.as_str()))?;
        for (key, value) in members {
            match self.resource_type.extension(&key) {
                Some(extension) => self.whole_extension(verb, extension, Some(value))?,
                None => self.key(verb, &key, value)?,
            }
        }
        Ok(())
    }

    /// One key of a value without a path.
    fn key(&mut self, verb: Verb, key: &str, value: Input<'_>) -> Result<(), Refusal> {
        if let Some(attribute) = self.resource_type.core(key) {
            return self.keyed(verb, Target { extension: None, attribute, sub: None }, value);
        }
        if self.resource_type.is_core_urn(key) {
            return self.core(verb, key, value);
        }
        let written = match path::parse(key, self.stance) {
            Ok(written) => written,
            Err(refusal) if key.contains('[') => return Err(refusal),
            Err(_) => return self.ignore(key),
        };
        match path::resolve(self.resource_type, &written, self.stance) {
            Ok(ResolvedPath { target: Resolved::Attribute(target), selection: None }) => {
                if key.contains(['.', ':']) {
                    self.stance.record(Leniency::PathAsKey);
                }
                self.keyed(verb, target, value)
            }
            Ok(resolved) => {
                self.stance.record(Leniency::PathAsKey);
                self.operate(verb, &written, resolved, Some(value))
            }
            Err(refusal) if written.filter.is_some() => Err(refusal),
            Err(_) => self.ignore(key),
        }
    }

    /// The core attributes under the URN of their schema, as those of extensions are.
    fn core(&mut self, verb: Verb, urn: &str, value: Input<'_>) -> Result<(), Refusal> {
        self.stance.record(Leniency::PathAsKey);
        for (key, value) in coerce::attributes_under(urn, value)? {
            match self.resource_type.core(&key) {
                Some(attribute) => self.keyed(verb, Target { extension: None, attribute, sub: None }, value)?,
                None => self.ignore(&key)?,
            }
        }
        Ok(())
    }

    fn ignore(&mut self, key: &str) -> Result<(), Refusal> {
        self.stance.record(if key.contains(':') { Leniency::UnknownSchema } else { Leniency::UnknownAttribute });
        Ok(())
    }

    /// Clients send back what they read: a readOnly attribute beside others is passed over, and Okta's id is compared.
    fn keyed(&mut self, verb: Verb, target: Target<'r>, value: Input<'_>) -> Result<(), Refusal> {
        if target.is_core(names::ID) {
            let Value::String(id) = value.into_value()? else {
                return Err(Refusal::mutability("\"id\" is issued by the server and cannot be changed; leave it out"));
            };
            self.stance.record(Leniency::IdInValue);
            self.flat.operations.push(Operation::SameId(id));
            return Ok(());
        }
        if target.attribute.is_read_only() || target.leaf().is_read_only() {
            return self.stance.tolerate(Leniency::ReadOnlyInValue, || read_only(&target));
        }
        self.attribute(verb, &target, Some(value))
    }

    fn operate(
        &mut self,
        verb: Verb,
        written: &PathExpr,
        resolved: ResolvedPath<'r>,
        value: Option<Input<'_>>,
    ) -> Result<(), Refusal> {
        let target = match resolved.target {
            Resolved::Extension(extension) => return self.whole_extension(verb, extension, value),
            Resolved::Attribute(target) => target,
        };
        let (Some(expr), Some(selection)) = (&written.filter, resolved.selection) else {
            return self.attribute(verb, &target, value);
        };
        if self.is_members(&target) && target.sub.is_none() {
            return self.flat.membership.get_or_insert_default().select(verb, expr, self.stance);
        }
        self.check_writable(&target)?;
        if !target.attribute.multi_valued {
            let refusal = || {
                Refusal::path(format!("\"{}\" has one value; write its path without brackets", target.attribute.name))
            };
            self.stance.tolerate(Leniency::FilterOnSingleValue, refusal)?;
        } else if target.sub.is_none() {
            self.stance.tolerate(Leniency::BareValuePath, || bare_value_path(&written.to_string()))?;
        }
        let template = selection.terms.and_then(|terms| self.template(&target, terms));
        let template = template.filter(|template| matches_element(&selection.filter, template));
        let selection =
            Selection { filter: selection.filter, template, written: expr.to_string(), terms: expr.terms() };
        let place = Place { selection: Some(selection), ..Place::of(&target) };
        self.selected(verb, &target, place, value.map(Input::into_value).transpose()?)
    }

    /// What an element looks like of which a filter says this.
    fn template(&self, target: &Target<'_>, terms: Vec<(String, Value)>) -> Option<Value> {
        let said = match target.attribute.is_complex() {
            true => Value::Object(Map::from_iter(terms)),
            false => terms.into_iter().next()?.1,
        };
        coerce::element(target.attribute, said, &mut self.stance.clone()).ok().flatten()
    }

    fn selected(&mut self, verb: Verb, target: &Target<'r>, place: Place, value: Option<Value>) -> Result<(), Refusal> {
        if verb == Verb::Remove {
            self.flat.operations.push(Operation::Remove(place, None));
            return Ok(());
        }
        let value = value.ok_or_else(|| missing_value(verb, target.leaf().kind.expected()))?;
        let value = match target.sub {
            Some(sub) => {
                let value = coerce::value(Some(target.attribute), sub, value, self.stance)?;
                check_not_blank(sub, value.as_ref())?;
                value
            }
            None => coerce::element(target.attribute, value, self.stance)?,
        };
        self.push(verb, place, value);
        Ok(())
    }

    fn is_members(&self, target: &Target<'_>) -> bool {
        self.resource_type.keeps_in_rows(&target.located())
    }

    fn check_writable(&self, target: &Target<'_>) -> Result<(), Refusal> {
        if self.is_members(target) && target.sub.is_some() {
            let detail = "a member cannot be edited; remove it and add another (RFC 7643 section 4.2)";
            return Err(Refusal::mutability(detail));
        }
        if target.attribute.is_read_only() || target.leaf().is_read_only() {
            return Err(read_only(target));
        }
        Ok(())
    }

    /// An operation on an attribute or sub-attribute without a filter.
    fn attribute(&mut self, verb: Verb, target: &Target<'r>, value: Option<Input<'_>>) -> Result<(), Refusal> {
        self.check_writable(target)?;
        if self.is_members(target) {
            return self.flat.membership.get_or_insert_default().operate(verb, value, self.stance);
        }
        let value = value.map(Input::into_value).transpose()?;
        match (target.extension, target.attribute.name.as_str()) {
            (None, names::SCHEMAS) => return self.schemas(verb, value),
            (None, names::PASSWORD) => return self.password(verb, target, value),
            _ => {}
        }
        let place = Place::of(target);
        if verb == Verb::Remove {
            let listed = self.listed(target, value)?;
            self.flat.operations.push(Operation::Remove(place, listed));
            return Ok(());
        }
        let value = value.ok_or_else(|| missing_value(verb, target.leaf().kind.expected()))?;
        if target.sub.is_none() && target.attribute.is_complex() && !target.attribute.multi_valued {
            return self.complex(verb, target, value);
        }
        let parent = target.sub.map(|_| target.attribute);
        let value = coerce::value(parent, target.leaf(), value, self.stance)?;
        check_not_blank(target.leaf(), value.as_ref())?;
        self.push(verb, place, value);
        Ok(())
    }

    /// The values a `remove` lists (Entra, JumpCloud); elsewhere than on many values its `value` means nothing.
    fn listed(&mut self, target: &Target<'_>, value: Option<Value>) -> Result<Option<Vec<Value>>, Refusal> {
        let value = value.filter(|value| !value.is_null());
        let Some(value) = value.filter(|_| target.attribute.multi_valued && target.sub.is_none()) else {
            return Ok(None);
        };
        match coerce::value(None, target.attribute, value, self.stance)? {
            Some(Value::Array(listed)) => Ok(Some(listed)),
            _ => Ok(Some(Vec::new())),
        }
    }

    /// A single-valued complex attribute is merged, sub-attribute by sub-attribute (RFC 7644 section 3.5.2.3). In strict,
    /// `replace` leaves nothing of it, as the profile has it.
    fn complex(&mut self, verb: Verb, target: &Target<'r>, value: Value) -> Result<(), Refusal> {
        if verb == Verb::Replace && self.stance.is_strict() {
            let whole = coerce::value(None, target.attribute, value, self.stance)?;
            self.push(verb, Place::of(target), whole);
            return Ok(());
        }
        if verb == Verb::Replace && leaves_some(target.attribute, &value) {
            self.stance.record(Leniency::MergedReplace);
        }
        let cleared = cleared_subs(target.attribute, &value);
        let Some(Value::Object(mut parts)) = coerce::value(None, target.attribute, value, self.stance)? else {
            // Nothing is left of what was sent: all of it meant "unassigned".
            let whole = cleared.as_ref().is_none_or(|subs| subs.iter().any(|sub| sub.name == names::VALUE));
            if whole {
                self.push(verb, Place::of(target), None);
            }
            self.clear(verb, target, cleared.filter(|_| !whole).unwrap_or_default());
            return Ok(());
        };
        // `value` goes first, since setting it drops the `$ref` of the old one.
        let first = parts.remove_entry(names::VALUE);
        for (sub, value) in first.into_iter().chain(parts) {
            self.push(verb, Place { sub: Some(sub), ..Place::of(target) }, Some(value));
        }
        self.clear(verb, target, cleared.unwrap_or_default());
        Ok(())
    }

    fn clear(&mut self, verb: Verb, target: &Target<'r>, subs: Vec<&Attribute>) {
        for sub in subs {
            self.push(verb, Place { sub: Some(sub.name.clone()), ..Place::of(target) }, None);
        }
    }

    /// Adding what is unassigned adds nothing.
    fn push(&mut self, verb: Verb, place: Place, value: Option<Value>) {
        match (verb, value) {
            (Verb::Add, Some(value)) => self.flat.operations.push(Operation::Add(place, value)),
            (Verb::Replace, value) => self.flat.operations.push(Operation::Replace(place, value)),
            (Verb::Add, None) | (Verb::Remove, _) => {}
        }
    }

    fn whole_extension(
        &mut self,
        verb: Verb,
        extension: &'r Extension,
        value: Option<Input<'_>>,
    ) -> Result<(), Refusal> {
        let urn = extension.schema.id.as_str();
        let members = match (verb, value.map(Input::into_value).transpose()?) {
            (Verb::Remove, _) | (Verb::Replace, Some(Value::Null)) => {
                self.flat.operations.push(Operation::Remove(Place::extension(urn), None));
                return Ok(());
            }
            (Verb::Add, Some(Value::Null)) => return Ok(()),
            (_, Some(Value::Object(members))) => members,
            (_, None) => return Err(missing_value(verb, "an object of the extension's attributes")),
            (_, Some(other)) => {
                return Err(Refusal::value(format!("\"{urn}\" must be an object, not {}", type_name(&other))));
            }
        };
        coerce::check_keys(&members)?;
        for (key, value) in members {
            if let Some(attribute) = extension.schema.attribute(&key) {
                self.keyed(verb, Target { extension: Some(urn), attribute, sub: None }, value.into())?;
                continue;
            }
            let refusal = || Refusal::syntax(format!("\"{urn}\" has no attribute \"{}\"; leave it out", shown(&key)));
            self.stance.tolerate(Leniency::UnknownAttribute, refusal)?;
        }
        Ok(())
    }

    /// `schemas` follows from what a resource holds; what a client says of it is only checked.
    fn schemas(&mut self, verb: Verb, value: Option<Value>) -> Result<(), Refusal> {
        if verb == Verb::Remove {
            return Err(Refusal::mutability("\"schemas\" follows from the attributes; remove those of the extension"));
        }
        let urns = match value {
            Some(Value::Array(urns)) => urns,
            Some(one @ Value::String(_)) => {
                let refusal = || Refusal::value("\"schemas\" must be an array, not a string");
                self.stance.tolerate(Leniency::SingleForArray, refusal)?;
                vec![one]
            }
            _ => return Err(missing_value(verb, "an array of schema URNs")),
        };
        let resource_type = self.resource_type;
        let known =
            |urn: &str| urn.eq_ignore_ascii_case(&resource_type.schema.id) || resource_type.extension(urn).is_some();
        let Some(urn) = urns.iter().find(|urn| !urn.as_str().is_some_and(known)) else { return Ok(()) };
        let refusal = || {
            let name = &resource_type.name;
            Refusal::syntax(format!("\"schemas\" names {}, which is no schema of {name}; leave it out", shown(urn)))
        };
        self.stance.tolerate(Leniency::UnknownSchema, refusal)
    }

    fn password(&mut self, verb: Verb, target: &Target<'_>, value: Option<Value>) -> Result<(), Refusal> {
        let refusal = || Refusal::path("path \"password\": passwords are not kept here; leave it out");
        self.stance.tolerate(Leniency::PasswordDropped, refusal)?;
        let secret = match (verb, value) {
            (Verb::Remove, _) => None,
            (_, None) => return Err(missing_value(verb, "a string")),
            (_, Some(value)) => coerce::value(None, target.attribute, value, self.stance)?,
        };
        self.flat.password = Some(secret.as_ref().and_then(Value::as_str).map(SecretString::from));
        Ok(())
    }
}

fn check_not_blank(attribute: &Attribute, value: Option<&Value>) -> Result<(), Refusal> {
    if attribute.required && is_blank(value) {
        let detail = format!("\"{}\" is required and must not be empty; give it a value", attribute.name);
        return Err(Refusal::value(detail));
    }
    Ok(())
}

fn missing_value(verb: Verb, expected: &str) -> Refusal {
    Refusal::value(format!("{} needs a \"value\": {expected}", verb.name()))
}

fn read_only(target: &Target<'_>) -> Refusal {
    Refusal::mutability(format!("\"{}\" is readOnly; leave it out", target.path()))
}

/// The sub-attributes an object names without a value; `None` when it is no object with keys.
fn cleared_subs<'a>(attribute: &'a Attribute, value: &Value) -> Option<Vec<&'a Attribute>> {
    let members = match value {
        Value::Object(members) => members,
        Value::Array(elements) => elements.first()?.as_object()?,
        _ => return None,
    };
    let empty = members.iter().filter(|(_, held)| is_unassigned(held) || *held == "");
    Some(empty.filter_map(|(key, _)| attribute.sub(key)).filter(|sub| !sub.is_read_only()).collect())
}
