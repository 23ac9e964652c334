//! A group: in a list, by itself, and as administrators see it.

use std::collections::BTreeMap;

use poem_openapi::types::Any;
use poem_openapi::{Enum, Object};
use serde::Serialize;
use serde_json::{Map, Value};

use super::member::{GroupMemberInfo, NestedGroupInfo};
use super::{Ids, Nullable, Timestamp};
use crate::domain::{GroupView, OwnedGroup};
use crate::model::group::{Group, GroupType};
use crate::model::ids::{PartnerId, TenantId};
use crate::model::membership::{MemberDetail, NestedGroup};

/// What a group is for.
#[derive(Enum, Serialize)]
#[oai(rename = "GroupType")]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::api::directory) enum TypeWord {
    /// Grants rights.
    #[oai(rename = "SECURITY")]
    Security,
    /// Receives mail.
    #[oai(rename = "DISTRIBUTION")]
    Distribution,
}

impl From<GroupType> for TypeWord {
    fn from(group_type: GroupType) -> Self {
        match group_type {
            GroupType::Security => Self::Security,
            GroupType::Distribution => Self::Distribution,
        }
    }
}

impl From<TypeWord> for GroupType {
    fn from(word: TypeWord) -> Self {
        match word {
            TypeWord::Security => Self::Security,
            TypeWord::Distribution => Self::Distribution,
        }
    }
}

/// A group in a list.
#[derive(Object, Serialize)]
#[oai(example)]
pub(in crate::api::directory) struct GroupListItem {
    /// The group.
    id: String,
    /// Its name.
    name: String,
    /// What it is for.
    group_type: TypeWord,
    /// Direct members as they stand now.
    member_count: i64,
    /// The primary parent; null for a root.
    parent_group_id: Nullable<String>,
}

impl GroupListItem {
    pub(in crate::api::directory) fn new(ids: Ids, group: &Group) -> Self {
        Self {
            id: ids.group(group.id),
            member_count: group.member_count(),
            group_type: group.record.group_type.unwrap_or_default().into(),
            parent_group_id: group.parent.map(|parent| ids.group(parent)).into(),
            name: group.record.name.clone(),
        }
    }
}

/// A group in a list over all tenants.
#[derive(Object, Serialize)]
#[oai(example)]
pub(in crate::api::directory) struct AdminGroupListItem {
    #[oai(flatten)]
    #[serde(flatten)]
    group: GroupListItem,
    /// Free text.
    description: Nullable<String>,
    /// The tenant it belongs to.
    tenant_id: String,
    /// The partner that owns the tenant, if one does.
    partner_id: Nullable<String>,
    /// Child groups.
    nested_group_count: i64,
    /// When it was created.
    created_at: Timestamp,
    /// When it, its members or its edges last changed; null until the first change.
    updated_at: Nullable<Timestamp>,
}

impl AdminGroupListItem {
    pub(in crate::api::directory) fn new(OwnedGroup { group, tenant, partner, id_style }: &OwnedGroup) -> Self {
        let ids = Ids(*id_style);
        Self {
            description: group.record.description.clone().into(),
            tenant_id: ids.tenant(*tenant),
            partner_id: partner.map(|id| ids.partner(id)).into(),
            nested_group_count: group.nested_groups,
            created_at: Timestamp(group.created_at),
            updated_at: group.changed_at().map(Timestamp).into(),
            group: GroupListItem::new(ids, group),
        }
    }
}

/// A group.
#[derive(Object)]
#[oai(example)]
pub(in crate::api::directory) struct GroupResponse {
    /// The group.
    id: String,
    /// Its name.
    name: String,
    /// Free text.
    description: Nullable<String>,
    /// What it is for.
    group_type: TypeWord,
    /// The primary parent; null for a root.
    parent_group_id: Nullable<String>,
    /// Names of the primary ancestors from the root, such as `/Engineering/Platform`; a `/` in a name is written `\/`.
    /// Null for a root.
    parent_group_path: Nullable<String>,
    /// Direct members as they stand now.
    member_count: i64,
    /// Users in the group or in one below it, each once; null unless asked for.
    effective_member_count: Nullable<i64>,
    /// Child groups.
    nested_group_count: i64,
    /// Direct members; null unless asked for.
    members: Nullable<Vec<GroupMemberInfo>>,
    /// Child groups; null unless asked for.
    nested_groups: Nullable<Vec<NestedGroupInfo>>,
    /// Free-form attributes; null when never set or cleared.
    custom_attributes: Nullable<BTreeMap<String, Any<Value>>>,
    /// When it was created.
    created_at: Timestamp,
    /// When it, its members or its edges last changed; null until the first change.
    updated_at: Nullable<Timestamp>,
}

/// What of a group is shown only when asked for.
#[derive(Default)]
pub(in crate::api::directory) struct Extras {
    pub(in crate::api::directory) effective_member_count: Option<i64>,
    pub(in crate::api::directory) members: Option<Vec<MemberDetail>>,
    pub(in crate::api::directory) nested_groups: Option<Vec<NestedGroup>>,
}

impl GroupResponse {
    pub(in crate::api::directory) fn new(
        ids: Ids,
        GroupView { group, parent_path }: GroupView,
        extras: Extras,
    ) -> Self {
        let member_list = |all: Vec<MemberDetail>| all.into_iter().map(|one| GroupMemberInfo::new(ids, one)).collect();
        let nested_list = |all: Vec<NestedGroup>| all.into_iter().map(|one| NestedGroupInfo::new(ids, one)).collect();
        Self {
            id: ids.group(group.id),
            member_count: group.member_count(),
            updated_at: group.changed_at().map(Timestamp).into(),
            name: group.record.name,
            description: group.record.description.into(),
            group_type: group.record.group_type.unwrap_or_default().into(),
            parent_group_id: group.parent.map(|parent| ids.group(parent)).into(),
            parent_group_path: parent_path.as_deref().map(path).into(),
            effective_member_count: extras.effective_member_count.into(),
            nested_group_count: group.nested_groups,
            members: Nullable(extras.members.map(member_list)),
            nested_groups: Nullable(extras.nested_groups.map(nested_list)),
            custom_attributes: Nullable(group.record.custom_attributes.map(attributes)),
            created_at: Timestamp(group.created_at),
        }
    }
}

fn attributes(stored: Map<String, Value>) -> BTreeMap<String, Any<Value>> {
    stored.into_iter().map(|(name, value)| (name, Any(value))).collect()
}

fn path(names: &[String]) -> String {
    names.iter().map(|name| format!("/{}", name.replace('/', "\\/"))).collect()
}

/// A group as administrators see it.
#[derive(Object)]
#[oai(example)]
pub(in crate::api::directory) struct AdminGroupResponse {
    #[oai(flatten)]
    group: GroupResponse,
    /// The tenant it belongs to.
    tenant_id: String,
    /// The partner that owns the tenant, if one does.
    partner_id: Nullable<String>,
}

impl AdminGroupResponse {
    pub(in crate::api::directory) fn new(
        ids: Ids,
        group: GroupResponse,
        tenant: TenantId,
        partner: Option<PartnerId>,
    ) -> Self {
        Self { group, tenant_id: ids.tenant(tenant), partner_id: partner.map(|id| ids.partner(id)).into() }
    }
}
