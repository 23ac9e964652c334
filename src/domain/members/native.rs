//! Users in and out of a group as the native APIs do it: a change set, whose outcome says what became of every user named.

use std::collections::HashSet;

use uuid::Uuid;

use super::super::{Domain, Error, Result};
use super::once;
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{MemberChange, MemberKinds, UnknownIds, Validity};
use crate::model::principal::TenantScope;
use crate::model::version::EntityTags;

/// Users to put into a group and to take out of it. Nobody may be in both lists.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Users to be in.
    pub add: Vec<UserId>,
    /// Texts among those to be in that can be no id.
    pub malformed: Vec<String>,
    /// Users to be out. Whoever is not in, or is unknown, is no error.
    pub remove: Vec<UserId>,
    /// Whether users to be in that are unknown are passed over instead of refused.
    pub partial: bool,
    /// When those to be in are members.
    pub validity: Validity,
}

/// What became of each user named, each once; all but the unknown in the order they were named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserOutcome {
    /// Were not in, and are now.
    pub added: Vec<UserId>,
    /// Were in before.
    pub already: Vec<UserId>,
    /// Were in, and are not any more.
    pub removed: Vec<UserId>,
    /// Were not in before.
    pub absent: Vec<UserId>,
    /// Name no live user of the tenant, and were passed over.
    pub unknown: Vec<String>,
}

impl Domain {
    /// Applies a change set to a group.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Invalid`] for times that hold nothing,
    /// [`Error::UnknownMembers`], [`Error::Managed`]. Then nothing was changed.
    pub async fn change_users(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        change: &UserChange,
    ) -> Result<(Group, UserOutcome)> {
        self.check_validity(change.validity)?;
        let (group, outcome) = self.change_members(scope, id, precondition, &as_members(change)).await?;
        let set = |ids: &[UserId]| ids.iter().copied().collect::<HashSet<UserId>>();
        let (added, removed) = (set(&outcome.added_users), set(&outcome.removed_users));
        let unknown: HashSet<UserId> = outcome.unknown.iter().filter_map(|id| id.parse().ok()).collect();
        let outcome = UserOutcome {
            added: once(&change.add, |id| added.contains(id)),
            already: once(&change.add, |id| !added.contains(id) && !unknown.contains(id)),
            removed: once(&change.remove, |id| removed.contains(id)),
            absent: once(&change.remove, |id| !removed.contains(id)),
            unknown: outcome.unknown,
        };
        Ok((group, outcome))
    }

    /// Takes a direct member out of a group.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::NotAMember`], [`Error::Managed`].
    pub async fn remove_member(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        user: UserId,
    ) -> Result<Group> {
        let change = UserChange { remove: vec![user], ..UserChange::default() };
        let (group, outcome) = self.change_users(scope, id, precondition, &change).await?;
        if outcome.removed.is_empty() {
            return Err(Error::NotAMember { through: self.ways_in(scope, id, user).await? });
        }
        Ok(group)
    }

    fn check_validity(&self, validity: Validity) -> Result<()> {
        let refuse = |reason: &str| Err(Error::Invalid { attribute: "expires_at", reason: reason.to_owned() });
        match (validity.from, validity.until) {
            (_, Some(until)) if until <= self.clock.now() => refuse("must lie in the future"),
            (Some(from), Some(until)) if until <= from => refuse("must be later than valid_from"),
            _ => Ok(()),
        }
    }
}

fn as_members(change: &UserChange) -> MemberChange {
    let bare = |ids: &[UserId]| ids.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>();
    MemberChange {
        add: bare(&change.add),
        remove: bare(&change.remove),
        malformed: change.malformed.clone(),
        kinds: MemberKinds::Users,
        unknown: if change.partial { UnknownIds::PassOver } else { UnknownIds::Refuse },
        validity: change.validity,
        ..MemberChange::default()
    }
}
