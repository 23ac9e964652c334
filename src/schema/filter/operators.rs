//! The operators of RFC 7644 table 3, and which of them each type of value has.

use crate::model::filter::{Kind, Operator};

const KEYWORDS: [(&str, Operator); 9] = [
    ("eq", Operator::Eq),
    ("ne", Operator::Ne),
    ("co", Operator::Co),
    ("sw", Operator::Sw),
    ("ew", Operator::Ew),
    ("gt", Operator::Gt),
    ("ge", Operator::Ge),
    ("lt", Operator::Lt),
    ("le", Operator::Le),
];

/// The operator of that name, in any case.
pub(super) fn named(word: &str) -> Option<Operator> {
    KEYWORDS.iter().find(|(keyword, _)| keyword.eq_ignore_ascii_case(word)).map(|(_, operator)| *operator)
}

/// How it is written.
pub(super) const fn keyword(operator: Operator) -> &'static str {
    match operator {
        Operator::Eq => "eq",
        Operator::Ne => "ne",
        Operator::Co => "co",
        Operator::Sw => "sw",
        Operator::Ew => "ew",
        Operator::Gt => "gt",
        Operator::Ge => "ge",
        Operator::Lt => "lt",
        Operator::Le => "le",
    }
}

/// Which operators a kind of value has; the rest are `invalidFilter` (RFC 7644 section 3.4.2.2 demands it for the order
/// of booleans and binaries, and is silent on parts of numbers and dates, which have no meaning).
pub(super) const fn fits(kind: Kind, operator: Operator) -> bool {
    match operator {
        Operator::Eq | Operator::Ne => true,
        Operator::Co | Operator::Sw | Operator::Ew => matches!(kind, Kind::Text),
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            matches!(kind, Kind::Text | Kind::Number | Kind::Instant)
        }
    }
}

/// The operators of a kind, for messages.
pub(super) const fn offered(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "eq, ne, co, sw, ew, gt, ge, lt, le, pr",
        Kind::Number | Kind::Instant => "eq, ne, gt, ge, lt, le, pr",
        Kind::Boolean | Kind::Binary => "eq, ne, pr",
    }
}
