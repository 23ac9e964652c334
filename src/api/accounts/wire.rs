//! How the Accounts-style API writes things. The names and spellings are the contract's; nothing here decides.

use poem_openapi::types::Example;
use poem_openapi::{Enum, Object};

use super::paging::PageInfo;
use crate::api::native::body::sent;
use crate::api::native::limited::{Description, Name};
use crate::api::native::types::{Clearable, Nullable, Timestamp};
use crate::model::group::{Group, GroupType};
use crate::model::membership::{self, MemberDetail};

/// What a group is for.
#[derive(Enum)]
#[oai(rename = "GroupType", rename_all = "lowercase")]
enum TypeWord {
    /// Grants rights.
    Security,
    /// Receives mail.
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
#[oai(rename = "Group", example)]
pub(super) struct GroupItem {
    /// The group.
    id: String,
    /// Its name.
    name: String,
    /// Free text.
    description: Nullable<String>,
    /// What it is for.
    group_type: TypeWord,
    /// Whether membership grants administration.
    is_privileged: bool,
    /// Users in the group or in one below it, each once.
    member_count: i64,
    /// When it was created.
    created_at: Timestamp,
    /// When it, its own members or its edges last changed; the time of creation until then.
    updated_at: Timestamp,
}

impl GroupItem {
    pub(super) fn new(group: Group, member_count: i64) -> Self {
        Self {
            id: group.id.to_string(),
            name: group.record.name,
            description: group.record.description.into(),
            group_type: group.record.group_type.unwrap_or_default().into(),
            is_privileged: group.record.is_privileged,
            member_count,
            created_at: Timestamp(group.created_at),
            updated_at: Timestamp(group.updated_at),
        }
    }
}

/// A group by itself.
#[derive(Object)]
#[oai(example)]
pub(super) struct GroupDetail {
    #[oai(flatten)]
    item: GroupItem,
    /// Users in the group itself.
    direct_member_count: i64,
    /// Groups right below it.
    nested_group_count: i64,
    /// The primary parent; null for a root.
    parent_group_id: Nullable<String>,
    /// The identifier that a provisioning client has for it.
    external_id: Nullable<String>,
    /// Who made it: `native`, or a SCIM connection.
    source: String,
}

impl GroupDetail {
    pub(super) fn new(group: Group, member_count: i64) -> Self {
        Self {
            direct_member_count: group.member_count(),
            nested_group_count: group.nested_groups,
            parent_group_id: group.parent.map(|parent| parent.to_string()).into(),
            external_id: group.record.external_id.clone().into(),
            source: group.source.clone(),
            item: GroupItem::new(group, member_count),
        }
    }
}

/// A page of groups.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub(super) struct GroupPage {
    /// The groups, by name.
    pub(super) groups: Vec<GroupItem>,
    /// How to read on.
    pub(super) page_info: PageInfo,
}

/// How a user is in a group.
#[derive(Enum)]
#[oai(rename_all = "lowercase")]
enum MembershipType {
    /// In the group itself.
    Direct,
    /// In a group below it alone.
    Indirect,
}

/// A user in a group, or in one below it.
#[derive(Object)]
#[oai(example)]
pub(super) struct Member {
    /// The user.
    id: String,
    /// Its user name.
    name: String,
    /// Primary e-mail address; empty when there is none.
    email: String,
    /// How the user is in the group.
    membership_type: MembershipType,
    /// Since when: of an indirect member, in the nearest group below.
    added_date: Timestamp,
    /// `active` or `inactive`.
    status: String,
    /// The groups through which an indirect membership holds, nearest first, at most 10; left out of a direct one.
    #[oai(skip_serializing_if_is_none)]
    via: Option<Vec<GroupLink>>,
}

/// A group by id and name.
#[derive(Object)]
struct GroupLink {
    /// The group.
    group_id: String,
    /// Its name.
    name: String,
}

impl From<MemberDetail> for Member {
    fn from(member: MemberDetail) -> Self {
        let link = |group: membership::GroupLink| GroupLink { group_id: group.id.to_string(), name: group.name };
        let direct = member.via.is_empty();
        Self {
            id: member.user_id.to_string(),
            name: member.user_name,
            email: member.email.unwrap_or_default(),
            membership_type: if direct { MembershipType::Direct } else { MembershipType::Indirect },
            added_date: Timestamp(member.added_at),
            status: if member.active { "active" } else { "inactive" }.to_owned(),
            via: (!direct).then(|| member.via.into_iter().map(link).collect()),
        }
    }
}

/// Members of a group.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
pub(super) struct MemberList {
    /// The members asked for, by id.
    pub(super) members: Vec<Member>,
    /// All members, also where fewer were asked for.
    pub(super) count: i64,
    /// How to read on; only where `limit` or `after` is given.
    #[oai(skip_serializing_if_is_none)]
    pub(super) page_info: Option<PageInfo>,
}

/// A group to be created.
#[derive(Object)]
pub(super) struct NewGroup {
    /// Its name; blanks around it are dropped.
    pub(super) name: Name,
    /// Free text.
    pub(super) description: Option<Description>,
    /// `security`, which is the default, or `distribution`; in any case of letters.
    pub(super) group_type: Option<String>,
    /// Whether membership grants administration; false where it is left out.
    pub(super) is_privileged: Option<bool>,
}

/// Changes of a group. What is left out stays.
#[derive(Object)]
pub(super) struct GroupUpdate {
    /// Its name; blanks around it are dropped. Null leaves it.
    pub(super) name: Option<Name>,
    /// Free text; null clears it.
    pub(super) description: Clearable<Description>,
    /// `security` or `distribution`; in any case of letters. Null leaves it.
    pub(super) group_type: Option<String>,
    /// Whether membership grants administration. Null leaves it.
    pub(super) is_privileged: Option<bool>,
}

sent!(NewGroup);
sent!(GroupUpdate);

mod examples {
    use chrono::{DateTime, Utc};

    use super::{Example, GroupDetail, GroupItem, GroupLink, Member, MembershipType, Nullable, Timestamp, TypeWord};

    fn at(day: i64) -> Timestamp {
        let moment: DateTime<Utc> = DateTime::from_timestamp(1_779_020_442 + day * 86_400, 0).unwrap_or_default();
        Timestamp(moment)
    }

    impl Example for GroupItem {
        fn example() -> Self {
            Self {
                id: "01980000-0000-7000-8000-000000000002".to_owned(),
                name: "Platform".to_owned(),
                description: Some("Runs what the others build on".to_owned()).into(),
                group_type: TypeWord::Security,
                is_privileged: false,
                member_count: 45,
                created_at: at(0),
                updated_at: at(3),
            }
        }
    }

    impl Example for GroupDetail {
        fn example() -> Self {
            Self {
                item: GroupItem::example(),
                direct_member_count: 12,
                nested_group_count: 2,
                parent_group_id: Some("01980000-0000-7000-8000-000000000001".to_owned()).into(),
                external_id: Nullable(None),
                source: "native".to_owned(),
            }
        }
    }

    impl Example for Member {
        fn example() -> Self {
            Self {
                id: "01980000-0000-7000-8000-000000000003".to_owned(),
                name: "ada".to_owned(),
                email: "ada@example.com".to_owned(),
                membership_type: MembershipType::Indirect,
                added_date: at(1),
                status: "active".to_owned(),
                via: Some(vec![GroupLink {
                    group_id: "01980000-0000-7000-8000-000000000004".to_owned(),
                    name: "Databases".to_owned(),
                }]),
            }
        }
    }
}
