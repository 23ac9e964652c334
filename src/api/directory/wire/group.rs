//! A group: in a list, by itself, and as administrators see it.

use poem_openapi::types::Any;
use poem_openapi::{Enum, Object};
use serde_json::{Map, Value};

use super::member::{GroupMemberInfo, NestedGroupInfo};
use super::{Ids, Timestamp};
use crate::domain::GroupView;
use crate::model::group::{Group, GroupType};
use crate::model::ids::{PartnerId, TenantId};
use crate::model::membership::{MemberDetail, NestedGroup};

/// What a group is for.
#[derive(Enum)]
#[oai(rename = "GroupType")]
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

/// A group in a list.
#[derive(Object)]
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
    parent_group_id: Option<String>,
}

impl GroupListItem {
    pub(in crate::api::directory) fn new(ids: Ids, group: Group) -> Self {
        Self {
            id: ids.group(group.id),
            member_count: group.member_count(),
            group_type: group.record.group_type.into(),
            parent_group_id: group.parent.map(|parent| ids.group(parent)),
            name: group.record.name,
        }
    }
}

/// A group.
#[derive(Object)]
pub(in crate::api::directory) struct GroupResponse {
    /// The group.
    id: String,
    /// Its name.
    name: String,
    /// Free text.
    description: Option<String>,
    /// What it is for.
    group_type: TypeWord,
    /// The primary parent; null for a root.
    parent_group_id: Option<String>,
    /// Names of the primary ancestors from the root, such as `/Engineering/Platform`; a `/` in a name is written `\/`.
    /// Null for a root.
    parent_group_path: Option<String>,
    /// Direct members as they stand now.
    member_count: i64,
    /// Users in the group or in one below it, each once; null unless asked for.
    effective_member_count: Option<i64>,
    /// Child groups.
    nested_group_count: i64,
    /// Direct members; null unless asked for.
    members: Option<Vec<GroupMemberInfo>>,
    /// Child groups; null unless asked for.
    nested_groups: Option<Vec<NestedGroupInfo>>,
    /// Free-form attributes; null when never set or cleared.
    custom_attributes: Option<Any<Map<String, Value>>>,
    /// When it was created.
    created_at: Timestamp,
    /// When it, its members or its edges last changed; null until the first change.
    updated_at: Option<Timestamp>,
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
        Self {
            id: ids.group(group.id),
            member_count: group.member_count(),
            updated_at: group.changed_at().map(Timestamp),
            name: group.record.name,
            description: group.record.description,
            group_type: group.record.group_type.into(),
            parent_group_id: group.parent.map(|parent| ids.group(parent)),
            parent_group_path: parent_path.as_deref().map(path),
            effective_member_count: extras.effective_member_count,
            nested_group_count: group.nested_groups,
            members: extras.members.map(|all| all.into_iter().map(|one| GroupMemberInfo::new(ids, one)).collect()),
            nested_groups: extras
                .nested_groups
                .map(|all| all.into_iter().map(|one| NestedGroupInfo::new(ids, one)).collect()),
            custom_attributes: group.record.custom_attributes.map(Any),
            created_at: Timestamp(group.created_at),
        }
    }
}

fn path(names: &[String]) -> String {
    names.iter().map(|name| format!("/{}", name.replace('/', "\\/"))).collect()
}

/// A group as administrators see it.
#[derive(Object)]
pub(in crate::api::directory) struct AdminGroupResponse {
    #[oai(flatten)]
    group: GroupResponse,
    /// The tenant it belongs to.
    tenant_id: String,
    /// The partner that owns the tenant, if one does.
    partner_id: Option<String>,
}

impl AdminGroupResponse {
    pub(in crate::api::directory) fn new(
        ids: Ids,
        group: GroupResponse,
        tenant: TenantId,
        partner: Option<PartnerId>,
    ) -> Self {
        Self { group, tenant_id: ids.tenant(tenant), partner_id: partner.map(|id| ids.partner(id)) }
    }
}
