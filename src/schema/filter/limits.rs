//! How much a filter may ask. The length is checked on the text, the depth by the grammar before it recurses, so that
//! nothing walks a tree that is too large.

use super::Expr;
use crate::schema::refusal::Refusal;

/// Longest filter or path, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;
/// Deepest nesting of parentheses and brackets.
pub const MAX_DEPTH: usize = 10;
/// Most comparisons in one filter.
pub const MAX_TERMS: usize = 100;

/// Bounds the length; says what is wrong, to follow "filter" or "path".
pub(in crate::schema) fn check_text(text: &str) -> Result<(), String> {
    if text.len() > MAX_BYTES {
        return Err(format!("has {} bytes; at most {MAX_BYTES} are accepted", text.len()));
    }
    Ok(())
}

/// Bounds the comparisons.
pub(in crate::schema) fn check_terms(expr: &Expr) -> Result<(), Refusal> {
    let terms = expr.terms();
    if terms > MAX_TERMS {
        return Err(Refusal::filter(format!("filter has {terms} comparisons; at most {MAX_TERMS} are accepted")));
    }
    Ok(())
}
