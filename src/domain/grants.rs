//! What groups grant: it is part of a group's record, changes with it and counts in its version, but is read and shown
//! only where it matters, by the Launch API.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Domain, Error, Result};
use crate::model::grants::{GrantChange, Grants, MAX_SCOPES, is_scope};
use crate::model::ids::GroupId;
use crate::model::principal::TenantScope;
use crate::store::TenantTx;

impl Domain {
    /// What each of these groups grants; nothing for ids that are no groups.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn grants(&self, scope: &TenantScope, groups: &[GroupId]) -> Result<BTreeMap<GroupId, Grants>> {
        if groups.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids: Vec<Uuid> = groups.iter().map(|id| id.uuid()).collect();
        Ok(self.store.statements(scope).await?.grants_of(&ids).await?.into_iter().collect())
    }
}

/// Writes what a locked group is to grant. What comes back belongs into the group's event: the attributes that changed,
/// as they were and as they are; both empty when nothing did.
pub(super) async fn carry_out(
    tx: &mut TenantTx,
    group: GroupId,
    change: &GrantChange,
) -> Result<(Map<String, Value>, Map<String, Value>)> {
    let (mut before, mut after) = (Map::new(), Map::new());
    if change.is_empty() {
        return Ok((before, after));
    }
    let change = checked(tx, change).await?;
    let was = current(tx, group).await?;
    if !tx.write_grants(group, &change).await? {
        return Ok((before, after));
    }
    let is = current(tx, group).await?;
    let mut tell = |name: &str, old: Value, new: Value| {
        if old != new {
            before.insert(name.to_owned(), old);
            after.insert(name.to_owned(), new);
        }
    };
    tell("scopes", json!(was.scopes), json!(is.scopes));
    tell("scope_sets", ids(&was), ids(&is));
    Ok((before, after))
}

async fn current(tx: &mut TenantTx, group: GroupId) -> Result<Grants> {
    Ok(tx.grants_of(&[group.uuid()]).await?.pop().map(|(_, grants)| grants).unwrap_or_default())
}

fn ids(grants: &Grants) -> Value {
    grants.sets.iter().map(|set| Value::String(set.id.to_string())).collect()
}

/// The change with each scope and set once, after each was found to be one.
async fn checked(tx: &mut TenantTx, change: &GrantChange) -> Result<GrantChange> {
    let scopes = change.scopes.as_ref().map(|scopes| distinct(scopes));
    check_scopes("scopes", scopes.as_deref().unwrap_or_default())?;
    let sets = change.sets.as_ref().map(|sets| distinct(sets));
    let unknown = match &sets {
        Some(sets) if !sets.is_empty() => {
            tx.unknown_scope_sets(&sets.iter().map(|id| id.uuid()).collect::<Vec<_>>()).await?
        }
        _ => Vec::new(),
    };
    if !unknown.is_empty() {
        let named = unknown.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(Error::Invalid {
            attribute: "scope_sets",
            reason: format!("name no scope set of the tenant: {named}"),
        });
    }
    Ok(GrantChange { scopes, sets })
}

/// Refuses what is no list of scopes (RFC 6749 section 3.3).
pub(super) fn check_scopes(attribute: &'static str, scopes: &[String]) -> Result<()> {
    if scopes.len() > MAX_SCOPES {
        return Err(Error::Invalid {
            attribute,
            reason: format!("has {} entries; at most {MAX_SCOPES} fit", scopes.len()),
        });
    }
    match scopes.iter().find(|scope| !is_scope(scope)) {
        Some(odd) => {
            let odd: String = odd.chars().take(80).collect();
            let reason =
                format!("has \"{odd}\", which is no scope: 1 to 256 characters of ASCII without blanks, \" and \\");
            Err(Error::Invalid { attribute, reason })
        }
        None => Ok(()),
    }
}

/// Each item once, in the order given.
fn distinct<T: Clone + Ord>(items: &[T]) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.iter().filter(|item| seen.insert((*item).clone())).cloned().collect()
}
