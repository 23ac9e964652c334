//! The form an attribute gives to a value, for the reference interpreter: RFC 7643 section 2.3 in strict, and in compat what
//! clients send instead, as far as it can mean one thing only.

use serde_json::{Map, Value};

use super::terms::{Def, Kind};

/// RFC 7643 section 2.5: null, an empty array, an object without values.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

pub(super) fn is_blank(value: Option<&Value>) -> bool {
    value.is_none_or(|value| is_empty(value) || value.as_str().is_some_and(|text| text.trim().is_empty()))
}

/// The value as it is stored; `None` when it stands for no value.
pub(super) fn conform(def: &Def, value: Value, strict: bool) -> Result<Option<Value>, Kind> {
    if !def.many {
        return one(def, value, strict);
    }
    let elements = match value {
        Value::Null => return Ok(None),
        Value::Array(elements) => elements,
        _ if strict => return Err("invalidValue"),
        single => vec![single],
    };
    let mut kept: Vec<Value> = Vec::new();
    for element in elements {
        let Some(element) = one(def, element, strict)? else { continue };
        let known = |held: &Value| match (held.get("value"), element.get("value")) {
            (Some(a), Some(b)) => a == b && held.get("type") == element.get("type"),
            (None, None) => *held == element,
            _ => false,
        };
        if !kept.iter().any(known) {
            kept.push(element);
        }
    }
    if kept.iter().filter(|element| element.get("primary") == Some(&Value::Bool(true))).count() > 1 {
        return Err("invalidValue");
    }
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

fn one(def: &Def, value: Value, strict: bool) -> Result<Option<Value>, Kind> {
    match value {
        Value::Null => Ok(None),
        Value::Array(mut elements) => match elements.len() {
            0 => Ok(None),
            1 if !strict => one(def, elements.remove(0), strict),
            _ => Err("invalidValue"),
        },
        Value::String(text) if text.is_empty() && !strict => Ok(None),
        Value::Object(members) if def.is_complex() => object(def, members, strict),
        single if def.is_complex() => match def.sub("value") {
            Some(sub) if !strict && !single.is_object() => {
                let inner = one(sub, single, strict)?;
                Ok(inner.map(|inner| Value::Object(Map::from_iter([("value".to_owned(), inner)]))))
            }
            _ => Err("invalidValue"),
        },
        single => simple(def, single, strict).map(Some),
    }
}

fn object(def: &Def, members: Map<String, Value>, strict: bool) -> Result<Option<Value>, Kind> {
    let mut held = Map::new();
    for (key, value) in members {
        match def.sub(&key) {
            None if strict => return Err("invalidSyntax"),
            None => {}
            Some(sub) if sub.mutability == "readOnly" => {}
            Some(sub) => {
                if let Some(value) = conform(sub, value, strict)? {
                    held.insert(sub.name.clone(), value);
                }
            }
        }
    }
    Ok((!held.is_empty()).then_some(Value::Object(held)))
}

fn simple(def: &Def, value: Value, strict: bool) -> Result<Value, Kind> {
    let text = value.as_str().map(str::to_owned);
    let listed =
        |text: &str| def.canonical.is_empty() || def.canonical.iter().any(|known| known.eq_ignore_ascii_case(text));
    if strict && text.as_deref().is_some_and(|text| !listed(text)) {
        return Err("invalidValue");
    }
    match (def.kind.as_str(), &value) {
        ("string" | "reference", Value::String(_)) | ("boolean", Value::Bool(_)) | ("decimal", Value::Number(_)) => {
            Ok(value)
        }
        ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(value),
        ("string", Value::Bool(_) | Value::Number(_)) if !strict => Ok(Value::String(value.to_string())),
        ("boolean", Value::String(text)) if !strict => match text.to_lowercase().as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("invalidValue"),
        },
        ("integer", Value::String(text)) if !strict => text.parse::<i64>().map(Value::from).map_err(|_| "invalidValue"),
        ("decimal", Value::String(text)) if !strict => {
            text.parse().map(Value::Number).map_err(|_: serde_json::Error| "invalidValue")
        }
        ("dateTime", Value::String(text)) if text.starts_with("20") => Ok(value),
        ("binary", Value::String(_)) if text.is_some_and(|text| text.len() % 4 == 0) => Ok(value),
        _ => Err("invalidValue"),
    }
}
