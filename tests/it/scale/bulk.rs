//! A Bulk of a thousand operations is short transactions, however much it asks for; users that it creates share them.

use serde_json::{Value, json};

use super::crowd::Staged;
use super::patch;
use crate::support::TestServer;

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Creates so many users and a group of all of them.
async fn hire(server: &TestServer, round: usize, count: usize) {
    let post =
        |path: &str, id: String, data: Value| json!({ "method": "POST", "path": path, "bulkId": id, "data": data });
    let name = |number: usize| format!("r{round}u{number}");
    let members: Value = (0..count).map(|number| json!({ "value": format!("bulkId:{}", name(number)) })).collect();
    let group = json!({ "schemas": [GROUP], "displayName": format!("round {round}"), "members": members });
    let mut operations = vec![post("/Groups", format!("g{round}"), group)];
    operations.extend(
        (0..count).map(|number| post("/Users", name(number), json!({ "schemas": [USER], "userName": name(number) }))),
    );
    let body = json!({ "schemas": [BULK], "Operations": operations });
    let done = server.post("/scim/v2/Bulk", &body).await.expect(200);
    let done = done["Operations"].as_array().unwrap();
    assert!(done.len() == count + 1 && done.iter().all(|operation| operation["status"] == "201"));
}

/// How many statements each transaction had.
pub(super) fn transactions(statements: &[String]) -> Vec<usize> {
    let (mut lengths, mut open) = (Vec::new(), None);
    for text in statements {
        match text.trim_start().split([' ', ';']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "BEGIN" | "START" => assert_eq!(open.replace(0), None, "one begins when the last has ended"),
            "COMMIT" => lengths.push(open.take().expect("it began")),
            "ROLLBACK" => panic!("nothing was refused"),
            _ => match &mut open {
                Some(length) => *length += 1,
                None => lengths.push(1),
            },
        }
    }
    assert_eq!(open, None);
    lengths
}

/// Gives so many users a title.
async fn promote(server: &TestServer, users: &[String], title: &str) {
    let operation = json!([{ "op": "replace", "path": "title", "value": title }]);
    let patch = |id: &String| json!({ "method": "PATCH", "path": format!("/Users/{id}"), "data": patch(&operation) });
    let body = json!({ "schemas": [BULK], "Operations": users.iter().map(patch).collect::<Value>() });
    let done = server.post("/scim/v2/Bulk", &body).await.expect(200);
    assert!(done["Operations"].as_array().unwrap().iter().all(|operation| operation["status"] == "200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_operations_are_a_thousand_short_transactions() {
    let server = TestServer::start().await;
    let stage = Staged::on(server.database_url(), &server.tenant, &server.token).await;
    hire(&server, 0, 999).await;
    let list = server.get("/scim/v2/Users?count=999&attributes=id").await.expect(200);
    let users: Vec<String> =
        list["Resources"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect();
    let mut round = 0;
    let cost = stage.cost(async |server| {
        round += 1;
        promote(server, &users, &format!("Round {round}")).await;
    });
    let transactions = transactions(&cost.await.statements);
    assert!(transactions.len() >= 999, "{}", transactions.len());
    assert!(
        transactions.iter().all(|statements| *statements <= 8),
        "none does more than one operation: {transactions:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_new_users_are_a_few_statements() {
    let server = TestServer::start().await;
    let stage = Staged::on(server.database_url(), &server.tenant, &server.token).await;
    let mut round = 0;
    let mut cost = async |count: usize| {
        let cost = stage.cost(async |server| {
            round += 1;
            hire(server, round, count).await;
        });
        transactions(&cost.await.statements)
    };
    // One statement for sixty-four users; some for the group, whatever its size, and for what the server does by the clock.
    for count in [99, 999] {
        let transactions = cost(count).await;
        assert!(transactions.iter().all(|statements| *statements <= 8), "each is short: {transactions:?}");
        let all: usize = transactions.iter().sum();
        assert!(all <= count.div_ceil(64) + 30, "{count} users: {all} statements");
    }
}
