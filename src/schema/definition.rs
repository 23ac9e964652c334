//! Schemas and attributes as RFC 7643 sections 2.2 and 7 define them, parsed from their published JSON form. What a file
//! says is kept beside the parsed form, so that `/Schemas` serves the file and not our idea of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::names::NameIndex;
use crate::model::filter::Kind;

/// The type of an attribute's values (RFC 7643 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// Text.
    #[default]
    String,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Decimal,
    /// A number without fraction.
    Integer,
    /// A point in time, xsd:dateTime.
    DateTime,
    /// Base64 text.
    Binary,
    /// A URI.
    Reference,
    /// An object of sub-attributes.
    Complex,
}

impl Type {
    /// How filters compare values of this type. A complex attribute has no comparison of its own; [`Kind::Text`] stands in.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::String | Self::Reference | Self::Complex => Kind::Text,
            Self::Boolean => Kind::Boolean,
            Self::Decimal | Self::Integer => Kind::Number,
            Self::DateTime => Kind::Instant,
            Self::Binary => Kind::Binary,
        }
    }

    /// Whether values are numbers.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Decimal | Self::Integer)
    }

    /// What a client should send, for messages.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Boolean => "a boolean (true or false)",
            Self::Decimal => "a number",
            Self::Integer => "a number without fraction",
            Self::DateTime => "a date and time such as \"2026-01-31T12:00:00Z\"",
            Self::Binary => "a base64 string such as \"aGVsbG8=\"",
            Self::Reference => "a URI as a string",
            Self::Complex => "an object",
        }
    }
}

/// When a client may write an attribute (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Never.
    ReadOnly,
    /// At any time.
    #[default]
    ReadWrite,
    /// Once.
    Immutable,
    /// At any time, but it never comes back.
    WriteOnly,
}

/// When an attribute is in a response (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// Always, whatever was asked for.
    Always,
    /// Never.
    Never,
    /// Unless it was excluded.
    #[default]
    Default,
    /// Only when asked for by name.
    Request,
}

/// Where values must differ (RFC 7643 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// Nowhere.
    #[default]
    None,
    /// Within one tenant.
    Server,
    /// Everywhere the tenant's directory reaches, which is the tenant: two tenants have nothing in common.
    Global,
}

/// One attribute or sub-attribute. Characteristics a file leaves out have the defaults of RFC 7643 section 2.2; a key that
/// is none of these is a slip, which would leave the default in force unseen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attribute {
    /// The name, spelled as documents spell it.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type", default)]
    pub kind: Type,
    /// Whether it holds an array.
    #[serde(default)]
    pub multi_valued: bool,
    /// What it is, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
    /// The sub-attributes of a complex attribute.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
    /// Whether comparisons regard case. Text otherwise compares folded.
    #[serde(default)]
    pub case_exact: bool,
    /// The values a client should choose from; others are accepted in compat alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Who may write it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is shown.
    #[serde(default)]
    pub returned: Returned,
    /// Whether two resources may have the same value.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// What a reference may point at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
}

impl Attribute {
    /// The sub-attribute of that name, in any case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Self> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }

    /// Whether values are objects.
    #[must_use]
    pub fn is_complex(&self) -> bool {
        self.kind == Type::Complex
    }

    /// Whether clients cannot write it.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }
}

/// One schema: a URN and its attributes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// A short name.
    #[serde(default)]
    pub name: String,
    /// What it describes.
    #[serde(default)]
    pub description: String,
    /// Its attributes, in the order of the file.
    pub attributes: Vec<Attribute>,
    #[serde(skip)]
    index: NameIndex,
    #[serde(skip)]
    json: Value,
}

impl Schema {
    /// A schema whose parts have been checked, with the JSON it was read from.
    pub(super) fn new(id: String, name: String, description: String, attributes: Vec<Attribute>, json: Value) -> Self {
        let index = NameIndex::new(attributes.iter().map(|attribute| attribute.name.as_str()));
        Self { id, name, description, attributes, index, json }
    }

    /// The attribute of that name, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.index.find(name).and_then(|at| self.attributes.get(at))
    }

    /// What the file says, for `/Schemas`; `meta.location` in it is relative and wants the base URL of the tenant.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.json
    }
}
