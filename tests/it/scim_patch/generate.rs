//! Random resources and random PATCH requests over a schema: few values, so that they meet again; every form of path; now
//! and then a value of the wrong type.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::CORE;
use super::terms::{Def, Filter, Operation, Verb, Where};

/// An attribute, and where it is.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) extension: Option<String>,
    pub(super) def: Def,
}

/// A request as the server gets it and as the interpreter reads it.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) json: Value,
    pub(super) meaning: Operation,
}

fn pick<T: Clone + std::fmt::Debug + 'static>(of: Vec<T>) -> BoxedStrategy<T> {
    prop::sample::select(of).boxed()
}

/// A fitting value of a simple attribute.
fn scalar(def: &Def) -> BoxedStrategy<Value> {
    match def.kind.as_str() {
        _ if !def.canonical.is_empty() => {
            let first = &def.canonical[0];
            pick(vec![json!(first), json!(def.canonical[def.canonical.len() - 1]), json!(first.to_uppercase())])
        }
        "boolean" => pick(vec![json!(true), json!(false)]),
        "integer" => pick(vec![json!(1), json!(2), json!(3)]),
        "decimal" => pick(vec![json!(1), json!(2.5), json!(-1)]),
        "dateTime" => pick(vec![json!("2026-01-01T00:00:00Z"), json!("2026-06-01T12:00:00+02:00")]),
        "binary" => pick(vec![json!("AAAA"), json!("QUJD")]),
        _ => pick(vec![json!("a"), json!("b"), json!("A")]),
    }
}

/// One fitting value or element.
fn element(def: &Def) -> BoxedStrategy<Value> {
    if !def.is_complex() {
        return scalar(def);
    }
    let written = def.subs.iter().filter(|sub| sub.mutability != "readOnly");
    let subs: Vec<_> = written.map(|sub| (Just(sub.name.clone()), prop::option::weighted(0.5, scalar(sub)))).collect();
    let required: Vec<String> = def.subs.iter().filter(|sub| sub.required).map(|sub| sub.name.clone()).collect();
    subs.prop_map(move |parts| {
        let mut members: Map<String, Value> =
            parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        for name in &required {
            members.entry(name.as_str()).or_insert(json!("a"));
        }
        Value::Object(members)
    })
    .boxed()
}

/// A fitting value of the attribute, primary at most once.
fn fitting(def: &Def) -> BoxedStrategy<Value> {
    if !def.many {
        return element(def);
    }
    let list = prop::collection::vec(element(def), 0..5);
    list.prop_map(|mut elements| {
        let mut seen = false;
        for element in elements.iter_mut().filter(|element| element.get("primary") == Some(&json!(true))) {
            if std::mem::replace(&mut seen, true) {
                element["primary"] = json!(false);
            }
        }
        Value::from(elements)
    })
    .boxed()
}

/// A value as a client may send it.
fn sent(def: &Def) -> BoxedStrategy<Value> {
    let odd = pick(vec![
        Value::Null,
        json!(""),
        json!([]),
        json!({}),
        json!("True"),
        json!("2"),
        json!(2),
        json!(true),
        json!("a"),
        json!(["a"]),
        json!(["a", "b"]),
        json!({ "value": "a" }),
        json!({ "VALUE": null, "unknown": 1 }),
        json!([{ "value": "b", "primary": true }, { "value": "a", "primary": "true" }]),
        json!({ "derived": "x", "level": "3" }),
        json!([null, { "type": "work" }]),
    ]);
    prop_oneof![6 => fitting(def), 3 => element(def), 2 => odd].boxed()
}

fn filter(def: &Def) -> BoxedStrategy<Filter> {
    let leaf = |name: String, def: &Def| -> BoxedStrategy<Filter> {
        let operators = match def.kind.as_str() {
            "boolean" => vec!["eq", "ne"],
            "integer" => vec!["eq", "eq", "gt"],
            _ => vec!["eq", "eq", "eq", "ne", "sw", "co"],
        };
        let term = (pick(operators), scalar(def));
        let term =
            (Just(name.clone()), term).prop_map(|(name, (operator, literal))| Filter::Term(name, operator, literal));
        prop_oneof![6 => term, 1 => Just(Filter::Present(name))].boxed()
    };
    let leaves: Vec<BoxedStrategy<Filter>> = if def.is_complex() {
        let searched = def.subs.iter().filter(|sub| ["string", "boolean", "integer"].contains(&sub.kind.as_str()));
        let searched = searched.filter(|sub| !["secret", "hidden"].contains(&sub.name.as_str()));
        searched.map(|sub| leaf(sub.name.clone(), sub)).collect()
    } else {
        vec![leaf("value".to_owned(), def)]
    };
    let one = prop::strategy::Union::new(leaves).boxed();
    let two = prop::collection::vec(one.clone(), 2);
    prop_oneof![
        5 => one.clone(),
        2 => two.clone().prop_map(Filter::And),
        1 => two.prop_map(Filter::Or),
        1 => one.prop_map(|inner| Filter::Not(Box::new(inner))),
    ]
    .boxed()
}

fn filter_text(filter: &Filter) -> String {
    let join = |terms: &[Filter], word: &str| terms.iter().map(filter_text).collect::<Vec<_>>().join(word);
    match filter {
        Filter::Term(name, operator, literal) => format!("{name} {operator} {literal}"),
        Filter::Present(name) => format!("{name} pr"),
        Filter::And(terms) => join(terms, " and "),
        Filter::Or(terms) => join(terms, " or "),
        Filter::Not(inner) => format!("not ({})", filter_text(inner)),
    }
}

/// How a path is written: with which URN, in which case.
#[derive(Debug, Clone, Copy)]
struct Spelling {
    qualified: bool,
    dotted: bool,
    upper: bool,
}

fn text(place: &Where, spelling: Spelling, strict: bool) -> String {
    let (extension, name, filter, sub) = match place {
        Where::Unknown(text) | Where::Extension(text) => return text.clone(),
        Where::Attribute { extension, name, filter, sub } => (extension, name, filter, sub),
    };
    let urn = match extension {
        Some(urn) if strict || spelling.qualified => Some(urn.as_str()),
        None if spelling.qualified => Some(CORE),
        _ => None,
    };
    let separator = if spelling.dotted && !strict { "." } else { ":" };
    let prefix = urn.map_or_else(String::new, |urn| format!("{urn}{separator}"));
    let filter = filter.as_ref().map_or_else(String::new, |filter| format!("[{}]", filter_text(filter)));
    let sub = sub.as_ref().map_or_else(String::new, |sub| format!(".{sub}"));
    let written = |text: &str| if spelling.upper { text.to_uppercase() } else { text.to_owned() };
    format!("{}{filter}{}", written(&format!("{prefix}{name}")), written(&sub))
}

/// A path, and the definition of what it names.
fn place(placed: Placed) -> BoxedStrategy<(Where, Def)> {
    let def = placed.def.clone();
    let filters = if def.many || def.is_complex() { 0.45 } else { 0.0 };
    // One value that can be selected from is rare, as among clients.
    let filters = if def.many { filters } else { filters / 6.0 };
    let filter: BoxedStrategy<Option<Filter>> =
        if filters > 0.0 { prop::option::weighted(filters, filter(&def)).boxed() } else { Just(None).boxed() };
    let sub: BoxedStrategy<Option<Def>> =
        if def.is_complex() { prop::option::weighted(0.5, pick(def.subs.clone())).boxed() } else { Just(None).boxed() };
    (filter, sub)
        .prop_map(move |(filter, sub)| {
            let leaf = match &sub {
                Some(sub) => sub.clone(),
                None if filter.is_some() => Def { many: false, ..def.clone() },
                None => def.clone(),
            };
            let sub = sub.map(|sub| sub.name);
            (Where::Attribute { extension: placed.extension.clone(), name: def.name.clone(), filter, sub }, leaf)
        })
        .boxed()
}

fn attributes(of: &[Placed], urn: &str) -> Vec<Def> {
    of.iter().filter(|placed| placed.extension.as_deref() == Some(urn)).map(|placed| placed.def.clone()).collect()
}

/// A path with a value for it, or an extension with an object, or a path that names nothing.
fn addressed(of: &[Placed]) -> BoxedStrategy<(Where, Value)> {
    let attribute = pick(of.to_vec()).prop_flat_map(place).prop_flat_map(|(place, leaf)| (Just(place), sent(&leaf)));
    let urns: Vec<String> = of.iter().filter_map(|placed| placed.extension.clone()).collect();
    let extensions: Vec<(String, Vec<Def>)> = urns.into_iter().map(|urn| (urn.clone(), attributes(of, &urn))).collect();
    let extension = pick(extensions).prop_flat_map(|(urn, defs)| {
        let some = prop::sample::subsequence(defs.clone(), 0..=defs.len().min(3));
        let object = some
            .prop_flat_map(|defs| defs.into_iter().map(|def| (Just(def.name.clone()), sent(&def))).collect::<Vec<_>>());
        let object = object.prop_map(|members| Value::Object(members.into_iter().collect()));
        (Just(Where::Extension(urn)), prop_oneof![8 => object, 1 => Just(Value::Null), 1 => Just(json!("x"))])
    });
    let unknown = pick(vec!["shoeSize", "name.shoeSize", "urn:example:nothing:User:x"]);
    let unknown = unknown.prop_map(|text| (Where::Unknown(text.to_owned()), json!("x")));
    prop_oneof![20 => attribute, 2 => extension, 1 => unknown].boxed()
}

fn spelling() -> BoxedStrategy<Spelling> {
    (any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2))
        .prop_map(|(qualified, dotted, upper)| Spelling { qualified, dotted, upper })
        .boxed()
}

/// Microsoft Entra ID writes them with a capital; a strict tenant hears of nothing else then.
fn verb(strict: bool) -> BoxedStrategy<(Verb, &'static str)> {
    let plain = [(Verb::Add, "add"), (Verb::Replace, "replace"), (Verb::Remove, "remove")];
    let capital = [(Verb::Add, "Add"), (Verb::Replace, "Replace"), (Verb::Remove, "Remove")];
    pick(plain.into_iter().chain(capital.into_iter().filter(|_| !strict)).collect())
}

/// One operation.
pub(super) fn request(of: &[Placed], strict: bool) -> BoxedStrategy<Request> {
    let values = prop_oneof![8 => Just(true), 1 => Just(false)];
    let with_path =
        (verb(strict), addressed(of), spelling(), values, prop::bool::weighted(if strict { 0.05 } else { 0.2 }));
    let with_path = with_path.prop_map(move |((verb, op), (place, value), spelling, has_value, lists)| {
        let value = Some(value).filter(|_| if verb == Verb::Remove { lists } else { has_value });
        let mut json = json!({ "op": op, "path": text(&place, spelling, strict) });
        if let Some(value) = &value {
            json["value"] = value.clone();
        }
        Request { json, meaning: Operation::At(verb, place, value) }
    });
    let keys = prop::collection::vec((addressed(of), spelling()), 0..4);
    let without_path = (verb(strict), verb(strict), keys).prop_map(move |(likely, other, keys)| {
        // To remove without a path is refused whatever else is said, so it need not be said often.
        let (verb, op) = if likely.0 == Verb::Remove { other } else { likely };
        let (mut members, mut meaning) = (Map::new(), Vec::new());
        for ((place, value), spelling) in keys {
            let key = text(&place, spelling, strict);
            if !members.keys().any(|known: &String| known.eq_ignore_ascii_case(&key)) {
                members.insert(key, value.clone());
                meaning.push((place, value));
            }
        }
        Request { json: json!({ "op": op, "value": members }), meaning: Operation::Keys(verb, meaning) }
    });
    prop_oneof![if strict { 20 } else { 4 } => with_path, 1 => without_path].boxed()
}

/// A resource as a client would create it.
pub(super) fn resource(of: &[Placed]) -> BoxedStrategy<Value> {
    let written = of.iter().filter(|placed| placed.def.mutability != "readOnly");
    let parts: Vec<_> = written
        .map(|placed| {
            let value = fitting(&placed.def);
            let value = if placed.def.required {
                value.prop_map(Some).boxed()
            } else {
                prop::option::weighted(0.6, value).boxed()
            };
            (Just(placed.clone()), value)
        })
        .collect();
    parts
        .prop_map(|parts| {
            let mut resource = json!({});
            for (placed, value) in parts.into_iter().filter_map(|(placed, value)| Some((placed, value?))) {
                match &placed.extension {
                    None => resource[&placed.def.name] = value,
                    Some(urn) => resource[urn][&placed.def.name] = value,
                }
            }
            resource
        })
        .boxed()
}
