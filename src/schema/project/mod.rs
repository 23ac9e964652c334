//! The response direction: which attributes a client gets to see (RFC 7644 section 3.9), from `attributes` or
//! `excludedAttributes` and the schema's `returned`. It also gives a resource its order. It loads nothing; callers ask
//! [`Projection::wants`] before they do.

mod apply;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use super::{
    Document, Mode,
    definition::{Attribute, Returned},
    leniency::Stance,
    path::{Resolved, Target, resolve_name},
    refusal::Refusal,
    resource_type::{Located, ResourceType},
};

/// One thing named: an extension, an attribute, or a sub-attribute, in the spelling of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    extension: Option<String>,
    attribute: Option<String>,
    sub: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Choice {
    #[default]
    Default,
    Only(Vec<Named>),
    Except(Vec<Named>),
}

/// What to show.
#[derive(Debug, Clone)]
pub struct Projection {
    choice: Choice,
    on_request: Arc<[String]>,
    sent: Vec<String>,
}

impl Projection {
    /// What is shown when a client asks for nothing in particular.
    #[must_use]
    pub fn default_of(resource_type: &ResourceType) -> Self {
        Self { choice: Choice::Default, on_request: Arc::clone(&resource_type.on_request), sent: Vec::new() }
    }

    /// From the query parameters, comma-separated. Unknown names are ignored; a blank parameter is none.
    ///
    /// # Errors
    /// `invalidValue` when both are given.
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>, rt: &ResourceType) -> Result<Self, Refusal> {
        Self::from_names(attributes.map(|list| list.split(',')), excluded.map(|list| list.split(',')), rt)
    }

    /// From the lists of a SearchRequest; an empty list is none.
    ///
    /// # Errors
    /// `invalidValue` when both are given.
    pub fn from_lists(attributes: &[String], excluded: &[String], rt: &ResourceType) -> Result<Self, Refusal> {
        let names = |list: &'_ [String]| (!list.is_empty()).then(|| list.to_vec());
        let (only, except) = (names(attributes), names(excluded));
        Self::from_names(
            only.as_ref().map(|list| list.iter().map(String::as_str)),
            except.as_ref().map(|list| list.iter().map(String::as_str)),
            rt,
        )
    }

    fn from_names<'n>(
        attributes: Option<impl Iterator<Item = &'n str>>,
        excluded: Option<impl Iterator<Item = &'n str>>,
        resource_type: &ResourceType,
    ) -> Result<Self, Refusal> {
        let only = attributes.map(|names| non_blank(names)).filter(|names| !names.is_empty());
        let except = excluded.map(|names| non_blank(names)).filter(|names| !names.is_empty());
        let choice = match (only, except) {
            (Some(_), Some(_)) => {
                let detail = "\"attributes\" and \"excludedAttributes\" exclude each other; give one of them";
                return Err(Refusal::value(detail));
            }
            (Some(names), None) => Choice::Only(resolve_all(resource_type, &names)),
            (None, Some(names)) => Choice::Except(resolve_all(resource_type, &names)),
            (None, None) => Choice::Default,
        };
        Ok(Self { choice, on_request: Arc::clone(&resource_type.on_request), sent: Vec::new() })
    }

    /// Shows also these paths, which are returned on request and were sent by the client: a write answers with them
    /// (RFC 7643 section 7), unless the client chose attributes itself or excluded them.
    #[must_use]
    pub fn with_sent(self, sent: Vec<String>) -> Self {
        Self { sent, ..self }
    }

    /// Whether the attribute or sub-attribute (`members`, `members.display`, `urn:…:User:manager`), spelled as the schema
    /// does, will be shown if the resource has it. Attributes returned always are not looked at: there is no need to ask.
    #[must_use]
    pub fn wants(&self, path: &str) -> bool {
        let hidden = self.on_request.iter().any(|known| known == path);
        match &self.choice {
            Choice::Default => !hidden,
            Choice::Except(named) => !hidden && !named.iter().any(|named| named.covers(path)),
            Choice::Only(named) => named.iter().any(|named| {
                let exact = named.path() == path;
                if hidden { exact } else { exact || named.covers(path) || named.is_inside(path) }
            }),
        }
    }

    /// Whether `attributes` names the attribute or one of its sub-attributes.
    #[must_use]
    pub fn names(&self, path: &str) -> bool {
        let Choice::Only(named) = &self.choice else { return false };
        named.iter().any(|named| named.path() == path || named.is_inside(path))
    }

    /// Drops what is not shown and puts the rest in order: schemas, id, externalId, core attributes in the order of their
    /// schema, extensions, meta. Adds `schemas` when it is missing.
    pub fn apply(&self, resource_type: &ResourceType, resource: &mut Document) {
        apply::apply(self, resource_type, resource);
    }
}

/// Adds the paths of what is returned on request in a value of the attribute.
pub fn on_request(located: Located<'_>, value: &Value, paths: &mut Vec<String>) {
    if located.attribute.returned == Returned::Request {
        paths.push(located.path());
    }
    let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let has = |sub: &Attribute| elements.iter().any(|element| element.get(&sub.name).is_some());
    let subs = located.attribute.sub_attributes.iter().filter(|sub| sub.returned == Returned::Request && has(sub));
    paths.extend(subs.map(|sub| format!("{}.{}", located.path(), sub.name)));
}

impl Named {
    fn of(target: &Target<'_>) -> Self {
        Self {
            extension: target.extension.map(str::to_owned),
            attribute: Some(target.attribute.name.clone()),
            sub: target.sub.map(|sub| sub.name.clone()),
        }
    }

    fn path(&self) -> String {
        let urn = self.extension.as_deref().unwrap_or_default();
        let Some(attribute) = &self.attribute else { return urn.to_owned() };
        let colon = if urn.is_empty() { "" } else { ":" };
        let (dot, sub) = self.sub.as_ref().map_or(("", ""), |sub| (".", sub.as_str()));
        format!("{urn}{colon}{attribute}{dot}{sub}")
    }

    /// Whether the path is this, or something in it.
    fn covers(&self, path: &str) -> bool {
        path.strip_prefix(&self.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.']))
    }

    /// Whether this is something in the path.
    fn is_inside(&self, path: &str) -> bool {
        self.path().strip_prefix(path).is_some_and(|rest| rest.starts_with([':', '.']))
    }
}

fn non_blank<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    names.map(str::trim).filter(|name| !name.is_empty()).collect()
}

fn resolve_all(resource_type: &ResourceType, names: &[&str]) -> Vec<Named> {
    // A projection can do no harm, so it is read as compat in both modes (RFC 7644 section 3.9 leaves unknown names open).
    let mut stance = Stance::new(Mode::Compat);
    let resolved = names.iter().filter_map(|name| resolve_name(resource_type, name, &mut stance).ok());
    resolved
        .map(|resolved| match resolved {
            Resolved::Attribute(target) => Named::of(&target),
            Resolved::Extension(extension) => {
                Named { extension: Some(extension.schema.id.clone()), attribute: None, sub: None }
            }
        })
        .collect()
}
