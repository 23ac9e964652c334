//! The members of a group as a client lists them. They are taken out of the document here, because a membership is a row;
//! the list may be as long as a body can be, so it is read element by element and nothing but ids is kept.

use std::collections::HashSet;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::coerce;
use crate::model::ids::{GroupId, UserId};
use crate::schema::{
    input::Input,
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

/// How a client names one member.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MemberId {
    /// An id that can be somebody's.
    Known(Uuid),
    /// Text that no server of ours can have issued.
    Stranger(String),
}

impl MemberId {
    /// Reads an id, of a user or of a group.
    ///
    /// # Errors
    /// `invalidValue` in strict mode, for an id of ours in another spelling.
    pub fn read(text: &str, stance: &mut Stance) -> Result<Self, Refusal> {
        let id = text.parse().map(UserId::uuid).or_else(|_| text.parse().map(GroupId::uuid));
        let Ok(id) = id else { return Ok(Self::Stranger(text.to_owned())) };
        let mut spelled = Uuid::encode_buffer();
        let spelled = &*id.hyphenated().encode_lower(&mut spelled);
        if spelled != text {
            let reason = "ids have case and no prefix (RFC 7643 section 3.1)";
            let refusal = || Refusal::value(format!("members.value \"{}\": {reason}; write {spelled}", shown(text)));
            stance.tolerate(Leniency::IdSpelling, refusal)?;
        }
        Ok(Self::Known(id))
    }
}

/// Members, each once, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberList {
    /// Ids that can be somebody's.
    pub ids: Vec<Uuid>,
    /// What else was listed.
    pub strangers: Vec<String>,
}

/// Reads a list of members. Null is an empty list.
///
/// # Errors
/// `invalidValue` for an element without an id.
pub fn read(input: Input<'_>, stance: &mut Stance) -> Result<MemberList, Refusal> {
    let (mut list, mut known, mut strangers) = (MemberList::default(), HashSet::new(), HashSet::new());
    read_each(input, stance, &mut |id| match id {
        MemberId::Known(id) if known.insert(id) => list.ids.push(id),
        MemberId::Stranger(text) if strangers.insert(text.clone()) => list.strangers.push(text),
        MemberId::Known(_) | MemberId::Stranger(_) => {}
    })?;
    Ok(list)
}

/// As [`read`], handing over one member after the other, and as often as it is listed.
///
/// # Errors
/// As [`read`].
pub fn read_each(input: Input<'_>, stance: &mut Stance, take: &mut dyn FnMut(MemberId)) -> Result<(), Refusal> {
    if input.is_null() {
        return Ok(());
    }
    let is_list = input.is_array();
    input.each(&mut |element| {
        let element = element.into_value()?;
        if !is_list {
            let refusal = || Refusal::value(format!("\"members\" must be an array, not {}", type_name(&element)));
            stance.tolerate(Leniency::SingleForArray, refusal)?;
        }
        take(member(&element, stance)?);
        Ok(())
    })
}

fn member(element: &Value, stance: &mut Stance) -> Result<MemberId, Refusal> {
    match element {
        Value::Object(parts) => from_object(parts, stance),
        Value::String(id) => {
            let refusal = || Refusal::value("an element of \"members\" must be an object with \"value\", not a string");
            stance.tolerate(Leniency::BareValueForComplex, refusal)?;
            checked(id, stance)
        }
        other => {
            let detail =
                format!("an element of \"members\" must be an object with \"value\", not {}", type_name(other));
            Err(Refusal::value(detail))
        }
    }
}

/// `display` is derived, and ignored (Okta, infisical).
fn from_object(parts: &Map<String, Value>, stance: &mut Stance) -> Result<MemberId, Refusal> {
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
    match part(names::TYPE) {
        Some(Value::String(text)) => check_kind(text, stance)?,
        Some(other) => {
            return Err(Refusal::value(format!("\"members.type\" must be a string, not {}", type_name(other))));
        }
        None => {}
    }
    match (part(names::VALUE), part(names::REF)) {
        (Some(Value::String(id)), _) => checked(id, stance),
        (Some(other), _) => {
            Err(Refusal::value(format!("\"members.value\" must be a string, not {}", type_name(other))))
        }
        (None, Some(Value::String(reference))) => {
            stance.tolerate(Leniency::MemberByReference, without_value)?;
            checked(reference.rsplit('/').next().unwrap_or_default(), stance)
        }
        _ => Err(without_value()),
    }
}

fn without_value() -> Refusal {
    Refusal::value("an element of \"members\" has no \"value\"; give the id of a user or group")
}

/// What a member is follows from its id; what a client says of it is only checked.
fn check_kind(text: &str, stance: &mut Stance) -> Result<(), Refusal> {
    if MemberKind::named(text).is_some() {
        return Ok(());
    }
    let refusal = || Refusal::value(format!("\"members.type\" is \"{}\"; it can be User or Group", shown(text)));
    let rule = if text.is_empty() { Leniency::EmptyStringUnassigns } else { Leniency::NonCanonicalValue };
    stance.tolerate(rule, refusal)
}

fn checked(id: &str, stance: &mut Stance) -> Result<MemberId, Refusal> {
    if id.is_empty() {
        return Err(without_value());
    }
    coerce::check_text("members.value", id)?;
    MemberId::read(id, stance)
}
