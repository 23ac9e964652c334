//! A resource type (RFC 7643 section 6): its core schema, its extensions, and the common attributes every resource has.
//! It answers which attribute a name means; it does not read paths.

use std::sync::Arc;

use serde_json::Value;

use super::{
    definition::{Attribute, Returned, Schema},
    names,
    project::Layouts,
};

/// An extension schema bound to a resource type.
#[derive(Debug, Clone)]
pub struct Extension {
    /// The schema of the extension.
    pub schema: Arc<Schema>,
    /// Whether every resource of the type must have it.
    pub required: bool,
}

/// One kind of resource.
#[derive(Debug)]
pub struct ResourceType {
    /// `User` or `Group`.
    pub id: String,
    /// The name `meta.resourceType` shows; the same as `id`.
    pub name: String,
    /// Where it is served, relative to the SCIM base: `/Users`.
    pub endpoint: String,
    /// What it is, in words.
    pub description: String,
    /// The core schema.
    pub schema: Arc<Schema>,
    /// The extensions, those of the binding file first.
    pub extensions: Vec<Extension>,
    pub(super) common: Arc<Schema>,
    pub(super) on_request: Arc<[String]>,
    pub(super) layouts: Layouts,
    pub(super) json: Value,
}

/// An attribute together with the place it has in a resource.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Located<'r> {
    /// The URN of the extension that holds it; `None` for core and common attributes.
    pub extension: Option<&'r str>,
    /// The attribute.
    pub attribute: &'r Attribute,
}

impl Located<'_> {
    /// In the notation of RFC 7644 section 3.10.
    #[must_use]
    pub fn path(&self) -> String {
        let urn = self.extension.map_or_else(String::new, |urn| format!("{urn}:"));
        format!("{urn}{}", self.attribute.name)
    }
}

impl ResourceType {
    /// What `/ResourceTypes` serves; extensions bound by convention included.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.json
    }

    /// A core or common attribute by its name in any case.
    #[must_use]
    pub fn core(&self, name: &str) -> Option<&Attribute> {
        self.schema.attribute(name).or_else(|| self.common.attribute(name))
    }

    /// Whether this is the URN of the core schema, in any case.
    #[must_use]
    pub fn is_core_urn(&self, urn: &str) -> bool {
        self.schema.id.eq_ignore_ascii_case(urn)
    }

    /// An extension by its URN in any case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
    }

    /// The attribute at a place; the inverse of [`Located`].
    #[must_use]
    pub fn attribute(&self, extension: Option<&str>, name: &str) -> Option<&Attribute> {
        match extension {
            Some(urn) => self.extension(urn)?.schema.attribute(name),
            None => self.core(name),
        }
    }

    /// The extension attribute of that name, if exactly one extension has it.
    #[must_use]
    pub fn unqualified(&self, name: &str) -> Option<Located<'_>> {
        let mut found = self.extensions.iter().filter_map(|extension| {
            let attribute = extension.schema.attribute(name)?;
            Some(Located { extension: Some(&extension.schema.id), attribute })
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The common attributes (RFC 7643 section 3.1): `schemas`, `id`, `externalId`, `meta`.
    #[must_use]
    pub fn common(&self) -> &[Attribute] {
        &self.common.attributes
    }

    /// Every attribute: common, core, then those of the extensions.
    pub fn attributes(&self) -> impl Iterator<Item = Located<'_>> {
        let own = self.common.attributes.iter().chain(&self.schema.attributes);
        let own = own.map(|attribute| Located { extension: None, attribute });
        own.chain(self.extensions.iter().flat_map(|extension| {
            let urn = extension.schema.id.as_str();
            extension.schema.attributes.iter().map(move |attribute| Located { extension: Some(urn), attribute })
        }))
    }

    /// Whether values of the attribute are memberships, which are rows and in no document.
    #[must_use]
    pub fn keeps_in_rows(&self, located: &Located<'_>) -> bool {
        let attribute = located.attribute;
        located.extension.is_none()
            && attribute.name == names::MEMBERS
            && attribute.multi_valued
            && attribute.is_complex()
    }

    /// Paths of everything that is shown only when it is named.
    pub(super) fn shown_on_request(&self) -> Vec<String> {
        let mut paths = Vec::new();
        for located in self.attributes() {
            let hidden = |attribute: &Attribute| matches!(attribute.returned, Returned::Request | Returned::Never);
            if hidden(located.attribute) {
                paths.push(located.path());
            }
            let subs = located.attribute.sub_attributes.iter().filter(|sub| hidden(sub));
            paths.extend(subs.map(|sub| format!("{}.{}", located.path(), sub.name)));
        }
        paths
    }
}
