//! Change sets of users: what becomes of each, when they are members, and who waits for whom.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use convoke::domain::{Error, GroupChange, GroupDraft, Result, UserChange, UserOutcome};
use convoke::model::group::Group;
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::{MemberChange, Validity};
use convoke::model::version::{EntityTags, Version};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Desk, refusal};

impl Desk {
    async fn set(&self, group: GroupId, change: UserChange) -> Result<(Group, UserOutcome)> {
        self.domain().change_users(&self.scope, group, None, &change).await
    }

    fn in_days(&self, days: i64) -> DateTime<Utc> {
        self.domain().clock().now() + TimeDelta::days(days)
    }

    /// Moves the times of a membership, as the passing of days would.
    async fn shift(&self, group: GroupId, user: UserId, days: i32) {
        let query = "UPDATE members SET valid_from = valid_from - make_interval(days => $3),
                expires_at = expires_at - make_interval(days => $3)
             WHERE group_id = $1::text::uuid AND user_id = $2::text::uuid";
        self.site.sql.rows(query, &[&group.to_string(), &user.to_string(), &days]).await;
    }
}

fn add(users: &[UserId]) -> UserChange {
    UserChange { add: users.to_vec(), ..UserChange::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_set_says_what_became_of_each() {
    let desk = Desk::set_up(&[]).await;
    let group = desk.group("group").await;
    let child = desk.group_below("child", group).await;
    let (a, b, c, d) = (desk.user("a").await, desk.user("b").await, desk.user("c").await, desk.user("d").await);
    desk.set(group, add(&[a, b])).await.unwrap();
    let change = UserChange { add: vec![c, a, c], remove: vec![d, b, child.uuid().into(), b], ..UserChange::default() };
    let (changed, outcome) = desk.set(group, change.clone()).await.unwrap();
    assert_eq!((&outcome.added, &outcome.already), (&vec![c], &vec![a]));
    assert_eq!((&outcome.removed, &outcome.absent), (&vec![b], &vec![d, child.uuid().into()]));
    assert_eq!((changed.member_count(), changed.nested_groups), (2, 1), "a child group is no user to remove");
    let traces = desk.site.sql.traces().await;
    let (again, outcome) = desk.set(group, change).await.unwrap();
    assert!(outcome.added.is_empty() && outcome.removed.is_empty() && again.version == changed.version);
    assert_eq!(desk.site.sql.traces().await, traces, "the second time changes nothing");
    desk.check_counters().await;
    desk.check_history().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_users_are_named_or_passed_over() {
    // The tenant's setting for SCIM has no say here.
    let desk = Desk::set_up(&["scim.unknown_members=skip"]).await;
    let (group, child, user) = (desk.group("group").await, desk.group("child").await, desk.user("user").await);
    desk.add(group, &[child.uuid()]).await.unwrap();
    let gone = desk.user("gone").await;
    desk.delete_user(gone).await;
    let change = UserChange {
        add: vec![user, gone, child.uuid().into()],
        malformed: vec!["nobody".to_owned()],
        ..UserChange::default()
    };
    let (error, text) = refusal(desk.set(group, change.clone()).await);
    let Error::UnknownMembers(mut unknown) = error else { panic!("{text}") };
    unknown.sort();
    let mut expected = ["nobody".to_owned(), gone.to_string(), child.to_string()];
    expected.sort();
    assert_eq!(unknown, expected);
    assert_eq!(desk.members(group).await, []);
    let (_, outcome) = desk.set(group, UserChange { partial: true, ..change }).await.unwrap();
    let mut passed = outcome.unknown;
    passed.sort();
    assert_eq!((passed, outcome.added), (expected.to_vec(), vec![user]));
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_membership_has_its_time() {
    let desk = Desk::set_up(&[]).await;
    let (group, user, other) = (desk.group("group").await, desk.user("user").await, desk.user("other").await);
    let until = |days| Validity { from: None, until: Some(desk.in_days(days)) };
    let (limited, outcome) = desk.set(group, UserChange { validity: until(10), ..add(&[user]) }).await.unwrap();
    assert_eq!((limited.version.0, &outcome.added), (2, &vec![user]));
    assert_eq!((limited.member_count(), limited.standing_members, &limited), (1, 0, &desk.find(group).await));
    let added_at = async || -> std::time::SystemTime {
        desk.site.sql.value("SELECT added_at FROM members WHERE user_id = $1::text::uuid", &[&user.to_string()]).await
    };
    let first = added_at().await;

    let (same, outcome) = desk.set(group, add(&[user])).await.unwrap();
    assert_eq!((same.version.0, &outcome.already), (2, &vec![user]), "without times they stay as they are");
    let (longer, outcome) = desk.set(group, UserChange { validity: until(20), ..add(&[user, other]) }).await.unwrap();
    assert_eq!((longer.version.0, &outcome.already, &outcome.added), (3, &vec![user], &vec![other]));
    assert_eq!(longer.member_count(), 2);
    assert_eq!(added_at().await, first, "a longer membership has begun when it began");
    let told: String = desk.site.sql.value("SELECT after::text FROM events ORDER BY seq DESC LIMIT 1", &[]).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["rescheduled_users"], &told["added_users"]), (&json!([user]), &json!([other])));
    assert!(told["expires_at"].is_string() && told.get("valid_from").is_none(), "{told}");

    desk.shift(group, user, 30).await;
    assert_eq!(desk.find(group).await.member_count(), 1, "over");
    let (_, outcome) = desk.set(group, UserChange { remove: vec![user], ..UserChange::default() }).await.unwrap();
    assert_eq!(outcome.absent, [user], "whoever has left by time is not in any more");
    let (back, outcome) = desk.set(group, add(&[user])).await.unwrap();
    assert_eq!((&outcome.added, back.standing_members), (&vec![user], 1), "and can come back");
    assert!(added_at().await > first);
    desk.set(group, add(&[user])).await.unwrap();
    assert_eq!(desk.find(group).await.member_count(), 2);
    let (left, _) = desk.set(group, UserChange { remove: vec![other], ..UserChange::default() }).await.unwrap();
    assert_eq!((left.member_count(), &left), (1, &desk.find(group).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_membership_may_begin_later() {
    let desk = Desk::set_up(&[]).await;
    let (group, user, late) = (desk.group("group").await, desk.user("user").await, desk.user("late").await);
    let later = Validity { from: Some(desk.in_days(5)), until: Some(desk.in_days(9)) };
    let scheduled = UserChange { validity: later, ..add(&[user, late]) };
    let (_, outcome) = desk.set(group, scheduled.clone()).await.unwrap();
    assert_eq!(outcome.added, [user, late]);
    assert_eq!(desk.find(group).await.member_count(), 0);
    let (_, outcome) = desk.set(group, scheduled).await.unwrap();
    assert_eq!(outcome.already, [user, late], "said twice");
    let (now, outcome) = desk.set(group, add(&[user])).await.unwrap();
    assert_eq!((outcome.added, now.standing_members), (vec![user], 1), "from now on after all");
    desk.shift(group, late, 6).await;
    assert_eq!(desk.find(group).await.member_count(), 2, "begun by now");
    let (_, outcome) = desk.set(group, UserChange { remove: vec![late], ..UserChange::default() }).await.unwrap();
    assert_eq!(outcome.removed, [late]);
    for (from, until) in [(None, -1), (Some(9), 5), (Some(5), 5)] {
        let validity = Validity { from: from.map(|days| desk.in_days(days)), until: Some(desk.in_days(until)) };
        let outcome = desk.set(group, UserChange { validity, ..add(&[user]) }).await;
        assert!(matches!(refusal(outcome).0, Error::Invalid { attribute: "expires_at", .. }), "{validity:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_in_the_group_itself_is_told_where() {
    let desk = Desk::set_up(&[]).await;
    let (user, stranger) = (desk.user("user").await, desk.user("stranger").await);
    let top = desk.group("top").await;
    let (near, far) = (desk.group_below("near", top).await, desk.group("far").await);
    desk.add(near, &[far.uuid(), user.uuid()]).await.unwrap();
    desk.add(far, &[user.uuid()]).await.unwrap();
    let remove = async |user| desk.domain().remove_member(&desk.scope, top, None, user).await;
    let (error, text) = refusal(remove(user).await);
    let Error::NotAMember { through } = error else { panic!("{text}") };
    assert_eq!(through.iter().map(|group| group.id).collect::<Vec<_>>(), [near, far], "nearest first");
    assert!(text.contains("\"near\"") && text.contains("\"far\""), "{text}");
    assert!(matches!(refusal(remove(stranger).await).0, Error::NotAMember { through } if through.is_empty()));
    desk.add(top, &[user.uuid()]).await.unwrap();
    assert_eq!(remove(user).await.unwrap().member_count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_version_changes_nothing() {
    let desk = Desk::set_up(&[]).await;
    let (group, child, user) = (desk.group("group").await, desk.group("child").await, desk.user("user").await);
    let stale = EntityTags::parse("W/\"7\"");
    let (domain, scope, stale) = (desk.domain(), &desk.scope, Some(&stale));
    let traces = desk.site.sql.traces().await;
    let timed = Validity { from: None, until: Some(desk.in_days(1)) };
    let renamed = GroupChange { name: Some("other".to_owned()), ..GroupChange::default() };
    let outcomes = [
        domain.change_users(scope, group, stale, &add(&[user])).await.map(drop),
        domain.change_users(scope, group, stale, &UserChange { validity: timed, ..add(&[user]) }).await.map(drop),
        domain.remove_member(scope, group, stale, user).await.map(drop),
        domain.nest_groups(scope, group, stale, &[child], &[]).await.map(drop),
        domain.unnest_group(scope, group, stale, child).await.map(drop),
        domain.change_group(scope, group, stale, &renamed).await.map(drop),
        domain.delete_group(scope, group, stale, Default::default()).await,
    ];
    for (number, outcome) in outcomes.into_iter().enumerate() {
        assert!(matches!(refusal(outcome).0, Error::VersionMismatch { .. }), "{number}");
    }
    assert_eq!(desk.site.sql.traces().await, traces);
    desk.delete_group(group).await;
    let outcome = domain.restore_group(scope, group, stale, false).await;
    assert!(matches!(refusal(outcome).0, Error::VersionMismatch { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_nested_and_taken_out_edge_by_edge() {
    let desk = Desk::set_up(&[]).await;
    let (top, a, b) = (desk.group("top").await, desk.group("a").await, desk.group("b").await);
    let user = desk.user("user").await;
    let nest = async |children: &[GroupId]| desk.domain().nest_groups(&desk.scope, top, None, children, &[]).await;
    let made = nest(&[a, b, a]).await.unwrap();
    assert_eq!((made.added, made.already, made.group.nested_groups), (vec![a, b], vec![], 2));
    let again = nest(&[b]).await.unwrap();
    assert_eq!((again.added, again.already), (vec![], vec![b]));
    assert!(matches!(refusal(nest(&[user.uuid().into()]).await).0, Error::UnknownMembers(_)), "a user is no group");
    desk.hang(a, Some(top)).await.unwrap();
    let unnest = async |child| desk.domain().unnest_group(&desk.scope, top, None, child).await;
    assert_eq!(unnest(a).await.unwrap().nested_groups, 1);
    assert_eq!(desk.find(a).await.parent, None, "it was the primary edge");
    assert!(matches!(refusal(unnest(a).await).0, Error::NotFound(_)));
    desk.check_counters().await;
    desk.check_history().await;
}

impl Desk {
    /// Waits until so many transactions wait for a lock.
    async fn until_waiting(&self, number: i64) {
        let query = "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'";
        while self.site.sql.value::<i64>(query, &[]).await < number {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The turn at nesting is the tenant's: who makes a group of users would wait for every other one who does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_comes_with_users_alone_waits_for_nobody() {
    let desk = Desk::set_up(&[]).await;
    let (user, child) = (desk.user("user").await, desk.group("child").await);
    let holder = crate::support::sql(desk.site.server.database_url()).await;
    holder.batch_execute("BEGIN; SELECT FROM tenant_locks FOR UPDATE").await.unwrap();
    let alone = [user.uuid()];
    let users = tokio::time::timeout(Duration::from_secs(20), desk.post_group("users", None, &alone)).await;
    let users = users.expect("nobody has to let go first").unwrap().0;
    assert_eq!((users.standing_members, users.version), (1, Version(1)));
    let both = [user.uuid(), child.uuid()];
    let nests = desk.post_group("nests", None, &both);
    let lets_go = async {
        desk.until_waiting(1).await;
        let there: i64 = desk.site.sql.value("SELECT count(*) FROM groups", &[]).await;
        assert_eq!(there, 2, "nothing of what waits is there");
        holder.batch_execute("COMMIT").await.unwrap();
    };
    let nests = tokio::join!(nests, lets_go).0.unwrap().0;
    assert_eq!((nests.standing_members, nests.nested_groups, nests.version), (1, 1, Version(1)));
    desk.check_counters().await;
    desk.check_history().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_in_a_circle() {
    let desk = Desk::set_up(&[]).await;
    let (users, groups) =
        ([desk.user("a").await, desk.user("b").await], [desk.group("a").await, desk.group("b").await]);
    for (user, group) in users.iter().zip(groups) {
        desk.add(group, &[user.uuid()]).await.unwrap();
    }
    let holder = crate::support::sql(desk.site.server.database_url()).await;
    holder.batch_execute("BEGIN; SELECT FROM groups FOR UPDATE").await.unwrap();
    let mut work = JoinSet::new();
    // Each group gets the other one's member, the long way; then both members are deleted. Everybody wants what another
    // one may hold.
    for (group, user) in groups.into_iter().zip([users[1], users[0]]) {
        let (domain, scope) = (desk.domain().clone(), desk.scope.clone());
        work.spawn(async move {
            let same = |group: &Group| Ok(GroupDraft::keeping(group));
            let members = MemberChange { add: vec![user.uuid()], ..MemberChange::default() };
            domain.modify_group(&scope, group, None, same, &members).await.map(drop)
        });
    }
    desk.until_waiting(2).await;
    for user in users {
        let (domain, scope) = (desk.domain().clone(), desk.scope.clone());
        work.spawn(async move { domain.delete_user(&scope, user, None).await });
    }
    desk.until_waiting(4).await;
    holder.batch_execute("COMMIT").await.unwrap();
    while let Some(outcome) = work.join_next().await {
        outcome.unwrap().unwrap();
    }
    let query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(desk.site.sql.value::<i64>(query, &[]).await, 0);
    assert_eq!((desk.members(groups[0]).await, desk.members(groups[1]).await), (vec![], vec![]));
    desk.check_counters().await;
    desk.check_history().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_compared_with_the_members_there_are_when_its_turn_comes() {
    let desk = Desk::set_up(&[]).await;
    let group = desk.group("group").await;
    let (a, b, c, d) = (desk.user("a").await, desk.user("b").await, desk.user("c").await, desk.user("d").await);
    desk.set(group, add(&[a, b])).await.unwrap();
    let holder = crate::support::sql(desk.site.server.database_url()).await;
    holder.batch_execute("BEGIN; SELECT FROM groups FOR UPDATE").await.unwrap();
    let (domain, scope) = (desk.domain().clone(), desk.scope.clone());
    let wanted = MemberChange::exactly(vec![b.uuid(), c.uuid()]);
    let put = tokio::spawn(async move { domain.change_members(&scope, group, None, &wanted).await });
    desk.until_waiting(1).await;
    // It has seen that one is missing and one is too many. Now one that was there goes, and one comes that nobody listed.
    let meanwhile = format!(
        "UPDATE members SET user_id = '{d}' WHERE group_id = '{group}' AND user_id = '{b}';
         UPDATE groups SET version = version + 1 WHERE id = '{group}'; COMMIT"
    );
    holder.batch_execute(&meanwhile).await.unwrap();
    let (changed, outcome) = put.await.unwrap().unwrap();
    let sorted = |mut users: Vec<UserId>| {
        users.sort();
        users
    };
    assert_eq!((sorted(outcome.added_users), sorted(outcome.removed_users)), (sorted(vec![b, c]), sorted(vec![a, d])));
    assert_eq!((changed.member_count(), sorted(desk.members(group).await)), (2, sorted(vec![b, c])));
    desk.check_counters().await;
}
