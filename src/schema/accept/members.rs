//! The members of a group as a client lists them. They are taken out of the document here, because a membership is a row;
//! the list may be long, so nothing but ids is kept.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::coerce;
use crate::schema::{
    leniency::{Leniency, Stance},
    names,
    refusal::{Refusal, shown, type_name},
};

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A user.
    User,
    /// A group.
    Group,
}

impl MemberKind {
    /// `User` or `Group`, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            user if user.eq_ignore_ascii_case("User") => Some(Self::User),
            group if group.eq_ignore_ascii_case("Group") => Some(Self::Group),
            _ => None,
        }
    }
}

/// One member as a client names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemberValue {
    /// The id, as sent; not checked.
    pub value: String,
    /// What the client says it is.
    pub kind: Option<MemberKind>,
}

/// Most members in one list; the body limit is usually met first.
pub const MAX_MEMBERS: usize = 100_000;

/// Reads a list of members, each once, in order. Null is an empty list.
///
/// # Errors
/// `invalidValue` for an element without an id, and for more than [`MAX_MEMBERS`].
pub fn read(value: Value, stance: &mut Stance) -> Result<Vec<MemberValue>, Refusal> {
    let elements = match value {
        Value::Null => Vec::new(),
        Value::Array(elements) => elements,
        single => {
            let refusal = || Refusal::value(format!("\"members\" must be an array, not {}", type_name(&single)));
            stance.tolerate(Leniency::SingleForArray, refusal)?;
            vec![single]
        }
    };
    if elements.len() > MAX_MEMBERS {
        let detail = format!("\"members\" has {} elements; at most {MAX_MEMBERS} are accepted at once", elements.len());
        return Err(Refusal::value(detail));
    }
    let mut seen = HashSet::with_capacity(elements.len());
    let mut members = Vec::with_capacity(elements.len());
    for element in elements {
        let member = member(element, stance)?;
        if seen.insert(member.value.clone()) {
            members.push(member);
        }
    }
    Ok(members)
}

fn member(element: Value, stance: &mut Stance) -> Result<MemberValue, Refusal> {
    match element {
        Value::Object(parts) => from_object(&parts, stance),
        Value::String(id) => {
            let refusal = || Refusal::value("an element of \"members\" must be an object with \"value\", not a string");
            stance.tolerate(Leniency::BareValueForComplex, refusal)?;
            Ok(MemberValue { value: checked(&id)?, kind: None })
        }
        other => {
            let detail =
                format!("an element of \"members\" must be an object with \"value\", not {}", type_name(&other));
            Err(Refusal::value(detail))
        }
    }
}

/// `display` is derived, and ignored (Okta, infisical).
fn from_object(parts: &Map<String, Value>, stance: &mut Stance) -> Result<MemberValue, Refusal> {
    coerce::check_keys(parts)?;
    let known = [names::VALUE, names::TYPE, names::REF, names::DISPLAY];
    if let Some(key) = parts.keys().find(|key| !known.iter().any(|name| name.eq_ignore_ascii_case(key))) {
        let refusal = || Refusal::syntax(format!("\"members\" has no sub-attribute \"{}\"; leave it out", shown(key)));
        stance.tolerate(Leniency::UnknownAttribute, refusal)?;
    }
    let part = |name: &str| {
        let named = parts.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, held)| held).filter(|held| !held.is_null())
    };
    let kind = match part(names::TYPE) {
        Some(Value::String(text)) => member_kind(text, stance)?,
        Some(other) => {
            return Err(Refusal::value(format!("\"members.type\" must be a string, not {}", type_name(other))));
        }
        None => None,
    };
    let value = match (part(names::VALUE), part(names::REF)) {
        (Some(Value::String(id)), _) => checked(id)?,
        (Some(other), _) => {
            return Err(Refusal::value(format!("\"members.value\" must be a string, not {}", type_name(other))));
        }
        (None, Some(Value::String(reference))) => {
            stance.tolerate(Leniency::MemberByReference, without_value)?;
            checked(reference.rsplit('/').next().unwrap_or_default())?
        }
        _ => return Err(without_value()),
    };
    Ok(MemberValue { value, kind })
}

fn without_value() -> Refusal {
    Refusal::value("an element of \"members\" has no \"value\"; give the id of a user or group")
}

fn member_kind(text: &str, stance: &mut Stance) -> Result<Option<MemberKind>, Refusal> {
    let kind = MemberKind::named(text);
    if kind.is_none() {
        let refusal = || Refusal::value(format!("\"members.type\" is \"{}\"; it can be User or Group", shown(text)));
        let empty = text.is_empty();
        let rule = if empty { Leniency::EmptyStringUnassigns } else { Leniency::NonCanonicalValue };
        stance.tolerate(rule, refusal)?;
    }
    Ok(kind)
}

fn checked(id: &str) -> Result<String, Refusal> {
    if id.is_empty() {
        return Err(without_value());
    }
    coerce::check_text("members.value", id)?;
    Ok(id.to_owned())
}
