//! Cursor pages (RFC 9865): walks in both directions, also while the list changes, and cursors that are refused.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::DateTime;
use convoke::model::clock::Clock;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{cast, group, ids, names, refused, user};
use crate::conformance::proves;
use crate::support::{Client, Setup, TestServer};

/// Walks from the first page to the last; gives the pages.
async fn forward(client: &Client, query: &str) -> Vec<Value> {
    let mut pages = vec![client.get(&format!("{query}&cursor")).await.expect(200)];
    while let Some(next) = pages.last().and_then(|page| page["nextCursor"].as_str()) {
        let page = client.get(&format!("{query}&cursor={next}")).await.expect(200);
        assert!(page.get("startIndex").is_none() && page.get("previousCursor").is_some());
        pages.push(page);
    }
    pages
}

/// Walks from the last page to the first; gives the ids in the order of the list.
async fn backward(client: &Client, query: &str, last: &Value) -> Vec<String> {
    let (mut page, mut found) = (last.clone(), ids(last));
    while let Some(previous) = page["previousCursor"].as_str() {
        page = client.get(&format!("{query}&cursor={previous}")).await.expect(200);
        assert!(page.get("nextCursor").is_some());
        found.splice(0..0, ids(&page));
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cursors_walk_every_list_in_both_directions() {
    let _proof = proves(&["9.1", "9.3", "9.4", "9.6", "9.12"]);
    let server = TestServer::start().await;
    cast(&server).await;
    for name in ["g1", "Bea", "g2"] {
        group(&server, name, &[]).await;
    }
    for path in ["/Users?", "/Groups?", "?", "/Users?filter=displayName+pr&", "?filter=displayName+pr&"] {
        for order in ["", "sortBy=displayName&", "sortBy=displayName&sortOrder=descending&", "sortBy=meta.created&"] {
            for count in [1, 2, 3, 8] {
                let query = format!("/scim/v2{path}{order}count={count}");
                let whole = ids(&server.get(&format!("/scim/v2{path}{order}count=100")).await.expect(200));
                let pages = forward(&server, &query).await;
                assert!(pages[0].get("previousCursor").is_none());
                assert!(pages.iter().all(|page| page["totalResults"] == whole.len() && !ids(page).is_empty()));
                assert_eq!(pages.iter().flat_map(ids).collect::<Vec<_>>(), whole, "{query}");
                assert_eq!(backward(&server, &query, pages.last().unwrap()).await, whole, "{query} backward");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_outlives_the_row_it_was_made_of() {
    let server = TestServer::start().await;
    cast(&server).await;
    let first = server.get("/scim/v2/Users?sortBy=userName&cursor&count=2").await.expect(200);
    let next = first["nextCursor"].as_str().unwrap();
    for id in ids(&first) {
        server.delete(&format!("/scim/v2/Users/{id}")).await;
    }
    let second = server.get(&format!("/scim/v2/Users?sortBy=userName&count=2&cursor={next}")).await.expect(200);
    assert_eq!(names(&second), ["charlie", "delta"]);
    assert!(second.get("previousCursor").is_none(), "nothing is left before it, so it is the first page now");
    for id in ids(&second).into_iter().chain(ids(&server.get("/scim/v2/Users").await.expect(200))) {
        server.delete(&format!("/scim/v2/Users/{id}")).await;
    }
    let empty = server.get(&format!("/scim/v2/Users?sortBy=userName&count=2&cursor={next}")).await.expect(200);
    assert!(ids(&empty).is_empty() && empty.get("nextCursor").is_none() && empty.get("previousCursor").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_is_good_for_its_own_query_alone() {
    let _proof = proves(&["9.1", "9.2", "9.7", "9.8", "9.10", "9.20"]);
    let server = TestServer::start().await;
    cast(&server).await;
    let (_, other) = server.other_tenant("other").await;
    let query = "/scim/v2/Users?filter=userName+pr&sortBy=userName&count=1";
    let cursor = server.get(&format!("{query}&cursor=")).await.expect(200)["nextCursor"].as_str().unwrap().to_owned();
    assert!(cursor.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~')));
    for (path, answer) in [
        (format!("{query}&cursor={cursor}&attributes=id"), None),
        (format!("/scim/v2/Users?filter=userName%20pr&sortBy=USERNAME&sortOrder=ascending&cursor={cursor}"), None),
        (format!("/scim/v2/Users?filter=title+pr&sortBy=userName&count=1&cursor={cursor}"), Some("invalidCursor")),
        (format!("/scim/v2/Users?sortBy=userName&cursor={cursor}"), Some("invalidCursor")),
        (format!("{query}&sortOrder=descending&cursor={cursor}"), Some("invalidCursor")),
        (format!("/scim/v2/Users?filter=userName+pr&sortBy=title&cursor={cursor}"), Some("invalidCursor")),
        (format!("/scim/v2?filter=userName+pr&sortBy=userName&cursor={cursor}"), Some("invalidCursor")),
        (format!("{query}&cursor={cursor}x"), Some("invalidCursor")),
        (format!("{query}&cursor=%00"), Some("invalidCursor")),
        (format!("{query}&startIndex=1&cursor={cursor}"), Some("invalidValue")),
        (format!("{query}&startIndex=1&cursor="), Some("invalidValue")),
        ("/scim/v2/Users?cursor&count=ten".to_owned(), Some("invalidCount")),
    ] {
        match answer {
            None => drop(server.get(&path).await.expect(200)),
            Some(scim_type) => assert_eq!(refused(&server, &path).await, scim_type, "{path}"),
        }
    }
    assert_eq!(refused(&other, &format!("{query}&cursor={cursor}")).await, "invalidCursor");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_changed_character_of_a_cursor_is_noticed() {
    let _proof = proves(&["9.8"]);
    let server = TestServer::start().await;
    cast(&server).await;
    let page = server.get("/scim/v2/Users?cursor&count=1").await.expect(200);
    let cursor = page["nextCursor"].as_str().unwrap();
    for at in 0..cursor.len() {
        let mut changed = cursor.to_owned();
        let by = if cursor[at..].starts_with('A') { "B" } else { "A" };
        changed.replace_range(at..=at, by);
        assert_eq!(refused(&server, &format!("/scim/v2/Users?cursor={changed}")).await, "invalidCursor", "{at}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_expires() {
    let _proof = proves(&["9.9"]);
    let now = Arc::new(AtomicI64::new(2_000_000_000));
    let seconds = Arc::clone(&now);
    let clock = Clock::from_fn(move || DateTime::from_timestamp(seconds.load(Ordering::Relaxed), 0).unwrap());
    let server = TestServer::start_with(Setup { clock: Some(clock), ..Setup::default() }).await;
    cast(&server).await;
    let config = server.get("/scim/v2/ServiceProviderConfig").await.expect(200);
    let timeout = config["pagination"]["cursorTimeout"].as_i64().unwrap();
    let page = server.get("/scim/v2/Users?cursor&count=1").await.expect(200);
    let path = format!("/scim/v2/Users?cursor={}", page["nextCursor"].as_str().unwrap());
    now.fetch_add(timeout, Ordering::Relaxed);
    server.get(&path).await.expect(200);
    now.fetch_add(1, Ordering::Relaxed);
    assert_eq!(refused(&server, &path).await, "expiredCursor");
}

/// What happens to the list between two pages.
#[derive(Debug, Clone)]
enum Event {
    Insert,
    Delete(prop::sample::Index),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![Just(Event::Insert), any::<prop::sample::Index>().prop_map(Event::Delete)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, ..ProptestConfig::default() })]

    /// Walked while users come and go, a list gives each user that was there all the time once, in order, and none twice.
    #[test]
    fn a_walk_over_a_changing_list_misses_nothing(
        events in prop::collection::vec(prop::collection::vec(event(), 0..3), 12),
        size in 1_usize..4,
        by in prop::sample::select(vec!["", "&sortBy=title", "&sortBy=title&sortOrder=descending", "&sortBy=displayName"]),
        back: bool,
    ) {
        let _proof = proves(&["9.21"]);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(Box::pin(walk_while_it_changes(events, size, by, back)));
    }
}

async fn walk_while_it_changes(events: Vec<Vec<Event>>, size: usize, by: &str, back: bool) {
    let server = TestServer::start().await;
    let mut there = Vec::new();
    for number in 0..10 {
        there.push(member_of_the_list(&server, number).await);
    }
    let order = ids(&server.get(&format!("/scim/v2/Users?count=1000{by}")).await.expect(200));
    let query = format!("/scim/v2/Users?count={size}{by}");
    let mut page = server.get(&format!("{query}&cursor")).await.expect(200);
    if back {
        page = forward(&server, &query).await.pop().unwrap();
    }
    let (mut seen, mut deleted, mut made) = (Vec::new(), BTreeSet::new(), 100);
    let mut events = events.into_iter();
    loop {
        let mut found = ids(&page);
        if back {
            found.reverse();
        }
        seen.extend(found);
        for event in events.next().unwrap_or_default() {
            match event {
                Event::Insert => drop(member_of_the_list(&server, made).await),
                Event::Delete(index) => {
                    let id = index.get(&there);
                    server.delete(&format!("/scim/v2/Users/{id}")).await;
                    deleted.insert(id.clone());
                }
            }
            made += 1;
        }
        let Some(cursor) = page[if back { "previousCursor" } else { "nextCursor" }].as_str() else { break };
        page = server.get(&format!("{query}&cursor={cursor}")).await.expect(200);
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "nobody twice");
    let stayed = |id: &&String| there.contains(id) && !deleted.contains(*id);
    let mut expected: Vec<&String> = order.iter().filter(stayed).collect();
    if back {
        expected.reverse();
    }
    assert_eq!(seen.iter().filter(stayed).collect::<Vec<_>>(), expected);
}

/// Users with ties and absent values in what the list may be sorted by.
async fn member_of_the_list(server: &TestServer, number: u32) -> String {
    let mut more = json!({});
    if !number.is_multiple_of(3) {
        more["title"] = format!("t{}", number % 2).into();
        more["displayName"] = format!("d{}", number % 4).into();
    }
    user(server, &format!("u{number}"), more).await
}
