//! The grammar of RFC 7644 figure 1, made precedence-aware: `or` binds loosest, then `and`, then `not` and grouping.
//! Nesting is bounded here, where the recursion is. Beyond the figure it reads `emails[…].value eq "x"`, which
//! Microsoft Entra ID sends, and a missing blank before a quoted literal, which the RFC itself prints.

use serde_json::{Number, Value};
use winnow::{
    ascii::Caseless,
    combinator::{alt, cut_err, eof, fail, not, opt, peek, preceded, repeat, terminated},
    error::{ContextError, ErrMode, ParseError, StrContext, StrContextValue},
    prelude::*,
    stream::Stateful,
    token::{one_of, take_while},
};

use super::{Expr, MAX_DEPTH, operators};
use crate::{
    model::filter::Operator,
    schema::{
        leniency::{Leniency, Stance},
        path::grammar::{attribute_path, sub_attribute, value_filter},
        refusal::{Refusal, shown},
    },
};

/// Text, and the state it is read with.
pub(in crate::schema) type Input<'i> = Stateful<&'i str, Reading>;
type Failure<'i> = ParseError<Input<'i>, ContextError>;

/// What reading carries along.
#[derive(Debug)]
pub(in crate::schema) struct Reading {
    stance: Stance,
    depth: usize,
}

/// The start of reading.
pub(in crate::schema) fn input<'i>(text: &'i str, stance: &Stance) -> Input<'i> {
    Input { input: text, state: Reading { stance: stance.clone(), depth: 0 } }
}

/// Reads a whole filter.
pub(super) fn read(text: &str, stance: &mut Stance) -> Result<Expr, Refusal> {
    let mut parser = preceded(blanks, terminated(disjunction, (blanks, eof)));
    let (expr, used) =
        run(&mut parser, input(text, stance)).map_err(|error| Refusal::filter(describe("filter", text, &error)))?;
    *stance = used;
    Ok(expr)
}

/// Runs a parser to the end of the input, and hands back the stance it ended with.
pub(in crate::schema) fn run<'i, O>(
    parser: &mut impl ModalParser<Input<'i>, O, ContextError>,
    input: Input<'i>,
) -> Result<(O, Stance), Failure<'i>> {
    let mut with_stance = |input: &mut Input<'i>| -> ModalResult<(O, Stance)> {
        let read = parser.parse_next(input)?;
        Ok((read, input.state.stance.clone()))
    };
    with_stance.parse(input)
}

/// Where reading stopped, and what would have been right.
pub(in crate::schema) fn describe(what: &str, text: &str, error: &Failure<'_>) -> String {
    let at = error.offset();
    let position = text.get(..at).map_or(at, |before| before.chars().count()) + 1;
    // The innermost context comes first.
    let mut expected = error.inner().context().filter_map(|context| match context {
        StrContext::Expected(value) => Some(value.to_string()),
        _ => None,
    });
    let expected = expected.next().unwrap_or_else(|| "\"and\", \"or\" or the end".to_owned());
    match text.get(at..).filter(|rest| !rest.is_empty()) {
        Some(rest) => {
            format!("{what} cannot be read at character {position}, \"{}\": expected {expected}", shown(rest))
        }
        None => format!("{what} \"{}\" ends too early: expected {expected}", shown(text)),
    }
}

pub(in crate::schema) fn blanks<'i>(input: &mut Input<'i>) -> ModalResult<&'i str> {
    take_while(0.., |c: char| c.is_ascii_whitespace()).parse_next(input)
}

const fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

/// A word that ends where it ends: `or`, not the start of `organization`.
fn word<'i>(text: &'static str) -> impl ModalParser<Input<'i>, &'i str, ContextError> {
    terminated(Caseless(text), not(one_of(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':'))))
}

/// Terms joined by `or`.
pub(in crate::schema) fn disjunction(input: &mut Input<'_>) -> ModalResult<Expr> {
    let first = conjunction.parse_next(input)?;
    let rest: Vec<Expr> =
        repeat(0.., preceded((blanks, word("or"), blanks), cut_err(conjunction))).parse_next(input)?;
    Ok(joined(first, rest, Expr::Or))
}

fn conjunction(input: &mut Input<'_>) -> ModalResult<Expr> {
    let first = term.parse_next(input)?;
    let rest: Vec<Expr> = repeat(0.., preceded((blanks, word("and"), blanks), cut_err(term))).parse_next(input)?;
    Ok(joined(first, rest, Expr::And))
}

fn joined(first: Expr, rest: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    if rest.is_empty() { first } else { join(std::iter::once(first).chain(rest).collect()) }
}

fn term(input: &mut Input<'_>) -> ModalResult<Expr> {
    alt((negation, group, on_attribute)).context(expected("an attribute, \"not (\" or \"(\"")).parse_next(input)
}

/// What stands in parentheses or brackets, one level deeper. A failure inside ends the reading, so the depth need not be
/// put back then.
pub(in crate::schema) fn nested(input: &mut Input<'_>) -> ModalResult<Expr> {
    input.state.depth += 1;
    if input.state.depth > MAX_DEPTH {
        return cut_err(fail).context(expected("at most 10 levels of nesting")).parse_next(input);
    }
    let expr = disjunction.parse_next(input)?;
    input.state.depth -= 1;
    Ok(expr)
}

fn group(input: &mut Input<'_>) -> ModalResult<Expr> {
    let open = ('(', blanks);
    let close = (blanks, ')').context(expected("\"and\", \"or\" or \")\""));
    preceded(open, cut_err(terminated(nested, close))).parse_next(input)
}

fn negation(input: &mut Input<'_>) -> ModalResult<Expr> {
    let inner = preceded((Caseless("not"), blanks, peek('(')), group);
    inner.map(|expr| Expr::Not(Box::new(expr))).parse_next(input)
}

fn on_attribute(input: &mut Input<'_>) -> ModalResult<Expr> {
    let attribute = attribute_path.parse_next(input)?.to_owned();
    if opt(peek('[')).parse_next(input)?.is_none() {
        let test = cut_err(test).parse_next(input)?;
        return Ok(test.on(attribute));
    }
    let filter = cut_err(value_filter).context(expected("a filter in brackets")).parse_next(input)?;
    let filter = Box::new(filter);
    let Some(sub) = opt(sub_attribute).parse_next(input)? else {
        return Ok(Expr::Element(attribute, filter));
    };
    let sub = sub.to_owned();
    let test = cut_err(test).parse_next(input)?;
    cut_err(|input: &mut Input<'_>| forgiven(input, Leniency::ValuePathCompared))
        .context(expected("the comparison inside the brackets, as in emails[type eq \"work\" and value eq \"x\"]"))
        .parse_next(input)?;
    Ok(Expr::Selected(attribute, filter, Box::new(test.on(sub))))
}

/// What is asked of an attribute.
enum Test {
    Present,
    Compare(Operator, Value),
}

impl Test {
    fn on(self, attribute: String) -> Expr {
        match self {
            Self::Present => Expr::Present(attribute),
            Self::Compare(operator, literal) => Expr::Compare(attribute, operator, literal),
        }
    }
}

const OPERATORS: &str = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le, pr)";

fn test(input: &mut Input<'_>) -> ModalResult<Test> {
    let blank = take_while(1.., |c: char| c.is_ascii_whitespace());
    let name = take_while(1.., |c: char| c.is_ascii_alphabetic());
    let known =
        name.verify_map(
            |name: &str| {
                if name.eq_ignore_ascii_case("pr") { Some(None) } else { operators::named(name).map(Some) }
            },
        );
    let operator = preceded(blank, known).context(expected(OPERATORS)).parse_next(input)?;
    match operator {
        None => Ok(Test::Present),
        Some(operator) => {
            if blanks.parse_next(input)?.is_empty() {
                cut_err(|input: &mut Input<'_>| forgiven(input, Leniency::MissingBlank))
                    .context(expected("a blank"))
                    .parse_next(input)?;
            }
            literal.map(|value| Test::Compare(operator, value)).parse_next(input)
        }
    }
}

fn literal(input: &mut Input<'_>) -> ModalResult<Value> {
    alt((quoted, single_quoted, bare))
        .context(expected("a value: a quoted string, a number, true, false or null"))
        .parse_next(input)
}

/// A JSON string, escapes and all.
fn quoted(input: &mut Input<'_>) -> ModalResult<Value> {
    let plain = take_while(1.., |c: char| c != '"' && c != '\\').void();
    let escape = ('\\', winnow::token::any).void();
    let text = ('"', repeat::<_, _, (), _, _>(0.., alt((plain, escape))), '"').take();
    text.verify_map(|json: &str| serde_json::from_str::<String>(json).ok().map(Value::String)).parse_next(input)
}

fn single_quoted(input: &mut Input<'_>) -> ModalResult<Value> {
    let text = winnow::combinator::delimited('\'', take_while(0.., |c: char| c != '\''), '\'').parse_next(input)?;
    forgiven(input, Leniency::SingleQuotedLiteral)?;
    Ok(Value::String(text.to_owned()))
}

/// A number, true, false, null, or a word that ought to have been quoted.
fn bare(input: &mut Input<'_>) -> ModalResult<Value> {
    let text = take_while(1.., is_bare).parse_next(input)?;
    let keyword = [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)];
    if let Some((known, value)) = keyword.into_iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(text)) {
        if known != text {
            forgiven(input, Leniency::LiteralCase)?;
        }
        return Ok(value);
    }
    if let Ok(number) = serde_json::from_str::<Number>(text) {
        return Ok(Value::Number(number));
    }
    forgiven(input, Leniency::UnquotedLiteral)?;
    Ok(Value::String(text.to_owned()))
}

/// What names, numbers, dates, addresses and URIs are made of. Braces and other signs of JSON are not among it: they are
/// a value of another type, not a string without its quotes.
fn is_bare(c: char) -> bool {
    c.is_alphanumeric()
        || matches!(c, '-' | '+' | '.' | '_' | ':' | '@' | '/' | '#' | '%' | '~' | '$' | '&' | '!' | '*')
}

fn forgiven(input: &mut Input<'_>, leniency: Leniency) -> Result<(), ErrMode<ContextError>> {
    if input.state.stance.is_strict() {
        return fail.parse_next(input);
    }
    input.state.stance.record(leniency);
    Ok(())
}
