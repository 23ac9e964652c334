//! Groups in groups: one relation, whichever way it is written, and never a ring.

use convoke::model::ids::GroupId;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Office, at, conflict, faults, in_tenant, told};
use crate::support::Answer;

impl Office {
    async fn nest(&self, parent: GroupId, children: &[GroupId]) -> Answer {
        self.admin.post(&at(&parent, "/nested-groups"), &json!({ "group_ids": children })).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_parent_is_an_edge_like_any_other() {
    let office = Office::open().await;
    let ada = office.place.user("ada").await;
    let a = office.place.group("A", None, &[]).await;
    let b = office.place.group("B", None, &[ada]).await;
    office.admin.patch(&in_tenant(&format!("/{b}")), &json!({ "parent_group_id": a })).await.expect(200);
    let nested = office.admin.get(&at(&a, "/nested-groups")).await.body["data"].clone();
    let shown =
        json!([{ "group_id": b, "name": "B", "member_count": 1, "group_type": "SECURITY", "is_primary": true }]);
    assert_eq!(nested, shown);
    let parents = office.admin.get(&at(&b, "/parent-groups")).await;
    assert_eq!(parents.body["pagination"]["total_items"], 1);
    let shown =
        json!([{ "group_id": a, "name": "A", "member_count": 0, "group_type": "SECURITY", "is_primary": true }]);
    assert_eq!(parents.body["data"], shown);
    let effective = office.admin.get(&at(&a, "/effective-members")).await.body["data"].clone();
    assert_eq!((&effective[0]["user_id"], &effective[0]["membership_type"]), (&json!(ada), &json!("INHERITED")));
    let reach = convoke::model::principal::Reach::Tenant(office.place.tenant.id);
    let scim = office.place.client(reach, &[convoke::model::principal::Scope::Scim], &[]).await;
    let member = &scim.get(&format!("/scim/v2/Groups/{a}")).await.expect(200)["members"][0];
    assert_eq!((&member["value"], &member["type"]), (&json!(b), &json!("Group")));

    // Cutting the edge where it is an edge clears the field, and the reverse.
    let edge = at(&a, &format!("/nested-groups/{b}"));
    assert_eq!(office.stale(Method::DELETE, &edge, None).await, 412);
    assert_eq!(office.admin.delete(&edge).await.status, 204);
    assert_eq!(office.get(b).await["parent_group_id"], Value::Null);
    let answer = office.admin.delete(&edge).await;
    assert_eq!((answer.status, answer.body), (404, json!({ "detail": "Nested group not found" })));
    for (parent, child) in [(a.to_string(), "7"), (Uuid::from_u128(7).to_string(), "7")] {
        let answer = office.admin.delete(&at(&parent, &format!("/nested-groups/{child}"))).await;
        assert_eq!(answer.status, 404, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_nested_all_or_none() {
    let office = Office::open().await;
    let top = office.place.group("Top", None, &[]).await;
    let (a, b, c) = (
        office.place.group("A", None, &[]).await,
        office.place.group("B", Some(top), &[]).await,
        office.place.group("C", None, &[]).await,
    );
    let user = office.place.user("ada").await;
    let path = at(&top, "/nested-groups");
    let answer = office.admin.post(&path, &json!({ "group_ids": [a, b, a] })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let expected = json!({ "group_id": top, "added": [a], "already_nested": [b], "nested_group_count": 2 });
    assert_eq!(answer.body["data"], expected);
    assert_eq!(answer.header("etag"), office.admin.get(&at(&top, "")).await.header("etag"));
    assert_eq!(office.get(a).await["parent_group_id"], Value::Null, "no primary parent comes of it");
    for body in [
        json!({ "child_group_ids": [c] }),
        json!({ "nested_group_ids": [format!("grp_{c}")] }),
        json!({ "child_group_id": c }),
    ] {
        office.admin.post(&path, &body).await.expect(200);
        assert_eq!(office.admin.delete(&at(&top, &format!("/nested-groups/{c}"))).await.status, 204, "{body}");
    }
    let unknown = json!({ "group_ids": [c, "x", user, Uuid::from_u128(7)] });
    let expected = told(&[("group_ids/1", "not_found"), ("group_ids/2", "not_found"), ("group_ids/3", "not_found")]);
    assert_eq!(faults(&office.admin.post(&path, &unknown).await), expected);
    for (body, expected) in [
        (json!({}), told(&[("group_ids", "missing")])),
        (json!({ "group_ids": [] }), told(&[("group_ids", "too_short")])),
        (json!({ "group_ids": vec![c; 1_001] }), told(&[("group_ids", "too_long")])),
        (json!({ "group_ids": [null] }), told(&[("group_ids/0", "string_type")])),
    ] {
        assert_eq!(faults(&office.admin.post(&path, &body).await), expected);
    }
    assert_eq!(office.stale(Method::POST, &path, Some(&json!({ "group_ids": [c] }))).await, 412);
    assert_eq!(office.rows(top, "/nested-groups", "name").await, ["A", "B"]);
    assert_eq!(office.rows(a, "/parent-groups", "name").await, ["Top"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_is_refused_and_named() {
    let office = Office::open().await;
    let (a, b) = (office.place.group("A", None, &[]).await, office.place.group("B", None, &[]).await);
    assert_eq!(conflict(&office.nest(a, &[a]).await), "Nesting would create a cycle: A → A");
    office.nest(a, &[b]).await.expect(200);
    assert_eq!(conflict(&office.nest(b, &[a]).await), "Nesting would create a cycle: B → A → B");
    let mut chain = vec![a, b];
    for number in 3..=32 {
        let next = office.place.group(&format!("G{number}"), None, &[]).await;
        office.nest(chain[chain.len() - 1], &[next]).await.expect(200);
        chain.push(next);
    }
    let other = office.place.group("Other", None, &[]).await;
    assert!(conflict(&office.nest(chain[31], &[other]).await).contains("33 groups; at most 32"));
    assert!(conflict(&office.nest(other, &[a]).await).contains("33 groups; at most 32"));
    let ring = office.nest(chain[31], &[other, a]).await;
    assert!(conflict(&ring).starts_with("Nesting would create a cycle: G32 → A → B → G3 →"), "{}", ring.text);
    office.nest(chain[30], &[other]).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_edges_that_close_a_ring_together_one_is_made() {
    let office = Office::open().await;
    for round in 0..6 {
        let mut ring = Vec::new();
        for name in ["A", "B", "C", "D"] {
            ring.push(office.place.group(&format!("{name}{round}"), None, &[]).await);
        }
        let (a, b, c, d) = (ring[0], ring[1], ring[2], ring[3]);
        office.nest(a, &[b]).await.expect(200);
        office.nest(c, &[d]).await.expect(200);
        let mut work = JoinSet::new();
        // One by the list of children, one by the field of the child.
        let (admin, path) = (office.admin.clone(), at(&b, "/nested-groups"));
        work.spawn(async move { admin.post(&path, &json!({ "group_ids": [c] })).await.status });
        let (admin, path) = (office.admin.clone(), in_tenant(&format!("/{a}")));
        work.spawn(async move { admin.patch(&path, &json!({ "parent_group_id": d })).await.status });
        let mut statuses = work.join_all().await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}");
    }
}
