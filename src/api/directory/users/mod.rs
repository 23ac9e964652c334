//! `/api/v1/tenants/{tenant_id}/users`: the users of a tenant, the same that SCIM provisions. Reading is here, writing in
//! `write`.

mod list;
mod show;
mod wire;
mod write;

pub(super) use list::List;
pub(super) use show::Show;
pub(super) use write::Write;

use super::error::Refusal;
use crate::api::native::refused::Fault;
use crate::domain::{Error, Thing};
use crate::model::ids::UserId;

/// The id in a path. Text that can be no id is answered as an id nobody has.
fn user_id(text: &str) -> Result<UserId, Refusal> {
    text.parse().map_err(|_| Error::NotFound(Thing::User).into())
}

/// A refusal in this API's names for attributes.
fn refusal(error: Error) -> Refusal {
    let native = |attribute| match attribute {
        "userName" => "user_name",
        "displayName" => "display_name",
        "externalId" => "external_id",
        other => other,
    };
    match error {
        Error::Taken { attribute, value } => Error::Taken { attribute: native(attribute), value }.into(),
        Error::Invalid { attribute, reason } => {
            let attribute = native(attribute);
            vec![Fault::field(attribute, "value_error", format!("{attribute} {reason}"))].into()
        }
        other => other.into(),
    }
}
