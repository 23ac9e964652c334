//! JSON as a client sent it, read only when somebody knows what it should be. A list of 200,000 members is then read
//! straight into ids, and the tree of it never exists. It knows JSON and nothing of attributes.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, value::RawValue};

use super::refusal::{Refusal, type_name};

/// Most values a tree is made of. A body within the usual limit can hold millions, each many times its text in size.
pub const MAX_NODES: usize = 200_000;
/// Most objects and arrays in each other.
pub const MAX_DEPTH: usize = 100;

/// One JSON value.
#[derive(Debug)]
pub enum Input<'b> {
    /// As text of a body that is known to be JSON.
    Text(&'b RawValue),
    /// As a tree.
    Tree(Value),
}

impl From<Value> for Input<'_> {
    fn from(value: Value) -> Self {
        Self::Tree(value)
    }
}

impl From<Map<String, Value>> for Input<'_> {
    fn from(members: Map<String, Value>) -> Self {
        Self::Tree(Value::Object(members))
    }
}

impl<'b> Input<'b> {
    /// The one value a body consists of.
    ///
    /// # Errors
    /// `invalidSyntax` when it is empty, not JSON, or nested deeper than [`MAX_DEPTH`].
    pub fn parse(body: &'b [u8]) -> Result<Self, Refusal> {
        // RFC 8259 section 8.1: a byte order mark may be passed over. PowerShell and .NET write one.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if body.is_empty() {
            return Err(Refusal::syntax("the body is empty: a JSON object is needed"));
        }
        let text = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
        check_depth(body)?;
        Ok(Self::Text(text))
    }

    /// The tree.
    ///
    /// # Errors
    /// `invalidSyntax` for text that has an escape which stands for no character, or more than [`MAX_NODES`] values.
    pub fn into_value(self) -> Result<Value, Refusal> {
        let text = match self {
            Self::Text(text) => text.get(),
            Self::Tree(value) => return Ok(value),
        };
        if text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).nth(MAX_NODES).is_some() {
            return Err(Refusal::syntax(format!("the body has more than {MAX_NODES} values; send it in parts")));
        }
        serde_json::from_str(text).map_err(|error| not_json(&error))
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self {
            Self::Text(text) => text.get() == "null",
            Self::Tree(value) => value.is_null(),
        }
    }

    /// Whether it is an array.
    #[must_use]
    pub fn is_array(&self) -> bool {
        match self {
            Self::Text(text) => text.get().starts_with('['),
            Self::Tree(value) => value.is_array(),
        }
    }

    /// The keys of an object with their values, in the order of the text. What is no object comes back as the tree it is.
    ///
    /// # Errors
    /// As [`Self::into_value`].
    pub fn into_members(self) -> Result<Result<Vec<(String, Self)>, Value>, Refusal> {
        match self {
            Self::Text(text) if text.get().starts_with('{') => {
                let mut parser = serde_json::Deserializer::from_str(text.get());
                parser.deserialize_map(Members).map_err(|error| not_json(&error))?.map(Ok)
            }
            Self::Tree(Value::Object(members)) => {
                Ok(Ok(members.into_iter().map(|(key, value)| (key, Self::Tree(value))).collect()))
            }
            other => other.into_value().map(Err),
        }
    }

    /// Hands the elements of an array over, one by one, up to the first refusal. What is no array is handed over itself.
    ///
    /// # Errors
    /// The refusal, or as [`Self::into_value`].
    pub fn each(self, take: &mut dyn FnMut(Self) -> Result<(), Refusal>) -> Result<(), Refusal> {
        match self {
            Self::Text(text) if text.get().starts_with('[') => {
                let mut parser = serde_json::Deserializer::from_str(text.get());
                parser.deserialize_seq(Elements(take)).map_err(|error| not_json(&error))?
            }
            Self::Tree(Value::Array(elements)) => elements.into_iter().map(Self::Tree).try_for_each(take),
            other => take(other),
        }
    }
}

/// The keys of a body that must be an object.
///
/// # Errors
/// `invalidSyntax` for anything else.
pub fn object(body: Input<'_>) -> Result<Vec<(String, Input<'_>)>, Refusal> {
    let wrong = |other: Value| Refusal::syntax(format!("the body must be a JSON object, not {}", type_name(&other)));
    body.into_members()?.map_err(wrong)
}

fn not_json(error: &serde_json::Error) -> Refusal {
    Refusal::syntax(format!("the body is not JSON: {error}; send a JSON object"))
}

/// What is passed over unread counts too: whether a body is accepted does not hang on which attributes there are.
fn check_depth(json: &[u8]) -> Result<(), Refusal> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth -= 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(Refusal::syntax(format!("the body is nested more than {MAX_DEPTH} deep; send it flatter")));
        }
    }
    Ok(())
}

struct Members;

impl<'b> Visitor<'b> for Members {
    type Value = Result<Vec<(String, Input<'b>)>, Refusal>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, &'b RawValue>()? {
            members.push((key, Input::Text(value)));
            if members.len() > MAX_NODES {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                let detail = format!("the body has an object with more than {MAX_NODES} keys");
                return Ok(Err(Refusal::syntax(detail)));
            }
        }
        Ok(Ok(members))
    }
}

struct Elements<'t, 'b>(&'t mut dyn FnMut(Input<'b>) -> Result<(), Refusal>);

impl<'b> Visitor<'b> for Elements<'_, 'b> {
    type Value = Result<(), Refusal>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while let Some(element) = seq.next_element::<&'b RawValue>()? {
            if let Err(refusal) = (self.0)(Input::Text(element)) {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Err(refusal));
            }
        }
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::refusal::RefusalKind;

    #[test]
    fn text_and_tree_read_the_same() {
        let tree = json!({ "b": [1, { "c": null }], "a": "x" });
        let text = tree.to_string();
        for input in [Input::parse(text.as_bytes()).unwrap(), Input::from(tree)] {
            let members = input.into_members().unwrap().unwrap();
            assert_eq!(members.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["b", "a"]);
            let mut seen = Vec::new();
            for (_, value) in members {
                value.each(&mut |element| element.into_value().map(|element| seen.push(element))).unwrap();
            }
            assert_eq!(seen, [json!(1), json!({ "c": null }), json!("x")]);
        }
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(Input::parse(b"\xef\xbb\xbf{}").unwrap().into_value().unwrap(), json!({}));
        for body in [&b"\xef\xbb\xbf"[..], b"{\xef\xbb\xbf}", b"\xef\xbb{}"] {
            assert_eq!(Input::parse(body).unwrap_err().kind, RefusalKind::InvalidSyntax);
        }
    }

    #[test]
    fn the_first_refusal_ends_a_list() {
        let mut seen = 0;
        let result = Input::parse(b"[1, 2, 3, 4]").unwrap().each(&mut |_| {
            seen += 1;
            if seen == 2 { Err(Refusal::value("enough")) } else { Ok(()) }
        });
        assert_eq!((seen, result.unwrap_err().kind), (2, RefusalKind::InvalidValue));
    }

    #[test]
    fn what_is_no_json_or_too_much_of_it_is_invalid_syntax() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let deep = nested(MAX_DEPTH + 1);
        for sound in [nested(MAX_DEPTH), format!(r#""\"{}""#, "[".repeat(1_000))] {
            assert!(Input::parse(sound.as_bytes()).and_then(Input::into_value).is_ok(), "{sound:.20}");
        }
        let wide = format!("[{}0]", "0,".repeat(MAX_NODES));
        for body in ["", "{", "[1] 2", r#""\ud800""#, &deep, &wide] {
            let read = Input::parse(body.as_bytes()).and_then(Input::into_value);
            assert_eq!(read.unwrap_err().kind, RefusalKind::InvalidSyntax, "{:.20}", body);
        }
    }
}
