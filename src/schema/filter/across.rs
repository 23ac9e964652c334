//! One filter over several resource types (RFC 7644 section 3.4.2.1): an attribute that a type does not have is, there,
//! one without a value. An attribute that none of them has is refused, as it is for one type.

use super::{
    Expr, Filter, Refusal,
    check::{Check, name_of, walk},
};
use crate::{
    model::filter::Operator,
    schema::{
        Mode,
        address::{Addresses, Known},
        leniency::Leniency,
        leniency::Stance,
        path::resolve_name,
        resource_type::ResourceType,
    },
};

/// Text to checked filters, one a type in the order given, with what had to be forgiven. `addresses` are those of the
/// server's own resources.
///
/// # Errors
/// `invalidFilter`, with the position, for bad syntax and for a filter over [`super::MAX_BYTES`], [`super::MAX_DEPTH`] or
/// [`super::MAX_TERMS`]; as [`super::check_element`] for one that does not fit the schemas.
pub fn compile(
    text: &str,
    types: &[&ResourceType],
    addresses: Known<'_>,
    mode: Mode,
) -> Result<(Vec<Filter>, Vec<Leniency>), Refusal> {
    let mut stance = Stance::new(mode);
    let expr = super::read(text, &mut stance)?;
    let mut filters = Vec::with_capacity(types.len());
    for own in types {
        let mut check = Check { stance: &mut stance, addresses };
        filters.push(walk(&expr, &mut |leaf| {
            if has(own, leaf, mode) || !types.iter().any(|other| has(other, leaf, mode)) {
                check.resource(own, leaf)
            } else {
                Ok(without_value(leaf))
            }
        })?);
    }
    Ok((filters, stance.into_used()))
}

/// A tree that was put together rather than written, checked against one type.
///
/// # Errors
/// As [`super::check_element`] for one that does not fit the schemas.
pub fn check(own: &ResourceType, expr: &Expr, mode: Mode) -> Result<Filter, Refusal> {
    let mut stance = Stance::new(mode);
    let mut check = Check { stance: &mut stance, addresses: &Addresses::default };
    walk(expr, &mut |leaf| check.resource(own, leaf))
}

/// Whether the type has the attribute a leaf names.
fn has(resource_type: &ResourceType, leaf: &Expr, mode: Mode) -> bool {
    name_of(leaf).is_none_or(|name| resolve_name(resource_type, name, &mut Stance::new(mode)).is_ok())
}

/// What a leaf comes to where there is no value: only `ne` and `eq null` hold.
fn without_value(leaf: &Expr) -> Filter {
    match leaf {
        Expr::Selected(_, _, test) => without_value(test),
        Expr::Compare(_, Operator::Ne, literal) if !literal.is_null() => Filter::And(Vec::new()),
        Expr::Compare(_, Operator::Eq, literal) if literal.is_null() => Filter::And(Vec::new()),
        _ => Filter::Or(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::registry::tests::built_in;

    fn compile_both(text: &str) -> Result<Vec<Filter>, Refusal> {
        let registry = built_in();
        let types = [registry.user().as_ref(), registry.group().as_ref()];
        compile(text, &types, &Addresses::default, Mode::Compat).map(|(filters, _)| filters)
    }

    /// Whether the filter holds for every user, every group; `None` where it depends on the resource.
    fn held(text: &str) -> Vec<Option<bool>> {
        let constant = |filter: &Filter| match filter {
            Filter::And(terms) if terms.is_empty() => Some(true),
            Filter::Or(terms) if terms.is_empty() => Some(false),
            _ => None,
        };
        compile_both(text).unwrap().iter().map(constant).collect()
    }

    #[test]
    fn what_a_type_lacks_has_no_value() {
        assert_eq!(held("userName eq \"ada\""), [None, Some(false)]);
        assert_eq!(held("userName pr"), [None, Some(false)]);
        assert_eq!(held("userName ne \"ada\""), [None, Some(true)]);
        assert_eq!(held("title eq null"), [None, Some(true)]);
        assert_eq!(held("title ne null"), [None, Some(false)]);
        assert_eq!(held("members[value eq \"x\"]"), [Some(false), None]);
        assert_eq!(held("urn:ietf:params:scim:schemas:core:2.0:Group:members pr"), [Some(false), None]);
        assert_eq!(held("displayName eq \"x\""), [None, None]);
        assert_eq!(held("emails[type eq \"work\"].value ne \"x\""), [None, Some(true)]);
        assert_eq!(held("emails[type eq \"work\"].value co \"x\""), [None, Some(false)]);
    }

    #[test]
    fn what_no_type_has_or_no_operator_fits_is_refused() {
        for text in ["nosuch eq 1", "active gt true", "password pr", "userName eq"] {
            assert!(compile_both(text).is_err(), "{text}");
        }
    }
}
