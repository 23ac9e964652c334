//! The second half of the reference interpreter: one step after the other on the document.

use serde_json::{Map, Value, json};

use super::conform::{is_blank, is_empty};
use super::terms::{Def, Filter, Kind, Schema, Verb};

/// A request that has been found to make sense, as far as one attribute is concerned.
pub(super) struct Step<'s> {
    pub(super) verb: Verb,
    pub(super) extension: Option<String>,
    pub(super) def: &'s Def,
    pub(super) filter: Option<Filter>,
    pub(super) sub: Option<&'s Def>,
    pub(super) value: Option<Value>,
}

/// What a request comes down to.
#[expect(clippy::large_enum_variant, reason = "there are a handful at a time")]
pub(super) enum Change<'s> {
    Of(Step<'s>),
    RemoveExtension(String),
}

/// Changes the document by one step.
pub(super) fn step_on(
    schema: &Schema,
    strict: bool,
    document: &mut Map<String, Value>,
    change: &Change<'_>,
) -> Result<(), Kind> {
    let step = match change {
        Change::Of(step) => step,
        Change::RemoveExtension(urn) => {
            let held = document.remove(urn).unwrap_or_default();
            let immutable =
                |name: &String| schema.def(Some(urn), name).is_some_and(|def| def.mutability == "immutable");
            let frozen = held.as_object().is_some_and(|members| members.keys().any(immutable));
            return if frozen { Err("mutability") } else { Ok(()) };
        }
    };
    let holder = match &step.extension {
        None => &mut *document,
        Some(urn) => document.entry(urn).or_insert_with(|| json!({})).as_object_mut().unwrap(),
    };
    let old = holder.remove(&step.def.name);
    let new = changed(step, old.clone(), strict)?;
    if step.def.mutability == "immutable" && old.is_some() && old != new {
        return Err("mutability");
    }
    if step.verb == Verb::Remove && step.def.required && (new.is_none() || step.sub.is_some_and(|sub| sub.required)) {
        return Err("mutability");
    }
    if let Some(new) = new {
        holder.insert(step.def.name.clone(), new);
    }
    document.retain(|_, held| !is_empty(held));
    Ok(())
}

/// The attribute after the step.
fn changed(step: &Step<'_>, old: Option<Value>, strict: bool) -> Result<Option<Value>, Kind> {
    // "Treated as an add": to replace by nothing is to remove, to add nothing adds nothing.
    let verb = match (step.verb, &step.value) {
        (Verb::Add, None) => return Ok(old),
        (Verb::Replace, None) => Verb::Remove,
        (verb, _) => verb,
    };
    if verb == Verb::Remove && step.sub.is_some_and(|sub| sub.required) {
        return Err(if step.verb == Verb::Replace { "invalidValue" } else { "mutability" });
    }
    let value = step.value.clone();
    if !step.def.many && step.filter.is_none() {
        let new = match (step.sub, verb) {
            (None, Verb::Remove) => None,
            (None, _) => {
                let differs = |sub: &&Def| {
                    let part = |whole: &Option<Value>| whole.as_ref().and_then(|whole| whole.get(&sub.name)).cloned();
                    part(&old).zip(part(&value)).is_some_and(|(old, new)| old != new)
                };
                if step.def.subs.iter().filter(|sub| sub.mutability == "immutable").any(|sub| differs(&sub)) {
                    return Err("mutability");
                }
                value
            }
            (Some(sub), _) => {
                let mut whole = old.unwrap_or_else(|| json!({}));
                put(step.def, sub, &mut whole, value)?;
                Some(whole)
            }
        };
        return Ok(new.filter(|new| !is_empty(new)));
    }
    let mut elements = match old {
        Some(Value::Array(elements)) => elements,
        Some(single) => vec![single],
        None => Vec::new(),
    };
    if step.filter.is_none() && step.sub.is_none() {
        match verb {
            Verb::Add => append(&mut elements, value.unwrap_or_default()),
            Verb::Replace => elements = value.and_then(|value| value.as_array().cloned()).unwrap_or_default(),
            Verb::Remove => match step.value.as_ref().and_then(Value::as_array) {
                Some(listed) => elements.retain(|element| !listed.iter().any(|gone| same_value(gone, element))),
                None => elements.clear(),
            },
        }
    } else {
        on_selected(step, verb, &mut elements, strict)?;
    }
    Ok(finished(step.def, elements))
}

fn finished(def: &Def, elements: Vec<Value>) -> Option<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for element in elements {
        if !is_empty(&element) && !kept.iter().any(|known| same(known, &element)) {
            kept.push(element);
        }
    }
    match def.many {
        _ if kept.is_empty() => None,
        true => Some(Value::Array(kept)),
        false => kept.pop(),
    }
}

fn on_selected(step: &Step<'_>, verb: Verb, elements: &mut Vec<Value>, strict: bool) -> Result<(), Kind> {
    let chosen: Vec<usize> = (0..elements.len())
        .filter(|at| step.filter.as_ref().is_none_or(|filter| matches(step.def, filter, &elements[*at])))
        .collect();
    if chosen.is_empty() {
        return missed(step, verb, elements, strict);
    }
    let several = chosen.len() > 1 && step.filter.is_some();
    let mut risen = Vec::new();
    for at in chosen {
        let before = elements[at].clone();
        let after = &mut elements[at];
        match (verb, step.sub, &step.value) {
            (Verb::Remove, None, _) => *after = Value::Null,
            (_, Some(sub), _) => {
                put(step.def, sub, after, if verb == Verb::Remove { None } else { step.value.clone() })?
            }
            (Verb::Add, None, Some(Value::Object(parts))) => lay(step.def, after, parts)?,
            (Verb::Replace, None, Some(Value::Object(parts))) if !strict => {
                // Microsoft Entra ID looks for what it has replaced by the same filter again.
                let terms = step.filter.as_ref().and_then(|filter| described(step.def, filter));
                let kept = before.as_object().cloned().unwrap_or_default();
                let kept =
                    kept.into_iter().filter(|(key, _)| terms.as_ref().is_some_and(|terms| terms.get(key).is_some()));
                *after = Value::Object(kept.collect());
                for (key, value) in parts {
                    after[key] = value.clone();
                }
            }
            (_, None, value) => *after = value.clone().unwrap_or_default(),
        }
        if is_primary(after) && !is_primary(&before) {
            risen.push(at);
        }
    }
    match risen[..] {
        _ if strict && several => Err("invalidFilter"),
        [] => Ok(()),
        [one] => {
            demote_others(elements, one);
            Ok(())
        }
        _ => Err("invalidValue"),
    }
}

/// A filter that selects nothing, or a sub-attribute of values there are none of.
fn missed(step: &Step<'_>, verb: Verb, elements: &mut Vec<Value>, strict: bool) -> Result<(), Kind> {
    if verb == Verb::Remove {
        return if strict && step.filter.is_some() { Err("noTarget") } else { Ok(()) };
    }
    let value = step.value.clone().unwrap_or_default();
    let mut element = match &step.filter {
        None => json!({}),
        Some(_) if strict => return Err("noTarget"),
        Some(filter) => {
            let described = described(step.def, filter).ok_or("noTarget")?;
            if !matches(step.def, filter, &described) {
                return Err("noTarget");
            }
            described
        }
    };
    match (step.sub, value) {
        (Some(sub), value) => element[&sub.name] = value,
        (None, Value::Object(parts)) => {
            for (key, value) in parts {
                element[key] = value;
            }
        }
        (None, simple) => element = simple,
    }
    append(elements, element);
    Ok(())
}

/// The element of which a conjunction of equalities says everything that can be said.
fn described(def: &Def, filter: &Filter) -> Option<Value> {
    let terms = equalities(filter)?;
    if !def.is_complex() {
        return terms.into_iter().next().map(|(_, literal)| literal);
    }
    let mut element = json!({});
    for (name, literal) in terms {
        let sub = def.sub(&name).filter(|sub| sub.mutability != "readOnly")?;
        element[&sub.name] = literal;
    }
    Some(element)
}

fn equalities(filter: &Filter) -> Option<Vec<(String, Value)>> {
    match filter {
        Filter::Term(name, "eq", literal) => Some(vec![(name.clone(), literal.clone())]),
        Filter::And(terms) => Some(terms.iter().map(equalities).collect::<Option<Vec<_>>>()?.concat()),
        _ => None,
    }
}

fn append(elements: &mut Vec<Value>, value: Value) {
    let added = match value {
        Value::Array(added) => added,
        one => vec![one],
    };
    for element in added {
        let at = match elements.iter().position(|known| same(known, &element)) {
            Some(at) => at,
            None => {
                elements.push(element.clone());
                elements.len() - 1
            }
        };
        if is_primary(&element) {
            elements[at]["primary"] = json!(true);
            demote_others(elements, at);
        }
    }
}

fn demote_others(elements: &mut [Value], but: usize) {
    for (at, element) in elements.iter_mut().enumerate() {
        if at != but && is_primary(element) {
            element["primary"] = json!(false);
        }
    }
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// RFC 7643 section 2.4: a value and a type make an element what it is.
fn same(a: &Value, b: &Value) -> bool {
    match (a.get("value"), b.get("value")) {
        (Some(x), Some(y)) => x == y && a.get("type") == b.get("type"),
        (None, None) => a == b,
        _ => false,
    }
}

/// An element is listed for removal by its `value`, whatever else is known of it.
fn same_value(a: &Value, b: &Value) -> bool {
    match (a.get("value"), b.get("value")) {
        (Some(x), Some(y)) => x == y,
        (None, None) => a == b,
        _ => false,
    }
}

fn lay(def: &Def, element: &mut Value, parts: &Map<String, Value>) -> Result<(), Kind> {
    let mut names: Vec<&String> = parts.keys().collect();
    names.sort_by_key(|name| *name != "value");
    for name in names {
        put(def, def.sub(name).unwrap(), element, Some(parts[name].clone()))?;
    }
    Ok(())
}

/// Sets or unsets a sub-attribute. A reference beside another value would lead astray, so it goes.
fn put(def: &Def, sub: &Def, element: &mut Value, value: Option<Value>) -> Result<(), Kind> {
    let members = element.as_object_mut().unwrap();
    let old = members.get(&sub.name).cloned();
    if sub.mutability == "immutable" && old.is_some() && old != value {
        return Err("mutability");
    }
    match value {
        Some(value) => {
            if sub.name == "value" && old.as_ref() != Some(&value) && def.sub("$ref").is_some() {
                members.remove("$ref");
            }
            members.insert(sub.name.clone(), value);
        }
        None => drop(members.remove(&sub.name)),
    }
    Ok(())
}

fn matches(def: &Def, filter: &Filter, element: &Value) -> bool {
    let named = |name: &str| {
        if def.is_complex() {
            let sub = def.sub(name).unwrap();
            (element.get(&sub.name).cloned(), sub.exact)
        } else {
            (Some(element.clone()), def.exact)
        }
    };
    match filter {
        Filter::And(terms) => terms.iter().all(|term| matches(def, term, element)),
        Filter::Or(terms) => terms.iter().any(|term| matches(def, term, element)),
        Filter::Not(inner) => !matches(def, inner, element),
        Filter::Present(name) => named(name).0.is_some_and(|held| !is_empty(&held) && held != ""),
        Filter::Term(name, operator, literal) => {
            let (held, exact) = named(name);
            // What does not say that it is the primary value is not.
            let silent = name.eq_ignore_ascii_case("primary") && literal.is_boolean();
            let held = held.or(silent.then_some(Value::Bool(false))).map(|held| folded(held, exact));
            let literal = folded(literal.clone(), exact);
            let both = held.as_ref().and_then(Value::as_str).zip(literal.as_str());
            match *operator {
                "eq" => held == Some(literal),
                "ne" => held != Some(literal),
                "sw" => both.is_some_and(|(held, literal)| held.starts_with(literal)),
                "co" => both.is_some_and(|(held, literal)| held.contains(literal)),
                "gt" => held.as_ref().and_then(Value::as_f64) > literal.as_f64(),
                other => panic!("the generator makes no {other}"),
            }
        }
    }
}

fn folded(value: Value, exact: bool) -> Value {
    match value {
        Value::String(text) if !exact => Value::String(text.to_lowercase()),
        other => other,
    }
}

/// Nothing required may be missing in the end.
pub(super) fn check_required(schema: &Schema, document: &Map<String, Value>) -> Result<(), Kind> {
    let places = schema.extensions.iter().map(|(urn, defs)| (document.get(urn).and_then(Value::as_object), defs));
    for (holder, defs) in places.chain([(Some(document), &schema.core)]) {
        let Some(holder) = holder else { continue };
        for def in defs {
            let value = holder.get(&def.name);
            let elements =
                value.map_or(&[][..], |value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
            let lacks = |sub: &Def| sub.required && elements.iter().any(|element| is_blank(element.get(&sub.name)));
            if def.required && is_blank(value) || def.subs.iter().any(lacks) {
                return Err("invalidValue");
            }
        }
    }
    Ok(())
}
