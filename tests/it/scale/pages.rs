//! A page costs what is on it, wherever it is in the list.

use serde_json::Value;

use super::crowd::{HUNDRED, LARGE, Rows, Staged, crowd, group, user};
use super::wire::Cost;
use crate::support::TestServer;

/// Answers a GET below the SCIM base, and holds it to so many resources.
async fn get(server: &TestServer, path: &str, resources: usize) -> Value {
    let body = server.get(&format!("/scim/v2{path}")).await.expect(200);
    if let Some(found) = body["Resources"].as_array() {
        assert_eq!(found.len(), resources, "{path}");
    }
    body
}

async fn cost(stage: &Staged, path: &str, resources: usize) -> Cost {
    stage.cost(async |server| drop(get(server, path, resources).await)).await
}

fn read(rows: &Rows) -> i64 {
    rows.values().map(|rows| rows.read).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_resource_is_one_statement() {
    let crowd = crowd().await;
    let stage = crowd.stage().await;
    let paths = [
        format!("/Users/{}", user(77)),
        format!("/Users/{}?excludedAttributes=groups", user(77)),
        format!("/Groups/{}?excludedAttributes=members", group(LARGE)),
        format!("/Groups/{}", group(HUNDRED)),
        "/Users?filter=userName+eq+%22user77%22".to_owned(),
        "/Users?filter=externalId+eq+%22ext-77%22".to_owned(),
        "/Users?filter=displayName+eq+%22person+77%22".to_owned(),
        "/Users?filter=emails.value+eq+%22user77@example.com%22".to_owned(),
        format!("/Users?filter=id+eq+%22{}%22", user(77)),
        "/Groups?filter=displayName+eq+%22group+77%22&excludedAttributes=members".to_owned(),
        "/Groups?filter=externalId+eq+%22ext-77%22&excludedAttributes=members".to_owned(),
    ];
    for path in paths {
        let cost = cost(&stage, &path, 1).await;
        assert_eq!((cost.statements.len(), cost.round_trips), (1, 1), "{path}: {cost:#?}");
        let rows = crowd.rows_touched(async |server| drop(get(server, &path, 1).await)).await;
        assert!(read(&rows) <= 250, "{path}: {rows:?}");
    }
}
