//! The syntax tree of a filter: what was written, before any schema is asked. Printing it gives a filter that reads back
//! as the same tree.

use std::fmt;

use serde_json::Value;

use super::operators;
use crate::model::filter::Operator;

/// A filter as written. Attributes are unresolved: URN, name and sub-attribute as one text.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// All hold; at least two.
    And(Vec<Expr>),
    /// One holds; at least two.
    Or(Vec<Expr>),
    /// The inner one does not hold.
    Not(Box<Expr>),
    /// `attribute op literal`; the literal is a JSON scalar.
    Compare(String, Operator, Value),
    /// `attribute pr`.
    Present(String),
    /// `attribute[filter]`.
    Element(String, Box<Expr>),
    /// `attribute[filter].sub op literal`, or `pr`: the test names the sub-attribute. Beyond the RFC; see the grammar.
    Selected(String, Box<Expr>, Box<Expr>),
}

impl Expr {
    /// How many comparisons it makes.
    #[must_use]
    pub fn terms(&self) -> usize {
        match self {
            Self::And(inner) | Self::Or(inner) => inner.iter().map(Self::terms).sum(),
            Self::Not(inner) | Self::Element(_, inner) => inner.terms(),
            Self::Selected(_, inner, test) => inner.terms() + test.terms(),
            Self::Compare(..) | Self::Present(_) => 1,
        }
    }

    fn joined(f: &mut fmt::Formatter<'_>, inner: &[Self], word: &str) -> fmt::Result {
        for (at, expr) in inner.iter().enumerate() {
            if at > 0 {
                write!(f, " {word} ")?;
            }
            // `and` inside `or` needs no parentheses; a nested list of the same kind does, to stay a list of its own.
            let bare = !matches!(expr, Self::Or(_)) && (word == "or" || !matches!(expr, Self::And(_)));
            if bare { write!(f, "{expr}")? } else { write!(f, "({expr})")? }
        }
        Ok(())
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(inner) => Self::joined(f, inner, "and"),
            Self::Or(inner) => Self::joined(f, inner, "or"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare(attribute, operator, literal) => {
                write!(f, "{attribute} {} {literal}", operators::keyword(*operator))
            }
            Self::Present(attribute) => write!(f, "{attribute} pr"),
            Self::Element(attribute, inner) => write!(f, "{attribute}[{inner}]"),
            Self::Selected(attribute, inner, test) => write!(f, "{attribute}[{inner}].{test}"),
        }
    }
}
