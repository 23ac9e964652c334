//! PATCH once more, naively: RFC 7644 section 3.5.2 read sentence by sentence, over plain JSON, in compat with what the
//! design says of clients that do not keep to it, in strict with what the interoperability profile takes away. It reads
//! the schema files itself and shares no code with the server; where the two differ, one of them is wrong.

use serde_json::{Value, json};

use super::conform::{conform, is_blank, is_empty};
use super::steps::{Change, Step, check_required, step_on};
use super::terms::{Def, Kind, Operation, Schema, Verb, Where};

/// The document after these operations, or why not.
pub(super) fn interpret(
    schema: &Schema,
    strict: bool,
    document: &Value,
    operations: &[Operation],
) -> Result<Value, Kind> {
    let reader = Reader { schema, strict };
    // What is wrong whatever the resource holds is said before the resource is looked at, and of that what is wrong with
    // the message first.
    operations.iter().try_for_each(|operation| message(operation, strict))?;
    let mut steps = Vec::new();
    for operation in operations {
        match operation {
            Operation::At(verb, place, value) => reader.at(*verb, place, value.clone(), &mut steps)?,
            Operation::Keys(Verb::Remove, _) => return Err("noTarget"),
            Operation::Keys(verb, keys) => {
                for (place, value) in keys {
                    reader.key(*verb, place, value.clone(), &mut steps)?;
                }
            }
        }
    }
    let mut document = document.as_object().unwrap().clone();
    for step in &steps {
        step_on(schema, strict, &mut document, step)?;
    }
    check_required(schema, &document)?;
    Ok(Value::Object(document))
}

/// The profile wants a path in every operation, and no value in a removal.
fn message(operation: &Operation, strict: bool) -> Result<(), Kind> {
    match operation {
        Operation::Keys(..) if strict => Err("invalidSyntax"),
        Operation::At(Verb::Remove, _, Some(value)) if strict && !value.is_null() => Err("invalidSyntax"),
        _ => Ok(()),
    }
}

struct Reader<'s> {
    schema: &'s Schema,
    strict: bool,
}

impl<'s> Reader<'s> {
    fn at(&self, verb: Verb, place: &Where, value: Option<Value>, steps: &mut Vec<Change<'s>>) -> Result<(), Kind> {
        match place {
            Where::Unknown(_) => Err("invalidPath"),
            Where::Extension(urn) => self.extension(verb, urn, value, steps),
            Where::Attribute { extension, name, filter, sub } => {
                let def = self.schema.def(extension.as_deref(), name).ok_or("invalidPath")?;
                let sub = match sub {
                    Some(sub) => Some(def.sub(sub).ok_or("invalidPath")?),
                    None => None,
                };
                if def.mutability == "readOnly" || sub.is_some_and(|sub| sub.mutability == "readOnly") {
                    return Err("mutability");
                }
                // The profile knows brackets only on many values, and with a sub-attribute behind them.
                if filter.is_some() && self.strict && (!def.many || sub.is_none()) {
                    return Err("invalidPath");
                }
                let step = Step { verb, extension: extension.clone(), def, filter: filter.clone(), sub, value };
                self.attribute(step, steps)
            }
        }
    }

    /// One key of a value without a path: in compat alone.
    fn key(&self, verb: Verb, place: &Where, value: Value, steps: &mut Vec<Change<'s>>) -> Result<(), Kind> {
        match place {
            Where::Unknown(_) => Ok(()),
            Where::Attribute { extension, name, filter: None, sub } => {
                let def = self.schema.def(extension.as_deref(), name).ok_or("invalidPath")?;
                let leaf = sub.as_ref().and_then(|sub| def.sub(sub)).unwrap_or(def);
                if def.mutability == "readOnly" || leaf.mutability == "readOnly" {
                    // Clients send back what they have read.
                    return Ok(());
                }
                self.at(verb, place, Some(value), steps)
            }
            _ => self.at(verb, place, Some(value), steps),
        }
    }

    fn extension(&self, verb: Verb, urn: &str, value: Option<Value>, steps: &mut Vec<Change<'s>>) -> Result<(), Kind> {
        match (verb, value) {
            (Verb::Remove, _) | (Verb::Replace, Some(Value::Null)) => {
                steps.push(Change::RemoveExtension(urn.to_owned()));
                Ok(())
            }
            (Verb::Add, Some(Value::Null)) => Ok(()),
            (_, Some(Value::Object(members))) => members.into_iter().try_for_each(|(name, value)| {
                let Some(def) = self.schema.def(Some(urn), &name) else {
                    return if self.strict { Err("invalidSyntax") } else { Ok(()) };
                };
                if def.mutability == "readOnly" {
                    return if self.strict { Err("mutability") } else { Ok(()) };
                }
                let step =
                    Step { verb, extension: Some(urn.to_owned()), def, filter: None, sub: None, value: Some(value) };
                self.attribute(step, steps)
            }),
            _ => Err("invalidValue"),
        }
    }

    /// The value is brought into the form of its attribute.
    fn attribute(&self, mut step: Step<'s>, steps: &mut Vec<Change<'s>>) -> Result<(), Kind> {
        let leaf = step.sub.unwrap_or(step.def);
        if step.verb == Verb::Remove {
            // The RFC knows no value here; clients list what is to go.
            let lists = step.def.many && step.sub.is_none() && step.filter.is_none();
            let value = step.value.take().filter(|value| lists && !value.is_null());
            step.value = match value {
                Some(value) => Some(conform(step.def, value, self.strict)?.unwrap_or_else(|| json!([]))),
                None => None,
            };
            steps.push(Change::Of(step));
            return Ok(());
        }
        let value = step.value.take().ok_or("invalidValue")?;
        let one_complex = step.sub.is_none() && step.def.is_complex() && !step.def.many && step.filter.is_none();
        // The profile has it replaced as a whole.
        if one_complex && !(self.strict && step.verb == Verb::Replace) {
            return self.parts(step, value, steps);
        }
        let one_element = Def { many: false, ..leaf.clone() };
        let def = if step.filter.is_some() && step.sub.is_none() { &one_element } else { leaf };
        step.value = conform(def, value, self.strict)?;
        let whole_leaf = step.filter.is_none() || step.sub.is_some();
        if leaf.required && whole_leaf && is_blank(step.value.as_ref()) {
            return Err("invalidValue");
        }
        steps.push(Change::Of(step));
        Ok(())
    }

    /// A complex attribute with one value is changed sub-attribute by sub-attribute; those not given stay.
    fn parts(&self, step: Step<'s>, value: Value, steps: &mut Vec<Change<'s>>) -> Result<(), Kind> {
        let mut given = value.clone();
        if let Value::Array(elements) = &value {
            given = elements.first().cloned().unwrap_or_default();
        }
        let conformed = conform(step.def, value, self.strict)?;
        let at = |sub: Option<&'s Def>, value: Option<Value>| {
            let Step { verb, extension, def, .. } = &step;
            Change::Of(Step { verb: *verb, extension: extension.clone(), def, filter: None, sub, value })
        };
        let emptied = |key: &str| {
            let members = given.as_object();
            let held = members.and_then(|members| members.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
            held.is_some_and(|(_, held)| is_empty(held) || *held == "")
        };
        match conformed {
            None if !given.is_object() || step.def.sub("value").is_some() && emptied("value") => {
                steps.push(at(None, None))
            }
            conformed => {
                let members = conformed.and_then(|value| value.as_object().cloned()).unwrap_or_default();
                let value_first = |name: &&Def| name.name != "value";
                let mut subs: Vec<&Def> = step.def.subs.iter().collect();
                subs.sort_by_key(value_first);
                for sub in subs.into_iter().filter(|sub| sub.mutability != "readOnly") {
                    match members.get(&sub.name) {
                        Some(value) => steps.push(at(Some(sub), Some(value.clone()))),
                        None if emptied(&sub.name) => steps.push(at(Some(sub), None)),
                        None => {}
                    }
                }
            }
        }
        Ok(())
    }
}
