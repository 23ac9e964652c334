//! One flattened operation: a verb, one attribute, a value already in the form its schema wants. Names are owned, so that a
//! patch can travel into a transaction without borrowing the schema.

use serde_json::Value;

use crate::{
    model::filter::Filter,
    schema::{path::Target, resource_type::Located},
};

/// What an operation does.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// The resource must have this id (Okta sends it along).
    SameId(String),
    /// RFC 7644 section 3.5.2.1.
    Add(Place, Value),
    /// RFC 7644 section 3.5.2.2; with the values listed, only those.
    Remove(Place, Option<Vec<Value>>),
    /// RFC 7644 section 3.5.2.3; without a value it unassigns.
    Replace(Place, Option<Value>),
}

/// Where it does it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The URN of the extension that holds the attribute.
    pub extension: Option<String>,
    /// The attribute; empty when the extension as a whole is meant.
    pub attribute: String,
    /// The sub-attribute.
    pub sub: Option<String>,
    /// Which elements.
    pub selection: Option<Selection>,
}

/// A value filter, ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// Which elements it selects.
    pub filter: Filter,
    /// What an element it describes looks like, when it is a conjunction of `eq` terms.
    pub template: Option<Value>,
    /// As the client wrote it, for messages.
    pub written: String,
    /// How many comparisons it makes on each element.
    pub terms: usize,
}

impl Place {
    /// An attribute as a whole.
    pub(super) fn whole(located: Located<'_>) -> Self {
        Self {
            extension: located.extension.map(str::to_owned),
            attribute: located.attribute.name.clone(),
            sub: None,
            selection: None,
        }
    }

    pub(super) fn of(target: &Target<'_>) -> Self {
        let located = Located { extension: target.extension, attribute: target.attribute };
        Self { sub: target.sub.map(|sub| sub.name.clone()), ..Self::whole(located) }
    }

    pub(super) fn extension(urn: &str) -> Self {
        Self { extension: Some(urn.to_owned()), attribute: String::new(), sub: None, selection: None }
    }

    /// In the notation of RFC 7644 section 3.10.
    #[must_use]
    pub fn path(&self) -> String {
        let urn = self.extension.as_ref().map_or_else(String::new, |urn| format!("{urn}:"));
        let filter = self.selection.as_ref().map_or_else(String::new, |selection| format!("[{}]", selection.written));
        let sub = self.sub.as_ref().map_or_else(String::new, |sub| format!(".{sub}"));
        format!("{urn}{}{filter}{sub}", self.attribute)
    }
}
