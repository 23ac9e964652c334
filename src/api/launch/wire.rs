//! How the Launch API writes groups and users, and which bodies it reads. The names and spellings are the contract's;
//! nothing here decides.

use poem_openapi::types::{Example, MaybeUndefined};
use poem_openapi::{Object, Union};

use crate::api::native::body::sent;
use crate::api::native::types::{Nullable, Timestamp};
use crate::model::grants::{Grants, ScopeSet};
use crate::model::group::Group;
use crate::model::membership::UserGroup;
use crate::model::user::User;

/// A scope set.
#[derive(Object)]
pub(super) struct ScopeSetRead {
    /// The scope set.
    id: String,
    /// Its name.
    name: String,
    /// The scopes it bundles.
    scopes: Vec<String>,
}

/// A scope set, or its id alone where related objects are not asked for.
#[derive(Union)]
#[oai(rename = "ScopeSet")]
pub(super) enum ScopeSetShown {
    /// Whole.
    Whole(ScopeSetRead),
    /// Its id.
    Id(String),
}

/// A group.
#[derive(Object)]
#[oai(example)]
pub(super) struct GroupRead {
    /// The group.
    id: String,
    /// Its name.
    name: String,
    /// Free text.
    description: Nullable<String>,
    /// Scopes it grants by itself.
    scopes: Vec<String>,
    /// Scope sets it grants; ids alone with `hydrate=false`.
    scope_sets: Vec<ScopeSetShown>,
    /// Direct members as they stand now.
    user_count: i64,
    /// When it was created.
    created: Timestamp,
    /// When it, its members or its child groups last changed.
    updated: Timestamp,
}

impl GroupRead {
    pub(super) fn new(group: Group, grants: Grants, hydrate: bool) -> Self {
        Self {
            id: group.id.to_string(),
            user_count: group.member_count(),
            name: group.record.name,
            description: group.record.description.into(),
            scopes: grants.scopes,
            scope_sets: grants.sets.into_iter().map(|set| shown(set, hydrate)).collect(),
            created: Timestamp(group.created_at),
            updated: Timestamp(group.updated_at),
        }
    }
}

fn shown(set: ScopeSet, hydrate: bool) -> ScopeSetShown {
    let id = set.id.to_string();
    if hydrate {
        ScopeSetShown::Whole(ScopeSetRead { id, name: set.name, scopes: set.scopes })
    } else {
        ScopeSetShown::Id(id)
    }
}

impl Example for GroupRead {
    fn example() -> Self {
        let set = ScopeSetRead {
            id: "01980000-0000-7000-8000-000000000007".to_owned(),
            name: "Operator".to_owned(),
            scopes: vec!["forms:submit".to_owned()],
        };
        let at = || Timestamp(chrono::DateTime::from_timestamp(1_779_020_442, 0).unwrap_or_default());
        Self {
            id: "01980000-0000-7000-8000-000000000002".to_owned(),
            name: "Prepress".to_owned(),
            description: Nullable(None),
            scopes: vec!["store:read".to_owned()],
            scope_sets: vec![ScopeSetShown::Whole(set)],
            user_count: 12,
            created: at(),
            updated: at(),
        }
    }
}

/// A group a user is in.
#[derive(Object)]
pub(super) struct GroupLink {
    /// The group.
    id: String,
    /// Its name.
    name: String,
}

/// A group, or its id alone where related objects are not asked for.
#[derive(Union)]
#[oai(rename = "UserGroup")]
pub(super) enum GroupShown {
    /// By id and name.
    Link(GroupLink),
    /// Its id.
    Id(String),
}

/// A user.
#[derive(Object)]
pub(super) struct UserRead {
    /// The user.
    id: String,
    /// Its unique name.
    username: String,
    /// Its primary address.
    email: Nullable<String>,
    /// Name to show.
    display_name: Nullable<String>,
    /// Whether the account may be used.
    active: bool,
    /// When it was created.
    created: Timestamp,
    /// When it last changed.
    updated: Timestamp,
    /// Groups it is a direct member of; ids alone with `hydrate=false`.
    groups: Vec<GroupShown>,
}

impl UserRead {
    /// `held` has the user's groups, and may have others'.
    pub(super) fn new(user: User, held: &[UserGroup], hydrate: bool) -> Self {
        let own = held.iter().filter(|group| group.user_id == user.id && group.direct);
        let link = |group: &UserGroup| {
            let id = group.group_id.to_string();
            if hydrate { GroupShown::Link(GroupLink { id, name: group.name.clone() }) } else { GroupShown::Id(id) }
        };
        Self {
            id: user.id.to_string(),
            active: user.record.active != Some(false),
            username: user.record.user_name,
            email: user.record.email.into(),
            display_name: user.record.display_name.into(),
            created: Timestamp(user.created_at),
            updated: Timestamp(user.updated_at),
            groups: own.map(link).collect(),
        }
    }
}

/// A page of groups.
#[derive(Object)]
pub(super) struct GroupPage {
    /// The groups.
    pub(super) items: Vec<GroupRead>,
    /// Send it as `cursor` to read on; null on the last page.
    pub(super) next_cursor: Nullable<String>,
    /// Whether another page follows.
    pub(super) next_page: bool,
    /// Groups a page has at the most.
    pub(super) limit: i64,
    /// Groups of the whole list; 0 with `include_total=false`.
    pub(super) collection_total: i64,
}

/// A group to be created.
#[derive(Object)]
pub(super) struct GroupWriteCreate {
    /// Its name, unique in the tenant without regard to case.
    #[oai(validator(min_length = 1, max_length = 256))]
    pub(super) name: String,
    /// Free text.
    #[oai(validator(max_length = 4096))]
    pub(super) description: Option<String>,
    /// Scopes it grants.
    #[oai(validator(max_items = 1000))]
    pub(super) scopes: Option<Vec<String>>,
    /// Ids of scope sets it grants.
    #[oai(validator(max_items = 1000))]
    pub(super) scope_sets: Option<Vec<String>>,
    /// Ids of its first members.
    #[oai(validator(max_items = 10000))]
    pub(super) users: Option<Vec<String>>,
}

/// A group's record, whole: what is left out returns to its default.
#[derive(Object)]
pub(super) struct GroupWriteReplace {
    /// Its name, unique in the tenant without regard to case.
    #[oai(validator(min_length = 1, max_length = 256))]
    pub(super) name: String,
    /// Free text.
    #[oai(validator(max_length = 4096))]
    pub(super) description: Option<String>,
    /// Scopes it grants.
    #[oai(validator(max_items = 1000))]
    pub(super) scopes: Option<Vec<String>>,
    /// Ids of scope sets it grants.
    #[oai(validator(max_items = 1000))]
    pub(super) scope_sets: Option<Vec<String>>,
}

/// What of a group is to change; what is left out stays.
#[derive(Object)]
pub(super) struct GroupWriteUpdate {
    /// Its name, unique in the tenant without regard to case; null counts as left out.
    #[oai(validator(min_length = 1, max_length = 256))]
    pub(super) name: Option<String>,
    /// Free text; null takes it away.
    #[oai(validator(max_length = 4096))]
    pub(super) description: MaybeUndefined<String>,
    /// Scopes it grants, all of them; null for none.
    #[oai(validator(max_items = 1000))]
    pub(super) scopes: MaybeUndefined<Vec<String>>,
    /// Ids of the scope sets it grants, all of them; null for none.
    #[oai(validator(max_items = 1000))]
    pub(super) scope_sets: MaybeUndefined<Vec<String>>,
}

sent!(GroupWriteCreate);
sent!(GroupWriteReplace);
sent!(GroupWriteUpdate);

/// A user is no longer in a group.
#[derive(Object)]
pub(super) struct Removed {
    /// Always true.
    pub(super) success: bool,
    /// The same for people.
    pub(super) message: String,
    /// The group.
    pub(super) group_id: String,
    /// The user.
    pub(super) user_id: String,
}
