//! Filters (RFC 7644 section 3.4.2.2) in stages, each with its own type: text, syntax tree, and the schema-checked
//! [`crate::model::filter::Filter`] the store turns into a predicate. Size and depth are bounded in the first stage, so
//! nothing later can be made to work hard. It runs no query.

mod across;
mod check;
mod evaluate;
pub(super) mod grammar;
pub(super) mod limits;
mod literal;
mod operators;
mod syntax;
#[cfg(test)]
mod tests;

pub use self::{
    across::{check, compile},
    check::{check_element, eq_terms},
    evaluate::matches_element,
    limits::{MAX_BYTES, MAX_DEPTH, MAX_TERMS},
    syntax::Expr,
};
use super::{Mode, leniency::Stance, refusal::Refusal};
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
