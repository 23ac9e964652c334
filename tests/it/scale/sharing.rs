//! Pages that several ask for at the same time: read once, and never older than the question.

use std::time::Duration;

use futures_util::future::{join, join_all, select};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::crowd::Staged;
use super::{adding, eventually};
use crate::support::{TestServer, sql};

const ASKING: usize = 16;

async fn made(server: &TestServer, kind: &str, body: &Value) -> String {
    server.post(&format!("/scim/v2/{kind}"), body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// What is on a page. Cursors are sealed anew for each answer.
fn page(answer: &Value) -> Value {
    answer.get("Resources").or_else(|| answer.get("data")).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_many_ask_for_at_once_is_read_for_all_of_them() {
    let first = TestServer::start().await;
    let mut group = String::new();
    for number in 0..8 {
        let user = made(&first, "Users", &json!({ "userName": format!("user{number}"), "active": number > 2 })).await;
        group = made(&first, "Groups", &json!({ "displayName": format!("group {number}") })).await;
        first.patch(&format!("/scim/v2/Groups/{group}"), &adding(&user)).await.expect(200);
    }
    let stage = Staged::on(first.database_url(), &first.tenant, &first.token).await;
    let tenant = first.tenant.id;
    let pages = [
        ("/scim/v2/Users?count=5".to_owned(), "/scim/v2/Users?count=4".to_owned()),
        ("/scim/v2/Users?filter=active+eq+true".to_owned(), "/scim/v2/Users?filter=active+eq+false".to_owned()),
        (
            "/scim/v2/Groups?count=5&cursor=&excludedAttributes=members".to_owned(),
            "/scim/v2/Groups?count=6&cursor=&excludedAttributes=members".to_owned(),
        ),
        (
            "/scim/v2/Groups?excludedAttributes=members&sortBy=displayName".to_owned(),
            "/scim/v2/Groups?excludedAttributes=members&sortBy=displayName&sortOrder=descending".to_owned(),
        ),
        ("/api/v1/admin/groups?per_page=5".to_owned(), "/api/v1/admin/groups?per_page=5&page=2".to_owned()),
        (format!("/api/v1/tenants/{tenant}/groups"), format!("/api/v1/tenants/{tenant}/groups?search=7")),
        (
            format!("/api/v1/admin/groups/{group}/effective-members"),
            format!("/api/v1/admin/groups/{group}/effective-members?per_page=1&page=2"),
        ),
    ];
    for (asked, other) in pages {
        let get = async |path: &str| page(&stage.server.get(path).await.expect(200));
        let (expected, of_other) = (get(&asked).await, get(&other).await);
        assert_ne!(expected, of_other, "{other}");
        let alone = stage.cost(async |server| drop(server.get(&asked).await.expect(200))).await.statements.len();
        eventually(&format!("one reading of {asked} is for many"), async || {
            let holding = sql(first.database_url()).await;
            holding.batch_execute("BEGIN; LOCK TABLE users, groups, members IN ACCESS EXCLUSIVE MODE").await.unwrap();
            stage.wire.reset();
            let asking = join(join_all((0..ASKING).map(|_| get(&asked))), get(&other));
            let lets_go = async {
                sleep(Duration::from_millis(100)).await;
                holding.batch_execute("ROLLBACK").await.unwrap();
            };
            let ((answers, answer_of_other), ()) = join(asking, lets_go).await;
            assert!(answers.iter().all(|answer| *answer == expected), "{asked}: {answers:#?}");
            assert_eq!(answer_of_other, of_other, "{other}");
            stage.wire.cost().statements.len() <= alone * ASKING / 2
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_changed_something_sees_it_in_the_page_that_everybody_asks_for() {
    let server = TestServer::start().await;
    let total = async || server.get("/scim/v2/Groups?count=5").await.expect(200)["totalResults"].as_i64().unwrap();
    let everybody = join_all((0..6).map(async |_| {
        loop {
            total().await;
        }
    }));
    let one = async {
        for number in 1..=60 {
            made(&server, "Groups", &json!({ "displayName": format!("group {number}") })).await;
            assert_eq!(total().await, number);
        }
    };
    select(Box::pin(one), Box::pin(everybody)).await;
}
