//! Values that must be unique by their schema. The rule is a key of the database; here is what it is asked, and what its
//! refusal means.

use std::collections::HashSet;

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

/// A resource about to be written, with what it had before.
struct Claimant<'a> {
    id: Uuid,
    new: &'a Document,
    old: &'a Document,
}

impl Domain {
    /// Gives a user the unique values its record has, and takes those from it that only `old` had.
    ///
    /// # Errors
    /// [`super::Error::Refused`] when another user has one of them.
    pub(super) async fn hold_user(&self, tx: &mut TenantTx, user: &User, old: &Document) -> Result<()> {
        let claimant = Claimant { id: user.id.uuid(), new: &user.record.attributes, old };
        hold(tx, self.schemas.user(), &[claimant]).await
    }

    /// The same for a group.
    ///
    /// # Errors
    /// [`super::Error::Refused`] when another group has one of them.
    pub(super) async fn hold_group(&self, tx: &mut TenantTx, group: &Group, old: &Document) -> Result<()> {
        let claimant = Claimant { id: group.id.uuid(), new: &group.record.attributes, old };
        hold(tx, self.schemas.group(), &[claimant]).await
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
        let (groups, old) = (tx.groups_by_id(ids).await?, Document::new());
        let all = groups.iter().map(|group| Claimant { id: group.id.uuid(), new: &group.record.attributes, old: &old });
        hold(tx, of, &all.collect::<Vec<_>>()).await
    }
}

/// A value, who is to have it, and whether they did not have it before.
struct Claim {
    by: Uuid,
    value: UniqueValue,
    fresh: bool,
}

/// Everything a resource is to have, if that differs from what it had.
fn claims(of: &ResourceType, claimant: &Claimant<'_>) -> Option<Vec<Claim>> {
    let (new, old) = (unique_values(of, claimant.new), unique_values(of, claimant.old));
    let had: HashSet<_> = old.iter().map(UniqueValue::identity).collect();
    let is_fresh = |value: &UniqueValue| !had.contains(&value.identity());
    if new.len() == old.len() && !new.iter().any(is_fresh) {
        return None;
    }
    let claim = |value: UniqueValue| Claim { by: claimant.id, fresh: is_fresh(&value), value };
    Some(new.into_iter().map(claim).collect())
}

async fn hold(tx: &mut TenantTx, of: &ResourceType, claimants: &[Claimant<'_>]) -> Result<()> {
    let (mut ids, mut wanted) = (Vec::new(), Vec::new());
    for claimant in claimants {
        if let Some(claims) = claims(of, claimant) {
            ids.push(claimant.id);
            wanted.extend(claims);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    let values = Values {
        resources: wanted.iter().map(|claim| claim.by).collect(),
        attributes: wanted.iter().map(|claim| claim.value.attribute.as_str()).collect(),
        keys: wanted.iter().map(|claim| claim.value.key.as_str()).collect(),
        within: wanted.iter().map(|claim| &claim.value.within).collect(),
        fresh: wanted.iter().map(|claim| claim.fresh).collect(),
    };
    match tx.hold_unique(&of.name, &ids, &values).await? {
        None => Ok(()),
        Some((attribute, key)) => {
            let taken = wanted.iter().find(|claim| claim.value.identity() == (attribute.as_str(), key.as_str()));
            Err(in_use(&attribute, taken.map(|claim| claim.value.shown.as_str()).unwrap_or_default()).into())
        }
    }
}

fn in_use(attribute: &str, value: &str) -> Refusal {
    let value = if value.is_empty() { "the value".to_owned() } else { format!("\"{}\"", shown(value)) };
    let detail = format!("{value} of \"{attribute}\" is already in use; it must be unique, so choose another");
    Refusal::new(RefusalKind::Uniqueness, detail)
}
