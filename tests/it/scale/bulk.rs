//! A Bulk of a thousand operations is a thousand short transactions, however much it asks for.

use serde_json::{Value, json};

use super::crowd::Staged;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_operations_are_a_thousand_short_transactions() {
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
    let (few, many) = (cost(99).await, cost(999).await);
    assert!(few.len() >= 100 && many.len() >= 1_000, "{} {}", few.len(), many.len());
    assert!(many.iter().all(|statements| *statements <= 8), "none does more than one operation: {many:?}");
    // One statement for each user; some for the group, whatever its size, and for what the server does by the clock.
    for (count, transactions) in [(99, few), (999, many)] {
        let all: usize = transactions.iter().sum();
        assert!((count..=count + 30).contains(&all), "{count} users: {all} statements");
    }
}
