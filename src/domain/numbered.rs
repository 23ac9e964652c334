//! Groups as the Auth-Admin API has them: found and listed by their integer id, created many at once, where a name that is
//! in use is passed over instead of refused.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::groups::{check, name_scope};
use super::records::group_document;
use super::{Domain, Error, Result, Thing};
use crate::in_transaction;
use crate::model::fold::fold;
use crate::model::group::{Group, GroupRecord};
use crate::model::ids::{GroupId, GroupNumber};
use crate::model::principal::TenantScope;
use crate::model::version::Version;
use crate::store::Chunks;
use crate::store::numbered::NewRow;

/// A group to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
}

/// What came of creating many groups.
#[derive(Debug, Clone)]
pub struct MadeGroups {
    /// Those that are new, in the order in which they were asked for.
    pub groups: Vec<Group>,
    /// Names that were in use, or asked for before in the same request, as they were asked for.
    pub skipped: Vec<String>,
}

impl Domain {
    /// The group with this integer id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn group_numbered(&self, scope: &TenantScope, number: GroupNumber) -> Result<Group> {
        let found = self.store.statements(scope).await?.group_numbered(number).await?;
        found.ok_or(Error::NotFound(Thing::Group))
    }

    /// Live groups by their integer ids, on from behind one, as they are read: as one state of the database.
    ///
    /// # Errors
    /// No connection is free in time.
    pub async fn stream_groups(
        &self,
        scope: &TenantScope,
        after: Option<GroupNumber>,
        limit: Option<i64>,
    ) -> Result<Chunks<Group>> {
        Ok(self.store.statements(scope).await?.stream_groups(after, limit))
    }

    /// Creates groups in one statement, however many. Names are trimmed. Those in use, and repeats, are skipped.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name or description that cannot be one; then nothing was created.
    pub async fn create_groups(&self, scope: &TenantScope, wanted: &[NewGroup]) -> Result<MadeGroups> {
        let mut asked = HashSet::with_capacity(wanted.len());
        let (mut rows, mut skipped) = (Vec::with_capacity(wanted.len()), Vec::new());
        for new in wanted {
            let group = self.draft_alone(scope, new);
            check(&group.record)?;
            let first = asked.insert(fold(&group.record.name));
            rows.push(first.then(|| NewRow {
                name_scope: name_scope(scope, &group),
                after: Value::Object(group_document(&group)),
                group,
            }));
        }
        let new: Vec<&NewRow> = rows.iter().flatten().collect();
        let mut numbers = in_transaction!(self.store, scope, |tx| {
            Ok::<_, Error>(tx.insert_groups(&new, scope.actor(), self.clock.now()).await?)
        })?;
        let mut groups = Vec::with_capacity(numbers.len());
        for (row, wanted) in rows.into_iter().zip(wanted) {
            match row.and_then(|row| numbers.remove(&row.group.id).map(|num| Group { num, ..row.group })) {
                Some(group) => groups.push(group),
                None => skipped.push(wanted.name.trim().to_owned()),
            }
        }
        Ok(MadeGroups { groups, skipped })
    }

    /// A group without parent and members, not stored yet.
    fn draft_alone(&self, scope: &TenantScope, new: &NewGroup) -> Group {
        let now = self.clock.now();
        let record = GroupRecord {
            name: new.name.trim().to_owned(),
            description: new.description.clone(),
            group_type: None,
            is_privileged: false,
            external_id: None,
            custom_attributes: None,
            attributes: Map::new(),
            search: Value::Null,
        };
        let group = Group {
            id: GroupId::generate(&self.clock),
            num: GroupNumber(0),
            record,
            parent: None,
            source: scope.actor().source(),
            standing_members: 0,
            windowed_members: 0,
            nested_groups: 0,
            created_at: now,
            updated_at: now,
            version: Version(1),
        };
        Group { record: self.searchable_group(&group), ..group }
    }
}
