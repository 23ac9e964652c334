//! Lists over HTTP: sorting, index pages, cursor pages in both directions while the list changes, `.search`, and the base
//! URI over both kinds (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::DateTime;
use convoke::model::clock::Clock;
use convoke::model::principal::Scope;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Client, Setup, TestServer};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

async fn user(client: &Client, name: &str, more: Value) -> String {
    let mut body = json!({ "schemas": [USER], "userName": name });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.post("/scim/v2/Users", &body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn group(client: &Client, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    let body = json!({ "schemas": [GROUP], "displayName": name, "members": members });
    client.post("/scim/v2/Groups", &body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    list["Resources"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

fn names(list: &Value) -> Vec<&str> {
    let name = |r: &'_ Value| if r.get("userName").is_some() { "userName" } else { "displayName" };
    list["Resources"].as_array().unwrap().iter().map(|r| r[name(r)].as_str().unwrap()).collect()
}

/// The `scimType` of a 400.
async fn refused(client: &Client, path: &str) -> String {
    let body = client.get(path).await.expect(400);
    assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{body}");
    body["scimType"].as_str().unwrap().to_owned()
}

/// A few users with values missing here and there, and values that differ in case or not at all.
async fn cast(client: &Client) {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    for (name, more) in [
        (
            "delta",
            json!({ "displayName": "Bea", "title": "x", "emails": [{ "value": "b@x" }, { "value": "A@x", "primary": true }] }),
        ),
        (
            "Alpha",
            json!({ "displayName": "ada", "active": false, "emails": [{ "value": "c@x" }, { "value": "0@x", "primary": false }] }),
        ),
        (
            "charlie",
            json!({ "displayName": "Ada", "name": { "familyName": "Zed" }, enterprise: { "department": "r&d" } }),
        ),
        ("bravo", json!({ "title": "X", "emails": [{ "value": "B@y" }], enterprise: { "department": "Ops" } })),
        ("Écho", json!({ "displayName": "éa", "name": { "familyName": "abel" } })),
    ] {
        user(client, name, more).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sorts_by_any_attribute() {
    let server = TestServer::start().await;
    cast(&server).await;
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    // Without a value last. Descending is the exact reverse, so without a value first.
    for (by, ascending) in [
        ("userName", "Alpha bravo charlie delta Écho"),
        ("displayName", "Alpha charlie delta Écho bravo"),
        ("emails", "delta bravo Alpha charlie Écho"),
        ("emails.value", "delta bravo Alpha charlie Écho"),
        ("NAME.familyname", "Écho charlie delta Alpha bravo"),
        (enterprise, "bravo charlie delta Alpha Écho"),
        ("department", "bravo charlie delta Alpha Écho"),
        ("title", "delta bravo Alpha charlie Écho"),
        ("active", "Alpha delta charlie bravo Écho"),
        ("id", "delta Alpha charlie bravo Écho"),
        ("meta.created", "delta Alpha charlie bravo Écho"),
        ("meta.lastModified", "delta Alpha charlie bravo Écho"),
        ("meta.resourceType", "delta Alpha charlie bravo Écho"),
    ] {
        let expected: Vec<&str> = ascending.split(' ').collect();
        let up = server.get(&format!("/scim/v2/Users?sortBy={}", by)).await.expect(200);
        assert_eq!(names(&up), expected, "{by}");
        let down = server.get(&format!("/scim/v2/Users?sortBy={by}&sortOrder=descending")).await.expect(200);
        assert_eq!(names(&down), expected.into_iter().rev().collect::<Vec<_>>(), "{by} descending");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_sorted_by_is_refused() {
    let server = TestServer::start().await;
    for by in ["nosuch", "name", "password", "groups", "schemas", "x509Certificates", "userName.x", "a[b"] {
        assert_eq!(refused(&server, &format!("/scim/v2/Users?sortBy={by}")).await, "invalidPath", "{by}");
    }
    assert_eq!(refused(&server, "/scim/v2/Groups?sortBy=members.value").await, "invalidPath");
    assert_eq!(refused(&server, "/scim/v2/Users?sortBy=userName&sortOrder=up").await, "invalidValue");
    server.get("/scim/v2/Users?sortBy=&sortOrder=").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn index_pages_do_not_shift_under_ties() {
    let server = TestServer::start().await;
    for number in 0..7 {
        user(&server, &format!("u{number}"), json!({ "title": "same" })).await;
    }
    let whole = ids(&server.get("/scim/v2/Users?sortBy=title").await.expect(200));
    let mut paged = Vec::new();
    for start in [1, 4, 7] {
        let page = server.get(&format!("/scim/v2/Users?sortBy=title&startIndex={start}&count=3")).await.expect(200);
        assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(7), &json!(start)));
        paged.extend(ids(&page));
    }
    assert_eq!(paged, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_are_cut_and_none_gives_the_total() {
    let server = TestServer::start().await;
    cast(&server).await;
    for path in ["/scim/v2/Users?count=0", "/scim/v2/Users?count=-1", "/scim/v2/Users?cursor=&count=0"] {
        let list = server.get(path).await.expect(200);
        assert_eq!(
            (&list["totalResults"], &list["itemsPerPage"], ids(&list).len()),
            (&json!(5), &json!(0), 0),
            "{path}"
        );
        assert!(list.get("nextCursor").is_none());
    }
    for count in ["1000000", "99999999999999999999"] {
        let list = server.get(&format!("/scim/v2/Users?count={count}")).await.expect(200);
        assert_eq!(ids(&list).len(), 5);
    }
    let config = server.get("/scim/v2/ServiceProviderConfig").await.expect(200);
    assert_eq!(config["filter"]["maxResults"], config["pagination"]["maxPageSize"]);
    assert_eq!((&config["pagination"]["cursor"], &config["sort"]["supported"]), (&json!(true), &json!(true)));
}

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
    if number % 3 != 0 {
        more["title"] = format!("t{}", number % 2).into();
        more["displayName"] = format!("d{}", number % 4).into();
    }
    user(server, &format!("u{number}"), more).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_answers_as_the_get_does() {
    let server = TestServer::start().await;
    cast(&server).await;
    let member = ids(&server.get("/scim/v2/Users").await.expect(200)).remove(0);
    group(&server, "g1", &[&member]).await;
    for (path, query, body) in [
        ("/Users", "sortBy=userName&count=2", json!({ "sortBy": "userName", "count": 2 })),
        (
            "/Users",
            "startIndex=4&attributes=userName,title",
            json!({ "startIndex": 4, "attributes": ["userName", "title"] }),
        ),
        ("/Groups", "excludedAttributes=members", json!({ "excludedAttributes": ["members"] })),
        ("/Groups", "filter=displayName+pr", json!({ "filter": "displayName pr" })),
        ("", "filter=displayName+pr&count=3", json!({ "filter": "displayName pr", "count": 3 })),
        ("", "startIndex=6", json!({ "startIndex": 6, "count": null })),
    ] {
        let mut body = body;
        body["schemas"] = json!([SEARCH]);
        let found = server.post(&format!("/scim/v2{path}/.search"), &body).await;
        let got = server.get(&format!("/scim/v2{path}?{query}")).await.expect(200);
        assert_eq!(found.expect(200), got, "{path} {body}");
    }
    let body = json!({ "schemas": [SEARCH], "cursor": "", "count": 2, "sortBy": "userName" });
    let first = server.post("/scim/v2/Users/.search", &body).await.expect(200);
    let body = json!({ "schemas": [SEARCH], "cursor": first["nextCursor"], "count": 9, "sortBy": "userName" });
    let second = server.post("/scim/v2/Users/.search", &body).await.expect(200);
    assert_eq!([names(&first), names(&second)].concat(), ["Alpha", "bravo", "charlie", "delta", "Écho"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_needs_no_more_than_the_right_to_read() {
    let server = TestServer::start().await;
    let reader = server.client_with(&[Scope::ScimRead], &[]).await;
    for path in ["/scim/v2/Users/.search", "/scim/v2/.search"] {
        reader.post(path, &json!({ "schemas": [SEARCH] })).await.expect(200);
        assert_eq!(reader.get(path).await.header("allow"), "POST");
    }
    reader.post("/scim/v2/Users", &json!({ "schemas": [USER], "userName": "x" })).await.expect(403);
    reader.anonymous().post("/scim/v2/.search", &json!({ "schemas": [SEARCH] })).await.expect(401);
    for body in [json!({ "schemas": ["urn:x"] }), json!({ "count": "ten" }), json!({ "filter": 1 }), json!([])] {
        let answer = reader.post("/scim/v2/.search", &body).await.expect(400);
        assert_eq!(answer["scimType"], "invalidSyntax", "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_wants_the_message_to_say_what_it_is() {
    let server = TestServer::start_with(Setup { settings: &["scim.mode=strict"], ..Setup::default() }).await;
    let answer = server.post("/scim/v2/Users/.search", &json!({ "count": 1 })).await.expect(400);
    assert_eq!(answer["scimType"], "invalidSyntax");
    server.post("/scim/v2/Users/.search", &json!({ "schemas": [SEARCH], "count": 1 })).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_base_uri_lists_everything() {
    let server = TestServer::start().await;
    cast(&server).await;
    let member = ids(&server.get("/scim/v2/Users").await.expect(200)).remove(0);
    group(&server, "Ada", &[&member]).await;
    group(&server, "other", &[]).await;
    for (filter, expected) in [
        ("id pr", "delta Alpha charlie bravo Écho Ada other"),
        ("meta.resourceType eq \"User\"", "delta Alpha charlie bravo Écho"),
        ("meta.resourceType eq \"Group\"", "Ada other"),
        ("displayName eq \"ADA\"", "Alpha charlie Ada"),
        ("userName sw \"a\"", "Alpha"),
        ("userName ne \"alpha\" and displayName pr", "delta charlie Écho Ada other"),
        ("not (userName pr)", "Ada other"),
        ("title eq null and displayName sw \"a\"", "Alpha charlie Ada"),
        (&format!("members.value eq \"{member}\" or title eq \"x\""), "delta bravo Ada"),
        ("members pr", "Ada"),
        ("groups pr", "delta"),
    ] {
        let list = server.get(&format!("/scim/v2?filter={}", filter.replace(' ', "+"))).await.expect(200);
        assert_eq!(names(&list).join(" "), expected, "{filter}");
        assert_eq!(list["totalResults"], ids(&list).len(), "{filter}");
        for resource in list["Resources"].as_array().unwrap() {
            let group = resource.get("userName").is_none();
            assert_eq!(resource["meta"]["resourceType"], if group { "Group" } else { "User" });
            assert_eq!(resource["schemas"][0], if group { GROUP } else { USER });
        }
    }
    let page = server.get("/scim/v2/?startIndex=5&count=2").await.expect(200);
    assert_eq!((names(&page), &page["totalResults"]), (vec!["Écho", "Ada"], &json!(7)));
    assert_eq!(page["Resources"][1]["members"][0]["value"], member.as_str());
    assert_eq!(refused(&server, "/scim/v2?filter=nosuch+pr").await, "invalidFilter");
    assert_eq!(refused(&server, "/scim/v2?sortBy=nosuch").await, "invalidPath");
    server.post("/scim/v2", &json!({})).await.expect(405);
}
