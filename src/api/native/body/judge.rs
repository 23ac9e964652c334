//! Holds JSON against a schema and names every fault. It judges what our documents can say (types, presence, lengths,
//! limits, words, times); the words for the faults are those of FastAPI's validation, which the contract follows.

use chrono::{DateTime, Utc};
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde_json::{Map, Value};

use super::shape::Shape;
use crate::api::native::refused::{Fault, Step};

/// Faults that are named at the most; an array of ten thousand wrong ids is told of by its first ones.
const MOST: usize = 100;

/// All faults of a body, up to [`MOST`].
pub(super) fn faults(shape: &Shape, body: &Value) -> Vec<Fault> {
    let mut judge = Judge { shape, way: Vec::new(), faults: Vec::new() };
    judge.value(shape.root(), body);
    judge.faults
}

struct Judge<'s> {
    shape: &'s Shape,
    way: Vec<Step>,
    faults: Vec<Fault>,
}

impl<'s> Judge<'s> {
    fn fault(&mut self, kind: &'static str, message: impl Into<String>) {
        if self.faults.len() < MOST {
            self.faults.push(Fault::new("body", self.way.iter().cloned(), kind, message));
        }
    }

    fn below(&mut self, step: impl Into<Step>, judge: impl FnOnce(&mut Self)) {
        self.way.push(step.into());
        judge(self);
        self.way.pop();
    }

    fn value(&mut self, reference: &'s MetaSchemaRef, value: &Value) {
        let schema = self.shape.resolve(reference);
        if value.is_null() && schema.nullable {
            return;
        }
        for part in &schema.all_of {
            self.value(part, value);
        }
        let ways: Vec<&MetaSchemaRef> = schema.any_of.iter().chain(&schema.one_of).collect();
        if !ways.is_empty() {
            return self.any(&ways, value);
        }
        match (schema.ty, value) {
            ("string", Value::String(text)) => self.text(schema, text),
            ("string", _) => self.fault("string_type", "Input should be a valid string"),
            ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => self.number(schema, number),
            ("integer", _) => self.fault("int_type", "Input should be a valid integer"),
            ("number", Value::Number(number)) => self.number(schema, number),
            ("number", _) => self.fault("float_type", "Input should be a valid number"),
            ("boolean", Value::Bool(_)) => {}
            ("boolean", _) => self.fault("bool_type", "Input should be true or false"),
            ("array", Value::Array(items)) => self.list(schema, items),
            ("array", _) => self.fault("list_type", "Input should be a list"),
            ("object", Value::Object(fields)) => self.object(schema, fields),
            ("object", _) => self.fault("dict_type", "Input should be an object"),
            _ => {}
        }
    }

    /// One of several forms. Where none fits, the faults of the nearest one, of the same JSON type, are told.
    fn any(&mut self, forms: &[&'s MetaSchemaRef], value: &Value) {
        let mut nearest: Option<Vec<Fault>> = None;
        for form in forms {
            let mut trial = Judge { shape: self.shape, way: self.way.clone(), faults: Vec::new() };
            trial.value(form, value);
            if trial.faults.is_empty() {
                return;
            }
            let deeper = trial.faults.iter().any(|fault| fault.loc.len() > self.way.len() + 1);
            if nearest.is_none() || deeper {
                nearest = Some(trial.faults);
            }
        }
        let room = MOST.saturating_sub(self.faults.len());
        self.faults.extend(nearest.into_iter().flatten().take(room));
    }

    fn text(&mut self, schema: &MetaSchema, text: &str) {
        let length = text.trim().chars().count();
        if let Some(most) = schema.max_length.filter(|most| length > *most) {
            self.fault("string_too_long", format!("Input should have at most {most} characters, not {length}"));
        }
        if let Some(least) = schema.min_length.filter(|least| length < *least) {
            let unit = if least == 1 { "character" } else { "characters" };
            self.fault("string_too_short", format!("Input should have at least {least} {unit} that are no blanks"));
        }
        if !schema.enum_items.is_empty() && !schema.enum_items.iter().any(|word| word.as_str() == Some(text)) {
            let words = schema.enum_items.iter().filter_map(Value::as_str).map(|word| format!("'{word}'"));
            self.fault("enum", format!("Input should be {}", words.collect::<Vec<_>>().join(" or ")));
        }
        if schema.format == Some("date-time") && text.parse::<DateTime<Utc>>().is_err() {
            self.fault("datetime_parsing", "Input should be a time as RFC 3339 has it, such as 2026-05-17T12:20:42Z");
        }
    }

    fn number(&mut self, schema: &MetaSchema, number: &serde_json::Number) {
        let value = number.as_f64().unwrap_or_default();
        if let Some(least) = schema.minimum.filter(|least| value < *least) {
            self.fault("greater_than_equal", format!("Input should be greater than or equal to {least}, not {number}"));
        }
        if let Some(most) = schema.maximum.filter(|most| value > *most) {
            self.fault("less_than_equal", format!("Input should be less than or equal to {most}, not {number}"));
        }
    }

    fn list(&mut self, schema: &'s MetaSchema, items: &[Value]) {
        let length = items.len();
        if let Some(least) = schema.min_items.filter(|least| length < *least) {
            let unit = if least == 1 { "item" } else { "items" };
            self.fault("too_short", format!("List should have at least {least} {unit}, not {length}"));
        }
        if let Some(most) = schema.max_items.filter(|most| length > *most) {
            return self.fault("too_long", format!("List should have at most {most} items, not {length}"));
        }
        let Some(of) = &schema.items else { return };
        for (position, item) in items.iter().enumerate() {
            self.below(position, |judge| judge.value(of, item));
        }
    }

    fn object(&mut self, schema: &'s MetaSchema, fields: &Map<String, Value>) {
        for (name, of) in &schema.properties {
            let required = schema.required.contains(name);
            match fields.get(*name) {
                None if required => self.below(*name, |judge| judge.fault("missing", "Field required")),
                // Where a field may be left out, null says the same.
                None => {}
                Some(Value::Null) if !required => {}
                Some(value) => self.below(*name, |judge| judge.value(of, value)),
            }
        }
        let Some(of) = &schema.additional_properties else { return };
        let declared = |name: &str| schema.properties.iter().any(|(property, _)| *property == name);
        for (name, value) in fields.iter().filter(|(name, _)| !declared(name)) {
            self.below(name.as_str(), |judge| judge.value(of, value));
        }
    }
}
