//! A filter that has already been checked against a schema: every field is known, every operator fits its type, every
//! value is typed and folded. Facades and the SCIM schema room build it, the store turns it into a predicate. It refuses
//! to know any syntax.

use chrono::{DateTime, Utc};

/// What a field holds, which decides how it is compared (RFC 7643 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text; compared as stored when `caseExact`, folded otherwise.
    Text,
    /// A decimal or an integer, compared as a number.
    Number,
    /// `true` or `false`; has no order (RFC 7644 section 3.4.2.2).
    Boolean,
    /// A point in time, compared as an instant whatever its offset.
    Instant,
    /// Base64 text; has no order.
    Binary,
}

/// One attribute of a resource, resolved: spelled as its schema spells it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// The URN of the extension that holds the attribute; `None` for the core schema and the common attributes.
    pub extension: Option<String>,
    /// The attribute. Empty inside [`Filter::Element`] when the element itself, a simple value, is meant.
    pub attribute: String,
    /// Its sub-attribute, if one is meant.
    pub sub: Option<String>,
    /// How values compare.
    pub kind: Kind,
    /// Whether letters compare with their case (RFC 7643 section 2.2, `caseExact`).
    pub case_exact: bool,
    /// Whether the attribute holds many values.
    pub multi_valued: bool,
    /// Whether its sub-attribute does, within each of them.
    pub sub_multi_valued: bool,
}

impl Field {
    /// A single-valued core attribute that compares without regard to case.
    #[must_use]
    pub fn core(attribute: &str, kind: Kind) -> Self {
        Self {
            extension: None,
            attribute: attribute.to_owned(),
            sub: None,
            kind,
            case_exact: false,
            multi_valued: false,
            sub_multi_valued: false,
        }
    }

    /// Whether there can be more than one value to compare.
    #[must_use]
    pub const fn has_many(&self) -> bool {
        self.multi_valued || self.sub_multi_valued
    }

    /// The attribute in the notation of RFC 7644 section 3.10, for messages.
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = self.extension.as_ref().map_or_else(String::new, |urn| format!("{urn}:"));
        path.push_str(&self.attribute);
        if let Some(sub) = &self.sub {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(sub);
        }
        path
    }
}

/// Attributes of groups that only native lists ask for; their names are in no schema, so SCIM cannot reach them.
pub mod native {
    /// How many direct members a group has now.
    pub const USER_COUNT: &str = "user_count";
    /// A scope the group grants, by itself or through a scope set.
    pub const SCOPE: &str = "scope";
}

/// A comparison operator (RFC 7644 table 3). `pr` is [`Filter::Present`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal: one value differs, or there is none.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

/// The right-hand side of a comparison, of the field's [`Kind`]. `null` never gets here: `eq null` is `not pr`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    /// Text, already folded unless the field is `caseExact`; base64 for [`Kind::Binary`].
    Text(String),
    /// A number as it was written.
    Number(serde_json::Number),
    /// A boolean.
    Boolean(bool),
    /// An instant in UTC.
    Instant(DateTime<Utc>),
    /// The address of a resource, in all spellings that mean the same one; first the one that answers show. Only for
    /// equality: for everything else an address is text.
    Address(Vec<String>),
}

/// A checked filter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Filter {
    /// All hold; with no terms it holds.
    And(Vec<Filter>),
    /// At least one holds; with no terms none does.
    Or(Vec<Filter>),
    /// The inner one does not hold; where a value is absent the inner one does not hold, so this does.
    Not(Box<Filter>),
    /// The field compares so with the literal; of many values any one does (RFC 7644 section 3.4.2.2).
    Compare(Field, Operator, Literal),
    /// The field has a value that is not empty.
    Present(Field),
    /// One and the same element of this multi-valued complex attribute satisfies the inner filter, whose fields name
    /// sub-attributes (`attribute` empty, `sub` set).
    Element(Field, Box<Filter>),
}

impl Filter {
    /// `field eq literal`, the look-up clients send.
    #[must_use]
    pub fn equals(field: Field, literal: Literal) -> Self {
        Self::Compare(field, Operator::Eq, literal)
    }

    /// Both filters hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut terms) => {
                terms.push(other);
                Self::And(terms)
            }
            first => Self::And(vec![first, other]),
        }
    }
}
