//! How the Auth-Admin API writes things. The names and spellings are the contract's; nothing here decides.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{Example, MaybeUndefined, ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use poem_openapi::{Object, Union};
use serde_json::Value;

use crate::api::native::body::sent;
use crate::api::native::types::Timestamp;
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

/// A name of a group.
pub(super) struct Name(String);

impl Type for Name {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_name".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            min_length: Some(1),
            max_length: Some(MAX_NAME),
            ..MetaSchema::new("string")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for Name {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => Ok(Self(text)),
            other => Err(ParseError::expected_type(other)),
        }
    }
}

impl ToJSON for Name {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.as_str().into())
    }
}

/// A group to be created, with a description.
#[derive(Object)]
pub(super) struct DescribedGroup {
    /// Its name.
    name: Name,
    /// Free text.
    #[oai(validator(max_length = 4096))]
    description: Option<String>,
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
            WantedGroup::Name(Name(name)) => Self { name, description: None },
            WantedGroup::Described(DescribedGroup { name: Name(name), description }) => {
                Self { name, description: description.filter(|text| !text.is_empty()) }
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
    #[oai(validator(max_length = 256))]
    pub(super) name: Option<String>,
    /// Free text; empty leaves it, null clears it.
    #[oai(validator(max_length = 4096))]
    pub(super) description: MaybeUndefined<String>,
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
