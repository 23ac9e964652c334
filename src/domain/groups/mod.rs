//! Verbs on groups. Each chapter of a group's life has a file of its own; members and nesting are beside this room.

mod attributes;
mod batch;
mod create;
mod delete;
mod modify;
mod native;
mod restore;

use std::sync::Arc;

use uuid::Uuid;

pub use batch::{MadeGroups, NewGroup};
pub use native::{Flaw, GroupChange, GroupFault, group_faults};
pub use restore::Restored;

use super::check::{check_answerable, check_key};
use super::shared::within;
use super::{Domain, Error, Result, Thing};
use crate::in_reading;
use crate::model::group::{Group, GroupRecord};
use crate::model::ids::GroupId;
use crate::model::membership::Member;
use crate::model::page::{Page, Window};
use crate::model::principal::{AdminScope, TenantScope};
use crate::model::settings::NameUnique;
use crate::model::version::Version;
use crate::store;
use crate::store::groups::{Order, OwnedGroup, Selection, WideSelection};

/// What one attempt at a change ended in.
enum Attempt<T> {
    Done(T),
    /// The change concerns edges, and the tenant's turn at those was not taken. Nothing was written.
    NeedsEdges,
}

impl Domain {
    /// The group.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn group(&self, scope: &TenantScope, id: GroupId) -> Result<Group> {
        self.store.look_up_group(scope, id).await?.ok_or(Error::NotFound(Thing::Group))
    }

    /// The group with its members, users before child groups, each by id; without them when they are many.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn group_with_members(&self, scope: &TenantScope, id: GroupId) -> Result<(Group, Option<Vec<Member>>)> {
        self.store.look_up_members(scope, id).await?.ok_or(Error::NotFound(Thing::Group))
    }

    /// Groups that are selected.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_groups(
        &self,
        scope: &TenantScope,
        wanted: &Selection,
        order: Order,
        window: Window,
    ) -> Result<Arc<Page<Group>>> {
        check_answerable(wanted.filter.as_ref().and_then(|filter| store::unanswerable(&store::GROUPS, filter)))?;
        let read = || async {
            in_reading!(self.store.list_reads(scope), |tx| Ok(tx.list_groups(wanted, order, window).await?))
        };
        self.pages.groups.read((within(scope), wanted.clone(), order, window), read).await
    }

    /// Groups of every tenant within reach that are selected, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_groups_everywhere(
        &self,
        scope: &AdminScope,
        wanted: &WideSelection,
        window: Window,
    ) -> Result<Arc<Page<OwnedGroup>>> {
        let wanted = WideSelection { within: scope.reach(), ..wanted.clone() };
        let read = || async {
            // Those of one tenant are read in the same way whatever the values are.
            let mut tx = match wanted.is_in_one_tenant() {
                true => self.store.platform_look_ups(scope).await?,
                false => self.store.platform_statements(scope).await?,
            };
            Ok(tx.list_groups_everywhere(&wanted, window).await?)
        };
        self.pages.everywhere.read((wanted.clone(), window), read).await
    }

    fn next_group(&self, group: &Group, record: GroupRecord) -> Group {
        Group { record, updated_at: self.clock.now(), version: Version(group.version.0 + 1), ..group.clone() }
    }
}

/// Among which groups the name must be unique below this parent, as the index wants it.
fn name_scope(scope: &TenantScope, group: GroupId, parent: Option<GroupId>) -> Uuid {
    match scope.settings().name_unique {
        NameUnique::Tenant => Uuid::nil(),
        NameUnique::Sibling => parent.map_or(Uuid::nil(), GroupId::uuid),
        NameUnique::None => group.uuid(),
    }
}

/// Refuses a record that cannot be stored.
fn check(record: &GroupRecord) -> Result<()> {
    match attributes::faults_of_record(record).next() {
        Some(GroupFault { attribute, reason, .. }) => Err(Error::Invalid { attribute, reason }),
        None => check_key("externalId", record.external_id.as_deref().unwrap_or_default()),
    }
}

/// Keeps a native API off the name and the members of a group that a SCIM connection made, where the tenant wants that.
pub(super) fn check_unmanaged(scope: &TenantScope, group: &Group) -> Result<()> {
    match group.connection() {
        Some(connection) if scope.settings().lock_scim_managed && scope.actor().api.is_native() => {
            Err(Error::Managed { connection: connection.to_owned() })
        }
        _ => Ok(()),
    }
}

pub(super) fn taken(error: store::Error, name: &str) -> Error {
    match error {
        store::Error::Duplicate(_) => Error::Taken { attribute: "displayName", value: name.to_owned() },
        other => other.into(),
    }
}

pub(super) fn length<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}
