//! Which attribute a name means. URNs are split at the longest one known, in any case, because a URN itself has colons
//! and dots (RFC 7644 section 3.10).

use std::fmt;

use crate::{
    model::filter::Field,
    schema::{
        definition::{Attribute, Returned},
        leniency::{Leniency, Stance},
        names,
        refusal::{Refusal, shown},
        resource_type::{Extension, Located, ResourceType},
    },
};

/// What a path names.
#[derive(Debug, Clone)]
pub enum Resolved<'r> {
    /// An extension as a whole.
    Extension(&'r Extension),
    /// An attribute or sub-attribute.
    Attribute(Target<'r>),
}

impl PartialEq for Resolved<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Extension(a), Self::Extension(b)) => a.schema.id == b.schema.id,
            (Self::Attribute(a), Self::Attribute(b)) => a == b,
            _ => false,
        }
    }
}

/// An attribute and the place it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target<'r> {
    /// The URN of the extension that holds it; `None` for core and common attributes.
    pub extension: Option<&'r str>,
    /// The attribute.
    pub attribute: &'r Attribute,
    /// Its sub-attribute, if the path names one.
    pub sub: Option<&'r Attribute>,
}

impl<'r> Target<'r> {
    /// The attribute values are of: the sub-attribute if there is one.
    #[must_use]
    pub fn leaf(&self) -> &'r Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The attribute and its place, without the sub-attribute.
    #[must_use]
    pub const fn located(&self) -> Located<'r> {
        Located { extension: self.extension, attribute: self.attribute }
    }

    /// Whether it is the core or common attribute of that name, or in it.
    #[must_use]
    pub fn is_core(&self, name: &str) -> bool {
        self.extension.is_none() && self.attribute.name == name
    }

    /// In the notation of RFC 7644 section 3.10.
    #[must_use]
    pub fn path(&self) -> String {
        self.field().path()
    }

    /// For a filter.
    #[must_use]
    pub fn field(&self) -> Field {
        let leaf = self.leaf();
        Field {
            extension: self.extension.map(str::to_owned),
            attribute: self.attribute.name.clone(),
            sub: self.sub.map(|sub| sub.name.clone()),
            kind: leaf.kind.kind(),
            case_exact: leaf.case_exact,
            multi_valued: self.attribute.multi_valued,
            sub_multi_valued: self.sub.is_some_and(|sub| sub.multi_valued),
        }
    }

    /// The sub-attribute of that name.
    pub(super) fn sub_attribute(&self, name: &str) -> Result<&'r Attribute, Unresolved> {
        let missing = || {
            Unresolved(format!(
                "\"{}\" has no sub-attribute \"{}\"; /Schemas lists them",
                self.attribute.name,
                shown(name)
            ))
        };
        self.attribute.sub(name).ok_or_else(missing)
    }

    /// What a comparison with the attribute compares: a complex attribute stands for its `value`.
    ///
    /// # Errors
    /// When it is never returned, or is complex and has no `value`.
    pub fn comparable(mut self) -> Result<Self, Unresolved> {
        if self.attribute.returned == Returned::Never || self.leaf().returned == Returned::Never {
            return Err(Unresolved(format!("\"{}\" cannot be searched, for it is never returned", self.path())));
        }
        if self.leaf().is_complex() {
            let reason =
                || Unresolved(format!("\"{}\" is complex; name one of its sub-attributes", self.attribute.name));
            self.sub = Some(self.attribute.sub(names::VALUE).ok_or_else(reason)?);
        }
        Ok(self)
    }
}

/// Why a name means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unresolved(pub String);

impl From<Refusal> for Unresolved {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.detail)
    }
}

impl Unresolved {
    fn unknown(resource_type: &ResourceType, name: &dyn fmt::Display) -> Self {
        Self(format!("no attribute \"{}\" in the schemas of {}; /Schemas lists them", shown(name), resource_type.name))
    }
}

/// Finds what `[URN:]name[.sub]` means.
///
/// # Errors
/// When it is no attribute of the resource type; in strict mode also when an extension attribute lacks its URN.
pub fn resolve_name<'r>(
    resource_type: &'r ResourceType,
    text: &str,
    stance: &mut Stance,
) -> Result<Resolved<'r>, Unresolved> {
    let Some((urn, rest)) = split(resource_type, text) else {
        if text.contains(':') {
            return Err(Unresolved::unknown(resource_type, &text));
        }
        let (name, sub) = name_and_sub(text);
        let located = unqualified(resource_type, name, stance)?;
        return with_sub(located, sub).map(Resolved::Attribute);
    };
    let extension = resource_type.extension(urn);
    if rest.is_empty() {
        let core = || Unresolved(format!("\"{}\" is the core schema; name one of its attributes", shown(text)));
        return extension.map(Resolved::Extension).ok_or_else(core);
    }
    if rest.starts_with('.') {
        let strict = || Refusal::path(format!("write a colon, not a dot, between {urn} and the attribute"));
        stance.tolerate(Leniency::DotAfterUrn, strict)?;
    }
    let (name, sub) = name_and_sub(rest.get(1..).unwrap_or_default());
    let (place, attribute) = match extension {
        Some(extension) => (Some(extension.schema.id.as_str()), extension.schema.attribute(name)),
        None => (None, resource_type.core(name)),
    };
    let attribute = attribute.ok_or_else(|| Unresolved::unknown(resource_type, &text))?;
    with_sub(Located { extension: place, attribute }, sub).map(Resolved::Attribute)
}

/// The longest schema URN the text starts with, and what follows: nothing, `:name` or `.name`.
fn split<'r, 't>(resource_type: &'r ResourceType, text: &'t str) -> Option<(&'r str, &'t str)> {
    let extensions = resource_type.extensions.iter().map(|extension| extension.schema.id.as_str());
    let known = extensions.chain(std::iter::once(resource_type.schema.id.as_str()));
    let fitting = known.filter_map(|urn| names::strip_prefix(text, urn).map(|rest| (urn, rest)));
    let whole = fitting.filter(|(_, rest)| rest.is_empty() || rest.starts_with([':', '.']));
    whole.max_by_key(|(urn, _)| urn.len())
}

fn name_and_sub(text: &str) -> (&str, Option<&str>) {
    text.split_once('.').map_or((text, None), |(name, sub)| (name, Some(sub)))
}

fn unqualified<'r>(
    resource_type: &'r ResourceType,
    name: &str,
    stance: &mut Stance,
) -> Result<Located<'r>, Unresolved> {
    if let Some(attribute) = resource_type.core(name) {
        return Ok(Located { extension: None, attribute });
    }
    let located = resource_type.unqualified(name).ok_or_else(|| Unresolved::unknown(resource_type, &name))?;
    let urn = located.extension.unwrap_or_default();
    stance.tolerate(Leniency::UnqualifiedExtension, || Refusal::path(format!("write \"{urn}:{name}\"")))?;
    Ok(located)
}

fn with_sub<'r>(located: Located<'r>, sub: Option<&str>) -> Result<Target<'r>, Unresolved> {
    let mut target = Target { extension: located.extension, attribute: located.attribute, sub: None };
    if let Some(name) = sub {
        target.sub = Some(target.sub_attribute(name)?);
    }
    Ok(target)
}
