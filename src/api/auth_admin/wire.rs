//! How the Auth-Admin API writes things. The names and spellings are the contract's; nothing here decides.

use poem_openapi::types::Example;
use poem_openapi::{Object, Union};

use crate::api::native::body::sent;
use crate::api::native::limited::{Description, Limited, Name};
use crate::api::native::types::{Clearable, Timestamp};
use crate::domain::NewGroup;
use crate::model::group::{self, MAX_NAME};
use crate::model::ids::TenantId;
use crate::model::membership::MemberDetail;

/// A group.
#[derive(Object)]
#[oai(example)]
pub(super) struct Group {
    /// The group.
    id: i64,
    /// Its name.
    name: String,
    /// Free text; empty when there is none.
    description: String,
    /// The tenant it belongs to.
    tenant_id: String,
    /// When it was created.
    created_at: Timestamp,
    /// When it, its members or its edges last changed; the time of creation until then.
    updated_at: Timestamp,
}

impl Group {
    pub(super) fn new(tenant: TenantId, group: group::Group) -> Self {
        Self {
            id: group.num.0,
            name: group.record.name,
            description: group.record.description.unwrap_or_default(),
            tenant_id: tenant.to_string(),
            created_at: Timestamp(group.created_at),
            updated_at: Timestamp(group.updated_at),
        }
    }
}

impl Example for Group {
    fn example() -> Self {
        let at = chrono::DateTime::from_timestamp(1_779_020_442, 0).unwrap_or_default();
        Self {
            id: 7,
            name: "eng".to_owned(),
            description: String::new(),
            tenant_id: "01980000-0000-7000-8000-000000000001".to_owned(),
            created_at: Timestamp(at),
            updated_at: Timestamp(at),
        }
    }
}

/// Groups of a tenant.
#[derive(Object)]
pub(super) struct GroupList {
    /// The groups, by id.
    pub(super) groups: Vec<Group>,
    /// How many there are here.
    pub(super) count: i64,
}

/// What came of creating groups.
#[derive(Object)]
pub(super) struct GroupsCreated {
    /// `groups created`
    pub(super) message: String,
    /// Those that are new.
    pub(super) groups: Vec<Group>,
    /// How many they are.
    pub(super) count: i64,
    /// Names that are in use already, and names that were in the request before.
    pub(super) skipped: Vec<String>,
}

/// What came of deleting a group.
#[derive(Object)]
pub(super) struct GroupDeleted {
    /// `group deleted`
    pub(super) message: String,
    /// The group, as text.
    pub(super) id: String,
}

/// A user in a group.
#[derive(Object)]
#[oai(example)]
pub(super) struct GroupUser {
    /// The user.
    id: String,
    /// Primary e-mail address; empty when there is none.
    email: String,
    /// Name to show, else the user name.
    name: String,
    /// Whether the account may be used.
    active: bool,
}

impl From<MemberDetail> for GroupUser {
    fn from(member: MemberDetail) -> Self {
        Self {
            id: member.user_id.to_string(),
            email: member.email.unwrap_or_default(),
            name: member.display_name.unwrap_or(member.user_name),
            active: member.active,
        }
    }
}

impl Example for GroupUser {
    fn example() -> Self {
        Self {
            id: "01980000-0000-7000-8000-000000000003".to_owned(),
            email: "ada@example.com".to_owned(),
            name: "Ada".to_owned(),
            active: true,
        }
    }
}

/// The users in a group.
#[derive(Object)]
pub(super) struct GroupUsers {
    /// The group.
    pub(super) group_id: i64,
    /// Its name.
    pub(super) group_name: String,
    /// The users in the group itself, by id.
    pub(super) users: Vec<GroupUser>,
    /// How many they are.
    pub(super) count: i64,
}

/// What came of adding users.
#[derive(Object)]
pub(super) struct UsersAdded {
    /// `users added`
    pub(super) message: String,
    /// The group.
    pub(super) group_id: i64,
    /// Users that were not in it before.
    pub(super) users_added: i64,
    /// Ids that were sent.
    pub(super) users_total: i64,
}

/// What came of removing users.
#[derive(Object)]
pub(super) struct UsersRemoved {
    /// `users removed`
    pub(super) message: String,
    /// The group.
    pub(super) group_id: i64,
    /// Users that were in it before.
    pub(super) users_removed: i64,
    /// Ids that were sent.
    pub(super) users_total: i64,
}

/// A group to be created, with a description.
#[derive(Object)]
pub(super) struct DescribedGroup {
    /// Its name.
    name: Name,
    /// Free text.
    description: Option<Description>,
}

/// A group to be created: its name, or more of it.
#[derive(Union)]
#[oai(rename = "NewGroup")]
pub(super) enum WantedGroup {
    /// Its name.
    Name(Name),
    /// Its name, and more of it.
    Described(DescribedGroup),
}

impl From<WantedGroup> for NewGroup {
    fn from(wanted: WantedGroup) -> Self {
        match wanted {
            WantedGroup::Name(Limited(name)) => Self { name, description: None },
            WantedGroup::Described(DescribedGroup { name: Limited(name), description }) => {
                let description = description.map(|Limited(text)| text).filter(|text| !text.is_empty());
                Self { name, description }
            }
        }
    }
}

/// Groups to be created.
#[derive(Object)]
pub(super) struct NewGroups {
    /// The tenant's id. Required here or in the query.
    pub(super) tenant_id: Option<String>,
    /// The groups, each by its name or as an object.
    #[oai(validator(min_items = 1, max_items = 1000))]
    pub(super) groups: Vec<WantedGroup>,
}

/// Changes of a group.
#[derive(Object)]
pub(super) struct GroupUpdate {
    /// The tenant's id.
    pub(super) tenant_id: Option<String>,
    /// Its name; empty or null leaves it.
    pub(super) name: Option<Limited<0, MAX_NAME>>,
    /// Free text; empty leaves it, null clears it.
    pub(super) description: Clearable<Description>,
}

/// Users to be added.
#[derive(Object)]
pub(super) struct JoiningUsers {
    /// The tenant's id.
    pub(super) tenant_id: Option<String>,
    /// The users' ids.
    #[oai(validator(min_items = 1, max_items = 10000))]
    pub(super) user_ids: Vec<String>,
}

/// Users to be removed.
#[derive(Object)]
pub(super) struct LeavingUsers {
    /// The tenant's id.
    pub(super) tenant_id: Option<String>,
    /// The users' ids. Required here or in the query.
    #[oai(validator(min_items = 1, max_items = 10000))]
    pub(super) user_ids: Option<Vec<String>>,
}

sent!(NewGroups);
sent!(GroupUpdate);
sent!(JoiningUsers);
sent!(LeavingUsers);
