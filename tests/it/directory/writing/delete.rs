//! Deleting groups by the three strategies, and restoring what was deleted.

use convoke::model::ids::GroupId;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Office, at, conflict, in_tenant};

impl Office {
    async fn delete(&self, group: GroupId, query: &str) -> crate::support::Answer {
        self.admin.delete(&in_tenant(&format!("/{group}{query}"))).await
    }

    async fn restore(&self, group: GroupId, query: &str) -> crate::support::Answer {
        self.admin.send(Method::POST, &at(&group, &format!("/restore{query}")), &[], None).await
    }

    async fn is_live(&self, group: GroupId) -> bool {
        self.admin.get(&at(&group, "")).await.status == 200
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_holds_something_is_not_deleted_unasked() {
    let office = Office::open().await;
    let (ada, ben, cleo) =
        (office.place.user("ada").await, office.place.user("ben").await, office.place.user("cleo").await);
    let group = office.place.group("Group", None, &[ada, ben, cleo]).await;
    office.place.group("one", Some(group), &[]).await;
    office.place.nest(group, office.place.group("two", None, &[]).await).await;
    for query in ["", "?strategy=BLOCK", "?strategy=block"] {
        let answer = office.delete(group, query).await;
        assert_eq!(conflict(&answer), "Group has 3 members and 2 child groups");
    }
    let answer = office.delete(group, "?strategy=DROP").await;
    assert_eq!((answer.status, &answer.body["detail"][0]["loc"]), (422, &json!(["query", "strategy"])));
    let path = in_tenant(&format!("/{group}?strategy=ORPHAN"));
    assert_eq!(office.stale(Method::DELETE, &path, None).await, 412);
    assert_eq!(office.stale(Method::DELETE, &at(&group, ""), None).await, 412);
    assert!(office.is_live(group).await);
    let answer = office.delete(group, "?strategy=Orphan").await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    for again in [office.delete(group, "").await, office.admin.delete(&at(&group, "")).await] {
        assert_eq!((again.status, again.body), (404, json!({ "detail": "Group not found" })));
    }
    let empty = office.place.group("empty", None, &[]).await;
    assert_eq!(office.delete(empty, "").await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_orphans_and_restores() {
    let office = Office::open().await;
    let ada = office.place.user("ada").await;
    let top = office.place.group("Top", None, &[]).await;
    let middle = office.place.group("Middle", Some(top), &[ada]).await;
    let child = office.place.group("Child", Some(middle), &[]).await;
    assert_eq!(office.restore(middle, "").await.status, 404, "what lives is not restored");
    assert_eq!(office.admin.delete(&at(&middle, "/")).await.status, 204);
    assert_eq!(office.get(child).await["parent_group_path"], "/Top");
    assert_eq!(office.stale(Method::POST, &at(&middle, "/restore"), None).await, 412);
    let answer = office.restore(middle, "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let data = &answer.body["data"];
    assert_eq!((&data["parent_group_path"], &data["member_count"]), (&json!("/Top"), &json!(1)));
    assert_eq!((&data["nested_group_count"], &answer.body["dropped_edges"]), (&json!(0), &json!([])));
    assert_eq!(answer.header("etag"), office.admin.get(&at(&middle, "")).await.header("etag"));
    assert_eq!(office.get(child).await["parent_group_path"], "/Top");

    assert_eq!(office.admin.delete(&at(&middle, "")).await.status, 204);
    let usurper = office.place.group("MIDDLE", None, &[]).await;
    assert_eq!(conflict(&office.restore(middle, "").await), "name \"Middle\" is already in use");
    assert_eq!(office.admin.delete(&at(&usurper, "")).await.status, 204);
    assert_eq!(office.admin.delete(&at(&top, "")).await.status, 204);
    assert!(conflict(&office.restore(middle, "").await).contains(&top.to_string()));
    let answer = office.restore(middle, "?detach=true").await.expect(200);
    assert_eq!(answer["data"]["parent_group_id"], Value::Null);
    assert_eq!(answer["dropped_edges"], json!([{ "parent_id": top.to_string(), "child_id": middle.to_string() }]));
    assert_eq!(office.restore(top, "?detach=perhaps").await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cascade_is_restored_as_one() {
    let office = Office::open().await;
    let (ada, ben) = (office.place.user("ada").await, office.place.user("ben").await);
    let top = office.place.group("Top", None, &[]).await;
    let left = office.place.group("Left", Some(top), &[ada]).await;
    let leaf = office.place.group("Leaf", Some(left), &[ada, ben]).await;
    let shared = office.place.group("Shared", None, &[]).await;
    office.place.nest(left, shared).await;
    let before = office.admin.get(&at(&top, "/effective-members")).await.body["data"].clone();
    assert_eq!(office.delete(top, "?strategy=CASCADE").await.status, 204);
    for (group, live) in [(top, false), (left, false), (leaf, false), (shared, true)] {
        assert_eq!(office.is_live(group).await, live);
    }
    assert_eq!(office.rows(shared, "/parent-groups", "group_id").await, Vec::<String>::new());
    let scope = office.place.scope(&office.place.tenant);
    office.place.server.domain.delete_user(&scope, ben, None).await.unwrap();
    let answer = office.restore(top, "").await.expect(200);
    assert_eq!((&answer["data"]["nested_group_count"], &answer["dropped_edges"]), (&json!(1), &json!([])));
    assert_eq!(office.rows(left, "/nested-groups", "group_id").await, [leaf.to_string(), shared.to_string()]);
    assert_eq!(office.get(leaf).await["parent_group_path"], "/Top/Left");
    assert_eq!(office.rows(leaf, "/members", "user_id").await, [ada.to_string()], "who was deleted stays away");
    office.place.server.domain.restore_user(&scope, ben).await.unwrap();
    assert_eq!(office.admin.get(&at(&top, "/effective-members")).await.body["data"], before);
}
