//! Verbs on users. How one is created is in `create`.

mod create;

pub(super) use create::Arrivals;
use serde_json::Value;

use super::check::{check_key, check_version};
use super::difference::difference;
use super::records::user_document;
use super::unique::has_unique;
use super::{Domain, Error, Result, Thing};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::ids::UserId;
use crate::model::membership::UserGroup;
use crate::model::principal::TenantScope;
use crate::model::user::{User, UserRecord};
use crate::model::version::{EntityTags, Version};
use crate::schema::Document;
use crate::store;
use crate::store::TenantTx;

impl Domain {
    /// Brings a deleted user back as it was, memberships of live groups included.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no deleted user has the id, [`Error::Taken`] when its name is in use by now.
    pub async fn restore_user(&self, scope: &TenantScope, id: UserId) -> Result<User> {
        in_transaction!(self.store, scope, |tx| {
            let room = check_room(tx, scope).await;
            let old = tx.lock_deleted_user(id).await?.ok_or(Error::NotFound(Thing::User))?;
            room?;
            let record = self.searchable_user(&old.record);
            let user = self.next_user(&old, record);
            tx.revive_user(&user).await.map_err(|error| taken(error, &user.record))?;
            self.hold_user(tx, &user, &Document::new()).await?;
            tx.count("user", 1).await?;
            tx.wake_memberships(id, true, user.updated_at, scope.actor()).await?;
            let event = Event { kind: Kind::UserRestored, resource: id.uuid(), before: None, after: None };
            tx.record(&event, scope.actor(), user.updated_at).await?;
            Ok::<_, Error>(user)
        })
    }

    /// The user.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn user(&self, scope: &TenantScope, id: UserId) -> Result<User> {
        let found = self.store.look_up_user(scope, id, false).await?;
        Ok(found.ok_or(Error::NotFound(Thing::User))?.0)
    }

    /// The user with the groups it is in, directly or through nesting, by group.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn user_with_groups(&self, scope: &TenantScope, id: UserId) -> Result<(User, Vec<UserGroup>)> {
        self.store.look_up_user(scope, id, true).await?.ok_or(Error::NotFound(Thing::User))
    }

    /// Changes a user: `change` makes the wanted record of the current one, and may be called again. What changes nothing
    /// leaves version and time as they are and tells nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Taken`], [`Error::Invalid`], or `change`'s own.
    pub async fn modify_user(
        &self,
        scope: &TenantScope,
        id: UserId,
        precondition: Option<&EntityTags>,
        change: impl Fn(&User) -> Result<UserRecord> + Sync,
    ) -> Result<User> {
        let old = self.user(scope, id).await?;
        let Some(wanted) = self.revision(&old, precondition, &change)? else { return Ok(old) };
        if self.is_plain(&old, &wanted.user) {
            // One statement is one transaction. It does nothing when somebody has changed the user since it was read.
            let mut tx = self.store.statements(scope).await?;
            if revise(&mut tx, scope, &wanted).await? {
                return Ok(wanted.user);
            }
        }
        in_transaction!(self.store, scope, |tx| {
            let old = tx.lock_user(id).await?.ok_or(Error::NotFound(Thing::User))?;
            let Some(wanted) = self.revision(&old, precondition, &change)? else { return Ok(old) };
            self.hold_user(tx, &wanted.user, &old.record.attributes).await?;
            revise(tx, scope, &wanted).await?;
            if wanted.user.record.active == Some(false) {
                // Whoever is disabled is out, at once and everywhere: a token issued to them does not outlive that.
                tx.end_tokens(id, wanted.user.updated_at).await?;
            }
            Ok::<_, Error>(wanted.user)
        })
    }

    /// What is to become of a user, unless it is that already.
    fn revision(
        &self,
        old: &User,
        precondition: Option<&EntityTags>,
        change: impl Fn(&User) -> Result<UserRecord>,
    ) -> Result<Option<Revision>> {
        check_version(precondition, old.version)?;
        let wanted = change(old)?;
        check(&wanted)?;
        let (before, after) = difference(&user_document(&old.record), &user_document(&wanted));
        Ok((before != after).then(|| Revision { user: self.next_user(old, wanted), before, after }))
    }

    /// Whether a change is one of the user's row alone.
    fn is_plain(&self, old: &User, new: &User) -> bool {
        let unique = |user: &User| has_unique(self.schemas.user(), &user.record.attributes);
        new.record.active != Some(false) && !unique(old) && !unique(new)
    }

    /// Deletes a user softly. Its name is free at once, its memberships end, its tokens stop working.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`].
    pub async fn delete_user(&self, scope: &TenantScope, id: UserId, precondition: Option<&EntityTags>) -> Result<()> {
        in_transaction!(self.store, scope, |tx| {
            let user = tx.lock_user_for_deletion(id).await?.ok_or(Error::NotFound(Thing::User))?;
            check_version(precondition, user.version)?;
            tx.bury_user(id, self.clock.now(), scope.actor()).await?;
            Ok::<_, Error>(())
        })
    }

    fn next_user(&self, user: &User, record: UserRecord) -> User {
        User {
            id: user.id,
            record,
            created_at: user.created_at,
            updated_at: self.clock.now(),
            version: Version(user.version.0 + 1),
        }
    }
}

/// A user as it is to be, and what differs.
struct Revision {
    user: User,
    before: Value,
    after: Value,
}

/// Writes it, unless the user has changed since it was read.
async fn revise(tx: &mut TenantTx, scope: &TenantScope, revision: &Revision) -> Result<bool> {
    let Revision { user, before, after } = revision;
    let revised = tx.revise_user(user, scope.actor(), before, after).await;
    revised.map_err(|error| taken(error, &user.record))
}

/// Sees to it that one more live user fits, where the tenant's partner sets a limit. Whoever asks then holds the tenant's
/// lock row until the transaction ends, so that what was counted stays true.
async fn check_room(tx: &mut TenantTx, scope: &TenantScope) -> Result<()> {
    let Some(limit) = scope.user_limit() else { return Ok(()) };
    tx.lock_edges().await?;
    if tx.live_users().await? >= limit {
        return Err(Error::Full { what: "users in each tenant", limit });
    }
    Ok(())
}

/// What is indexed must fit an index.
fn check(record: &UserRecord) -> Result<()> {
    if record.user_name.trim().is_empty() {
        return Err(Error::Invalid { attribute: "userName", reason: "is required and must not be empty".to_owned() });
    }
    check_key("userName", &record.user_name)?;
    check_key("displayName", record.display_name.as_deref().unwrap_or_default())?;
    check_key("externalId", record.external_id.as_deref().unwrap_or_default())
}

fn taken(error: store::Error, record: &UserRecord) -> Error {
    match error {
        store::Error::Duplicate(_) => Error::Taken { attribute: "userName", value: record.user_name.clone() },
        other => other.into(),
    }
}
