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
    members::{MemberId, MemberKind, MemberList},
};
use super::{
    Document, Mode,
    definition::Type,
    input::Input,
    leniency::{Leniency, Stance},
    names,
    refusal::Refusal,
    resource_type::ResourceType,
};

/// A body as its sender wrote it, in canonical spelling. What it means depends on the resource it is to become.
#[derive(Debug)]
pub struct Received {
    document: Document,
    /// Paths of attributes that were sent without a value although nobody can see whether they have one.
    cleared: Vec<String>,
    /// The members, each once: `None` when the body does not name them, empty for `[]` and null.
    pub members: Option<MemberList>,
    /// The password, which is never in the document.
    pub password: Option<SecretString>,
    /// What was forgiven.
    pub leniencies: Vec<Leniency>,
}

/// Reads the body of a POST or PUT.
///
/// # Errors
/// `invalidSyntax` for a wrong structure, `invalidValue` for a value that does not fit.
pub fn read(resource_type: &ResourceType, body: Input<'_>, mode: Mode) -> Result<Received, Refusal> {
    let mut stance = Stance::new(mode);
    let received = Reader::new(resource_type, &mut stance).read(body)?;
    Ok(Received { leniencies: stance.into_used(), ..received })
}

impl Received {
    /// What was sent of the document.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// The document a POST creates (RFC 7644 section 3.3). An omitted `active` becomes true.
    ///
    /// # Errors
    /// `invalidValue` when something required is missing.
    pub fn create(&self, resource_type: &ResourceType) -> Result<Document, Refusal> {
        self.replace(resource_type, &Document::new())
    }

    /// The document a PUT puts in the place of `current` (RFC 7644 section 3.5.1). What is omitted is cleared, except that
    /// `active` stays as it is or becomes true, that immutable values stay, and that values which are never returned stay
    /// unless they were sent as null: who puts back what it has read cannot know them.
    ///
    /// # Errors
    /// As [`Self::create`], and `mutability` when an immutable value would change.
    pub fn replace(&self, resource_type: &ResourceType, current: &Document) -> Result<Document, Refusal> {
        let mut document = self.document.clone();
        complete::keep_immutable(resource_type, current, &mut document)?;
        complete::keep_unseen(resource_type, current, &self.cleared, &mut document);
        default_active(resource_type, current, &mut document);
        check_required(resource_type, &document)?;
        Ok(document)
    }
}

fn default_active(resource_type: &ResourceType, current: &Document, document: &mut Document) {
    let Some(active) = resource_type.core(names::ACTIVE).filter(|active| active.kind == Type::Boolean) else { return };
    if !document.contains_key(&active.name) {
        let kept = current.get(&active.name).cloned().unwrap_or(Value::Bool(true));
        document.insert(active.name.clone(), kept);
    }
}
