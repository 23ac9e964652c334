//! How much a filter may ask. The limits are checked on the text, before anything recurses over it.

use super::Expr;
use crate::schema::refusal::Refusal;

/// Longest filter or path, in bytes.
pub const MAX_BYTES: usize = 8 * 1024;
/// Deepest nesting of parentheses and brackets.
pub const MAX_DEPTH: usize = 10;
/// Most comparisons in one filter.
pub const MAX_TERMS: usize = 100;

/// Bounds length and nesting; says what is wrong, to follow "filter" or "path".
pub(in crate::schema) fn check_text(text: &str) -> Result<(), String> {
    if text.len() > MAX_BYTES {
        return Err(format!("has {} bytes; at most {MAX_BYTES} are accepted", text.len()));
    }
    if depth(text) > MAX_DEPTH {
        return Err(format!("is nested deeper than {MAX_DEPTH} levels"));
    }
    Ok(())
}

/// Every bracket counts, also those in quotes that the scan misjudges: it errs on the deep side only for text that opens
/// quotes it does not close, which is no filter anyway.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '(' | '[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            ')' | ']' => depth = depth.saturating_sub(1),
            '"' => skip_string(&mut characters),
            _ => {}
        }
    }
    deepest
}

fn skip_string(characters: &mut std::str::Chars<'_>) {
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '"' => return,
            _ => {}
        }
    }
}

/// Bounds the comparisons.
pub(in crate::schema) fn check_terms(expr: &Expr) -> Result<(), Refusal> {
    let terms = expr.terms();
    if terms > MAX_TERMS {
        return Err(Refusal::filter(format!("filter has {terms} comparisons; at most {MAX_TERMS} are accepted")));
    }
    Ok(())
}
