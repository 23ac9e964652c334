//! Compares what was found with what was expected. Objects are compared by the members the expectation names, arrays
//! element by element; texts that start with `@` and objects with one key that does are matchers.

use serde_json::Value;

/// What differs, one line each, with the place as a JSON pointer.
pub(crate) fn differences(expected: &Value, found: Option<&Value>) -> Vec<String> {
    let mut lines = Vec::new();
    compare(expected, found, "", &mut lines);
    lines
}

fn compare(expected: &Value, found: Option<&Value>, at: &str, lines: &mut Vec<String>) {
    if expected == "@absent" {
        if let Some(found) = found {
            lines.push(format!("{}: expected nothing, found {}", place(at), brief(found)));
        }
        return;
    }
    let Some(found) = found else {
        lines.push(format!("{}: expected {}, found nothing", place(at), brief(expected)));
        return;
    };
    match (expected, found) {
        (Value::String(word), _) if word.starts_with('@') => by_word(word, found, at, lines),
        (Value::Object(wanted), _) if matcher(wanted).is_some() => {
            let (name, argument) = matcher(wanted).unwrap_or_default();
            by_matcher(name, argument, found, at, lines);
        }
        (Value::Object(wanted), Value::Object(members)) => {
            for (key, value) in wanted {
                compare(value, members.get(key), &format!("{at}/{key}"), lines);
            }
        }
        (Value::Array(wanted), Value::Array(items)) if wanted.len() == items.len() => {
            for (position, (value, item)) in wanted.iter().zip(items).enumerate() {
                compare(value, Some(item), &format!("{at}/{position}"), lines);
            }
        }
        _ if expected == found => {}
        _ => lines.push(format!("{}: expected {}, found {}", place(at), brief(expected), brief(found))),
    }
}

fn matcher(wanted: &serde_json::Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = wanted.iter().next()?;
    (wanted.len() == 1 && name.starts_with('@')).then_some((name.as_str(), argument))
}

fn by_word(word: &str, found: &Value, at: &str, lines: &mut Vec<String>) {
    let text = found.as_str();
    let matches = match word {
        "@present" => true,
        "@string" => text.is_some_and(|text| !text.is_empty()),
        "@integer" => found.is_i64() || found.is_u64(),
        "@boolean" => found.is_boolean(),
        "@array" => found.is_array(),
        "@object" => found.is_object(),
        "@uuid" => text.is_some_and(|text| text.len() == 36 && text.parse::<uuid::Uuid>().is_ok()),
        "@time" => text.is_some_and(|text| text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()),
        _ => {
            lines.push(format!("{}: there is no matcher {word}", place(at)));
            return;
        }
    };
    if !matches {
        lines.push(format!("{}: expected {word}, found {}", place(at), brief(found)));
    }
}

fn by_matcher(name: &str, argument: &Value, found: &Value, at: &str, lines: &mut Vec<String>) {
    let complaint = match (name, argument) {
        ("@unordered", Value::Array(wanted)) => unordered(wanted, found, true),
        ("@contains", Value::Array(wanted)) => unordered(wanted, found, false),
        ("@length", _) => {
            let length = found.as_array().map(Vec::len);
            (length.map(|length| length as u64) != argument.as_u64())
                .then(|| format!("expected {argument} elements, found {length:?}"))
        }
        ("@exactly", _) => (argument != found).then(|| format!("expected {argument}, found {found}")),
        ("@not", _) => {
            differences(argument, Some(found)).is_empty().then(|| format!("expected anything but {argument}"))
        }
        ("@all", Value::Array(matchers)) => {
            for matcher in matchers {
                compare(matcher, Some(found), at, lines);
            }
            None
        }
        ("@every", _) => match found {
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    compare(argument, Some(item), &format!("{at}/{position}"), lines);
                }
                None
            }
            _ => Some(format!("expected an array, found {}", brief(found))),
        },
        ("@text", Value::String(part)) => (!found.as_str().is_some_and(|text| text.contains(part.as_str())))
            .then(|| format!("expected a text with \"{part}\", found {}", brief(found))),
        _ => Some(format!("there is no matcher {name} of {argument}")),
    };
    lines.extend(complaint.map(|complaint| format!("{}: {complaint}", place(at))));
}

/// Finds an element of its own for each that is wanted; with `exactly`, none may be left over.
fn unordered(wanted: &[Value], found: &Value, exactly: bool) -> Option<String> {
    let Value::Array(items) = found else { return Some(format!("expected an array, found {}", brief(found))) };
    if exactly && items.len() != wanted.len() {
        return Some(format!("expected {} elements, found {}: {}", wanted.len(), items.len(), brief(found)));
    }
    let mut left: Vec<&Value> = items.iter().collect();
    for value in wanted {
        match left.iter().position(|item| differences(value, Some(item)).is_empty()) {
            Some(position) => drop(left.swap_remove(position)),
            None => return Some(format!("expected an element {}, found {}", brief(value), brief(found))),
        }
    }
    None
}

fn place(at: &str) -> &str {
    if at.is_empty() { "the body" } else { at }
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(600) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}
