//! From syntax tree to checked filter: attributes are resolved, operators fit their type, literals are typed and folded.
//! What this lets through the store can answer; everything else is `invalidFilter` naming the attribute.

use serde_json::Value;

use super::{Expr, literal::Comparison, operators};
use crate::{
    model::filter::{Field, Filter, Kind, Literal, Operator},
    schema::{
        address::{Addresses, Known},
        definition::{Attribute, Returned},
        leniency::Stance,
        names,
        path::{Resolved, resolve_name},
        refusal::{Refusal, shown},
        resource_type::ResourceType,
    },
};

/// Checks the filter of a value path, whose names are sub-attributes. Values of a simple attribute are called `value`.
///
/// # Errors
/// `invalidFilter`: an unknown attribute, one that is never returned, an operator its type does not have (RFC 7644
/// section 3.4.2.2), a literal of another type.
pub fn check_element(attribute: &Attribute, expr: &Expr, stance: &mut Stance) -> Result<Filter, Refusal> {
    Check { stance, addresses: &Addresses::default }.element(attribute, expr)
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

/// Carries the connectives over; their leaves are for `leaf`.
pub(super) fn walk(expr: &Expr, leaf: &mut dyn FnMut(&Expr) -> Result<Filter, Refusal>) -> Result<Filter, Refusal> {
    let mut list = |inner: &[Expr]| inner.iter().map(|term| walk(term, leaf)).collect::<Result<Vec<_>, _>>();
    match expr {
        Expr::And(inner) => list(inner).map(Filter::And),
        Expr::Or(inner) => list(inner).map(Filter::Or),
        Expr::Not(inner) => walk(inner, leaf).map(negated),
        Expr::Compare(..) | Expr::Present(_) | Expr::Element(..) | Expr::Selected(..) => leaf(expr),
    }
}

/// The attribute a leaf names.
pub(super) fn name_of(leaf: &Expr) -> Option<&str> {
    match leaf {
        Expr::Compare(name, ..) | Expr::Present(name) | Expr::Element(name, _) | Expr::Selected(name, ..) => Some(name),
        Expr::And(_) | Expr::Or(_) | Expr::Not(_) => None,
    }
}

fn negated(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

fn refused(reason: impl std::fmt::Display) -> Refusal {
    Refusal::filter(format!("filter: {reason}"))
}

/// How a filter is judged, and what is forgiven on the way.
pub(super) struct Check<'c> {
    pub(super) stance: &'c mut Stance,
    pub(super) addresses: Known<'c>,
}

impl Check<'_> {
    /// Checks a filter against a resource type.
    pub(super) fn resource(&mut self, resource_type: &ResourceType, expr: &Expr) -> Result<Filter, Refusal> {
        walk(expr, &mut |leaf| self.resource_leaf(resource_type, leaf))
    }

    fn element(&mut self, attribute: &Attribute, expr: &Expr) -> Result<Filter, Refusal> {
        walk(expr, &mut |leaf| self.element_leaf(attribute, leaf))
    }

    fn resource_leaf(&mut self, resource_type: &ResourceType, leaf: &Expr) -> Result<Filter, Refusal> {
        let name = name_of(leaf).unwrap_or_default();
        let target = match resolve_name(resource_type, name, self.stance).map_err(refused)? {
            Resolved::Attribute(target) => target,
            Resolved::Extension(extension) => return extension_leaf(&extension.schema.id, leaf),
        };
        let (attribute, field) = (target.attribute, target.field());
        match leaf {
            Expr::Element(..) | Expr::Selected(..)
                if target.sub.is_some() || !attribute.is_complex() && !attribute.multi_valued =>
            {
                Err(refused(format!("\"{}\" has no values to select from", shown(name))))
            }
            Expr::Element(_, inner) => {
                searchable(attribute)?;
                Ok(element_of(&field, self.element(attribute, inner)?))
            }
            Expr::Selected(_, inner, test) => {
                searchable(attribute)?;
                let inner = self.element(attribute, inner)?;
                self.selected(attribute, &field, &inner, test)
            }
            Expr::Compare(_, operator, literal) => {
                let target = target.comparable().map_err(refused)?;
                self.comparison(target.field(), target.leaf(), *operator, literal)
            }
            _ => {
                searchable(target.leaf())?;
                searchable(attribute)?;
                Ok(Filter::Present(field))
            }
        }
    }

    /// `a[f].s op x` asks the values that `s` has in the elements `f` selects: one of them compares so. As with any other
    /// attribute, `ne` also holds where there is no value, `eq null` only there.
    fn selected(&mut self, owner: &Attribute, field: &Field, inner: &Filter, test: &Expr) -> Result<Filter, Refusal> {
        let with = |test: Filter| element_of(field, inner.clone().and(test));
        match test {
            Expr::Compare(name, Operator::Eq, Value::Null) => {
                Ok(negated(with(self.element(owner, &Expr::Present(name.clone()))?)))
            }
            Expr::Compare(name, Operator::Ne, literal) if !literal.is_null() => {
                let assigned = assigned(self.element(owner, &Expr::Present(name.clone()))?);
                let differs = assigned.clone().and(self.element(owner, test)?);
                Ok(Filter::Or(vec![with(differs), negated(with(assigned))]))
            }
            _ => Ok(with(self.element(owner, test)?)),
        }
    }

    fn element_leaf(&mut self, attribute: &Attribute, leaf: &Expr) -> Result<Filter, Refusal> {
        let name = name_of(leaf).unwrap_or_default();
        if matches!(leaf, Expr::Element(..) | Expr::Selected(..)) {
            return Err(refused(format!("\"{}[…]\" cannot stand inside brackets", shown(name))));
        }
        let (inner, sub) = if attribute.is_complex() {
            let missing = || refused(format!("\"{}\" has no sub-attribute \"{}\"", attribute.name, shown(name)));
            let inner = attribute.sub(name).ok_or_else(missing)?;
            (inner, Some(inner.name.clone()))
        } else if name.eq_ignore_ascii_case(names::VALUE) {
            (attribute, None)
        } else {
            return Err(refused(format!("the values of \"{}\" are simple; call them \"value\"", attribute.name)));
        };
        searchable(inner)?;
        let field = Field {
            sub,
            case_exact: inner.case_exact,
            sub_multi_valued: inner.multi_valued && attribute.is_complex(),
            ..Field::core("", inner.kind.kind())
        };
        match leaf {
            Expr::Compare(_, operator, literal) => self.comparison(field, inner, *operator, literal),
            _ => Ok(Filter::Present(field)),
        }
    }

    fn comparison(
        &mut self,
        field: Field,
        attribute: &Attribute,
        operator: Operator,
        literal: &Value,
    ) -> Result<Filter, Refusal> {
        let name = if field.attribute.is_empty() { attribute.name.clone() } else { field.path() };
        let written = operators::keyword(operator);
        match (operator, literal) {
            // RFC 7643 section 2.5: null is the state of having no value.
            (Operator::Eq, Value::Null) => return Ok(negated(Filter::Present(field))),
            (Operator::Ne, Value::Null) => return Ok(Filter::Present(field)),
            (_, Value::Null) => {
                return Err(refused(format!("\"{name}\" cannot be compared with null by {written}")));
            }
            _ => {}
        }
        if !operators::fits(field.kind, operator) {
            let offered = operators::offered(field.kind);
            return Err(refused(format!("\"{name}\" has no operator {written}; it has {offered}")));
        }
        let comparison = Comparison { field: &field, attribute, operator, addresses: self.addresses };
        let literal = comparison.literal(literal, self.stance).map_err(|wrong| {
            let expected = attribute.kind.expected();
            refused(format!("\"{name}\" is compared with {wrong}; it takes {expected}"))
        })?;
        Ok(match literal {
            Literal::Boolean(wanted) if is_primary(&field) => primary(field, operator, wanted),
            literal => Filter::Compare(field, operator, literal),
        })
    }
}

/// Whether this tells which of many values is the primary one.
fn is_primary(field: &Field) -> bool {
    let of_many = field.attribute.is_empty() || field.multi_valued;
    of_many && field.kind == Kind::Boolean && field.sub.as_deref() == Some(names::PRIMARY)
}

/// A value that does not say whether it is the primary one is not (RFC 7643 section 2.4), so there is nothing between
/// true and false here.
fn primary(field: Field, operator: Operator, wanted: bool) -> Filter {
    let is = if (operator == Operator::Eq) == wanted { Operator::Eq } else { Operator::Ne };
    let test = |field| Filter::Compare(field, is, Literal::Boolean(true));
    if field.attribute.is_empty() || (operator, wanted) == (Operator::Eq, true) {
        return test(field);
    }
    let owner = Field { sub: None, kind: Kind::Text, sub_multi_valued: false, ..field.clone() };
    let within = Field { sub: field.sub, ..Field::core("", Kind::Boolean) };
    let one = element_of(&owner, test(within));
    match operator {
        Operator::Ne => Filter::Or(vec![one, negated(Filter::Present(owner))]),
        _ => one,
    }
}

/// A value that is there, be it empty: `pr` does not count empty text. Whether a value is the primary one is never open.
fn assigned(present: Filter) -> Filter {
    match present {
        Filter::Present(field) if is_primary(&field) => Filter::And(Vec::new()),
        Filter::Present(field) if matches!(field.kind, Kind::Text | Kind::Binary) => {
            Filter::Or(vec![Filter::equals(field.clone(), Literal::Text(String::new())), Filter::Present(field)])
        }
        other => other,
    }
}

fn element_of(field: &Field, inner: Filter) -> Filter {
    Filter::Element(field.clone(), Box::new(inner))
}

/// An extension as a whole can only be asked after: `urn:…:User pr`.
fn extension_leaf(urn: &str, leaf: &Expr) -> Result<Filter, Refusal> {
    if !matches!(leaf, Expr::Present(_)) {
        return Err(refused(format!("\"{urn}\" is an extension; name one of its attributes")));
    }
    Ok(Filter::Present(Field { extension: Some(urn.to_owned()), ..Field::core("", Kind::Text) }))
}

fn searchable(attribute: &Attribute) -> Result<(), Refusal> {
    if attribute.returned == Returned::Never {
        return Err(refused(format!("\"{}\" cannot be searched", attribute.name)));
    }
    Ok(())
}
