//! Members: users at one level or any, and child groups.

use poem_openapi::{Enum, Object};
use serde::Serialize;

use super::group::TypeWord;
use super::{Ids, Meta, Nullable, Timestamp};
use crate::api::directory::paging::CursorPagination;
use crate::model::membership::{self, MemberDetail, NestedGroup};

/// A page of a list of members.
#[derive(Object, Serialize)]
pub(in crate::api::directory) struct MemberListing {
    /// The members.
    pub(in crate::api::directory) data: Vec<GroupMemberInfo>,
    /// Where the page lies.
    pub(in crate::api::directory) pagination: CursorPagination,
    /// Of the request.
    pub(in crate::api::directory) meta: Meta,
}

/// Whether a membership is the group's own.
#[derive(Enum, Serialize)]
#[oai(rename_all = "UPPERCASE")]
#[serde(rename_all = "UPPERCASE")]
enum MembershipType {
    /// The user is in the group itself.
    Direct,
    /// The user is in a group below it.
    Inherited,
}

/// A member of a group.
#[derive(Object, Serialize)]
#[oai(example)]
pub(in crate::api::directory) struct GroupMemberInfo {
    /// The user.
    user_id: String,
    /// Primary e-mail address; empty when there is none.
    email: String,
    /// Name to show.
    display_name: Nullable<String>,
    /// Whether the membership is the group's own.
    membership_type: MembershipType,
    /// `active` or `inactive`.
    status: String,
    /// When the membership was made.
    added_at: Timestamp,
    /// When it ends; null for never.
    expires_at: Nullable<Timestamp>,
    /// The groups through which an inherited membership holds, nearest first, at most 10; left out of a direct one.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<Vec<GroupLink>>,
}

/// A group by id and name.
#[derive(Object, Serialize)]
pub(in crate::api::directory) struct GroupLink {
    /// The group.
    group_id: String,
    /// Its name.
    name: String,
}

impl GroupMemberInfo {
    pub(in crate::api::directory) fn new(ids: Ids, member: MemberDetail) -> Self {
        let link = |group: membership::GroupLink| GroupLink { group_id: ids.group(group.id), name: group.name };
        let direct = member.via.is_empty();
        Self {
            user_id: ids.user(member.user_id),
            email: member.email.unwrap_or_default(),
            display_name: member.display_name.into(),
            membership_type: if direct { MembershipType::Direct } else { MembershipType::Inherited },
            status: if member.active { "active" } else { "inactive" }.to_owned(),
            added_at: Timestamp(member.added_at),
            expires_at: member.expires_at.map(Timestamp).into(),
            via: (!direct).then(|| member.via.into_iter().map(link).collect()),
        }
    }
}

/// A child group.
#[derive(Object, Serialize)]
#[oai(example)]
pub(in crate::api::directory) struct NestedGroupInfo {
    /// The group.
    group_id: String,
    /// Its name.
    name: String,
    /// Its direct members as they stand now.
    member_count: i64,
    /// What it is for.
    group_type: TypeWord,
    /// Whether the group it hangs below is its primary parent.
    is_primary: bool,
}

impl NestedGroupInfo {
    pub(in crate::api::directory) fn new(ids: Ids, group: NestedGroup) -> Self {
        Self {
            group_id: ids.group(group.id),
            name: group.name,
            member_count: group.member_count,
            group_type: group.group_type.into(),
            is_primary: group.is_primary,
        }
    }
}
