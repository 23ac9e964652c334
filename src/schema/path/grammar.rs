//! The grammar of paths: RFC 7644 figure 7, `PATH = attrPath / valuePath [subAttr]`. Names and URNs are one token here,
//! since only the schemas say where a URN ends.

use winnow::{
    combinator::{cut_err, eof, opt, preceded, terminated},
    error::{StrContext, StrContextValue},
    prelude::*,
    token::take_while,
};

use super::PathExpr;
use crate::schema::{
    filter::grammar::{self, Input, describe},
    leniency::Stance,
    refusal::Refusal,
};

/// An attribute path with or without URN: every character an attribute name (RFC 7643 section 2.1) or a URN may have, and
/// none that filters give another meaning.
pub(in crate::schema) fn attribute_path<'i>(input: &mut Input<'i>) -> ModalResult<&'i str> {
    (take_while(1, |c: char| c.is_ascii_alphabetic() || c == '$'), take_while(0.., is_path_character))
        .take()
        .context(StrContext::Expected(StrContextValue::Description("an attribute name")))
        .parse_next(input)
}

const fn is_path_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$' | ':' | '.' | '/' | '#' | '%' | '+' | '@' | '~')
}

/// The name after the dot.
pub(in crate::schema) fn sub_attribute<'i>(input: &mut Input<'i>) -> ModalResult<&'i str> {
    let name = take_while(1.., |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'));
    preceded('.', name).context(StrContext::Expected(StrContextValue::Description("a sub-attribute"))).parse_next(input)
}

/// `[filter]`.
pub(in crate::schema) fn value_filter(input: &mut Input<'_>) -> ModalResult<crate::schema::filter::Expr> {
    let close =
        (grammar::blanks, ']').context(StrContext::Expected(StrContextValue::Description("\"and\", \"or\" or \"]\"")));
    preceded(('[', grammar::blanks), cut_err(terminated(grammar::nested, close))).parse_next(input)
}

fn path(input: &mut Input<'_>) -> ModalResult<PathExpr> {
    let attribute = attribute_path.parse_next(input)?.to_owned();
    let filter = opt(value_filter).parse_next(input)?;
    let sub = if filter.is_some() { opt(sub_attribute).parse_next(input)?.map(str::to_owned) } else { None };
    Ok(PathExpr { attribute, filter, sub })
}

/// Reads a whole path.
pub(super) fn read(text: &str, stance: &mut Stance) -> Result<PathExpr, Refusal> {
    let mut parser = terminated(path, eof);
    let (read, used) = grammar::run(&mut parser, grammar::input(text, stance)).map_err(|error| {
        let inside = text.get(..error.offset()).is_some_and(|before| before.contains('[') && !before.contains(']'));
        let refuse = if inside { Refusal::filter } else { Refusal::path };
        refuse(describe("path", text, &error))
    })?;
    *stance = used;
    Ok(read)
}
