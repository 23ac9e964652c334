//! Who is in a group: direct members as rows, child groups as edges, and what a request changes about them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ids::{GroupId, UserId};

/// One entry of a group's `members`, as SCIM shows both sorts in one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Member {
    /// A direct user.
    User(UserId),
    /// A child group.
    Group(GroupId),
}

impl Member {
    /// The bare id.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::User(id) => id.uuid(),
            Self::Group(id) => id.uuid(),
        }
    }

    /// These users, and behind them these child groups.
    #[must_use]
    pub fn all(users: Vec<Uuid>, groups: Vec<Uuid>) -> Vec<Self> {
        let users = users.into_iter().map(|id| Self::User(id.into()));
        users.chain(groups.into_iter().map(|id| Self::Group(id.into()))).collect()
    }
}

/// A member with what the native APIs show of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberDetail {
    /// The user.
    pub user_id: UserId,
    /// Its unique name.
    pub user_name: String,
    /// Primary address.
    pub email: Option<String>,
    /// Name to show.
    pub display_name: Option<String>,
    /// Whether the account may be used.
    pub active: bool,
    /// When the membership was made.
    pub added_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// The groups through which it holds; empty for a direct member.
    pub via: Vec<GroupLink>,
}

/// A group by id and name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct GroupLink {
    /// The group.
    #[serde(rename = "group_id")]
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

/// A group a user is in, for SCIM's `groups`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGroup {
    /// The user.
    pub user_id: UserId,
    /// The group.
    pub group_id: GroupId,
    /// Its name.
    pub name: String,
    /// Whether the user is in the group itself, not only in one below it.
    pub direct: bool,
}

/// A child group with what the native APIs show of it.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedGroup {
    /// The group.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub group_type: super::group::GroupType,
    /// Its direct members now.
    pub member_count: i64,
    /// Whether the edge makes its parent the primary one.
    pub is_primary: bool,
}

/// What the ids of a change of members may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MemberKinds {
    /// Users and child groups, as SCIM has both in one list.
    #[default]
    Both,
    /// Users alone; the id of a group is as good as unknown.
    Users,
    /// Child groups alone.
    Groups,
}

/// What becomes of ids to add that name nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownIds {
    /// What the tenant's setting for SCIM says.
    #[default]
    AsSet,
    /// Nothing is changed, and all of them are named.
    Refuse,
    /// They are passed over and listed in the outcome.
    PassOver,
}

/// From when and until when a membership holds; without either it holds always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validity {
    /// From when.
    pub from: Option<DateTime<Utc>>,
    /// Until when, exclusive.
    pub until: Option<DateTime<Utc>>,
}

impl Validity {
    /// Whether it is the whole of time.
    #[must_use]
    pub const fn is_always(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }
}

/// What a request changes about a group's members. Ids are as the client meant them: which of them are users and which
/// groups is found out in the statement that applies the change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberChange {
    /// All that were there go first.
    pub replace: bool,
    /// With `replace` off: every user and no group goes, or the reverse.
    pub clear_users: bool,
    /// See `clear_users`.
    pub clear_groups: bool,
    /// Ids to be in afterwards.
    pub add: Vec<Uuid>,
    /// Ids to be out afterwards; those that are not in are no error.
    pub remove: Vec<Uuid>,
    /// Ids asked to be in that cannot be anybody's: no UUIDs. As good as unknown.
    pub malformed: Vec<String>,
    /// Whether malformed ids alone are passed over instead of refused.
    pub tolerate_malformed: bool,
    /// Up to how many members the outcome should tell, if it can be had without asking again. 0 for none.
    pub told: i64,
    /// What the ids may name.
    pub kinds: MemberKinds,
    /// What becomes of ids to add that name nobody.
    pub unknown: UnknownIds,
    /// For users to add: when they are members. Given, it also becomes that of those that are in already.
    pub validity: Validity,
}

impl MemberChange {
    /// Whether it asks for nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.replaces_some() && self.add.is_empty() && self.remove.is_empty() && self.malformed.is_empty()
    }

    /// Whether members go that it does not name.
    #[must_use]
    pub const fn replaces_some(&self) -> bool {
        self.replace || self.clear_users || self.clear_groups
    }

    /// Exactly these.
    #[must_use]
    pub fn exactly(ids: Vec<Uuid>) -> Self {
        Self { replace: true, add: ids, ..Self::default() }
    }
}

/// What a change of members came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberOutcome {
    /// Users that were not in before.
    pub added_users: Vec<UserId>,
    /// Child groups that were not in before.
    pub added_groups: Vec<GroupId>,
    /// Users that were in before.
    pub removed_users: Vec<UserId>,
    /// Child groups that were in before.
    pub removed_groups: Vec<GroupId>,
    /// All members there are afterwards, users before child groups, each by id: if the change asked to be told and they
    /// were at hand.
    pub members: Option<Vec<Member>>,
    /// Users that were in before and are from now on at other times.
    pub rescheduled_users: Vec<UserId>,
    /// Ids to add that name nobody and were passed over. They are no change.
    pub unknown: Vec<String>,
}

impl MemberOutcome {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added_users.is_empty()
            && self.added_groups.is_empty()
            && self.removed_users.is_empty()
            && self.removed_groups.is_empty()
            && self.rescheduled_users.is_empty()
    }
}

/// An edge from a group to one right below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edge {
    /// The group above.
    pub parent: GroupId,
    /// The group below.
    pub child: GroupId,
}
