//! `{{name}}` in the texts of a fixture: loop variables and values saved from earlier answers. A text that is nothing but
//! one name keeps the value's JSON type. Names nest (`{{user{{i}}}}`), integers take part in arithmetic (`{{i+1}}`,
//! `{{i%50}}`) and can be padded with zeros (`{{i:012}}`). `{"@each": {"var", "from", "to", "item"}}` in an array stands
//! for many elements.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The names known so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(HashMap<String, Value>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Each {
    var: String,
    from: Value,
    to: Value,
    item: Value,
}

impl Names {
    /// Gives a value a name; an earlier one of that name is forgotten.
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// A JSON value with all names replaced.
    pub(super) fn fill(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::String(text) => self.fill_text(text),
            Value::Array(items) => {
                let mut filled = Vec::with_capacity(items.len());
                for item in items {
                    match item.get("@each") {
                        Some(each) => filled.extend(self.fill_each(each)?),
                        None => filled.push(self.fill(item)?),
                    }
                }
                Ok(Value::Array(filled))
            }
            Value::Object(members) => {
                let filled: Result<Map<String, Value>, String> =
                    members.iter().map(|(key, value)| Ok((self.text(key)?, self.fill(value)?))).collect();
                filled.map(Value::Object)
            }
            other => Ok(other.clone()),
        }
    }

    /// A text with all names replaced.
    pub(super) fn text(&self, text: &str) -> Result<String, String> {
        match self.fill_text(text)? {
            Value::String(text) => Ok(text),
            other => Ok(other.to_string()),
        }
    }

    fn fill_each(&self, each: &Value) -> Result<Vec<Value>, String> {
        let each: Each = serde_json::from_value(each.clone()).map_err(|error| format!("@each: {error}"))?;
        let mut names = self.clone();
        let bound = |bound| self.fill(bound)?.as_i64().ok_or_else(|| format!("@each cannot count with {bound}"));
        (bound(&each.from)?..=bound(&each.to)?)
            .map(|number| {
                names.set(each.var.clone(), number);
                names.fill(&each.item)
            })
            .collect()
    }

    fn fill_text(&self, text: &str) -> Result<Value, String> {
        let mut text = text.to_owned();
        // The last opening has nothing nested in it.
        while let Some(start) = text.rfind("{{") {
            let Some(end) = text[start..].find("}}").map(|length| start + length) else {
                return Err(format!("\"{text}\" has an opening {{{{ that is not closed"));
            };
            let value = self.evaluate(&text[start + 2..end])?;
            if start == 0 && end + 2 == text.len() {
                return Ok(value);
            }
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.replace_range(start..end + 2, &shown);
        }
        Ok(Value::String(text))
    }

    fn evaluate(&self, expression: &str) -> Result<Value, String> {
        let (expression, width) = match expression.split_once(':') {
            Some((expression, width)) => (expression, width.parse::<usize>().map_err(|error| error.to_string())?),
            None => (expression, 0),
        };
        let end = expression.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(expression.len());
        let (name, mut rest) = expression.split_at(end);
        let found = self.0.get(name).ok_or_else(|| format!("nobody knows the name \"{name}\""))?;
        if rest.is_empty() && width == 0 {
            return Ok(found.clone());
        }
        let mut number = found.as_i64().ok_or_else(|| format!("\"{name}\" is not an integer: {found}"))?;
        while let Some(operator) = rest.chars().next() {
            let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |length| length + 1);
            let operand: i64 = rest[1..end].parse().map_err(|_| format!("\"{expression}\" cannot be read"))?;
            number = match operator {
                '+' => number + operand,
                '-' => number - operand,
                '*' => number * operand,
                '/' => number / operand,
                '%' => number % operand,
                _ => return Err(format!("\"{expression}\" cannot be read")),
            };
            rest = &rest[end..];
        }
        Ok(if width == 0 { number.into() } else { format!("{number:0width$}").into() })
    }
}
