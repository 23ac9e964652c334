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
        "/Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22user77@example.com%22".to_owned(),
        format!("/Groups?filter=id+eq+%22{}%22&excludedAttributes=members", group(77)),
    ];
    // Whoever is in the largest group is found in it from their own side. The statement is not kept prepared.
    let member = format!("/Groups?filter=members.value+eq+%22{}%22&excludedAttributes=members", user(60_000));
    for path in &paths {
        let cost = cost(&stage, path, 1).await;
        assert_eq!((cost.statements.len(), cost.round_trips), (1, 1), "{path}: {cost:#?}");
    }
    assert_eq!(cost(&stage, &member, 1).await.statements.len(), 1);
    drop(stage);
    for path in paths.iter().chain([&member]) {
        let rows = crowd.rows_touched(async |server| drop(get(server, path, 1).await)).await;
        assert!(read(&rows) <= 250, "{path}: {rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_a_hundred_is_as_many_statements_as_it_has_kinds_of_rows() {
    let crowd = crowd().await;
    let stage = crowd.stage().await;
    // Users come with the groups they are in, which are rows of their own.
    let pages = [
        ("/Groups?count=100&excludedAttributes=members", 1),
        ("/Groups?count=100&excludedAttributes=members&sortBy=displayName", 1),
        ("/Users?count=100&excludedAttributes=groups", 1),
        ("/Users?count=100", 2),
        ("/Users?count=100&sortBy=meta.lastModified&sortOrder=descending", 2),
        // A page by number reads what it passes over; cursors are there for whoever goes far.
        ("/Groups?count=100&excludedAttributes=members&startIndex=4800", 1),
        ("/Users?count=100&startIndex=90000", 2),
        // The members of the largest group come with it.
        ("/Groups?count=100", 2),
    ];
    for (path, statements) in pages {
        let cost = cost(&stage, path, 100).await;
        assert_eq!((cost.statements.len(), cost.round_trips), (statements, statements), "{path}: {cost:#?}");
    }
    drop(stage);
    for (path, _) in &pages[..5] {
        let rows = crowd.rows_touched(async |server| drop(get(server, path, 100).await)).await;
        assert!(read(&rows) <= 1_500, "{path}: {rows:?}");
    }
}

/// A hundred members of a group, in each API that has pages of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_members_costs_the_same_in_a_group_of_a_hundred_and_of_everybody() {
    let crowd = crowd().await;
    let of = |number: usize| {
        let group = group(number);
        [
            format!("/api/v1/admin/groups/{group}/members?per_page=100"),
            format!("/api/v1/groups/{group}/members?limit=100"),
            format!("/api/v1/admin/groups/{group}/effective-members?per_page=100"),
        ]
    };
    for (hundred, everybody) in of(HUNDRED).into_iter().zip(of(LARGE)) {
        let stage = crowd.stage().await;
        let work = async |server: &TestServer, path: &str| drop(server.get(path).await.expect(200));
        let small = stage.cost(async |server| work(server, &hundred).await).await;
        let large = stage.cost(async |server| work(server, &everybody).await).await;
        assert_eq!(small.statements.len(), large.statements.len(), "{hundred}: {small:#?} {large:#?}");
        drop(stage);
        let rows = crowd.rows_touched(async |server| work(server, &everybody).await).await;
        assert!(read(&rows) <= 1_500, "{everybody}: {rows:?}");
    }
}

/// The cursor of the page that follows the first `skip` resources.
async fn cursor_behind(server: &TestServer, list: &str, skip: usize) -> String {
    let page = get(server, &format!("{list}&count={skip}&cursor"), skip).await;
    page["nextCursor"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_behind_a_cursor_costs_the_same_at_any_depth() {
    let crowd = crowd().await;
    for (list, end) in [
        ("/Users?excludedAttributes=groups", "sortOrder=descending"),
        ("/Users?sortBy=displayName&excludedAttributes=groups", ""),
        ("/Users?sortBy=meta.lastModified", ""),
        ("/Groups?sortBy=displayName&excludedAttributes=members", ""),
    ] {
        let mut costs = Vec::new();
        let stage = crowd.stage().await;
        let list = format!("{list}&{end}");
        let mut pages = vec![cursor_behind(&stage.server, &list, 100).await];
        // Far behind, by walking there in strides.
        let mut cursor = pages[0].clone();
        for _ in 0..4 {
            let page = get(&stage.server, &format!("{list}&count=1000&cursor={cursor}"), 1000).await;
            cursor = page["nextCursor"].as_str().unwrap().to_owned();
        }
        pages.push(cursor);
        for cursor in &pages {
            costs.push(cost(&stage, &format!("{list}&count=100&cursor={cursor}"), 100).await);
        }
        assert_eq!(costs[0].statements, costs[1].statements, "{list}");
        assert!(costs[0].statements.len() <= 3, "{list}: {:#?}", costs[0]);
        drop(stage);
        for cursor in &pages {
            let path = format!("{list}&count=100&cursor={cursor}");
            let rows = crowd.rows_touched(async |server| drop(get(server, &path, 100).await)).await;
            assert!(read(&rows) <= 1_500, "{path}: {rows:?}");
        }
    }
}
