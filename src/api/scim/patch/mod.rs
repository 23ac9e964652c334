//! PATCH (RFC 7644 section 3.5.2) as a pure function: operations, schema and document in, the changed document or a typed
//! refusal out. Operations on the members of a group never touch the document; they become a delta.

use secrecy::SecretString;
use serde_json::Value;

use crate::schema::{
    Document, Mode, accept::MemberKind, leniency::Leniency, refusal::Refusal, resource_type::ResourceType,
};

/// What a membership delta starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Base {
    /// The members the group has.
    #[default]
    Keep,
    /// None.
    Clear,
}

/// The net effect of all member operations of a PATCH: the base, less `remove` and `remove_kinds`, plus `add`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MembershipDelta {
    /// Where it starts.
    pub base: Base,
    /// Ids to add, as sent, each once; never also in `remove`.
    pub add: Vec<String>,
    /// Ids to remove, as sent, each once; empty when the base is cleared.
    pub remove: Vec<String>,
    /// Kinds of member to remove before adding.
    pub remove_kinds: Vec<MemberKind>,
}

/// A PATCH request, checked against a resource type.
#[derive(Debug)]
pub struct Patch {
    /// What happens to the members.
    pub membership: Option<MembershipDelta>,
    /// A new password, which is never in the document; `Some(None)` removes it.
    pub password: Option<Option<SecretString>>,
    /// What was forgiven in reading it.
    pub leniencies: Vec<Leniency>,
}

/// Reads a PATCH body.
///
/// # Errors
/// `invalidSyntax`, `invalidPath`, `invalidFilter`, `invalidValue`, `mutability`, `noTarget` (RFC 7644 table 9).
pub fn parse(_body: Value, _resource_type: &ResourceType, _mode: Mode) -> Result<Patch, Refusal> {
    Err(Refusal::syntax("being built"))
}

impl Patch {
    /// Whether the document must be read (and perhaps written); otherwise the membership delta is all there is.
    #[must_use]
    pub fn touches_document(&self) -> bool {
        false
    }

    /// Applies the operations on the document, all or none. Answers what had to be forgiven on the way.
    ///
    /// # Errors
    /// `mutability`, `noTarget`, `invalidValue`; the document is then as it was.
    pub fn apply(
        &self,
        _rt: &ResourceType,
        _resource_id: &str,
        _document: &mut Document,
    ) -> Result<Vec<Leniency>, Refusal> {
        Ok(Vec::new())
    }
}
