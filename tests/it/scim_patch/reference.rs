//! PATCH once more, naively: RFC 7644 section 3.5.2 read sentence by sentence, over plain JSON, with what the design says of
//! clients that do not keep to it. It reads the schema files itself and shares no code with the server; where the two
//! differ, one of them is wrong.

use serde_json::{Map, Value, json};

use super::conform::{conform, is_blank, is_empty};
use super::generate::Placed;

/// Kinds of refusal, as `scimType` calls them.
pub(super) type Kind = &'static str;

/// An attribute as a schema file describes it.
#[derive(Debug, Clone)]
pub(super) struct Def {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) many: bool,
    pub(super) required: bool,
    pub(super) mutability: String,
    pub(super) exact: bool,
    pub(super) subs: Vec<Def>,
}

impl Def {
    fn of(json: &Value) -> Self {
        let word = |key: &str, default: &str| json[key].as_str().unwrap_or(default).to_owned();
        let kind = word("type", "string");
        Self {
            name: word("name", ""),
            many: json["multiValued"] == true,
            required: json["required"] == true,
            mutability: word("mutability", "readWrite"),
            exact: json["caseExact"].as_bool().unwrap_or(kind == "reference" || kind == "binary"),
            subs: json["subAttributes"].as_array().into_iter().flatten().map(Self::of).collect(),
            kind,
        }
    }

    pub(super) fn is_complex(&self) -> bool {
        self.kind == "complex"
    }

    pub(super) fn sub(&self, name: &str) -> Option<&Self> {
        self.subs.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

/// The schemas of a resource type.
#[derive(Debug)]
pub(super) struct Schema {
    core: Vec<Def>,
    extensions: Vec<(String, Vec<Def>)>,
}

impl Schema {
    pub(super) fn new(core: &str, extensions: &[&str]) -> Self {
        let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        let defs = |json: &Value| json["attributes"].as_array().unwrap().iter().map(Def::of).collect::<Vec<_>>();
        let extension = |text: &&str| {
            let json = read(text);
            (json["id"].as_str().unwrap().to_owned(), defs(&json))
        };
        Self { core: defs(&read(core)), extensions: extensions.iter().map(extension).collect() }
    }

    /// Every attribute with its place.
    pub(super) fn placed(&self) -> impl Iterator<Item = Placed> {
        let core = self.core.iter().map(|def| Placed { extension: None, def: def.clone() });
        core.chain(
            self.extensions.iter().flat_map(|(urn, defs)| {
                defs.iter().map(|def| Placed { extension: Some(urn.clone()), def: def.clone() })
            }),
        )
    }

    fn def(&self, extension: Option<&str>, name: &str) -> Option<&Def> {
        let defs = match extension {
            None => &self.core,
            Some(urn) => &self.extensions.iter().find(|(known, _)| known == urn)?.1,
        };
        defs.iter().find(|def| def.name.eq_ignore_ascii_case(name))
    }
}

/// A value filter.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    Term(String, &'static str, Value),
    Present(String),
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
}

/// What a path names.
#[derive(Debug, Clone)]
pub(super) enum Where {
    /// No attribute there is.
    Unknown(String),
    /// An extension as a whole.
    Extension(String),
    Attribute {
        extension: Option<String>,
        name: String,
        filter: Option<Filter>,
        sub: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Remove,
    Replace,
}

/// One operation: with a path, or without one and then with the keys of its value.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    At(Verb, Where, Option<Value>),
    Keys(Verb, Vec<(Where, Value)>),
}

/// A request that has been found to make sense, as far as one attribute is concerned.
struct Step<'s> {
    verb: Verb,
    extension: Option<String>,
    def: &'s Def,
    filter: Option<Filter>,
    sub: Option<&'s Def>,
    value: Option<Value>,
}

/// The document after these operations, or why not.
pub(super) fn interpret(
    schema: &Schema,
    strict: bool,
    document: &Value,
    operations: &[Operation],
) -> Result<Value, Kind> {
    let reader = Reader { schema, strict };
    // What is wrong whatever the resource holds is said before the resource is looked at.
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

enum Change<'s> {
    Of(Step<'s>),
    RemoveExtension(String),
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
                if filter.is_some() && !def.many && self.strict {
                    return Err("invalidPath");
                }
                let step = Step { verb, extension: extension.clone(), def, filter: filter.clone(), sub, value };
                self.attribute(step, steps)
            }
        }
    }

    fn key(&self, verb: Verb, place: &Where, value: Value, steps: &mut Vec<Change<'s>>) -> Result<(), Kind> {
        match place {
            Where::Unknown(_) if self.strict => Err("invalidPath"),
            Where::Unknown(_) => Ok(()),
            Where::Attribute { extension, name, filter: None, sub } => {
                if self.strict && (extension.is_some() || sub.is_some()) {
                    return Err("invalidPath");
                }
                let def = self.schema.def(extension.as_deref(), name).ok_or("invalidPath")?;
                let leaf = sub.as_ref().and_then(|sub| def.sub(sub)).unwrap_or(def);
                if def.mutability == "readOnly" || leaf.mutability == "readOnly" {
                    // Clients send back what they have read.
                    return if self.strict { Err("mutability") } else { Ok(()) };
                }
                self.at(verb, place, Some(value), steps)
            }
            Where::Attribute { .. } if self.strict => Err("invalidPath"),
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
                    return if self.strict { Err("invalidPath") } else { Ok(()) };
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
        if one_complex {
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

fn step_on(schema: &Schema, strict: bool, document: &mut Map<String, Value>, change: &Change<'_>) -> Result<(), Kind> {
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
            (None, _) => value,
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
            let held = held.map(|held| folded(held, exact));
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

fn check_required(schema: &Schema, document: &Map<String, Value>) -> Result<(), Kind> {
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
