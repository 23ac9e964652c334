//! Groups as the native APIs create and change them: field by field, where SCIM has whole documents.

use serde_json::{Map, Value};

use super::super::outcome::GroupDraft;
use super::super::{Domain, Error, Result};
use super::attributes::{fault_of_custom_attributes, fault_of_description, fault_of_name};
use crate::model::grants::GrantChange;
use crate::model::group::{Group, GroupRecord, GroupType};
use crate::model::ids::GroupId;
use crate::model::membership::{MemberChange, MemberKinds, UnknownIds};
use crate::model::principal::TenantScope;
use crate::model::version::EntityTags;

/// What is wanted of a group's fields; what is `None` stays as it is, or has its default in a new group. A nullable field
/// has a second layer: `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupChange {
    /// Its name, blanks around it or not. A new group needs one.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<Option<String>>,
    /// What it is for.
    pub group_type: Option<GroupType>,
    /// Whether membership grants administration.
    pub is_privileged: Option<bool>,
    /// Its primary parent.
    pub parent: Option<Option<GroupId>>,
    /// All custom attributes.
    pub custom_attributes: Option<Option<Map<String, Value>>>,
    /// What it grants.
    pub grants: GrantChange,
}

/// A sort of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// There is too little of it.
    TooShort,
    /// There is too much of it.
    TooLong,
    /// It is nested too deep.
    TooDeep,
    /// It holds what nothing of its kind may hold.
    Forbidden,
}

/// Why a field cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupFault {
    /// The attribute; names in SCIM's spelling.
    pub attribute: &'static str,
    /// What sort of fault it is.
    pub flaw: Flaw,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// Every fault that the fields have by themselves, so that an answer can list them all.
#[must_use]
pub fn group_faults(change: &GroupChange) -> Vec<GroupFault> {
    let name = change.name.as_deref().and_then(|name| fault_of_name(name.trim()));
    let description = change.description.iter().flatten().find_map(|text| fault_of_description(text));
    let custom = change.custom_attributes.iter().flatten().find_map(fault_of_custom_attributes);
    [name, description, custom].into_iter().flatten().collect()
}

impl Domain {
    /// Creates a group with its primary parent and its first members: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::UnknownMembers`] or [`Error::UnknownParent`], which name every id that names nobody,
    /// [`Error::Taken`], [`Error::TooDeep`], [`Error::TooManyChildren`], [`Error::Managed`] for the parent.
    pub async fn create_native_group(
        &self,
        scope: &TenantScope,
        wanted: &GroupChange,
        users: &MemberChange,
    ) -> Result<Group> {
        if wanted.name.is_none() {
            return Err(Error::Invalid { attribute: "displayName", reason: "is required".to_owned() });
        }
        let draft = GroupDraft {
            record: self.searchable_group(changed(wanted, GroupRecord::named(""))),
            parent: wanted.parent.flatten(),
            grants: wanted.grants.clone(),
        };
        let users = MemberChange { kinds: MemberKinds::Users, unknown: UnknownIds::Refuse, ..users.clone() };
        Ok(self.create_group(scope, &draft, &users).await?.resource)
    }

    /// Changes fields of a group. What changes nothing leaves version and time as they are and tells nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Invalid`], [`Error::UnknownParent`], [`Error::Taken`],
    /// [`Error::Cycle`] and the other limits of nesting, [`Error::Managed`].
    pub async fn change_group(
        &self,
        scope: &TenantScope,
        id: GroupId,
        precondition: Option<&EntityTags>,
        wanted: &GroupChange,
    ) -> Result<Group> {
        let change = |group: &Group| {
            Ok(GroupDraft {
                record: self.searchable_group(changed(wanted, group.record.clone())),
                parent: wanted.parent.unwrap_or(group.parent),
                grants: wanted.grants.clone(),
            })
        };
        Ok(self.modify_group(scope, id, precondition, change, &MemberChange::default()).await?.0)
    }
}

/// The record with the wanted fields in it.
fn changed(wanted: &GroupChange, record: GroupRecord) -> GroupRecord {
    GroupRecord {
        name: wanted.name.as_ref().map_or(record.name, |name| name.trim().to_owned()),
        description: wanted.description.clone().unwrap_or(record.description),
        group_type: wanted.group_type.or(record.group_type),
        is_privileged: wanted.is_privileged.unwrap_or(record.is_privileged),
        custom_attributes: wanted.custom_attributes.clone().unwrap_or(record.custom_attributes),
        ..record
    }
}
