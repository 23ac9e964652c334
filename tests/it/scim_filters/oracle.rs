//! What a filter means, said once more and naively: on the syntax tree, one resource at a time, looking at nothing but
//! the JSON a client was shown.

use std::cmp::Ordering;

use convoke::model::filter::Operator;
use convoke::model::fold::fold;
use convoke::schema::definition::{Attribute, Type};
use convoke::schema::filter::Expr;
use convoke::schema::leniency::Stance;
use convoke::schema::path::{Resolved, resolve_name};
use convoke::schema::resource_type::ResourceType;
use convoke::schema::{Mode, instant};
use serde_json::Value;

/// Answers for one resource type.
pub(super) struct Oracle<'o> {
    pub(super) resource_type: &'o ResourceType,
    /// The base of the addresses in the resources.
    pub(super) base: &'o str,
}

impl Oracle<'_> {
    /// Whether the resource satisfies the filter.
    pub(super) fn holds(&self, expr: &Expr, resource: &Value) -> bool {
        match expr {
            Expr::And(terms) => terms.iter().all(|term| self.holds(term, resource)),
            Expr::Or(terms) => terms.iter().any(|term| self.holds(term, resource)),
            Expr::Not(inner) => !self.holds(inner, resource),
            Expr::Present(name) => self.values(name, resource).iter().any(|value| filled(value)),
            Expr::Compare(name, operator, literal) => match self.compared(name) {
                Some((name, attribute)) => {
                    let values = self.values(&name, resource);
                    let values = match name.rsplit_once('.').filter(|_| settles_primary(attribute, literal)) {
                        Some((owner, _)) if self.attribute(owner).is_some_and(|owner| owner.multi_valued) => {
                            primary_or_not(&self.values(owner, resource))
                        }
                        _ => values,
                    };
                    self.any(&values, attribute, *operator, literal)
                }
                // A type without the attribute has no value of it.
                None => without_value(*operator, literal),
            },
            Expr::Element(name, inner) => match self.attribute(name) {
                Some(attribute) => {
                    self.values(name, resource).iter().any(|element| self.holds_in(attribute, inner, element))
                }
                None => false,
            },
            Expr::Selected(name, inner, test) => self.selected(name, inner, test, resource),
        }
    }

    fn selected(&self, name: &str, inner: &Expr, test: &Expr, resource: &Value) -> bool {
        let Some(attribute) = self.attribute(name) else {
            return matches!(test, Expr::Compare(_, operator, literal) if without_value(*operator, literal));
        };
        let elements = self.values(name, resource);
        let chosen = elements.iter().filter(|element| self.holds_in(attribute, inner, element));
        let chosen: Vec<&Value> = chosen.copied().collect();
        let parts: Vec<&Value> = chosen.iter().flat_map(|element| part(attribute, name_of(test), element).1).collect();
        match test {
            Expr::Compare(sub, operator, literal) => {
                let sub = part(attribute, sub, &Value::Null).0;
                let parts = if settles_primary(sub, literal) { primary_or_not(&chosen) } else { parts };
                self.any(&parts, sub, *operator, literal)
            }
            _ => parts.into_iter().any(filled),
        }
    }

    fn holds_in(&self, owner: &Attribute, expr: &Expr, element: &Value) -> bool {
        match expr {
            Expr::And(terms) => terms.iter().all(|term| self.holds_in(owner, term, element)),
            Expr::Or(terms) => terms.iter().any(|term| self.holds_in(owner, term, element)),
            Expr::Not(inner) => !self.holds_in(owner, inner, element),
            Expr::Present(name) => part(owner, name, element).1.into_iter().any(filled),
            Expr::Compare(name, operator, literal) => {
                let (attribute, values) = part(owner, name, element);
                let values = if settles_primary(attribute, literal) { primary_or_not(&[element]) } else { values };
                self.any(&values, attribute, *operator, literal)
            }
            other => unreachable!("brackets in brackets: {other}"),
        }
    }

    /// One value compares so. Without any, only `ne` and `eq null` hold.
    fn any(&self, values: &[&Value], attribute: &Attribute, operator: Operator, literal: &Value) -> bool {
        match (operator, literal) {
            (Operator::Eq, Value::Null) => !values.iter().any(|value| filled(value)),
            (Operator::Ne, Value::Null) => values.iter().any(|value| filled(value)),
            (Operator::Ne, _) if values.is_empty() => true,
            _ => values.iter().any(|value| self.compares(value, attribute, operator, literal)),
        }
    }

    fn compares(&self, value: &Value, attribute: &Attribute, operator: Operator, literal: &Value) -> bool {
        let text = |value: &Value| match value {
            Value::String(text) if attribute.case_exact => text.clone(),
            Value::String(text) => fold(text),
            other => other.to_string(),
        };
        let order = match attribute.kind {
            Type::Boolean => value.as_bool().cmp(&literal.as_bool()),
            Type::Integer | Type::Decimal => numeric(value, literal),
            Type::DateTime => time(value).cmp(&time(literal)),
            Type::Reference if matches!(operator, Operator::Eq | Operator::Ne) => {
                self.place(&text(value)).cmp(&self.place(&text(literal)))
            }
            _ => {
                let (value, literal) = (text(value), text(literal));
                match operator {
                    Operator::Co => return value.contains(&literal),
                    Operator::Sw => return value.starts_with(&literal),
                    Operator::Ew => return value.ends_with(&literal),
                    _ => value.cmp(&literal),
                }
            }
        };
        match operator {
            Operator::Eq => order == Ordering::Equal,
            Operator::Ne => order != Ordering::Equal,
            Operator::Gt => order == Ordering::Greater,
            Operator::Ge => order != Ordering::Less,
            Operator::Lt => order == Ordering::Less,
            Operator::Le => order != Ordering::Greater,
            Operator::Co | Operator::Sw | Operator::Ew => unreachable!("not for {:?}", attribute.kind),
        }
    }

    /// An address without its base, if it is of one of the server's own resources.
    fn place(&self, address: &str) -> String {
        let path = self.base.splitn(4, '/').nth(3).unwrap();
        let rest = address.strip_prefix(self.base).or_else(|| address.strip_prefix(&format!("/{path}")));
        let rest = rest.unwrap_or(address).trim_start_matches(['.', '/']);
        let own = rest.starts_with("Users/") || rest.starts_with("Groups/");
        if own { rest.to_owned() } else { address.to_owned() }
    }

    fn attribute(&self, name: &str) -> Option<&Attribute> {
        match resolve_name(self.resource_type, name, &mut Stance::new(Mode::Compat)) {
            Ok(Resolved::Attribute(target)) => Some(target.leaf()),
            _ => None,
        }
    }

    /// What a name stands for in a comparison: a complex attribute for its `value`.
    fn compared(&self, name: &str) -> Option<(String, &Attribute)> {
        let attribute = self.attribute(name)?;
        match attribute.sub("value").filter(|_| attribute.kind == Type::Complex) {
            Some(value) => Some((format!("{name}.value"), value)),
            None => Some((name.to_owned(), attribute)),
        }
    }

    fn values<'v>(&self, name: &str, resource: &'v Value) -> Vec<&'v Value> {
        match resolve_name(self.resource_type, name, &mut Stance::new(Mode::Compat)) {
            Ok(Resolved::Attribute(target)) => {
                let holder = match target.extension {
                    Some(urn) => &resource[urn],
                    None => resource,
                };
                of(holder.get(&target.attribute.name), target.sub.map(|sub| sub.name.as_str()))
            }
            Ok(Resolved::Extension(extension)) => of(resource.get(&extension.schema.id), None),
            Err(_) => Vec::new(),
        }
    }
}

fn name_of(test: &Expr) -> &str {
    match test {
        Expr::Compare(name, ..) | Expr::Present(name) => name,
        other => unreachable!("no test of a sub-attribute: {other}"),
    }
}

/// A sub-attribute and the values an element has of it; of a simple element itself.
fn part<'a, 'v>(owner: &'a Attribute, name: &str, element: &'v Value) -> (&'a Attribute, Vec<&'v Value>) {
    match owner.sub(name).filter(|_| owner.kind == Type::Complex) {
        Some(sub) => (sub, of(Some(element), Some(&sub.name))),
        None => (owner, of(Some(element), None)),
    }
}

/// Whether values are asked which of them is the primary one.
fn settles_primary(attribute: &Attribute, literal: &Value) -> bool {
    attribute.name == "primary" && attribute.kind == Type::Boolean && !literal.is_null()
}

/// What each says of that; one that says nothing says no.
fn primary_or_not<'v>(elements: &[&'v Value]) -> Vec<&'v Value> {
    elements
        .iter()
        .map(|element| of(Some(element), Some("primary")).first().copied().unwrap_or(&Value::Bool(false)))
        .collect()
}

const fn without_value(operator: Operator, literal: &Value) -> bool {
    matches!((operator, literal), (Operator::Eq, Value::Null))
        || matches!(operator, Operator::Ne) && !matches!(literal, Value::Null)
}

fn of<'v>(value: Option<&'v Value>, sub: Option<&str>) -> Vec<&'v Value> {
    let listed = value.map(each).unwrap_or_default();
    let Some(sub) = sub else { return listed };
    let named = |element: &'v Value| {
        element.as_object().into_iter().flatten().find(|(key, _)| key.eq_ignore_ascii_case(sub)).map(|(_, held)| held)
    };
    listed.into_iter().filter_map(named).flat_map(each).collect()
}

fn each(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |elements| elements.iter().collect())
}

/// Not empty, or with something in it that is not.
fn filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(filled),
        Value::Object(members) => members.values().any(filled),
        _ => true,
    }
}

fn numeric(a: &Value, b: &Value) -> Ordering {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_f64().unwrap().total_cmp(&b.as_f64().unwrap()),
    }
}

fn time(value: &Value) -> chrono::DateTime<chrono::Utc> {
    value.as_str().and_then(instant::parse).unwrap()
}
