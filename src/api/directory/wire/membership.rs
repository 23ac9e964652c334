//! Members and child groups as they are written: what a client sends, and what became of each.

use poem_openapi::Object;

use super::Ids;
use crate::api::directory::ids::{SentIds, UserRef};
use crate::api::native::body::sent;
use crate::api::native::refused::Fault;
use crate::api::native::types::Timestamp;
use crate::domain::{NestOutcome, UserOutcome};
use crate::model::group::Group;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::Validity;

/// Ids that one request may name.
const MOST_USERS: usize = 10_000;

/// Users to put into a group: 1 to 10,000 in all.
#[derive(Object)]
pub(in crate::api::directory) struct MembersAdd {
    /// The users.
    #[oai(validator(min_items = 1, max_items = 10000))]
    user_ids: Option<Vec<UserRef>>,
    /// Another spelling of `user_ids`.
    #[oai(validator(min_items = 1, max_items = 10000))]
    users_to_add: Option<Vec<UserRef>>,
    /// Another spelling of `user_ids`.
    #[oai(validator(min_items = 1, max_items = 10000))]
    members: Option<Vec<UserRef>>,
    /// Another spelling of `user_ids`.
    #[oai(validator(min_items = 1, max_items = 10000))]
    users: Option<Vec<UserRef>>,
    /// One user.
    user_id: Option<String>,
    /// From when they are members; from now on when left out.
    valid_from: Option<Timestamp>,
    /// Until when, exclusive; for ever when left out.
    expires_at: Option<Timestamp>,
}

sent!(MembersAdd, some_users);

fn some_users(body: &MembersAdd) -> Vec<Fault> {
    let lists = [&body.user_ids, &body.users_to_add, &body.members, &body.users];
    let number = lists.into_iter().flatten().map(Vec::len).sum::<usize>() + usize::from(body.user_id.is_some());
    match number {
        0 => vec![Fault::field("user_ids", "missing", "Field required")],
        1..=MOST_USERS => Vec::new(),
        more => vec![too_many(more)],
    }
}

fn too_many(number: usize) -> Fault {
    Fault::new("body", [], "too_long", format!("A request can name at most {MOST_USERS} users, not {number}"))
}

impl MembersAdd {
    /// When they are to be members.
    pub(in crate::api::directory) fn validity(&self) -> Validity {
        let time = |at: &Option<Timestamp>| at.as_ref().map(|at| at.0);
        Validity { from: time(&self.valid_from), until: time(&self.expires_at) }
    }

    /// The users, whichever way they were spelt.
    pub(in crate::api::directory) fn into_users(self) -> SentIds {
        SentIds::users("user_ids", self.user_ids)
            .and(SentIds::users("users_to_add", self.users_to_add))
            .and(SentIds::users("members", self.members))
            .and(SentIds::users("users", self.users))
            .and(SentIds::one("user_id", self.user_id))
    }
}

/// What became of users that were to be put into a group.
#[derive(Object)]
pub(in crate::api::directory) struct MembersAdded {
    /// The group.
    group_id: String,
    /// Those that were not in it.
    added: Vec<String>,
    /// Those that were in it.
    already_members: Vec<String>,
    /// Those that are no users of the tenant; only with `partial`.
    not_found: Vec<String>,
    /// Direct members as they stand now.
    member_count: i64,
}

impl MembersAdded {
    pub(in crate::api::directory) fn new(ids: Ids, sent: &SentIds, group: &Group, outcome: &UserOutcome) -> Self {
        Self {
            group_id: ids.group(group.id),
            added: print(ids, &outcome.added),
            already_members: print(ids, &outcome.already),
            not_found: sent.passed_over::<UserId>(&outcome.unknown),
            member_count: group.member_count(),
        }
    }
}

/// A change set: users to put into a group and users to take out of it, at most 10,000 in all. Nobody may be in both.
#[derive(Object)]
pub(in crate::api::directory) struct GroupMembershipUpdate {
    /// Users to be in.
    #[oai(validator(max_items = 10000))]
    users_to_add: Option<Vec<UserRef>>,
    /// Users to be out; those that are not in, or are unknown, are no error.
    #[oai(validator(max_items = 10000))]
    users_to_remove: Option<Vec<UserRef>>,
}

sent!(GroupMembershipUpdate);

impl GroupMembershipUpdate {
    /// Users to be in, and users to be out.
    ///
    /// # Errors
    /// Somebody is in both lists, or there are too many.
    pub(in crate::api::directory) fn into_lists(self) -> Result<(SentIds, SentIds), Vec<Fault>> {
        let add = SentIds::users("users_to_add", self.users_to_add);
        let remove = SentIds::users("users_to_remove", self.users_to_remove);
        let mut faults = remove.also_in::<UserId>(&add, "users_to_add");
        let number = add.len() + remove.len();
        faults.extend((number > MOST_USERS).then(|| too_many(number)));
        if faults.is_empty() { Ok((add, remove)) } else { Err(faults) }
    }
}

/// What became of the users of a change set.
#[derive(Object)]
pub(in crate::api::directory) struct MembershipChanged {
    /// The group.
    group_id: String,
    /// Those that came in.
    added: Vec<String>,
    /// Those that went out.
    removed: Vec<String>,
    /// Those that were to come in and were in already.
    already_members: Vec<String>,
    /// Those that were to go out and were not in.
    not_members: Vec<String>,
    /// Those to come in that are no users of the tenant; left out unless `partial` passed over some.
    #[oai(skip_serializing_if_is_none)]
    not_found: Option<Vec<String>>,
    /// Direct members as they stand now.
    member_count: i64,
}

impl MembershipChanged {
    pub(in crate::api::directory) fn new(ids: Ids, sent: &SentIds, group: &Group, outcome: &UserOutcome) -> Self {
        let not_found = sent.passed_over::<UserId>(&outcome.unknown);
        Self {
            group_id: ids.group(group.id),
            added: print(ids, &outcome.added),
            removed: print(ids, &outcome.removed),
            already_members: print(ids, &outcome.already),
            not_members: print(ids, &outcome.absent),
            not_found: Some(not_found).filter(|all| !all.is_empty()),
            member_count: group.member_count(),
        }
    }
}

fn print(ids: Ids, users: &[UserId]) -> Vec<String> {
    users.iter().map(|user| ids.user(*user)).collect()
}

/// Groups to nest in another: 1 to 1,000 in all.
#[derive(Object)]
pub(in crate::api::directory) struct NestedGroupsAdd {
    /// The groups.
    #[oai(validator(min_items = 1, max_items = 1000))]
    group_ids: Option<Vec<String>>,
    /// Another spelling of `group_ids`.
    #[oai(validator(min_items = 1, max_items = 1000))]
    child_group_ids: Option<Vec<String>>,
    /// Another spelling of `group_ids`.
    #[oai(validator(min_items = 1, max_items = 1000))]
    nested_group_ids: Option<Vec<String>>,
    /// One group.
    child_group_id: Option<String>,
}

sent!(NestedGroupsAdd, some_groups);

/// Groups that one request may nest.
const MOST_GROUPS: usize = 1_000;

fn some_groups(body: &NestedGroupsAdd) -> Vec<Fault> {
    let lists = [&body.group_ids, &body.child_group_ids, &body.nested_group_ids];
    let number = lists.into_iter().flatten().map(Vec::len).sum::<usize>() + usize::from(body.child_group_id.is_some());
    match number {
        0 => vec![Fault::field("group_ids", "missing", "Field required")],
        1..=MOST_GROUPS => Vec::new(),
        more => {
            let message = format!("A request can name at most {MOST_GROUPS} groups, not {more}");
            vec![Fault::new("body", [], "too_long", message)]
        }
    }
}

impl NestedGroupsAdd {
    /// The groups, whichever way they were spelt.
    pub(in crate::api::directory) fn into_groups(self) -> SentIds {
        SentIds::list("group_ids", self.group_ids)
            .and(SentIds::list("child_group_ids", self.child_group_ids))
            .and(SentIds::list("nested_group_ids", self.nested_group_ids))
            .and(SentIds::one("child_group_id", self.child_group_id))
    }
}

/// What became of groups that were to be nested in another.
#[derive(Object)]
pub(in crate::api::directory) struct NestedGroupsAdded {
    /// The group they are in.
    group_id: String,
    /// Those that were not in it.
    added: Vec<String>,
    /// Those that were in it.
    already_nested: Vec<String>,
    /// Child groups as they stand now.
    nested_group_count: i64,
}

impl NestedGroupsAdded {
    pub(in crate::api::directory) fn new(ids: Ids, outcome: NestOutcome) -> Self {
        let print = |groups: Vec<GroupId>| groups.into_iter().map(|group| ids.group(group)).collect();
        Self {
            group_id: ids.group(outcome.group.id),
            added: print(outcome.added),
            already_nested: print(outcome.already),
            nested_group_count: outcome.group.nested_groups,
        }
    }
}
