//! What a change of one member costs in a group of a hundred thousand.

use serde_json::{Value, json};

use crate::scale::crowd::{LARGE, NEWCOMER, SMALL, crowd, group, user};
use crate::support::TestServer;

/// A change, and the one that takes it back: method, path and body of each.
type Pair = [(&'static str, String, Option<Value>); 2];

async fn number(server: &TestServer, id: &str) -> String {
    let name = server.get(&format!("/api/v1/groups/{id}")).await.expect(200)["name"].clone();
    let tenant = server.tenant.id;
    let list = server.get(&format!("/auth/admin/group?tenant_id={tenant}")).await.expect(200);
    let found = list["groups"].as_array().unwrap().iter().find(|group| group["name"] == name);
    found.expect("every group has a number")["id"].to_string()
}

fn changes(server: &TestServer, group: &str, number: &str) -> Vec<(&'static str, Pair)> {
    let (user, tenant) = (user(NEWCOMER + 1), server.tenant.id);
    let at = format!("/api/v1/admin/groups/{group}/members");
    let set = format!("/api/v1/tenants/{tenant}/groups/{group}/members");
    let users = json!({ "tenant_id": tenant.to_string(), "user_ids": [user] });
    let (numbered, one) =
        (format!("/auth/admin/group/{number}/users"), format!("/api/admin/groups/{group}/users/{user}"));
    let scim = format!("/scim/v2/Groups/{group}?excludedAttributes=members");
    let patch = |operation: Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] });
    vec![
        (
            "directory",
            [("POST", at.clone(), Some(json!({ "user_ids": [user] }))), ("DELETE", format!("{at}/{user}"), None)],
        ),
        (
            "directory, change set",
            [
                ("PUT", set.clone(), Some(json!({ "users_to_add": [user] }))),
                ("PUT", set, Some(json!({ "users_to_remove": [user] }))),
            ],
        ),
        ("auth-admin", [("POST", numbered.clone(), Some(users.clone())), ("DELETE", numbered, Some(users))]),
        ("launch", [("POST", one.clone(), None), ("DELETE", one, None)]),
        (
            "scim",
            [
                (
                    "PATCH",
                    scim.clone(),
                    Some(patch(json!({ "op": "add", "path": "members", "value": [{ "value": user }] }))),
                ),
                (
                    "PATCH",
                    scim,
                    Some(patch(json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }))),
                ),
            ],
        ),
    ]
}

async fn make(server: &TestServer, pair: &Pair) {
    for (method, path, body) in pair {
        let answer = server.send(method.parse().unwrap(), path, &[], body.as_ref()).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text);
    }
}

/// Item 7: one member more and one less, through each API that writes members (the Accounts-style one reads them alone),
/// takes the statements it takes in a group of ten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_costs_the_same_in_a_group_of_a_hundred_thousand() {
    let crowd = crowd().await;
    let stage = crowd.stage().await;
    let mut costs = Vec::new();
    for size in [SMALL, LARGE] {
        let id = group(size);
        let number = number(&stage.server, &id).await;
        let mut own = Vec::new();
        for (api, pair) in changes(&stage.server, &id, &number) {
            let mut cost = stage.cost(async |server| make(server, &pair).await).await;
            // A connection that the pool opens meanwhile is no part of the change.
            cost.statements.retain(|statement| !statement.starts_with("SET "));
            own.push((api, cost.statements));
        }
        costs.push(own);
    }
    for (small, large) in costs[0].iter().zip(&costs[1]) {
        assert_eq!(small, large);
        assert!(!small.1.is_empty(), "{}", small.0);
    }
}
