//! Filters (RFC 7644 section 3.4.2.2) in stages, each with its own type: text, syntax tree, and the schema-checked
//! [`crate::model::filter::Filter`] the store turns into a predicate. Size and depth are bounded in the first stage, so
//! nothing later can be made to work hard. It runs no query.

mod across;
mod check;
mod evaluate;
pub(super) mod grammar;
pub(super) mod limits;
mod operators;
mod syntax;
#[cfg(test)]
mod tests;

pub use self::{
    across::compile_for_all,
    check::{check, check_element, eq_terms},
    evaluate::{matches, matches_element},
    limits::{MAX_BYTES, MAX_DEPTH, MAX_TERMS},
    syntax::Expr,
};
use super::{
    Mode,
    leniency::{Leniency, Stance},
    refusal::Refusal,
    resource_type::ResourceType,
};
use crate::model::filter::Filter;

/// Reads a filter into a syntax tree.
///
/// # Errors
/// `invalidFilter`, with the position, for bad syntax and for a filter over [`MAX_BYTES`], [`MAX_DEPTH`] or [`MAX_TERMS`].
pub fn parse(text: &str, mode: Mode) -> Result<Expr, Refusal> {
    read(text, &mut Stance::new(mode))
}

/// As [`parse`], recording what is forgiven.
///
/// # Errors
/// As [`parse`].
pub fn read(text: &str, stance: &mut Stance) -> Result<Expr, Refusal> {
    limits::check_text(text).map_err(|reason| Refusal::filter(format!("filter {reason}")))?;
    let expr = grammar::read(text, stance)?;
    limits::check_terms(&expr)?;
    Ok(expr)
}

/// Text to checked filter in one step, with what had to be forgiven.
///
/// # Errors
/// `invalidFilter`, as [`parse`] and [`check()`].
pub fn compile(text: &str, resource_type: &ResourceType, mode: Mode) -> Result<(Filter, Vec<Leniency>), Refusal> {
    let mut stance = Stance::new(mode);
    let expr = read(text, &mut stance)?;
    let filter = check::check_with(resource_type, &expr, &mut stance)?;
    Ok((filter, stance.into_used()))
}
