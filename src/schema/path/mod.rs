//! Attribute paths (RFC 7644 sections 3.10 and 3.5.2), one grammar for filters, PATCH, projections and sorting. A path is
//! read without a schema and then resolved against a resource type; only here is decided which attribute a name means.

pub(super) mod grammar;
mod resolve;
#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

pub use self::resolve::{Resolved, Target, Unresolved, resolve_name};
use super::{
    filter::{self, Expr},
    leniency::Stance,
    refusal::Refusal,
    resource_type::ResourceType,
};
use crate::model::filter::{Field, Filter};

/// A path as written: `name.givenName`, `urn:…:User:manager`, `emails[type eq "work"].value`.
#[derive(Debug, Clone, PartialEq)]
pub struct PathExpr {
    /// The attribute, with URN and sub-attribute if the client wrote them.
    pub attribute: String,
    /// The value filter in brackets.
    pub filter: Option<Expr>,
    /// The sub-attribute after the brackets.
    pub sub: Option<String>,
}

impl fmt::Display for PathExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.attribute)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        self.sub.as_ref().map_or(Ok(()), |sub| write!(f, ".{sub}"))
    }
}

/// A path whose attribute is known.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedPath<'r> {
    /// What it names.
    pub target: Resolved<'r>,
    /// Which elements it selects.
    pub selection: Option<Selection>,
}

/// The value filter of a path, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// The filter over one element: `attribute` of its fields is empty, `sub` names the sub-attribute.
    pub filter: Filter,
    /// When the filter is a conjunction of `eq` terms: sub-attribute and value of each, as sent.
    pub terms: Option<Vec<(String, Value)>>,
}

/// Reads a path.
///
/// # Errors
/// `invalidPath`; `invalidFilter` when the part in brackets is wrong.
pub fn parse(text: &str, stance: &mut Stance) -> Result<PathExpr, Refusal> {
    filter::limits::check_text(text).map_err(|reason| Refusal::path(format!("path {reason}")))?;
    let path = grammar::read(text.trim(), stance)?;
    if let Some(expr) = &path.filter {
        filter::limits::check_terms(expr)?;
    }
    Ok(path)
}

/// Finds what a path names.
///
/// # Errors
/// `invalidPath` for an unknown attribute, or a value filter where there are no values to select from; `invalidFilter`
/// when the filter does not fit the attribute.
pub fn resolve<'r>(
    resource_type: &'r ResourceType,
    path: &PathExpr,
    stance: &mut Stance,
) -> Result<ResolvedPath<'r>, Refusal> {
    let refuse =
        |reason: &dyn fmt::Display| Refusal::path(format!("path \"{}\": {reason}", super::refusal::shown(path)));
    let mut resolved = resolve_name(resource_type, &path.attribute, stance).map_err(|reason| refuse(&reason))?;
    let Some(expr) = &path.filter else {
        return Ok(ResolvedPath { target: resolved, selection: None });
    };
    let Resolved::Attribute(target) = &mut resolved else {
        return Err(refuse(&"an extension has no values to select from"));
    };
    if target.sub.is_some() {
        return Err(refuse(&"a value filter goes after the attribute, before its sub-attribute"));
    }
    if let Some(name) = &path.sub {
        target.sub = Some(target.sub_attribute(name).map_err(|reason| refuse(&reason))?);
    }
    let filter = filter::check_element(target.attribute, expr, stance)?;
    let terms = filter::eq_terms(target.attribute, expr);
    Ok(ResolvedPath { target: resolved, selection: Some(Selection { filter, terms }) })
}

/// Reads and finds an attribute to sort by (RFC 7644 section 3.4.2.3): a complex attribute sorts by its `value`.
///
/// # Errors
/// `invalidPath` for what is no attribute, or cannot be ordered or shown.
pub fn sort_field(resource_type: &ResourceType, text: &str, stance: &mut Stance) -> Result<Field, Refusal> {
    let refuse =
        |reason: &dyn fmt::Display| Refusal::path(format!("sortBy \"{}\": {reason}", super::refusal::shown(text)));
    match resolve_name(resource_type, text.trim(), stance).map_err(|reason| refuse(&reason))? {
        Resolved::Attribute(target) => {
            target.comparable().map_err(|reason| refuse(&reason)).map(|target| target.field())
        }
        Resolved::Extension(_) => Err(refuse(&"an extension has no order; name one of its attributes")),
    }
}
