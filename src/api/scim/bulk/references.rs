//! `bulkId:…` where an id would stand (RFC 7644 section 3.7.2). A reference is a text that is nothing else; the last part
//! of a `$ref` or other address of a user or group; or a quoted value in the filter of a PATCH `path`. The prefix is read
//! in any case, so that a misspelt one is not taken for an id that names nobody.

use serde_json::Value;

const PREFIX: &str = "bulkId:";

/// The bulkId that a text stands for.
pub(super) fn named(text: &str) -> Option<&str> {
    let head = text.get(..PREFIX.len())?;
    let name = text.get(PREFIX.len()..).filter(|name| !name.is_empty())?;
    head.eq_ignore_ascii_case(PREFIX).then_some(name)
}

/// Whether a text is a reference whose prefix is in another case.
pub(super) fn is_misspelt(text: &str) -> bool {
    named(text).is_some() && !text.starts_with(PREFIX)
}

/// Whether a value holds a text with the prefix in another case, as a whole or as the last part of an address.
pub(super) fn holds_misspelt(value: &Value) -> bool {
    match value {
        Value::String(text) => is_misspelt(text.rsplit(['/', '"']).find(|part| !part.is_empty()).unwrap_or_default()),
        Value::Array(elements) => elements.iter().any(holds_misspelt),
        Value::Object(members) => members.values().any(holds_misspelt),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Shows every bulkId in a value to `see` and puts what that answers in its place; `None` leaves it.
pub(super) fn visit<F: FnMut(&str) -> Option<String>>(value: &mut Value, see: &mut F) {
    match value {
        Value::String(text) => {
            if let Some(replaced) = whole(text, see) {
                *text = replaced;
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| visit(element, see)),
        Value::Object(members) => {
            for (key, held) in members {
                match held {
                    Value::String(path) if key.eq_ignore_ascii_case("path") => *path = quoted(path, see),
                    _ => visit(held, see),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The bulkIds in a value.
pub(super) fn collect(value: &mut Value, into: &mut Vec<String>) {
    visit(value, &mut |name| {
        into.push(name.to_owned());
        None
    });
}

fn whole<F: FnMut(&str) -> Option<String>>(text: &str, see: &mut F) -> Option<String> {
    if let Some(name) = named(text) {
        return see(name);
    }
    let at = find(text, 0)?.checked_sub(1)?;
    let (address, last) = (text.get(..at)?, text.get(at + 1..)?);
    let collection = address.rsplit('/').next()?;
    let is_address = text.get(at..=at) == Some("/")
        && ["Users", "Groups"].iter().any(|known| collection.eq_ignore_ascii_case(known));
    let id = see(named(last).filter(|_| is_address)?)?;
    Some(format!("{address}/{id}"))
}

fn quoted<F: FnMut(&str) -> Option<String>>(path: &str, see: &mut F) -> String {
    let (mut out, mut done) = (String::new(), 0);
    while let Some(start) = find(path, done) {
        let end = path.get(start..).and_then(|rest| rest.find('"')).map_or(path.len(), |length| start + length);
        let text = path.get(start..end).unwrap_or_default();
        let opened = start > 0 && path.get(start - 1..start) == Some("\"");
        out.push_str(path.get(done..start).unwrap_or_default());
        match named(text).filter(|_| opened).and_then(&mut *see) {
            Some(id) => out.push_str(&id),
            None => out.push_str(text),
        }
        done = end;
    }
    out.push_str(path.get(done..).unwrap_or_default());
    out
}

/// Where the prefix next stands, from a byte on.
fn find(text: &str, from: usize) -> Option<usize> {
    let behind = text.as_bytes().get(from..)?;
    let at = behind.windows(PREFIX.len()).position(|window| window.eq_ignore_ascii_case(PREFIX.as_bytes()))?;
    Some(from + at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_found_wherever_an_id_goes() {
        let mut value = json!({
            "members": [
                { "value": "bulkId:a", "$ref": "https://x/scim/v2/Users/bulkId:a" },
                { "$ref": "../Groups/BULKID:b" },
            ],
            "urn:x:User": { "manager": "bulkid:a" },
            "displayName": "about bulkId:a",
            "nickName": "bulkId:",
            "profileUrl": "https://x/y/bulkId:a",
            "Operations": [{ "path": "members[value eq \"bulkId:a\" or value eq \"bulkId:c\" or value eq bulkId:a]" }],
        });
        visit(&mut value, &mut |name| (name != "c").then(|| format!("<{name}>")));
        let expected = json!({
            "members": [
                { "value": "<a>", "$ref": "https://x/scim/v2/Users/<a>" },
                { "$ref": "../Groups/<b>" },
            ],
            "urn:x:User": { "manager": "<a>" },
            "displayName": "about bulkId:a",
            "nickName": "bulkId:",
            "profileUrl": "https://x/y/bulkId:a",
            "Operations": [{ "path": "members[value eq \"<a>\" or value eq \"bulkId:c\" or value eq bulkId:a]" }],
        });
        assert_eq!(value, expected);
    }

    #[test]
    fn borders_of_characters_are_kept() {
        for text in ["é", "éééébulkId:x", "bulkId", "bulkIé:x", "/bulkId:x", "\"bulkId:é\"", "Users/bulkId:é"] {
            let mut value = json!([text, { "path": text }]);
            visit(&mut value, &mut |_| Some("é".to_owned()));
        }
    }
}
