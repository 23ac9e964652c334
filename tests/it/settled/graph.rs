//! Groups within groups, over HTTP: one relation that every API shows, never a ring, and deleted with or without what
//! hangs below.

use serde_json::{Value, json};

use crate::support::TestServer;

const ADMIN: &str = "/api/v1/admin/groups";

async fn group(server: &TestServer, name: &str, parent: Option<&str>) -> String {
    let made = server.post(&format!("{ADMIN}/"), &json!({ "name": name, "parent_group_id": parent })).await.expect(201);
    made["data"]["id"].as_str().unwrap().to_owned()
}

async fn nest(server: &TestServer, parent: &str, child: &str) -> (u16, Value) {
    let answer = server.post(&format!("{ADMIN}/{parent}/nested-groups"), &json!({ "group_ids": [child] })).await;
    (answer.status, answer.body)
}

async fn ids(server: &TestServer, path: &str, field: &str) -> Vec<String> {
    let body = server.get(path).await.expect(200);
    body["data"].as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

/// Item 2: a primary parent is one of the edges, and every API sees it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_primary_parent_is_seen_everywhere() {
    let server = TestServer::start().await;
    let (a, b) = (group(&server, "A", None).await, group(&server, "B", None).await);
    let user = server.user("ada").await;
    server.join(b.parse().unwrap(), &[user]).await;
    server.patch(&format!("{ADMIN}/{b}"), &json!({ "parent_group_id": a })).await.expect(200);
    assert_eq!(ids(&server, &format!("{ADMIN}/{a}/nested-groups"), "group_id").await, [b.as_str()]);
    assert_eq!(ids(&server, &format!("{ADMIN}/{b}/parent-groups"), "group_id").await, [a.as_str()]);
    let effective = server.get(&format!("{ADMIN}/{a}/effective-members")).await.expect(200);
    let member = &effective["data"][0];
    assert_eq!((&member["user_id"], &member["membership_type"]), (&json!(user.to_string()), &json!("INHERITED")));
    assert_eq!(member["via"], json!([{ "group_id": b, "name": "B" }]));
    let everybody = server.get(&format!("/api/v1/groups/{a}/members")).await.expect(200);
    assert_eq!((&everybody["count"], &everybody["members"][0]["membership_type"]), (&json!(1), &json!("indirect")));
    let scim = server.get(&format!("/scim/v2/Groups/{a}")).await.expect(200);
    assert_eq!((&scim["members"][0]["value"], &scim["members"][0]["type"]), (&json!(b), &json!("Group")));
    assert_eq!(scim["members"].as_array().map(Vec::len), Some(1));
}

/// Item 3: no ring is made, by nobody and by nobody together, and no chain of more than 32 groups.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_ring_is_made() {
    let server = TestServer::start().await;
    let (a, b) = (group(&server, "A", None).await, group(&server, "B", None).await);
    assert_eq!(nest(&server, &a, &a).await.0, 409, "into itself");
    assert_eq!(nest(&server, &a, &b).await.0, 200);
    let (status, body) = nest(&server, &b, &a).await;
    assert_eq!((status, &body["detail"]), (409, &json!("Nesting would create a cycle: B → A → B")));
    server.patch(&format!("{ADMIN}/{a}"), &json!({ "parent_group_id": b })).await.expect(409);
    let scim = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "add", "path": "members", "value": [{ "value": a }] }] });
    let refused = server.patch(&format!("/scim/v2/Groups/{b}"), &scim).await.expect(400);
    assert_eq!(refused["scimType"], "invalidValue");

    let mut chain = vec![group(&server, "link 1", None).await];
    for number in 2..=32 {
        chain.push(group(&server, &format!("link {number}"), chain.last().map(String::as_str)).await);
    }
    let last = group(&server, "link 33", None).await;
    assert_eq!(nest(&server, &chain[31], &last).await.0, 409, "a chain of 33");
    assert_eq!(nest(&server, &chain[31], &chain[0]).await.0, 409, "a ring of 32");

    for round in 0..8 {
        let one = group(&server, &format!("one {round}"), None).await;
        let other = group(&server, &format!("other {round}"), None).await;
        let (left, right) = tokio::join!(nest(&server, &one, &other), nest(&server, &other, &one));
        let mut statuses = [left.0, right.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "exactly one wins");
    }
}

/// Item 4: BLOCK, ORPHAN and CASCADE with primary and shared children, and the restore of a cascade.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_ways_to_delete_and_one_back() {
    let server = TestServer::start().await;
    let top = group(&server, "top", None).await;
    let middle = group(&server, "middle", Some(&top)).await;
    let leaf = group(&server, "leaf", Some(&middle)).await;
    let shared = group(&server, "shared", None).await;
    assert_eq!(nest(&server, &middle, &shared).await.0, 200);
    let at = |id: &str, strategy: &str| format!("/api/v1/tenants/acme/groups/{id}{strategy}");
    let status = async |id: &str| server.get(&at(id, "")).await.status;

    let blocked = server.delete(&at(&middle, "")).await.expect(409);
    assert_eq!(blocked["detail"], "Group has 0 members and 2 child groups");

    server.delete(&at(&middle, "?strategy=cascade")).await.expect(204);
    assert_eq!([status(&middle).await, status(&leaf).await, status(&shared).await], [404, 404, 200]);
    server.post(&format!("{ADMIN}/{middle}/restore"), &json!({})).await.expect(200);
    assert_eq!([status(&middle).await, status(&leaf).await], [200, 200]);
    let children = ids(&server, &format!("{ADMIN}/{middle}/nested-groups"), "group_id").await;
    assert_eq!(children, [leaf.as_str(), shared.as_str()], "the whole tree with its edges");

    server.delete(&at(&middle, "?strategy=ORPHAN")).await.expect(204);
    let orphan = server.get(&at(&leaf, "")).await.expect(200);
    assert_eq!(orphan["data"]["parent_group_id"], json!(top), "the next of kin");
    assert_eq!(ids(&server, &format!("{ADMIN}/{shared}/parent-groups"), "group_id").await, [""; 0]);
}
