//! How groups hang together: rings, depth, and what becomes of children.

use convoke::domain::Error;
use convoke::model::group::DeleteStrategy;
use convoke::model::ids::GroupId;
use convoke::model::membership::{Edge, MemberChange};

use super::{Desk, refusal};

async fn chain(desk: &Desk, prefix: &str, length: u32) -> Vec<GroupId> {
    let mut groups: Vec<GroupId> = Vec::new();
    for number in 1..=length {
        let group = desk.group(&format!("{prefix}{number}")).await;
        if let Some(above) = groups.last() {
            desk.add(*above, &[group.uuid()]).await.unwrap();
        }
        groups.push(group);
    }
    groups
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_of_a_deleted_group_go_to_its_primary_parent() {
    let desk = Desk::set_up(&[]).await;
    let top = desk.group("top").await;
    let middle = desk.group_below("middle", top).await;
    let (own, also) = (desk.group_below("own", middle).await, desk.group_below("also", middle).await);
    let shared = desk.group("shared").await;
    desk.add(middle, &[shared.uuid()]).await.unwrap();
    // One of the two hangs below the heir already.
    desk.add(top, &[also.uuid()]).await.unwrap();
    desk.delete_group(middle).await;
    assert_eq!(desk.children(top).await, [(own, true), (also, true)]);
    for child in [own, also] {
        assert_eq!(desk.find(child).await.parent, Some(top));
    }
    assert_eq!(desk.find(shared).await.parent, None);
    desk.check_counters().await;
    desk.delete_group(top).await;
    for child in [own, also] {
        assert_eq!(desk.find(child).await.parent, None, "without an heir they become roots");
    }
    desk.check_counters().await;
    let (error, _) = refusal(desk.restore(middle).await);
    assert!(matches!(error, Error::ParentGone { id } if id == top), "where it hung is gone");
    let back = desk.restore_as_root(middle).await.unwrap();
    assert_eq!((back.group.parent, back.group.nested_groups), (None, 0));
    assert_eq!(back.dropped, [Edge { parent: top, child: middle }]);
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn among_siblings_a_name_may_be_taken_where_a_child_goes() {
    let desk = Desk::set_up(&["groups.name_unique=sibling"]).await;
    let top = desk.group("top").await;
    let middle = desk.group_below("middle", top).await;
    let child = desk.group_below("same", middle).await;
    let uncle = desk.post_group("same", Some(top), &[]).await.unwrap().0.id;
    let outcome = desk.delete_as(middle, DeleteStrategy::Orphan).await;
    assert!(matches!(refusal(outcome).0, Error::Taken { attribute: "displayName", .. }));
    assert_eq!(desk.find(child).await.parent, Some(middle), "nothing has changed");
    let outcome = desk.hang(child, Some(top)).await;
    assert!(matches!(refusal(outcome).0, Error::Taken { .. }));
    desk.delete_group(uncle).await;
    desk.delete_group(middle).await;
    assert_eq!(desk.find(child).await.parent, Some(top));
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ring_is_refused_and_named() {
    let desk = Desk::set_up(&[]).await;
    let ring = chain(&desk, "g", 3).await;
    let text = async |parent: usize, child: usize| {
        let (error, text) = refusal(desk.add(ring[parent], &[ring[child].uuid()]).await);
        assert!(matches!(error, Error::Cycle(_)), "{text}");
        text
    };
    assert_eq!(text(2, 0).await, "Nesting would create a cycle: g3 → g1 → g2 → g3");
    assert_eq!(text(1, 0).await, "Nesting would create a cycle: g2 → g1 → g2");
    assert_eq!(text(1, 1).await, "Nesting would create a cycle: g2 → g2");
    let (error, text) = refusal(desk.hang(ring[0], Some(ring[2])).await);
    assert!(matches!(error, Error::Cycle(_)), "{text}");
    let (error, _) = refusal(desk.post_group("g4", Some(GroupId::generate(desk.domain().clock())), &[]).await);
    assert!(matches!(error, Error::UnknownParent { .. }));
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_edges_in_one_request_that_close_a_ring_none_is_made() {
    let desk = Desk::set_up(&[]).await;
    let (a, b) = (desk.group("a").await, desk.group("b").await);
    desk.add(a, &[b.uuid()]).await.unwrap();
    let user = desk.user("user").await;
    let before = desk.find(b).await;
    assert!(desk.add(b, &[user.uuid(), a.uuid()]).await.is_err());
    assert_eq!(desk.find(b).await, before);
    assert_eq!(desk.members(b).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_has_at_most_32_groups() {
    let desk = Desk::set_up(&[]).await;
    let long = chain(&desk, "long", 32).await;
    let one = desk.group("one").await;
    for (parent, child) in [(long[31], one), (one, long[0])] {
        let (error, text) = refusal(desk.add(parent, &[child.uuid()]).await);
        assert!(matches!(error, Error::TooDeep { length: 33, limit: 32 }), "{text}");
    }
    desk.add(long[30], &[one.uuid()]).await.unwrap();
    let (upper, lower) = (chain(&desk, "upper", 16).await, chain(&desk, "lower", 17).await);
    let (error, _) = refusal(desk.add(upper[15], &[lower[0].uuid()]).await);
    assert!(matches!(error, Error::TooDeep { length: 33, limit: 32 }));
    desk.add(upper[14], &[lower[0].uuid()]).await.unwrap();
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_may_want_less_depth_and_width() {
    let desk = Desk::set_up(&["groups.max_depth=2", "groups.max_children=2"]).await;
    let top = desk.group("top").await;
    let below = desk.group_below("below", top).await;
    let third = desk.group("third").await;
    assert!(matches!(refusal(desk.hang(third, Some(below)).await).0, Error::TooDeep { length: 3, limit: 2 }));
    desk.add(top, &[third.uuid()]).await.unwrap();
    let fourth = desk.group("fourth").await;
    assert!(matches!(refusal(desk.add(top, &[fourth.uuid()]).await).0, Error::TooManyChildren { limit: 2 }));
    assert!(matches!(refusal(desk.hang(fourth, Some(top)).await).0, Error::TooManyChildren { limit: 2 }));
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn primary_parents_come_and_go_with_their_edges() {
    let desk = Desk::set_up(&[]).await;
    let (one, two, child) = (desk.group("one").await, desk.group("two").await, desk.group("child").await);
    desk.add(one, &[child.uuid()]).await.unwrap();
    assert_eq!(desk.hang(child, Some(one)).await.unwrap().parent, Some(one));
    assert_eq!(desk.children(one).await, [(child, true)]);
    assert_eq!(desk.hang(child, Some(two)).await.unwrap().parent, Some(two));
    assert_eq!((desk.children(one).await, desk.children(two).await), (vec![], vec![(child, true)]));
    desk.check_counters().await;
    desk.remove(two, &[child.uuid()]).await.unwrap();
    assert_eq!(desk.find(child).await.parent, None, "cutting the primary edge clears the parent");
    desk.check_counters().await;
    desk.hang(child, Some(one)).await.unwrap();
    desk.change_members(one, MemberChange::exactly(Vec::new())).await.unwrap();
    assert_eq!((desk.find(child).await.parent, desk.children(one).await), (None, vec![]));
    desk.hang(child, Some(one)).await.unwrap();
    assert_eq!(desk.hang(child, None).await.unwrap().parent, None);
    assert_eq!(desk.children(one).await, []);
    desk.check_counters().await;
}
