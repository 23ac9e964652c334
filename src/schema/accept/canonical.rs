//! The keys of a body: which attribute each one means, whatever spelling a client chose. Values go to [`super::coerce`];
//! members and password are set aside.

use std::collections::HashSet;

use secrecy::SecretString;
use serde_json::Value;

use super::{Received, coerce, members};
use crate::schema::{
    Document,
    definition::Returned,
    input::{self, Input},
    leniency::{Leniency, Stance},
    names,
    path::{Resolved, Target, resolve_name},
    refusal::{Refusal, shown, type_name},
    resource_type::{Extension, ResourceType},
};

/// Reads one body.
pub(super) struct Reader<'r> {
    resource_type: &'r ResourceType,
    stance: &'r mut Stance,
    received: Received,
    /// The URNs that the body says it uses, in lower case.
    listed: HashSet<String>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(resource_type: &'r ResourceType, stance: &'r mut Stance) -> Self {
        let received = Received {
            document: Document::new(),
            cleared: Vec::new(),
            members: None,
            password: None,
            leniencies: Vec::new(),
        };
        Self { resource_type, stance, received, listed: HashSet::new() }
    }

    pub(super) fn read(mut self, body: Input<'_>) -> Result<Received, Refusal> {
        let mut members = input::object(body)?;
        coerce::check_names(members.iter().map(|(key, _)| key.as_str()))?;
        let schemas = members.iter().position(|(key, _)| key.eq_ignore_ascii_case(names::SCHEMAS));
        let schemas = schemas.map(|at| members.swap_remove(at).1.into_value()).transpose()?;
        self.check_schemas(schemas.as_ref())?;
        for (key, value) in members {
            self.member(&key, value)?;
        }
        Ok(self.received)
    }

    /// RFC 7643 section 3: the core schema and extensions of the resource type, nothing else.
    fn check_schemas(&mut self, listed: Option<&Value>) -> Result<(), Refusal> {
        let core = &self.resource_type.schema.id;
        let Some(Value::Array(listed)) = listed else {
            let found = listed.map_or("missing", type_name);
            let refusal = || Refusal::syntax(format!("\"schemas\" must be an array with \"{core}\"; it is {found}"));
            return self.stance.tolerate(Leniency::MissingSchemas, refusal);
        };
        let urns: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
        if let Some(other) = listed.iter().find(|urn| !urn.is_string()) {
            let refusal =
                || Refusal::syntax(format!("\"schemas\" must hold URNs as strings, not {}", type_name(other)));
            self.stance.tolerate(Leniency::MissingSchemas, refusal)?;
        }
        let mut seen = HashSet::new();
        if let Some(urn) = urns.iter().find(|urn| !seen.insert(urn.to_ascii_lowercase())) {
            let refusal = || Refusal::syntax(format!("\"schemas\" names {} twice; name it once", shown(urn)));
            self.stance.tolerate(Leniency::RepeatedSchema, refusal)?;
        }
        if let Some(urn) = urns.iter().find(|urn| self.is_foreign(urn)) {
            let detail =
                format!("\"schemas\" names {}, which is not a schema of {}", shown(urn), self.resource_type.name);
            return Err(Refusal::syntax(detail));
        }
        if !urns.iter().any(|urn| urn.eq_ignore_ascii_case(core)) {
            let refusal = || Refusal::syntax(format!("\"schemas\" must contain \"{core}\""));
            self.stance.tolerate(Leniency::MissingSchemas, refusal)?;
        }
        let unknown = |urn: &&&str| !urn.eq_ignore_ascii_case(core) && self.resource_type.extension(urn).is_none();
        if let Some(urn) = urns.iter().find(unknown) {
            let name = &self.resource_type.name;
            let refusal = || {
                Refusal::syntax(format!("\"schemas\" names {}, which is no schema of {name}; leave it out", shown(urn)))
            };
            self.stance.tolerate(Leniency::UnknownSchema, refusal)?;
        }
        self.listed = urns.iter().map(|urn| urn.to_ascii_lowercase()).collect();
        Ok(())
    }

    /// RFC 7643 section 3: what a body uses, its `schemas` names. A body without `schemas` is another matter.
    fn check_listed(&mut self, urn: &str) -> Result<(), Refusal> {
        if self.listed.is_empty() || self.listed.contains(&urn.to_ascii_lowercase()) {
            return Ok(());
        }
        let refusal =
            || Refusal::syntax(format!("\"schemas\" must contain \"{urn}\", whose attributes are in the body"));
        self.stance.tolerate(Leniency::UnlistedExtension, refusal)
    }

    /// A message, or another type of resource: that is not a spelling, it is the wrong body.
    fn is_foreign(&self, urn: &str) -> bool {
        let other_core = names::strip_prefix(urn, names::CORE_URNS).is_some()
            && !urn.eq_ignore_ascii_case(&self.resource_type.schema.id);
        names::strip_prefix(urn, names::MESSAGE_URNS).is_some() || other_core
    }

    fn member(&mut self, key: &str, value: Input<'_>) -> Result<(), Refusal> {
        let resource_type = self.resource_type;
        if let Some(extension) = resource_type.extension(key) {
            return self.extension(extension, value.into_value()?);
        }
        if let Some(attribute) = resource_type.core(key) {
            return self.attribute(Target { extension: None, attribute, sub: None }, value, true);
        }
        if self.stance.is_strict() {
            return self.unknown(key);
        }
        if resource_type.is_core_urn(key) {
            return self.core(key, value);
        }
        match resolve_name(resource_type, key, self.stance) {
            Ok(Resolved::Attribute(target)) if target.sub.is_none() || !target.attribute.multi_valued => {
                if key.contains(['.', ':']) {
                    self.stance.record(Leniency::PathAsKey);
                }
                self.attribute(target, value, false)
            }
            _ => self.unknown(key),
        }
    }

    fn unknown(&mut self, key: &str) -> Result<(), Refusal> {
        let leniency = if key.contains(':') { Leniency::UnknownSchema } else { Leniency::UnknownAttribute };
        let name = &self.resource_type.name;
        self.stance
            .tolerate(leniency, || Refusal::syntax(format!("{name} has no attribute \"{}\"; leave it out", shown(key))))
    }

    fn extension(&mut self, extension: &'r Extension, value: Value) -> Result<(), Refusal> {
        let urn = &extension.schema.id;
        let members = match value {
            Value::Null => return Ok(()),
            Value::Object(members) => members,
            other => {
                return Err(Refusal::value(format!("\"{urn}\" must be an object, not {}", type_name(&other))));
            }
        };
        coerce::check_keys(&members)?;
        self.check_listed(urn)?;
        for (key, value) in members {
            match extension.schema.attribute(&key) {
                Some(attribute) => {
                    self.attribute(Target { extension: Some(urn), attribute, sub: None }, value.into(), true)?
                }
                None => self.unknown(&format!("{urn}:{key}"))?,
            }
        }
        Ok(())
    }

    /// The core attributes under the URN of their schema, as those of extensions are.
    fn core(&mut self, urn: &str, value: Input<'_>) -> Result<(), Refusal> {
        self.stance.record(Leniency::PathAsKey);
        for (key, value) in coerce::attributes_under(urn, value)? {
            match self.resource_type.core(&key) {
                Some(attribute) => self.attribute(Target { extension: None, attribute, sub: None }, value, false)?,
                None => self.unknown(&format!("{urn}:{key}"))?,
            }
        }
        Ok(())
    }

    /// `outright` values win over those given by another spelling.
    fn attribute(&mut self, target: Target<'r>, value: Input<'_>, outright: bool) -> Result<(), Refusal> {
        // Clients send back what they read (RFC 7644 section 3.5.1: readOnly values are ignored).
        if target.attribute.is_read_only() || target.leaf().is_read_only() || target.is_core(names::SCHEMAS) {
            return Ok(());
        }
        if self.resource_type.keeps_in_rows(&target.located()) {
            self.received.members = Some(members::read(value, self.stance)?);
            return Ok(());
        }
        let parent = target.sub.map(|_| target.attribute);
        let Some(value) = coerce::value(parent, target.leaf(), value.into_value()?, self.stance)? else {
            if target.attribute.returned == Returned::Never {
                self.received.cleared.push(target.path());
            }
            return Ok(());
        };
        if target.is_core(names::PASSWORD) {
            let refusal = || Refusal::syntax("\"password\": passwords are not kept here; leave it out");
            self.stance.tolerate(Leniency::PasswordDropped, refusal)?;
            self.received.password = value.as_str().map(SecretString::from);
            return Ok(());
        }
        self.store(target, value, outright);
        Ok(())
    }

    fn store(&mut self, target: Target<'r>, value: Value, outright: bool) {
        let Some(mut holder) = holder(&mut self.received.document, target.extension) else { return };
        let mut name = &target.attribute.name;
        if let Some(sub) = target.sub {
            let Some(parent) = holder_of(holder, name) else { return };
            (holder, name) = (parent, &sub.name);
        }
        match (holder.get_mut(name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                for (key, value) in new {
                    if outright || !old.contains_key(&key) {
                        old.insert(key, value);
                    }
                }
            }
            (Some(old), new) if outright => *old = new,
            (Some(_), _) => {}
            (None, new) => drop(holder.insert(name.clone(), new)),
        }
    }
}

fn holder<'d>(document: &'d mut Document, extension: Option<&str>) -> Option<&'d mut Document> {
    match extension {
        Some(urn) => holder_of(document, urn),
        None => Some(document),
    }
}

fn holder_of<'d>(document: &'d mut Document, key: &str) -> Option<&'d mut Document> {
    document.entry(key).or_insert_with(|| Value::Object(Document::new())).as_object_mut()
}
