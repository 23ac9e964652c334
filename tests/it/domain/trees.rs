//! Deleting groups that hold others, and bringing whole trees back.

use std::collections::BTreeSet;

use convoke::domain::Error;
use convoke::model::group::{DeleteStrategy, Group};
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::Edge;

use super::{Desk, refusal};

/// `top` with `left` and `right`, and `leaf` below `left`, all by primary edges. `left` also holds `shared`, and `outside`
/// holds `leaf`, by edges that are not primary. `leaf` has a member.
struct Tree {
    top: GroupId,
    left: GroupId,
    right: GroupId,
    leaf: GroupId,
    shared: GroupId,
    outside: GroupId,
    member: UserId,
}

impl Tree {
    async fn plant(desk: &Desk, above: Option<GroupId>) -> Self {
        let top = desk.post_group("top", above, &[]).await.unwrap().0.id;
        let left = desk.group_below("left", top).await;
        let right = desk.group_below("right", top).await;
        let leaf = desk.group_below("leaf", left).await;
        let (shared, outside) = (desk.group("shared").await, desk.group("outside").await);
        let member = desk.user("member").await;
        desk.add(left, &[shared.uuid()]).await.unwrap();
        desk.add(outside, &[leaf.uuid()]).await.unwrap();
        desk.add(leaf, &[member.uuid()]).await.unwrap();
        Self { top, left, right, leaf, shared, outside, member }
    }

    fn own(&self) -> [GroupId; 4] {
        [self.top, self.left, self.right, self.leaf]
    }

    /// Everything hangs as it was planted.
    async fn check_stands(&self, desk: &Desk) {
        assert_eq!(desk.children(self.top).await, [(self.left, true), (self.right, true)]);
        assert_eq!(desk.children(self.left).await, [(self.leaf, true), (self.shared, false)]);
        assert_eq!(desk.children(self.outside).await, [(self.leaf, false)]);
        assert_eq!(desk.members(self.leaf).await, [self.member]);
    }
}

impl Desk {
    async fn is_live(&self, id: GroupId) -> bool {
        self.domain().group(&self.scope, id).await.is_ok()
    }

    /// The groups a kind of event tells of, in order.
    async fn told_of(&self, kind: &str) -> Vec<GroupId> {
        let query = "SELECT resource::text FROM events WHERE kind = $1 ORDER BY seq";
        let ids: Vec<String> = self.site.sql.column(query, &[&kind]).await;
        ids.iter().map(|id| id.parse().unwrap()).collect()
    }

    async fn check_all(&self) {
        self.check_counters().await;
        self.check_history().await;
    }

    /// How many statements that write or lock had run in the transaction that wrote the last event, when it wrote it. The
    /// database numbers them, and the checks of foreign keys with them: those are off for this.
    async fn statements_before_the_last_event(&self) -> i64 {
        self.site.sql.value("SELECT cmin::text::bigint FROM events ORDER BY seq DESC LIMIT 1", &[]).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_holds_something_is_blocked() {
    let desk = Desk::set_up(&[]).await;
    let (user, other) = (desk.user("user").await, desk.user("other").await);
    let group = desk.group("group").await;
    desk.add(group, &[user.uuid(), other.uuid()]).await.unwrap();
    let child = desk.group_below("child", group).await;
    let blocked = async || refusal(desk.delete_as(group, DeleteStrategy::Block).await);
    assert_eq!(blocked().await.1, "Group has 2 members and 1 child group");
    // A membership that is over holds nothing.
    let over = "UPDATE members SET valid_from = now() - interval '2 days', expires_at = now() - interval '1 day'
        WHERE user_id = $1::text::uuid";
    desk.site.sql.rows(over, &[&other.to_string()]).await;
    let counted = "UPDATE groups SET standing_members = 1 WHERE id = $1::text::uuid";
    desk.site.sql.rows(counted, &[&group.to_string()]).await;
    let (error, text) = blocked().await;
    assert!(matches!(error, Error::NotEmpty { members: 1, children: 1 }), "{text}");
    desk.remove(group, &[user.uuid()]).await.unwrap();
    assert!(matches!(blocked().await.0, Error::NotEmpty { members: 0, children: 1 }));
    desk.hang(child, None).await.unwrap();
    desk.delete_as(group, DeleteStrategy::Block).await.unwrap();
    assert!(!desk.is_live(group).await && desk.is_live(child).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cascade_takes_the_tree_and_a_restore_brings_it_back() {
    let desk = Desk::set_up(&[]).await;
    let roof = desk.group("roof").await;
    let tree = Tree::plant(&desk, Some(roof)).await;
    let before: Vec<Group> = futures(&desk, &tree.own()).await;
    desk.delete_as(tree.top, DeleteStrategy::Cascade).await.unwrap();
    for group in tree.own() {
        assert!(!desk.is_live(group).await);
    }
    assert_eq!(desk.told_of("group.deleted").await, [tree.leaf, tree.left, tree.right, tree.top], "deepest first");
    let deletions: Vec<String> =
        desk.site.sql.column("SELECT DISTINCT deletion_id::text FROM groups WHERE deleted_at IS NOT NULL", &[]).await;
    assert_eq!(deletions, [tree.top.to_string()], "one deletion");
    assert_eq!((desk.children(roof).await, desk.children(tree.outside).await), (Vec::new(), Vec::new()));
    assert_eq!(desk.find(tree.shared).await.parent, None, "what is held otherwise is detached, not deleted");
    desk.check_all().await;

    let back = desk.restore(tree.top).await.unwrap();
    assert_eq!((back.group.parent, back.dropped), (Some(roof), Vec::new()));
    tree.check_stands(&desk).await;
    for (old, new) in before.iter().zip(futures(&desk, &tree.own()).await) {
        assert_eq!((&old.record, old.parent, old.num), (&new.record, new.parent, new.num));
        assert_eq!((old.member_count(), old.nested_groups), (new.member_count(), new.nested_groups));
        assert!(new.version > old.version);
    }
    let restored: BTreeSet<GroupId> = desk.told_of("group.restored").await.into_iter().collect();
    assert_eq!(restored, tree.own().into_iter().collect());
    desk.check_all().await;
    desk.delete_as(tree.top, DeleteStrategy::Cascade).await.unwrap();
    desk.restore(tree.top).await.unwrap();
    tree.check_stands(&desk).await;
    desk.check_all().await;
}

async fn futures(desk: &Desk, ids: &[GroupId]) -> Vec<Group> {
    let mut groups = Vec::new();
    for id in ids {
        groups.push(desk.find(*id).await);
    }
    groups
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphans_lose_their_edges_for_good() {
    let desk = Desk::set_up(&[]).await;
    let tree = Tree::plant(&desk, None).await;
    desk.delete_as(tree.left, DeleteStrategy::Orphan).await.unwrap();
    assert_eq!(desk.children(tree.top).await, [(tree.right, true), (tree.leaf, true)]);
    assert_eq!(desk.find(tree.leaf).await.parent, Some(tree.top));
    desk.check_all().await;
    let back = desk.restore(tree.left).await.unwrap();
    assert_eq!((back.group.parent, back.group.nested_groups), (Some(tree.top), 0));
    assert_eq!(desk.find(tree.leaf).await.parent, Some(tree.top), "the child stays where it went");
    desk.check_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_of_a_cascade_comes_back_alone_as_a_root() {
    let desk = Desk::set_up(&[]).await;
    let tree = Tree::plant(&desk, None).await;
    desk.delete_as(tree.top, DeleteStrategy::Cascade).await.unwrap();
    let (error, text) = refusal(desk.restore(tree.left).await);
    assert!(matches!(error, Error::ParentGone { id } if id == tree.top), "{text}");
    let back = desk.restore_as_root(tree.left).await.unwrap();
    assert_eq!(back.dropped, [Edge { parent: tree.top, child: tree.left }]);
    assert_eq!((back.group.parent, back.group.nested_groups), (None, 1));
    assert_eq!(desk.children(tree.left).await, [(tree.shared, false)], "the leaf is still deleted");
    desk.check_all().await;
    let rest = desk.restore(tree.top).await.unwrap();
    assert_eq!(rest.dropped, []);
    assert_eq!(desk.children(tree.top).await, [(tree.right, true)]);
    assert_eq!(desk.children(tree.left).await, [(tree.leaf, true), (tree.shared, false)], "its parent lives");
    desk.check_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edge_that_would_close_a_ring_by_now_is_dropped_and_named() {
    let desk = Desk::set_up(&[]).await;
    let roof = desk.group("roof").await;
    let tree = Tree::plant(&desk, Some(roof)).await;
    desk.delete_as(tree.top, DeleteStrategy::Cascade).await.unwrap();
    // While the tree is away, what was below it comes to lie above its roof.
    let between = desk.group("between").await;
    desk.add(tree.shared, &[between.uuid()]).await.unwrap();
    desk.add(between, &[roof.uuid()]).await.unwrap();
    let back = desk.restore(tree.top).await.unwrap();
    assert_eq!(back.dropped, [Edge { parent: tree.left, child: tree.shared }]);
    assert_eq!(back.group.parent, Some(roof), "the tree's own place comes first");
    assert_eq!(desk.children(tree.left).await, [(tree.leaf, true)]);
    desk.check_all().await;
    assert!(matches!(refusal(desk.add(tree.left, &[tree.shared.uuid()]).await).0, Error::Cycle(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn edges_that_close_a_ring_only_together_do_not_come_back() {
    let desk = Desk::set_up(&[]).await;
    let (one, two) = (desk.group("one").await, desk.group("two").await);
    let top = desk.group("top").await;
    let (left, right) = (desk.group_below("left", top).await, desk.group_below("right", top).await);
    for (parent, child) in [(left, one), (right, two)] {
        desk.add(parent, &[child.uuid()]).await.unwrap();
    }
    let (above_left, above_right) = (desk.group("above left").await, desk.group("above right").await);
    desk.add(above_left, &[left.uuid()]).await.unwrap();
    desk.add(above_right, &[right.uuid()]).await.unwrap();
    desk.delete_as(top, DeleteStrategy::Cascade).await.unwrap();
    // left → one → above right → right → two → above left → left.
    desk.add(one, &[above_right.uuid()]).await.unwrap();
    desk.add(two, &[above_left.uuid()]).await.unwrap();
    let back = desk.restore(top).await.unwrap();
    assert_eq!(back.dropped, [Edge { parent: left, child: one }, Edge { parent: right, child: two }]);
    desk.check_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edge_that_breaks_a_limit_by_now_is_dropped() {
    let desk = Desk::set_up(&["groups.max_depth=4"]).await;
    let roof = desk.group("roof").await;
    let tree = Tree::plant(&desk, Some(roof)).await;
    desk.delete_as(tree.top, DeleteStrategy::Cascade).await.unwrap();
    let sky = desk.group("sky").await;
    desk.add(sky, &[roof.uuid()]).await.unwrap();
    let back = desk.restore(tree.top).await.unwrap();
    assert_eq!((back.group.parent, back.dropped), (None, vec![Edge { parent: roof, child: tree.top }]));
    desk.check_all().await;
    let desk = Desk::set_up(&["groups.max_children=1"]).await;
    let roof = desk.group("roof").await;
    let child = desk.group_below("child", roof).await;
    desk.delete_as(child, DeleteStrategy::Block).await.unwrap();
    desk.group_below("usurper", roof).await;
    assert_eq!(desk.restore(child).await.unwrap().dropped, [Edge { parent: roof, child }]);
    desk.check_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_taken_meanwhile_keeps_the_whole_tree_away() {
    for settings in [&[][..], &["groups.name_unique=sibling"]] {
        let desk = Desk::set_up(settings).await;
        let roof = desk.group("roof").await;
        let tree = Tree::plant(&desk, Some(roof)).await;
        desk.delete_as(tree.top, DeleteStrategy::Cascade).await.unwrap();
        let traces = if settings.is_empty() {
            desk.post_group("LEAF", None, &[]).await.unwrap();
            "leaf"
        } else {
            desk.post_group("leaf", None, &[]).await.unwrap();
            desk.post_group("Top", Some(roof), &[]).await.unwrap();
            "top"
        };
        let before = desk.site.sql.traces().await;
        let (error, text) = refusal(desk.restore(tree.top).await);
        assert!(matches!(&error, Error::Taken { value, .. } if value == traces), "{text}");
        assert_eq!(desk.site.sql.traces().await, before);
        desk.check_all().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_of_the_same_name_takes_the_place_of_its_parent() {
    let desk = Desk::set_up(&["groups.name_unique=sibling"]).await;
    let parent = desk.group("same").await;
    let child = desk.post_group("same", Some(parent), &[]).await.unwrap().0.id;
    desk.delete_as(parent, DeleteStrategy::Orphan).await.unwrap();
    assert_eq!(desk.find(child).await.parent, None);
    let (error, _) = refusal(desk.restore(parent).await);
    assert!(matches!(error, Error::Taken { .. }));
    desk.check_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_deleted_meanwhile_stays_out_and_that_is_told() {
    let desk = Desk::set_up(&[]).await;
    let tree = Tree::plant(&desk, None).await;
    let (stays, returns) = (desk.user("stays").await, desk.user("returns").await);
    desk.add(tree.leaf, &[stays.uuid(), returns.uuid()]).await.unwrap();
    desk.delete_user(returns).await;
    desk.delete_as(tree.top, DeleteStrategy::Cascade).await.unwrap();
    desk.delete_user(tree.member).await;
    desk.domain().restore_user(&desk.scope, returns).await.unwrap();
    desk.restore(tree.top).await.unwrap();
    assert_eq!(desk.members(tree.leaf).await, [stays, returns]);
    desk.check_all().await;
    desk.domain().restore_user(&desk.scope, tree.member).await.unwrap();
    assert_eq!(desk.members(tree.leaf).await, [tree.member, stays, returns]);
    desk.check_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_top_that_is_posted_again_lets_go_of_what_fell_with_it() {
    let desk = Desk::set_up(&[]).await;
    let tree = Tree::plant(&desk, None).await;
    let member = desk.user("of the top").await;
    desk.add(tree.top, &[member.uuid()]).await.unwrap();
    desk.delete_as(tree.top, DeleteStrategy::Cascade).await.unwrap();
    let (back, restored) = desk.post_group("top", None, &[tree.member.uuid()]).await.unwrap();
    assert!(restored && back.id == tree.top);
    assert_eq!((desk.members(tree.top).await, desk.children(tree.top).await), (vec![tree.member], vec![]));
    let kinds = desk.kinds(tree.top).await;
    assert_eq!(kinds[kinds.len() - 3..], ["group.restored", "group.members_changed", "group.members_changed"]);
    desk.check_all().await;
    desk.delete_as(tree.top, DeleteStrategy::Orphan).await.unwrap();
    desk.restore(tree.top).await.unwrap();
    assert!(!desk.is_live(tree.left).await);
    let left = desk.restore(tree.left).await.unwrap();
    assert_eq!((left.group.parent, left.group.nested_groups), (None, 1), "it is on its own");
    desk.check_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_tree_costs_as_many_statements_as_a_small_one() {
    let mut costs = BTreeSet::new();
    for width in [2, 40] {
        let desk = Desk::set_up(&[]).await;
        let (roof, outside) = (desk.group("roof").await, desk.group("outside").await);
        let top = desk.group_below("top", roof).await;
        for number in 0..width {
            let child = desk.group_below(&format!("child {number}"), top).await;
            let below = desk.group_below(&format!("below {number}"), child).await;
            desk.add(outside, &[below.uuid()]).await.unwrap();
            let shared = desk.group(&format!("shared {number}")).await;
            desk.add(child, &[shared.uuid()]).await.unwrap();
        }
        let database: String = desk.site.sql.value("SELECT current_database()::text", &[]).await;
        let without_checks = format!("ALTER DATABASE \"{database}\" SET session_replication_role = replica");
        desk.site.sql.rows(&without_checks, &[]).await;
        let (counted, scope) = (desk.later(0).await, &desk.scope);
        counted.delete_group(scope, top, None, DeleteStrategy::Cascade).await.unwrap();
        let cascade = desk.statements_before_the_last_event().await;
        counted.restore_group(scope, top, None, false).await.unwrap();
        let restore = desk.statements_before_the_last_event().await;
        counted.delete_group(scope, top, None, DeleteStrategy::Orphan).await.unwrap();
        let orphan = desk.statements_before_the_last_event().await;
        assert_eq!(desk.children(roof).await.len(), width);
        desk.check_all().await;
        costs.insert((cascade, restore, orphan));
    }
    assert_eq!(costs.len(), 1, "statements of a cascade, its restore and an orphaning: {costs:?}");
}
