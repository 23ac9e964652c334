//! Values that must be unique by their schema. The rule is a key of the database; here is what it is asked, and what its
//! refusal means.

use uuid::Uuid;

use super::{Domain, Result};
use crate::model::group::Group;
use crate::model::user::User;
use crate::schema::Document;
use crate::schema::refusal::{Refusal, RefusalKind, shown};
use crate::schema::resource_type::ResourceType;
use crate::schema::unique::{self, UniqueValue, unique_values};
use crate::store::TenantTx;
use crate::store::unique::Values;

/// Whether a resource has values that must be unique.
pub(super) fn has_unique(resource_type: &ResourceType, attributes: &Document) -> bool {
    !unique_values(resource_type, attributes).is_empty()
}

impl Domain {
    /// Gives a user the unique values its record has, and takes those from it that only `old` had.
    ///
    /// # Errors
    /// [`super::Error::Refused`] when another user has one of them.
    pub(super) async fn hold_user(&self, tx: &mut TenantTx, user: &User, old: &Document) -> Result<()> {
        let of = self.schemas.user();
        if !has_unique(of, &user.record.attributes) && !has_unique(of, old) {
            return Ok(());
        }
        hold(tx, of, &[(user.id.uuid(), &user.record.attributes)]).await
    }

    /// The same for a group.
    ///
    /// # Errors
    /// [`super::Error::Refused`] when another group has one of them.
    pub(super) async fn hold_group(&self, tx: &mut TenantTx, group: &Group, old: &Document) -> Result<()> {
        let of = self.schemas.group();
        if !has_unique(of, &group.record.attributes) && !has_unique(of, old) {
            return Ok(());
        }
        hold(tx, of, &[(group.id.uuid(), &group.record.attributes)]).await
    }

    /// The same for groups that are live again, whose records are read if there can be such values at all.
    ///
    /// # Errors
    /// [`super::Error::Refused`] when another group has one of them by now.
    pub(super) async fn hold_groups(&self, tx: &mut TenantTx, ids: &[Uuid]) -> Result<()> {
        let of = self.schemas.group();
        if !unique::can_be(of) {
            return Ok(());
        }
        let groups = tx.groups_by_id(ids).await?;
        let all: Vec<_> = groups.iter().map(|group| (group.id.uuid(), &group.record.attributes)).collect();
        hold(tx, of, &all).await
    }
}

async fn hold(tx: &mut TenantTx, of: &ResourceType, resources: &[(Uuid, &Document)]) -> Result<()> {
    let wanted: Vec<(Uuid, UniqueValue)> = resources
        .iter()
        .flat_map(|(id, attributes)| unique_values(of, attributes).into_iter().map(|value| (*id, value)))
        .collect();
    let values = Values {
        resources: wanted.iter().map(|(id, _)| *id).collect(),
        attributes: wanted.iter().map(|(_, value)| value.attribute.as_str()).collect(),
        keys: wanted.iter().map(|(_, value)| value.key.as_str()).collect(),
    };
    let ids: Vec<Uuid> = resources.iter().map(|(id, _)| *id).collect();
    let Some((attribute, key)) = tx.hold_unique(&of.name, &ids, &values).await? else { return Ok(()) };
    let sent = wanted.into_iter().find(|(_, value)| value.attribute == attribute && value.key == key);
    let value = sent.map(|(_, value)| value.shown).filter(|value| !value.is_empty());
    let value = value.map_or_else(|| "the value".to_owned(), |value| format!("\"{}\"", shown(value)));
    let detail = format!("{value} of \"{attribute}\" is already in use; it must be unique, so choose another");
    Err(Refusal::new(RefusalKind::Uniqueness, detail).into())
}
