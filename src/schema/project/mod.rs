//! The response direction: which attributes a client gets to see (RFC 7644 section 3.9), from `attributes` or
//! `excludedAttributes` and the schema's `returned`. It also gives a resource its order. It loads nothing; callers ask
//! [`Projection::wants`] before they do.

mod layout;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;

pub use layout::{Holder, Layout, Parts, is_assigned, member, push};

use super::{
    Mode,
    leniency::Stance,
    path::{Resolved, Target, resolve_name},
    refusal::Refusal,
    resource_type::ResourceType,
};

/// One thing named: an extension, an attribute, or a sub-attribute, in the spelling of the schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Named {
    extension: Option<String>,
    attribute: Option<String>,
    sub: Option<String>,
    /// All of it, in the notation of RFC 7644 section 3.10.
    path: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
enum Choice {
    #[default]
    Default,
    Only(Vec<Named>),
    Except(Vec<Named>),
}

/// What the request gave that is being answered. Attributes returned on request are shown in the answer to the POST, PUT or
/// PATCH that gave them (RFC 7643 section 7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
enum Given {
    #[default]
    Nothing,
    Everything,
    /// Extension and attribute of each.
    Some(Vec<(Option<String>, String)>),
}

impl Given {
    fn has(&self, extension: Option<&str>, attribute: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::Some(given) => given.iter().any(|(urn, name)| urn.as_deref() == extension && name == attribute),
        }
    }
}

/// What to show.
#[derive(Debug, Clone)]
pub struct Projection {
    asked: Asked,
    on_request: Arc<[String]>,
}

/// By what a client asks, and gave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Asked {
    choice: Choice,
    given: Given,
}

impl Asked {
    /// How much there is to it.
    fn names(&self) -> usize {
        let chosen = match &self.choice {
            Choice::Default => 0,
            Choice::Only(named) | Choice::Except(named) => named.len(),
        };
        let given = if let Given::Some(given) = &self.given { given.len() } else { 0 };
        chosen + given
    }
}

/// The layouts that were asked for lately: clients ask for the same few over and over.
pub(in crate::schema) struct Layouts(Cache<Asked, Arc<Layout>>);

impl Layouts {
    /// So many are kept.
    const MOST: usize = 64;
    /// What is asked for by more names is worked out each time.
    const NAMES: usize = 16;

    fn get(&self, asked: &Asked, make: impl FnOnce() -> Layout) -> Arc<Layout> {
        if let Some(layout) = self.0.get(asked) {
            return layout;
        }
        let layout = Arc::new(make());
        if asked.names() <= Self::NAMES {
            self.0.insert(asked.clone(), Arc::clone(&layout));
        }
        layout
    }
}

impl Default for Layouts {
    fn default() -> Self {
        Self(Cache::new(Self::MOST))
    }
}

impl fmt::Debug for Layouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layouts")
    }
}

impl Projection {
    /// What is shown when a client asks for nothing in particular.
    #[must_use]
    pub fn default_of(resource_type: &ResourceType) -> Self {
        Self::new(Choice::Default, resource_type)
    }

    fn new(choice: Choice, resource_type: &ResourceType) -> Self {
        let asked = Asked { choice, given: Given::Nothing };
        Self { asked, on_request: Arc::clone(&resource_type.on_request) }
    }

    /// For the answer to a POST or PUT: what the resource has was given there.
    #[must_use]
    pub fn of_whole(self) -> Self {
        Self { asked: Asked { given: Given::Everything, ..self.asked }, ..self }
    }

    /// For the answer to a PATCH of these attributes, each with the URN of its extension.
    #[must_use]
    pub fn of_parts(self, attributes: Vec<(Option<String>, String)>) -> Self {
        Self { asked: Asked { given: Given::Some(attributes), ..self.asked }, ..self }
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
        Ok(Self::new(choice, resource_type))
    }

    /// Whether the attribute or sub-attribute (`members`, `members.display`, `urn:…:User:manager`), spelled as the schema
    /// does, will be shown if the resource has it. Attributes returned always are not looked at: there is no need to ask.
    #[must_use]
    pub fn wants(&self, path: &str) -> bool {
        let hidden = self.on_request.iter().any(|known| known == path);
        match &self.asked.choice {
            Choice::Default => !hidden,
            Choice::Except(named) => !hidden && !named.iter().any(|named| named.covers(path)),
            Choice::Only(named) => named.iter().any(|named| {
                let exact = named.path == path;
                if hidden { exact } else { exact || named.covers(path) || named.is_inside(path) }
            }),
        }
    }

    /// Whether `attributes` names the attribute or one of its sub-attributes.
    #[must_use]
    pub fn names(&self, path: &str) -> bool {
        let Choice::Only(named) = &self.asked.choice else { return false };
        named.iter().any(|named| named.path == path || named.is_inside(path))
    }

    /// How resources of the type are written: schemas, id, externalId, core attributes in the order of their schema,
    /// extensions, meta.
    #[must_use]
    pub fn layout(&self, resource_type: &ResourceType) -> Arc<Layout> {
        resource_type.layouts.get(&self.asked, || Layout::new(&self.asked, resource_type))
    }
}

impl Named {
    fn new(extension: Option<&str>, attribute: Option<&str>, sub: Option<&str>) -> Self {
        let urn = extension.unwrap_or_default();
        let path = match (attribute, sub) {
            (None, _) => urn.to_owned(),
            (Some(attribute), sub) => {
                let colon = if urn.is_empty() { "" } else { ":" };
                let (dot, sub) = sub.map_or(("", ""), |sub| (".", sub));
                format!("{urn}{colon}{attribute}{dot}{sub}")
            }
        };
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self { extension: owned(extension), attribute: owned(attribute), sub: owned(sub), path }
    }

    /// Whether the path is this, or something in it.
    fn covers(&self, path: &str) -> bool {
        path.strip_prefix(&self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '.']))
    }

    /// Whether this is something in the path.
    fn is_inside(&self, path: &str) -> bool {
        self.path.strip_prefix(path).is_some_and(|rest| rest.starts_with([':', '.']))
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
            Resolved::Attribute(Target { extension, attribute, sub }) => {
                Named::new(extension, Some(&attribute.name), sub.map(|sub| sub.name.as_str()))
            }
            Resolved::Extension(extension) => Named::new(Some(&extension.schema.id), None, None),
        })
        .collect()
}
