//! One value against one attribute: its JSON type, its size, its sub-attributes. In compat mode a value of another JSON type
//! that can only mean one thing is converted; the text itself is never changed. It knows nothing of documents.

use std::{collections::HashSet, fmt};

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};
use serde_json::{Map, Number, Value};

use crate::model::fold::fold;
use crate::schema::{
    definition::{Attribute, Mutability, Type, Uniqueness},
    input::Input,
    instant,
    leniency::{Leniency, Stance},
    names,
    refusal::{Refusal, shown, type_name},
    unique::MAX_KEY,
};

/// Longest string, in bytes.
pub const MAX_STRING: usize = 64 * 1024;
/// Without padding; what the last bits are is the sender's business.
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));
/// Most values of one attribute.
pub const MAX_VALUES: usize = 10_000;

/// An attribute with its parent, for messages.
#[derive(Clone, Copy)]
struct Label<'a>(Option<&'a Attribute>, &'a Attribute);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(parent) => write!(f, "{}.{}", parent.name, self.1.name),
            None => f.write_str(&self.1.name),
        }
    }
}

impl Label<'_> {
    fn wrong(&self, found: fmt::Arguments<'_>) -> Refusal {
        Refusal::value(format!("\"{self}\" must be {}, not {found}", self.1.kind.expected()))
    }

    /// Names the value when it is short, and no secret.
    fn wrong_type(&self, value: &Value) -> Refusal {
        let is_secret = self.1.mutability == Mutability::WriteOnly;
        match value {
            Value::Bool(_) | Value::Number(_) | Value::String(_) if !is_secret => {
                self.wrong(format_args!("{} ({})", type_name(value), shown(value)))
            }
            other => self.wrong(format_args!("{}", type_name(other))),
        }
    }
}

/// The value of an attribute (or of a sub-attribute of `parent`) in canonical form; `None` when it means unassigned.
///
/// # Errors
/// `invalidValue` naming the attribute and what it expects; `invalidSyntax` for keys that differ only in case and, in
/// strict mode, for unknown sub-attributes.
pub fn value(
    parent: Option<&Attribute>,
    attribute: &Attribute,
    value: Value,
    stance: &mut Stance,
) -> Result<Option<Value>, Refusal> {
    let label = Label(parent, attribute);
    if attribute.multi_valued { list(label, value, stance) } else { single(label, value, stance) }
}

/// One element of a multi-valued attribute; the same as [`value`] for a single-valued one.
///
/// # Errors
/// As [`value`].
pub fn element(attribute: &Attribute, value: Value, stance: &mut Stance) -> Result<Option<Value>, Refusal> {
    single(Label(None, attribute), value, stance)
}

fn list(label: Label<'_>, value: Value, stance: &mut Stance) -> Result<Option<Value>, Refusal> {
    let elements = match value {
        Value::Null => return Ok(None),
        Value::Array(elements) => elements,
        one => {
            let refusal = || Refusal::value(format!("\"{label}\" must be an array, not {}", type_name(&one)));
            stance.tolerate(Leniency::SingleForArray, refusal)?;
            vec![one]
        }
    };
    check_count(label.1, elements.len())?;
    let mut seen = HashSet::with_capacity(elements.len());
    let mut kept = Vec::with_capacity(elements.len());
    for element in elements {
        let Some(element) = single(label, element, stance)? else { continue };
        if seen.insert(identity(&element)) {
            kept.push(element);
        }
    }
    check_primary(label.1, &kept)?;
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// Refuses more than [`MAX_VALUES`] values.
///
/// # Errors
/// `invalidValue`.
pub fn check_count(attribute: &Attribute, count: usize) -> Result<(), Refusal> {
    if count <= MAX_VALUES {
        return Ok(());
    }
    Err(Refusal::value(format!(
        "\"{}\" would have {count} values; at most {MAX_VALUES} are accepted, so send fewer",
        attribute.name
    )))
}

/// Refuses two primary values (RFC 7643 section 2.4).
///
/// # Errors
/// `invalidValue`.
pub fn check_primary(attribute: &Attribute, elements: &[Value]) -> Result<(), Refusal> {
    if elements.iter().filter(|element| is_primary(element)).nth(1).is_none() {
        return Ok(());
    }
    Err(Refusal::value(format!(
        "\"{}\" has more than one value with primary true; leave it true on one",
        attribute.name
    )))
}

/// Whether an element is the preferred one.
#[must_use]
pub fn is_primary(element: &Value) -> bool {
    element.get(names::PRIMARY) == Some(&Value::Bool(true))
}

/// What makes an element the same as another: `value` and `type` (RFC 7643 section 2.4), or all of it.
#[must_use]
pub fn identity(element: &Value) -> String {
    match element.get(names::VALUE) {
        Some(value) => format!("{value}\u{1f}{}", element.get(names::TYPE).unwrap_or(&Value::Null)),
        None => match element {
            Value::Object(parts) => {
                let mut parts: Vec<_> = parts.iter().map(|(name, held)| format!("{name}\u{1f}{held}")).collect();
                parts.sort_unstable();
                parts.join("\u{1e}")
            }
            simple => simple.to_string(),
        },
    }
}

fn single(label: Label<'_>, value: Value, stance: &mut Stance) -> Result<Option<Value>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::Array(mut elements) => {
            let Some(last) = elements.pop() else { return Ok(None) };
            if !elements.is_empty() {
                let detail = format!("\"{label}\" takes one value, not {}", elements.len() + 1);
                return Err(Refusal::value(detail));
            }
            stance.tolerate(Leniency::ArrayForSingle, || label.wrong_type(&Value::Array(Vec::new())))?;
            single(label, last, stance)
        }
        one if label.1.is_complex() => complex(label, one, stance),
        one => simple(label, one, stance),
    }
}

fn complex(label: Label<'_>, value: Value, stance: &mut Stance) -> Result<Option<Value>, Refusal> {
    match (value, label.1.sub(names::VALUE)) {
        (Value::Object(members), _) => object(label.1, members, stance),
        (bare, Some(known_by)) if !bare.is_array() => {
            if is_empty_text(&bare, stance) {
                return Ok(None);
            }
            stance.tolerate(Leniency::BareValueForComplex, || label.wrong_type(&bare))?;
            let inner = single(Label(Some(label.1), known_by), bare, stance)?;
            Ok(inner.map(|inner| Value::Object(Map::from_iter([(known_by.name.clone(), inner)]))))
        }
        (other, _) if is_empty_text(&other, stance) => Ok(None),
        (other, _) => Err(label.wrong_type(&other)),
    }
}

/// The sub-attributes, spelled and ordered as the schema has them; unknown, readOnly and unassigned ones dropped.
fn object(attribute: &Attribute, members: Map<String, Value>, stance: &mut Stance) -> Result<Option<Value>, Refusal> {
    check_keys(&members)?;
    let mut known: Vec<Option<Value>> = vec![None; attribute.sub_attributes.len()];
    for (key, held) in members {
        let at = attribute.sub_attributes.iter().position(|sub| sub.name.eq_ignore_ascii_case(&key));
        let Some((slot, sub)) = at.and_then(|at| known.get_mut(at).zip(attribute.sub_attributes.get(at))) else {
            let refusal = || {
                Refusal::syntax(format!(
                    "\"{}\" has no sub-attribute \"{}\"; leave it out",
                    attribute.name,
                    shown(&key)
                ))
            };
            stance.tolerate(Leniency::UnknownAttribute, refusal)?;
            continue;
        };
        if !sub.is_read_only() {
            *slot = value(Some(attribute), sub, held, stance)?;
        }
    }
    let names = attribute.sub_attributes.iter().map(|sub| sub.name.clone());
    let assigned: Map<_, _> = names.zip(known).filter_map(|(name, held)| held.map(|held| (name, held))).collect();
    Ok((!assigned.is_empty()).then_some(Value::Object(assigned)))
}

/// Refuses an object with the same attribute twice (RFC 7643 section 2.1): which one counts would be a guess.
///
/// # Errors
/// `invalidSyntax`.
pub fn check_keys(members: &Map<String, Value>) -> Result<(), Refusal> {
    check_names(members.keys().map(String::as_str))
}

/// As [`check_keys`], for keys that are in no map yet.
///
/// # Errors
/// As [`check_keys`].
pub fn check_names<'k>(mut names: impl Iterator<Item = &'k str>) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    match names.find(|name| !seen.insert(name.to_ascii_lowercase())) {
        Some(name) => Err(Refusal::syntax(format!(
            "the attribute \"{}\" is there twice, for names ignore case; send it once",
            shown(name)
        ))),
        None => Ok(()),
    }
}

/// What an object under the URN of a schema holds, by name; null holds nothing.
///
/// # Errors
/// `invalidValue` for what is no object; as [`check_keys`].
pub fn attributes_under<'b>(urn: &str, value: Input<'b>) -> Result<Vec<(String, Input<'b>)>, Refusal> {
    let members = match value.into_members()? {
        Ok(members) => members,
        Err(Value::Null) => return Ok(Vec::new()),
        Err(other) => {
            let found = type_name(&other);
            return Err(Refusal::value(format!("\"{}\" must be an object, not {found}", shown(urn))));
        }
    };
    check_names(members.iter().map(|(key, _)| key.as_str()))?;
    Ok(members)
}

fn is_empty_text(value: &Value, stance: &mut Stance) -> bool {
    let empty = value == "" && !stance.is_strict();
    if empty {
        stance.record(Leniency::EmptyStringUnassigns);
    }
    empty
}

fn simple(label: Label<'_>, value: Value, stance: &mut Stance) -> Result<Option<Value>, Refusal> {
    if is_empty_text(&value, stance) {
        return Ok(None);
    }
    let typed = match label.1.kind {
        Type::Boolean => boolean(label, value, stance)?,
        Type::Decimal | Type::Integer => number(label, &value, stance)?,
        Type::DateTime => checked(label, value, |text| instant::parse(text).is_some())?,
        Type::Binary => checked(label, value, is_base64)?,
        // Formats are not checked: identity providers send free text for URIs, countries and types, and expect it back.
        Type::Reference => checked(label, value, |_| true)?,
        Type::String | Type::Complex => text(label, value, stance)?,
    };
    if let Value::String(text) = &typed {
        check_text(label, text)?;
        check_canonical(label, text, stance)?;
        check_unique(label, text)?;
    }
    Ok(Some(typed))
}

fn boolean(label: Label<'_>, value: Value, stance: &mut Stance) -> Result<Value, Refusal> {
    let flag = match &value {
        Value::Bool(_) => return Ok(value),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    };
    let flag: bool = flag.ok_or_else(|| label.wrong_type(&value))?;
    stance.tolerate(Leniency::BooleanAsString, || label.wrong_type(&value))?;
    Ok(Value::Bool(flag))
}

fn number(label: Label<'_>, value: &Value, stance: &mut Stance) -> Result<Value, Refusal> {
    let number = match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => serde_json::from_str::<Number>(text.trim()).ok(),
        _ => None,
    };
    let fits = |number: &Number| label.1.kind == Type::Decimal || number.is_i64() || number.is_u64();
    let number = number.filter(fits).ok_or_else(|| label.wrong_type(value))?;
    if value.is_string() {
        stance.tolerate(Leniency::NumberAsString, || label.wrong_type(value))?;
    }
    Ok(Value::Number(number))
}

/// Text that is stored as sent if it has the form.
fn checked(label: Label<'_>, value: Value, has_form: impl Fn(&str) -> bool) -> Result<Value, Refusal> {
    if value.as_str().is_some_and(has_form) { Ok(value) } else { Err(label.wrong_type(&value)) }
}

/// RFC 7643 section 2.3.6: in either alphabet, padded or not, also broken into lines.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end().trim_end_matches('=').chars().filter(|c| !c.is_ascii_whitespace());
    let digits: String = digits
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    BASE64.decode(&digits).is_ok()
}

fn text(label: Label<'_>, value: Value, stance: &mut Stance) -> Result<Value, Refusal> {
    match value {
        Value::String(_) => Ok(value),
        Value::Bool(_) | Value::Number(_) => {
            stance.tolerate(Leniency::ScalarForString, || label.wrong_type(&value))?;
            Ok(Value::String(value.to_string()))
        }
        other => Err(label.wrong_type(&other)),
    }
}

fn check_unique(label: Label<'_>, text: &str) -> Result<(), Refusal> {
    if label.1.uniqueness != Uniqueness::None && fold(text).len().max(text.len()) > MAX_KEY {
        let detail =
            format!("\"{label}\" is too long to be unique: at most {MAX_KEY} bytes are accepted, so shorten it");
        return Err(Refusal::value(detail));
    }
    Ok(())
}

/// Identity providers have types of their own; the profile has them keep to those that are published.
fn check_canonical(label: Label<'_>, text: &str, stance: &mut Stance) -> Result<(), Refusal> {
    let Label(_, attribute) = label;
    let same = |known: &String| if attribute.case_exact { known == text } else { known.eq_ignore_ascii_case(text) };
    if attribute.canonical_values.is_empty() || attribute.canonical_values.iter().any(same) {
        return Ok(());
    }
    let refusal = || {
        let known = attribute.canonical_values.join(", ");
        Refusal::value(format!("\"{label}\" is \"{}\"; it can be one of {known}", shown(text)))
    };
    stance.tolerate(Leniency::NonCanonicalValue, refusal)
}

/// Refuses text that cannot be stored: over [`MAX_STRING`], or with U+0000, which Postgres holds neither in text nor in
/// jsonb.
///
/// # Errors
/// `invalidValue`.
pub fn check_text(name: impl fmt::Display, text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_STRING {
        let detail = format!("\"{name}\" has {} bytes; at most {MAX_STRING} are accepted, so shorten it", text.len());
        return Err(Refusal::value(detail));
    }
    if text.contains('\0') {
        return Err(Refusal::value(format!(
            "\"{name}\" contains the character U+0000, which cannot be stored; leave it out"
        )));
    }
    Ok(())
}
