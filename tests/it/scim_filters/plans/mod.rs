//! What queries cost on 100,000 users and 5,000 groups, told by the plans the database executed: look-ups go by an index
//! and touch a handful of pages; pages of a list cost what is on them, at any depth. Nothing is timed.

mod crowd;
mod explain;

use serde_json::{Value, json};

use self::crowd::{GROUPS, USERS, gather, group, user};
use self::explain::{Watch, Work};
use super::{ids, search};
use crate::support::TestServer;

/// A look-up may touch so many pages: a few levels of a few indexes, and the rows it finds with their groups.
const PAGES_OF_A_LOOK_UP: i64 = 150;
/// And look at so many rows.
const ROWS_OF_A_LOOK_UP: i64 = 150;

struct Stage {
    server: TestServer,
    watch: Watch,
}

impl Stage {
    async fn set() -> Self {
        let server = gather().await;
        let watch = Watch::over(&server).await;
        Self { server, watch }
    }

    /// A search and the work it made.
    async fn ask(&self, at: &str, parameters: Value) -> (Value, Work) {
        let mut list = Value::Null;
        let work = self.watch.work(async { list = search(&self.server, at, parameters).await.expect(200) }).await;
        assert!(!work.statements.is_empty(), "the database explains what it does");
        (list, work)
    }

    async fn look_up(&self, at: &str, filter: &str, expected: &[String]) -> Work {
        let parameters = json!({ "filter": filter, "excludedAttributes": ["members", "groups"] });
        let (list, work) = self.ask(at, parameters).await;
        assert_eq!(ids(&list), expected, "{at} {filter}");
        assert!(!work.reads_a_whole_table(), "{at} {filter}: {work:#?}");
        assert!(work.buffers() <= PAGES_OF_A_LOOK_UP && work.rows() <= ROWS_OF_A_LOOK_UP, "{at} {filter}: {work:#?}");
        work
    }
}

async fn look_ups_go_by_an_index(stage: &Stage) {
    let (last, small) = (user(USERS), group(GROUPS));
    let mail = format!("u{USERS}@example.com");
    for (at, filter, found, index) in [
        ("/Users", format!("userName eq \"U{USERS}\""), &last, "users_by_user_name"),
        ("/Users", format!("externalId eq \"ext-{USERS}\""), &last, "users_by_external_id"),
        ("/Users", format!("displayName eq \"PERSON {USERS}\""), &last, "users_in_order_of_display_name"),
        ("/Users", format!("emails.value eq \"{mail}\""), &last, "users_by_attribute"),
        ("/Users", format!("emails[type eq \"work\"].value eq \"{mail}\""), &last, "users_by_attribute"),
        ("/Users", format!("emails[type eq \"work\" and value eq \"{mail}\"]"), &last, "users_by_attribute"),
        ("/Users", format!("id eq \"{last}\""), &last, "users"),
        ("/Users", format!("meta.location eq \"Users/{last}\""), &last, "users"),
        ("/Users", format!("id eq \"{last}\" and userName eq \"u{USERS}\""), &last, "users"),
        ("/Groups", format!("displayName eq \"Group {GROUPS}\""), &small, "groups_by"),
        ("/Groups", format!("externalId eq \"ext-{GROUPS}\""), &small, "groups_by_external_id"),
        ("/Groups", format!("id eq \"{small}\""), &small, "groups"),
    ] {
        let work = stage.look_up(at, &filter, std::slice::from_ref(found)).await;
        assert!(work.indexes().iter().any(|used| used.starts_with(index)), "{filter}: {work:#?}");
    }
}

async fn members_are_found_from_either_side(stage: &Stage) {
    let (one, in_two) = (group(1), group(7));
    for filter in [
        format!("members.value eq \"{}\"", user(75)),
        format!("members[value eq \"{}\"]", user(75)),
        format!("members.$ref eq \"Users/{}\"", user(75)),
        format!("members[type eq \"User\" and value eq \"{}\"]", user(75)),
    ] {
        let work = stage.look_up("/Groups", &filter, &[one.clone(), in_two.clone()]).await;
        assert!(work.indexes().contains(&"members_by_user"), "{filter}: {work:#?}");
    }
    let child = format!("members.value eq \"{}\"", group(GROUPS));
    stage.look_up("/Groups", &child, &[group(GROUPS / 8 + 1)]).await;
    // A group without groups below it.
    let of_group: Vec<String> = (0..10).map(|place| user(GROUPS * 10 + place)).collect();
    stage.look_up("/Users", &format!("groups.value eq \"{}\"", group(GROUPS)), &of_group).await;
    let named = format!("groups[display eq \"group {GROUPS}\" and type eq \"direct\"]");
    stage.look_up("/Users", &named, &of_group).await;
}

/// Where every row has to be asked, each is asked once: the work grows with the tenant and not with its square.
async fn what_is_no_look_up_asks_each_row_once(stage: &Stage) {
    let of_group = format!("groups.value eq \"{}\"", group(1));
    for (at, filter, found) in [
        ("/Users", of_group.clone(), USERS),
        ("/Users", format!("not ({of_group})"), 0),
        ("/Users", format!("{of_group} or userName eq \"nobody\""), USERS),
        ("/Users", "not (groups[type eq \"indirect\" and display eq \"group 400\"])".to_owned(), USERS - 80),
        ("/Groups", "not (members.type eq \"User\")".to_owned(), 0),
        ("/Groups", "members.type ne \"User\"".to_owned(), GROUPS / 8 + 1),
    ] {
        let (list, work) = stage.ask(at, json!({ "filter": filter, "count": 0 })).await;
        assert_eq!(list["totalResults"], found, "{filter}");
        assert!(work.rows() <= 10 * i64::from(USERS), "{filter}: {work:#?}");
    }
}

/// The first page behind an empty cursor and one more than ten thousand resources further on.
async fn first_and_deep(stage: &Stage, at: &str, query: &Value) -> [Work; 2] {
    let page = async |cursor: &Value, count: u32| {
        let mut parameters = query.clone();
        parameters["cursor"] = cursor.clone();
        parameters["count"] = count.into();
        stage.ask(at, parameters).await
    };
    let (start, _) = page(&json!(""), 100).await;
    let (list, first) = page(&start["nextCursor"], 100).await;
    let mut cursor = list["nextCursor"].clone();
    let strides = if at == "/Groups" { 4 } else { 10 };
    for _ in 0..strides {
        cursor = page(&cursor, 1_000).await.0["nextCursor"].clone();
    }
    let (list, deep) = page(&cursor, 100).await;
    assert_eq!(ids(&list).len(), 100);
    [first, deep]
}

async fn pages_cost_the_same_at_any_depth(stage: &Stage) {
    let lean = json!(["id"]);
    for (at, query) in [
        ("/Users", json!({ "excludedAttributes": ["groups"] })),
        ("/Users", json!({ "attributes": lean, "sortBy": "userName" })),
        ("/Users", json!({ "attributes": lean, "sortBy": "displayName", "sortOrder": "descending" })),
        ("/Users", json!({ "attributes": lean, "sortBy": "meta.lastModified" })),
        ("/Users", json!({ "attributes": lean, "filter": "meta.resourceType eq \"User\"" })),
        ("/Groups", json!({ "excludedAttributes": ["members"] })),
        ("/Groups", json!({ "attributes": lean, "sortBy": "displayName" })),
        ("", json!({ "attributes": lean })),
        ("", json!({ "attributes": lean, "sortBy": "displayName" })),
        ("", json!({ "attributes": lean, "sortBy": "id", "sortOrder": "descending" })),
    ] {
        let [first, deep] = first_and_deep(stage, at, &query).await;
        assert_eq!(first.statements.len(), deep.statements.len(), "{at} {query}");
        for work in [&first, &deep] {
            assert!(!work.reads_a_whole_table(), "{at} {query}: {work:#?}");
            let counts = work.statements.iter().any(|one| one.text.starts_with("SELECT COUNT(*) FROM \"users\""));
            assert!(!counts, "{at} {query}: what a filter finds is counted for the first page alone: {work:#?}");
        }
        // A row that is found by its id touches three pages; those of groups fewer, which may all be on the first page.
        let (rows, pages) = (first.rows().max(100), first.buffers().max(300));
        assert!(deep.rows() <= rows * 3 / 2 && deep.buffers() <= pages * 3 / 2, "{at} {query}: {first:#?} {deep:#?}");
        assert!(rows < 4_000, "{at} {query}: {first:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_on_a_hundred_thousand_users() {
    let stage = Stage::set().await;
    look_ups_go_by_an_index(&stage).await;
    members_are_found_from_either_side(&stage).await;
    what_is_no_look_up_asks_each_row_once(&stage).await;
    pages_cost_the_same_at_any_depth(&stage).await;
}
