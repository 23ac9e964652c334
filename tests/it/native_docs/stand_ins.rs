//! What differs from run to run, and what stands for it on the page: ids are numbered as they come, times are one time,
//! what only a machine reads is dots.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

const TIME: &str = "2026-05-17T12:20:42.000Z";
const REQUEST: &str = "7f3c1a52-0d2b-4c0e-9a41-5b8a2f6f9d10";
const BASE: &str = "http://127.0.0.1:8080";

/// Columns that a line of JSON may have.
const LINE: usize = 110;

/// The ids that were seen.
pub(super) struct StandIns {
    base: String,
    ids: BTreeMap<String, String>,
}

impl StandIns {
    /// For a server at this address.
    pub(super) fn new(base: &str) -> Self {
        Self { base: base.to_owned(), ids: BTreeMap::new() }
    }

    /// An answer as the page shows it.
    pub(super) fn render(&mut self, status: &str, headers: &[(&str, String)], body: &Value) -> String {
        let mut body = body.clone();
        hide(&mut body);
        let mut text = status.to_owned();
        for (name, value) in headers {
            text.push_str(&format!("\n{name}: {}", without_cursor(value)));
        }
        if !body.is_null() {
            text.push_str(&format!("\n\n{}", laid_out(&body, 0)));
        }
        self.replace(&text.replace(&self.base, BASE))
    }

    /// Puts the stand-ins of ids and times into a text.
    fn replace(&mut self, text: &str) -> String {
        let (mut replaced, mut rest) = (String::new(), text);
        while let Some(first) = rest.chars().next() {
            let length = if let Some(id) = rest.get(..36).filter(|id| is_id(id)) {
                replaced.push_str(&self.stand_in(id));
                36
            } else if rest.get(..24).is_some_and(is_time) {
                replaced.push_str(TIME);
                24
            } else {
                replaced.push(first);
                first.len_utf8()
            };
            rest = &rest[length..];
        }
        replaced
    }

    fn stand_in(&mut self, id: &str) -> String {
        let next = format!("0198c0de-0000-7000-8000-{:012x}", self.ids.len() + 1);
        if id == REQUEST { id.to_owned() } else { self.ids.entry(id.to_owned()).or_insert(next).clone() }
    }
}

/// JSON for people: what fits on a line stands on one.
fn laid_out(value: &Value, depth: usize) -> String {
    let line = on_one_line(value);
    if depth > 0 && line.len() + 2 * depth <= LINE {
        return line;
    }
    let (open, close, items): (_, _, Vec<String>) = match value {
        Value::Object(fields) if !fields.is_empty() => {
            let field = |(name, field): (&String, &Value)| format!("{name:?}: {}", laid_out(field, depth + 1));
            ('{', '}', fields.iter().map(field).collect())
        }
        Value::Array(items) if !items.is_empty() => {
            ('[', ']', items.iter().map(|item| laid_out(item, depth + 1)).collect())
        }
        _ => return line,
    };
    let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
    format!("{open}\n{inner}{}\n{outer}{close}", items.join(&format!(",\n{inner}")))
}

fn on_one_line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, field)| format!("{name:?}: {}", on_one_line(field))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(on_one_line).collect::<Vec<_>>().join(", ")),
        plain => plain.to_string(),
    }
}

/// Puts dots where only a machine reads on, and one id for every request.
fn hide(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match (name.as_str(), field.is_string()) {
                    ("request_id", true) => *field = REQUEST.into(),
                    ("next_cursor" | "endCursor", true) => *field = "…".into(),
                    ("secret", true) => {
                        let prefix: String = field.as_str().unwrap_or_default().chars().take(4).collect();
                        *field = format!("{prefix}…").into();
                    }
                    _ => hide(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

/// A link without the cursor in it.
fn without_cursor(value: &str) -> String {
    let Some((before, rest)) = value.split_once("cursor=") else { return value.to_owned() };
    let end = rest.find(['&', '>']).unwrap_or(rest.len());
    format!("{before}cursor=…{}", &rest[end..])
}

fn is_id(text: &str) -> bool {
    text.as_bytes().get(8) == Some(&b'-') && Uuid::try_parse(text).is_ok()
}

fn is_time(text: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.chars().map(shape).eq("0000-00-00T00:00:00.000Z".chars())
}

#[test]
fn what_differs_from_run_to_run_is_replaced() {
    let mut stand_ins = StandIns::new("http://127.0.0.1:4711");
    let (one, other) = (Uuid::from_u128(7).to_string(), Uuid::from_u128(8).to_string());
    let body = serde_json::json!({ "id": one, "at": "2031-02-03T04:05:06.789Z", "ids": [other, one],
        "request_id": Uuid::from_u128(9).to_string(), "secret": "cvk_xyz", "next_cursor": "AAA" });
    let headers = [("Location", format!("http://127.0.0.1:4711/a/{other}")), ("Link", "</a?cursor=AB&x=1>".to_owned())];
    let text = stand_ins.render("200 OK", &headers, &body);
    let (one, other) = ("0198c0de-0000-7000-8000-000000000002", "0198c0de-0000-7000-8000-000000000001");
    let expected = format!(
        r#"200 OK
Location: {BASE}/a/{other}
Link: </a?cursor=…&x=1>

{{
  "id": "{one}",
  "at": "{TIME}",
  "ids": ["{other}", "{one}"],
  "request_id": "{REQUEST}",
  "secret": "cvk_…",
  "next_cursor": "…"
}}"#
    );
    assert_eq!(text, expected);
}
