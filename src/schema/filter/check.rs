//! From syntax tree to checked filter: attributes are resolved, operators fit their type, literals are typed and folded.
//! What this lets through the store can answer; everything else is `invalidFilter` naming the attribute.

use serde_json::Value;

use super::{Expr, operators};
use crate::{
    model::{
        filter::{Field, Filter, Kind, Literal, Operator},
        fold::fold,
    },
    schema::{
        Mode,
        definition::{Attribute, Returned, Type},
        instant,
        leniency::{Leniency, Stance},
        names,
        path::{Resolved, resolve_name},
        refusal::{Refusal, shown, type_name},
        resource_type::ResourceType,
    },
};

/// Checks a filter against a resource type.
///
/// # Errors
/// `invalidFilter`: an unknown attribute, one that is never returned, an operator its type does not have (RFC 7644
/// section 3.4.2.2), a literal of another type.
pub fn check(resource_type: &ResourceType, expr: &Expr, mode: Mode) -> Result<Filter, Refusal> {
    check_with(resource_type, expr, &mut Stance::new(mode))
}

/// As [`check`], recording what is forgiven.
pub(super) fn check_with(resource_type: &ResourceType, expr: &Expr, stance: &mut Stance) -> Result<Filter, Refusal> {
    walk(expr, stance, &mut |leaf, stance| on_resource(resource_type, leaf, stance))
}

/// Checks the filter of a value path, whose names are sub-attributes. Values of a simple attribute are called `value`.
///
/// # Errors
/// As [`check`].
pub fn check_element(attribute: &Attribute, expr: &Expr, stance: &mut Stance) -> Result<Filter, Refusal> {
    walk(expr, stance, &mut |leaf, stance| on_element(attribute, leaf, stance))
}

/// When a value filter is a conjunction of `eq` terms: each sub-attribute, spelled as the schema does, with its literal as
/// sent. What such a filter describes can be created.
#[must_use]
pub fn eq_terms(attribute: &Attribute, expr: &Expr) -> Option<Vec<(String, Value)>> {
    match expr {
        Expr::And(inner) => {
            let parts = inner.iter().map(|term| eq_terms(attribute, term)).collect::<Option<Vec<_>>>()?;
            Some(parts.into_iter().flatten().collect())
        }
        Expr::Compare(name, Operator::Eq, literal) if !literal.is_null() => {
            let name = if attribute.is_complex() { &attribute.sub(name)?.name } else { name };
            Some(vec![(name.clone(), literal.clone())])
        }
        _ => None,
    }
}

type LeafCheck<'c> = dyn FnMut(&Expr, &mut Stance) -> Result<Filter, Refusal> + 'c;

/// Carries the connectives over; their leaves are for `leaf`.
pub(super) fn walk(expr: &Expr, stance: &mut Stance, leaf: &mut LeafCheck<'_>) -> Result<Filter, Refusal> {
    let mut list = |inner: &[Expr], stance: &mut Stance| -> Result<Vec<Filter>, Refusal> {
        inner.iter().map(|term| walk(term, stance, leaf)).collect()
    };
    match expr {
        Expr::And(inner) => list(inner, stance).map(Filter::And),
        Expr::Or(inner) => list(inner, stance).map(Filter::Or),
        Expr::Not(inner) => walk(inner, stance, leaf).map(|filter| Filter::Not(Box::new(filter))),
        Expr::Compare(..) | Expr::Present(_) | Expr::Element(..) => leaf(expr, stance),
    }
}

pub(super) fn on_resource(resource_type: &ResourceType, leaf: &Expr, stance: &mut Stance) -> Result<Filter, Refusal> {
    let (Expr::Compare(name, ..) | Expr::Present(name) | Expr::Element(name, _)) = leaf else {
        return walk(leaf, stance, &mut |leaf, stance| on_resource(resource_type, leaf, stance));
    };
    let refuse = |reason: &dyn std::fmt::Display| Refusal::filter(format!("filter: {reason}"));
    let target = match resolve_name(resource_type, name, stance).map_err(|reason| refuse(&reason))? {
        Resolved::Attribute(target) => target,
        Resolved::Extension(extension) => return on_extension(&extension.schema.id, leaf),
    };
    match leaf {
        Expr::Element(_, inner) => {
            if target.sub.is_some() || !target.leaf().is_complex() && !target.attribute.multi_valued {
                return Err(refuse(&format!("\"{}\" has no values to select from", shown(name))));
            }
            searchable(target.attribute)?;
            let inner = check_element(target.attribute, inner, stance)?;
            Ok(Filter::Element(target.field(), Box::new(inner)))
        }
        Expr::Compare(_, operator, literal) => {
            let target = target.comparable().map_err(|reason| refuse(&reason))?;
            comparison(target.field(), target.leaf(), *operator, literal, stance)
        }
        _ => {
            searchable(target.leaf())?;
            searchable(target.attribute)?;
            Ok(Filter::Present(target.field()))
        }
    }
}

/// An extension as a whole can only be asked after: `urn:…:User pr`.
fn on_extension(urn: &str, leaf: &Expr) -> Result<Filter, Refusal> {
    if !matches!(leaf, Expr::Present(_)) {
        return Err(Refusal::filter(format!("filter: \"{urn}\" is an extension; name one of its attributes")));
    }
    let field = Field { extension: Some(urn.to_owned()), ..Field::core("", Kind::Text) };
    Ok(Filter::Present(field))
}

fn searchable(attribute: &Attribute) -> Result<(), Refusal> {
    if attribute.returned == Returned::Never {
        return Err(Refusal::filter(format!("filter: \"{}\" cannot be searched", attribute.name)));
    }
    Ok(())
}

fn on_element(attribute: &Attribute, leaf: &Expr, stance: &mut Stance) -> Result<Filter, Refusal> {
    let name = match leaf {
        Expr::Compare(name, ..) | Expr::Present(name) => name,
        Expr::Element(name, _) => {
            return Err(Refusal::filter(format!("filter: \"{}[…]\" cannot stand inside brackets", shown(name))));
        }
        _ => return check_element(attribute, leaf, stance),
    };
    let (inner, sub) = if attribute.is_complex() {
        let missing =
            || Refusal::filter(format!("filter: \"{}\" has no sub-attribute \"{}\"", attribute.name, shown(name)));
        let inner = attribute.sub(name).ok_or_else(missing)?;
        (inner, Some(inner.name.clone()))
    } else if name.eq_ignore_ascii_case(names::VALUE) {
        (attribute, None)
    } else {
        let reason = format!("filter: the values of \"{}\" are simple; call them \"value\"", attribute.name);
        return Err(Refusal::filter(reason));
    };
    searchable(inner)?;
    let field = Field {
        extension: None,
        attribute: String::new(),
        sub,
        kind: inner.kind.kind(),
        case_exact: inner.case_exact,
        multi_valued: inner.multi_valued && attribute.is_complex(),
    };
    match leaf {
        Expr::Compare(_, operator, literal) => comparison(field, inner, *operator, literal, stance),
        _ => Ok(Filter::Present(field)),
    }
}

fn comparison(
    field: Field,
    attribute: &Attribute,
    operator: Operator,
    literal: &Value,
    stance: &mut Stance,
) -> Result<Filter, Refusal> {
    let name = if field.attribute.is_empty() { attribute.name.clone() } else { field.path() };
    match (operator, literal) {
        // RFC 7643 section 2.5: null is the state of having no value.
        (Operator::Eq, Value::Null) => return Ok(Filter::Not(Box::new(Filter::Present(field)))),
        (Operator::Ne, Value::Null) => return Ok(Filter::Present(field)),
        (_, Value::Null) => {
            let reason = format!("filter: \"{name}\" cannot be compared with null by {}", operators::keyword(operator));
            return Err(Refusal::filter(reason));
        }
        _ => {}
    }
    if !operators::fits(field.kind, operator) {
        let (written, offered) = (operators::keyword(operator), operators::offered(field.kind));
        return Err(Refusal::filter(format!("filter: \"{name}\" has no operator {written}; it has {offered}")));
    }
    let literal = typed(&field, attribute, literal, stance).map_err(|wrong| {
        let expected = attribute.kind.expected();
        Refusal::filter(format!("filter: \"{name}\" is compared with {wrong}; it takes {expected}"))
    })?;
    Ok(Filter::Compare(field, operator, literal))
}

/// The literal as the field's kind wants it, or what it is instead.
fn typed(field: &Field, attribute: &Attribute, literal: &Value, stance: &mut Stance) -> Result<Literal, String> {
    let wrong = || format!("{} {}", type_name(literal), shown(literal));
    let mut forgive = |leniency| stance.tolerate(leniency, || Refusal::filter("")).map_err(|_| wrong());
    match (field.kind, literal) {
        (Kind::Text | Kind::Binary, Value::String(text)) => text_literal(field, text),
        (Kind::Text, Value::Number(_) | Value::Bool(_)) => {
            forgive(Leniency::ScalarForString)?;
            text_literal(field, &literal.to_string())
        }
        (Kind::Boolean, Value::Bool(flag)) => Ok(Literal::Boolean(*flag)),
        (Kind::Boolean, Value::String(text)) => {
            let flag = text.to_ascii_lowercase().parse().map_err(|_| wrong())?;
            forgive(Leniency::BooleanAsString)?;
            Ok(Literal::Boolean(flag))
        }
        (Kind::Number, Value::Number(number)) => Ok(Literal::Number(number.clone())),
        (Kind::Number, Value::String(text)) => {
            let number = serde_json::from_str(text).map_err(|_| wrong())?;
            forgive(Leniency::NumberAsString)?;
            Ok(Literal::Number(number))
        }
        (Kind::Instant, Value::String(text)) => instant::parse(text).map(Literal::Instant).ok_or_else(wrong),
        _ => Err(wrong()),
    }
    .map_err(|wrong| if attribute.kind == Type::Complex { "another value".to_owned() } else { wrong })
}

/// No stored value has U+0000, and Postgres cannot even be asked for it.
fn text_literal(field: &Field, text: &str) -> Result<Literal, String> {
    if text.contains('\0') {
        return Err("text with the character U+0000, which no value has".to_owned());
    }
    let exact = field.case_exact || field.kind == Kind::Binary;
    Ok(Literal::Text(if exact { text.to_owned() } else { fold(text) }))
}
