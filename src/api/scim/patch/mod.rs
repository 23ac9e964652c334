//! PATCH (RFC 7644 section 3.5.2) as a pure function: operations, schema and document in, the changed document or a typed
//! refusal out. A request is first flattened, so that every operation names one attribute; each verb then has its file.
//! Operations on the members of a group never touch the document, they become a delta. It does no I/O and knows no HTTP.

mod add;
mod document;
mod envelope;
mod flatten;
mod membership;
mod operation;
mod profile;
mod remove;
mod replace;
#[cfg(test)]
mod tests;

use self::document::Editor;
pub use self::{
    envelope::MAX_OPERATIONS,
    membership::{Base, MembershipDelta},
    operation::Operation,
};
use crate::schema::{
    Document, Mode,
    input::Input,
    leniency::{Leniency, Stance},
    refusal::Refusal,
    resource_type::ResourceType,
};
use secrecy::SecretString;

/// A PATCH request, checked against a resource type.
#[derive(Debug)]
pub struct Patch {
    /// What happens to the document, in order; each names one attribute.
    pub document_operations: Vec<Operation>,
    /// What happens to the members.
    pub membership: Option<MembershipDelta>,
    /// A new password, which is never in the document; `Some(None)` removes it.
    pub password: Option<Option<SecretString>>,
    /// What was forgiven in reading it.
    pub leniencies: Vec<Leniency>,
    mode: Mode,
}

/// Reads a PATCH body: envelope, operations, paths and values.
///
/// # Errors
/// `invalidSyntax`, `invalidPath`, `invalidFilter`, `invalidValue`, `mutability`, `noTarget` (RFC 7644 table 9).
pub fn parse(body: Input<'_>, resource_type: &ResourceType, mode: Mode) -> Result<Patch, Refusal> {
    let mut stance = Stance::new(mode);
    let requests = envelope::read(body, &mut stance)?;
    let flat = flatten::Flattener::new(resource_type, &mut stance).all(requests)?;
    let membership = flat.membership.map(membership::Fold::into_delta);
    let leniencies = stance.into_used();
    Ok(Patch { document_operations: flat.operations, membership, password: flat.password, leniencies, mode })
}

impl Patch {
    /// Whether the document must be read (and perhaps written); otherwise the membership delta and the password are all
    /// there is.
    #[must_use]
    pub fn touches_document(&self) -> bool {
        !self.document_operations.is_empty()
    }

    /// The attributes of the document that it names, each with the URN of its extension.
    #[must_use]
    pub fn attributes(&self) -> Vec<(Option<String>, String)> {
        let places = self.document_operations.iter().filter_map(|operation| match operation {
            Operation::SameId(_) => None,
            Operation::Add(place, _) | Operation::Remove(place, _) | Operation::Replace(place, _) => Some(place),
        });
        places.map(|place| (place.extension.clone(), place.attribute.clone())).collect()
    }

    /// Applies the operations on the document, all or none. `resource_id` is what Okta's `"id"` in a value must equal.
    /// Answers what had to be forgiven on the way.
    ///
    /// # Errors
    /// `mutability`, `noTarget`, `invalidValue`; the document is then as it was.
    pub fn apply(
        &self,
        resource_type: &ResourceType,
        resource_id: &str,
        document: &mut Document,
    ) -> Result<Vec<Leniency>, Refusal> {
        let mut editor = Editor::new(resource_type, document.clone(), Stance::new(self.mode));
        for operation in &self.document_operations {
            match operation {
                Operation::SameId(id) => check_id(id, resource_id)?,
                Operation::Add(target, value) => add::apply(&mut editor, target, value)?,
                Operation::Remove(target, values) => remove::apply(&mut editor, target, values.as_deref())?,
                Operation::Replace(target, value) => replace::apply(&mut editor, target, value.as_ref())?,
            }
        }
        let (changed, used) = editor.finish(&self.document_operations)?;
        *document = changed;
        Ok(used)
    }
}

fn check_id(sent: &str, actual: &str) -> Result<(), Refusal> {
    if sent.eq_ignore_ascii_case(actual) {
        return Ok(());
    }
    Err(Refusal::mutability(
        "\"id\" is issued by the server and cannot be changed; leave it out or send the resource's own",
    ))
}
