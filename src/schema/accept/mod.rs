//! The request direction of POST and PUT: what a client sent becomes a document in canonical spelling, or is refused with
//! the attribute named. Values are stored as sent; only their JSON type is brought in line with the schema. It does not
//! look anything up: whether a member exists or a name is free is for others to say.

use secrecy::SecretString;

use super::{Document, Mode, leniency::Leniency, refusal::Refusal, resource_type::ResourceType};

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A user.
    User,
    /// A group.
    Group,
}

/// One member as a client names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MemberValue {
    /// The id, as sent; not checked.
    pub value: String,
    /// What the client says it is.
    pub kind: Option<MemberKind>,
}

/// An accepted body.
#[derive(Debug)]
pub struct Accepted {
    /// What to store.
    pub document: Document,
    /// The members, each once: `None` when the body does not name them, empty for `[]` and null.
    pub members: Option<Vec<MemberValue>>,
    /// The password, which is never in the document.
    pub password: Option<SecretString>,
    /// What was forgiven.
    pub leniencies: Vec<Leniency>,
}

/// Accepts the body of a POST (RFC 7644 section 3.3).
///
/// # Errors
/// `invalidSyntax` for a wrong structure, `invalidValue` for a value that does not fit or a required one that is missing.
pub fn create(_resource_type: &ResourceType, _body: Document, _mode: Mode) -> Result<Accepted, Refusal> {
    Err(Refusal::syntax("being built"))
}

/// Accepts the body of a PUT against the document it replaces (RFC 7644 section 3.5.1).
///
/// # Errors
/// As [`create`], and `mutability` when an immutable value would change.
pub fn replace(
    _resource_type: &ResourceType,
    _current: &Document,
    _body: Document,
    _mode: Mode,
) -> Result<Accepted, Refusal> {
    Err(Refusal::syntax("being built"))
}
