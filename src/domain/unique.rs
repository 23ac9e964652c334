//! Values that must be unique by their schema. The rule is a key of the database; here is what it is asked, and what its
//! refusal means.

use uuid::Uuid;

use super::{Domain, Result};
use crate::model::group::Group;
use crate::model::user::User;
use crate::schema::Document;
use crate::schema::refusal::{Refusal, RefusalKind, shown};
use crate::schema::resource_type::ResourceType;
use crate::schema::unique::{UniqueValue, unique_values};
use crate::store::TenantTx;
use crate::store::unique::Values;

impl Domain {
    /// Whether a new user has values that must be unique; those with a column of their own do not count.
    pub(super) fn has_unique(&self, resource_type: &ResourceType, attributes: &Document) -> bool {
        !unique_values(resource_type, attributes).is_empty()
    }

    /// Gives a user the unique values its record has, and takes those from it that only `old` had.
    ///
    /// # Errors
    /// [`super::Error::Refused`].
    pub(super) async fn hold_user(&self, tx: &mut TenantTx, user: &User, old: &Document) -> Result<()> {
        hold(tx, self.schemas.user(), user.id.uuid(), old, &user.record.attributes).await
    }

    /// The same for a group.
    ///
    /// # Errors
    /// [`super::Error::Refused`].
    pub(super) async fn hold_group(&self, tx: &mut TenantTx, group: &Group, old: &Document) -> Result<()> {
        hold(tx, self.schemas.group(), group.id.uuid(), old, &group.record.attributes).await
    }
}

async fn hold(tx: &mut TenantTx, of: &ResourceType, id: Uuid, old: &Document, new: &Document) -> Result<()> {
    let wanted = unique_values(of, new);
    if wanted.is_empty() && unique_values(of, old).is_empty() {
        return Ok(());
    }
    let values = Values {
        attributes: wanted.iter().map(|value| value.attribute.as_str()).collect(),
        keys: wanted.iter().map(|value| value.key.as_str()).collect(),
    };
    match tx.hold_unique(&of.name, id, &values).await? {
        None => Ok(()),
        Some((attribute, key)) => {
            let sent = wanted.into_iter().find(|value: &UniqueValue| value.attribute == attribute && value.key == key);
            let value = sent.map(|value| value.shown).filter(|value| !value.is_empty());
            let value = value.map_or_else(|| "the value".to_owned(), |value| format!("\"{}\"", shown(value)));
            let detail = format!("{value} of \"{attribute}\" is already in use; it must be unique");
            Err(Refusal::new(RefusalKind::Uniqueness, detail).into())
        }
    }
}
