//! The request direction of POST and PUT: what a client sent becomes a document in canonical spelling, or is refused with
//! the attribute named. Values are stored as sent; only their JSON type is brought in line with the schema. It does not
//! look anything up: whether a member exists or a name is free is for others to say.

mod canonical;
pub mod coerce;
mod complete;
pub mod members;
#[cfg(test)]
mod tests;

use secrecy::SecretString;
use serde_json::Value;

use self::canonical::Reader;
#[cfg(test)]
pub(crate) use self::tests::any_json;
pub use self::{
    complete::{check_required, is_blank},
    members::{MemberKind, MemberValue},
};
use super::{
    Document, Mode,
    definition::Type,
    leniency::{Leniency, Stance},
    names,
    refusal::Refusal,
    resource_type::ResourceType,
};

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

/// Accepts the body of a POST (RFC 7644 section 3.3). An omitted `active` becomes true.
///
/// # Errors
/// `invalidSyntax` for a wrong structure, `invalidValue` for a value that does not fit or a required one that is missing.
pub fn create(resource_type: &ResourceType, body: Document, mode: Mode) -> Result<Accepted, Refusal> {
    replace(resource_type, &Document::new(), body, mode)
}

/// Accepts the body of a PUT against the document it replaces (RFC 7644 section 3.5.1). What is omitted is cleared, except
/// that `active` stays as it is or becomes true, and immutable values stay. Without `password` the old one is meant to stay.
///
/// # Errors
/// As [`create`], and `mutability` when an immutable value would change.
pub fn replace(
    resource_type: &ResourceType,
    current: &Document,
    body: Document,
    mode: Mode,
) -> Result<Accepted, Refusal> {
    let mut stance = Stance::new(mode);
    let mut accepted = Reader::new(resource_type, &mut stance).read(body)?;
    complete::keep_immutable(resource_type, current, &mut accepted.document)?;
    default_active(resource_type, current, &mut accepted.document);
    check_required(resource_type, &accepted.document)?;
    accepted.leniencies = stance.into_used();
    Ok(accepted)
}

fn default_active(resource_type: &ResourceType, current: &Document, document: &mut Document) {
    let Some(active) = resource_type.core(names::ACTIVE).filter(|active| active.kind == Type::Boolean) else { return };
    if !document.contains_key(&active.name) {
        let kept = current.get(&active.name).cloned().unwrap_or(Value::Bool(true));
        document.insert(active.name.clone(), kept);
    }
}
