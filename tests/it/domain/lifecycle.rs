//! Deletion and what brings back: an administrator's restore brings all of it, a client's POST only what it posts.

use convoke::domain::{Error, Thing};
use convoke::model::group::Group;
use serde_json::{Value, json};

use super::{Desk, refusal};

/// What is read does not carry the folded copy that filters are answered from.
fn as_read(mut group: Group) -> Group {
    group.record.search = Value::Null;
    group
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_user_has_its_memberships_back() {
    let desk = Desk::set_up(&[]).await;
    let (user, other) = (desk.user("user").await, desk.user("other").await);
    let (one, two) = (desk.group("one").await, desk.group("two").await);
    desk.add(one, &[user.uuid(), other.uuid()]).await.unwrap();
    desk.add(two, &[user.uuid()]).await.unwrap();
    desk.delete_user(user).await;
    assert_eq!(desk.members(one).await, [other]);
    assert_eq!(desk.find(two).await.member_count(), 0);
    // Taken out of a group while away: nothing to come back to.
    desk.remove(one, &[user.uuid()]).await.unwrap();
    desk.delete_group(two).await;
    let back = desk.domain().restore_user(&desk.scope, user).await.unwrap();
    assert_eq!((back.id, back.record.user_name.as_str()), (user, "user"));
    assert_eq!(desk.members(one).await, [user, other]);
    desk.check_counters().await;
    let two = desk.restore(two).await.unwrap().group;
    assert_eq!(two.member_count(), i64::try_from(desk.members(two.id).await.len()).unwrap());
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_is_posted_again_has_its_id_and_nothing_else() {
    let desk = Desk::set_up(&[]).await;
    let user = desk.post_user(json!({ "userName": "a", "externalId": "e", "title": "T" })).await.unwrap().0;
    let group = desk.group("group").await;
    desk.add(group, &[user.id.uuid()]).await.unwrap();
    desk.delete_user(user.id).await;
    let (back, restored) = desk.post_user(json!({ "userName": "b", "externalId": "e" })).await.unwrap();
    assert!(restored && back.id == user.id && back.version > user.version);
    assert_eq!((back.record.user_name.as_str(), back.record.attributes.len()), ("b", 0));
    assert_eq!(desk.members(group).await, []);
    // Nor do they come back with the next deletion and restore.
    desk.delete_user(user.id).await;
    desk.domain().restore_user(&desk.scope, user.id).await.unwrap();
    assert_eq!(desk.members(group).await, []);
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inactive_namesake_is_a_conflict_and_a_tenant_may_not_want_returns() {
    let desk = Desk::set_up(&[]).await;
    let inactive = json!({ "userName": "a", "externalId": "e", "active": false });
    desk.post_user(inactive).await.unwrap();
    let (error, text) = refusal(desk.post_user(json!({ "userName": "b", "externalId": "e" })).await);
    assert!(matches!(error, Error::Taken { attribute: "externalId", .. }), "{text}");
    let desk = Desk::set_up(&["scim.resurrect=false"]).await;
    let user = desk.user("user").await;
    desk.delete_user(user).await;
    assert_ne!(desk.user("user").await, user);
    let group = desk.group("group").await;
    desk.delete_group(group).await;
    assert_ne!(desk.group("group").await, group);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lives_or_lost_its_name_is_not_restored() {
    let desk = Desk::set_up(&["scim.resurrect=false"]).await;
    let (user, group) = (desk.user("name").await, desk.group("name").await);
    let user_refused = async || refusal(desk.domain().restore_user(&desk.scope, user).await).0;
    let group_refused = async || refusal(desk.restore(group).await).0;
    assert!(matches!(user_refused().await, Error::NotFound(Thing::User)));
    assert!(matches!(group_refused().await, Error::NotFound(Thing::Group)));
    desk.delete_user(user).await;
    desk.delete_group(group).await;
    desk.user("NAME").await;
    desk.group("NAME").await;
    assert!(matches!(user_refused().await, Error::Taken { attribute: "userName", .. }));
    assert!(matches!(group_refused().await, Error::Taken { attribute: "displayName", .. }));
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_group_has_its_members_and_parents_back() {
    let desk = Desk::set_up(&[]).await;
    let (user, leaver) = (desk.user("user").await, desk.user("leaver").await);
    let parent = desk.group("parent").await;
    let group = desk.group_below("group", parent).await;
    let also = desk.group("also").await;
    desk.add(also, &[group.uuid()]).await.unwrap();
    desk.add(group, &[user.uuid(), leaver.uuid()]).await.unwrap();
    let num = desk.find(group).await.num;
    desk.delete_group(group).await;
    assert_eq!((desk.children(parent).await, desk.children(also).await), (Vec::new(), Vec::new()));
    desk.delete_user(leaver).await;
    let back = desk.restore(group).await.unwrap().group;
    assert_eq!((back.num, back.parent, back.member_count()), (num, Some(parent), 1));
    assert_eq!(desk.members(group).await, [user]);
    assert_eq!(desk.children(parent).await, [(group, true)]);
    assert_eq!(desk.children(also).await, [(group, false)]);
    assert_eq!(desk.find(group).await, back, "what the verb answers is what is stored");
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_is_posted_again_is_empty() {
    let desk = Desk::set_up(&[]).await;
    let (user, other) = (desk.user("user").await, desk.user("other").await);
    let (parent, child) = (desk.group("parent").await, desk.group("child").await);
    let group = desk.group_below("group", parent).await;
    desk.add(group, &[user.uuid(), child.uuid()]).await.unwrap();
    desk.delete_group(group).await;
    let (back, restored) = desk.post_group("group", None, &[other.uuid()]).await.unwrap();
    assert!(restored && back.id == group);
    assert_eq!((back.parent, back.member_count(), back.nested_groups), (None, 1, 0));
    assert_eq!(desk.members(group).await, [other]);
    assert_eq!(desk.find(group).await, as_read(back), "what the verb answers is what is stored");
    desk.check_counters().await;
}
