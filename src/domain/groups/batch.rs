//! Many groups created at once, where a name that is in use is passed over instead of refused.

use std::collections::HashSet;

use serde_json::Value;

use super::super::records::group_facts;
use super::super::{Domain, Error, Result};
use super::{check, name_scope};
use crate::in_transaction;
use crate::model::attributes::Attributes;
use crate::model::fold::fold;
use crate::model::group::{Group, GroupRecord};
use crate::model::principal::TenantScope;
use crate::store::numbered::NewRow;

/// A group to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Its name, blanks around it or not.
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
    /// Creates groups in one statement, however many. Names in use and repeats are skipped.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name or description that cannot be one; then nothing was created.
    pub async fn create_groups(&self, scope: &TenantScope, wanted: &[NewGroup]) -> Result<MadeGroups> {
        let now = self.clock.now();
        let mut asked = HashSet::with_capacity(wanted.len());
        let mut rows = Vec::with_capacity(wanted.len());
        for new in wanted {
            let group = self.new_group(scope, self.searchable_group(record(new)), now);
            check(&group.record)?;
            let first = asked.insert(fold(&group.record.name));
            let (name_scope, after) = (name_scope(scope, group.id, None), Value::Object(group_facts(&group)));
            rows.push(first.then_some(NewRow { group, name_scope, after }));
        }
        let new: Vec<&NewRow> = rows.iter().flatten().collect();
        let mut numbers = in_transaction!(self.store, scope, |tx| {
            Ok::<_, Error>(tx.insert_groups(&new, scope.actor(), now).await?)
        })?;
        let mut made = MadeGroups { groups: Vec::with_capacity(numbers.len()), skipped: Vec::new() };
        for (row, wanted) in rows.into_iter().zip(wanted) {
            match row.and_then(|row| numbers.remove(&row.group.id).map(|num| Group { num, ..row.group })) {
                Some(group) => made.groups.push(group),
                None => made.skipped.push(wanted.name.trim().to_owned()),
            }
        }
        Ok(made)
    }
}

fn record(new: &NewGroup) -> GroupRecord {
    GroupRecord {
        name: new.name.trim().to_owned(),
        description: new.description.clone(),
        group_type: None,
        is_privileged: false,
        external_id: None,
        custom_attributes: None,
        attributes: Attributes::default(),
        search: Value::Null,
    }
}
