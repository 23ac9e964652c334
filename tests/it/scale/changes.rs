//! The cost of changing who is in a group follows the change, not the group.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures_util::future::{join, join_all, join3};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::crowd::{Crowd, EVERYBODY, HUNDRED, LARGE, NEWCOMER, Rows, SMALL, crowd, group, user};
use super::{adding, coming, going, patch, removing};
use crate::support::{Setup, TestServer, sql};

/// Puts a user into the group and takes it out again.
async fn by_scim(server: &TestServer, number: usize, newcomer: usize, show: &str) {
    let (path, user) = (format!("/scim/v2/Groups/{}{show}", group(number)), user(newcomer));
    server.patch(&path, &adding(&user)).await.expect(200);
    server.patch(&path, &removing(&user)).await.expect(200);
}

async fn by_verb(crowd: &Crowd, server: &TestServer, number: usize, newcomer: usize) {
    let (scope, group, user) = (crowd.scope(server), group(number).parse().unwrap(), user(newcomer));
    for change in [coming(&user), going(&user)] {
        let (_, outcome) = server.domain.change_members(&scope, group, None, &change).await.unwrap();
        assert!(!outcome.is_empty());
    }
}

fn written(rows: &Rows) -> BTreeMap<&str, i64> {
    rows.iter().filter(|(_, rows)| rows.written > 0).map(|(table, rows)| (table.as_str(), rows.written)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_takes_the_same_statements_in_a_group_of_ten_and_of_everybody() {
    let crowd = crowd().await;
    let stage = crowd.stage().await;
    for show in ["", "?excludedAttributes=members"] {
        let small = stage.cost(async |server| by_scim(server, SMALL, NEWCOMER, show).await).await;
        let large = stage.cost(async |server| by_scim(server, LARGE, NEWCOMER, show).await).await;
        assert_eq!(small, large, "{show}");
        assert_eq!(small.statements.len(), 2, "{show}: one statement in, one out: {small:#?}");
        assert_eq!(small.round_trips, 2, "{show}");
    }
    let small = stage.cost(async |server| by_verb(&crowd, server, SMALL, NEWCOMER).await).await;
    let large = stage.cost(async |server| by_verb(&crowd, server, LARGE, NEWCOMER).await).await;
    assert_eq!(small, large);
    assert_eq!((small.statements.len(), small.round_trips), (2, 2), "{small:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_member_touches_the_same_rows_in_a_group_of_ten_and_of_everybody() {
    let crowd = crowd().await;
    let show = "?excludedAttributes=members";
    // Nobody else has been in and out: what is left of a row that is gone would be looked at again.
    let (scim, verb) = (NEWCOMER + 18, NEWCOMER + 19);
    let small = crowd.rows_touched(async |server| by_scim(server, SMALL, scim, show).await).await;
    let large = crowd.rows_touched(async |server| by_scim(server, LARGE, scim, show).await).await;
    assert_eq!(small, large);
    assert_eq!(written(&small), [("events", 2), ("groups", 2), ("members", 2)].into());
    assert!(small.values().all(|rows| rows.read <= 20), "{small:?}");
    let small = crowd.rows_touched(async |server| by_verb(&crowd, server, SMALL, verb).await).await;
    let large = crowd.rows_touched(async |server| by_verb(&crowd, server, LARGE, verb).await).await;
    assert_eq!(small, large);
    assert_eq!(written(&small), [("events", 2), ("groups", 2), ("members", 2)].into());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_come_at_once_touch_few_rows_in_a_group_of_everybody() {
    const MANY: usize = 16;
    let crowd = crowd().await;
    let lock = format!("SELECT FROM groups WHERE id = '{}' FOR UPDATE", group(LARGE));
    let rows = crowd
        .rows_touched(async |server| {
            let (scope, group) = (crowd.scope(server), group(LARGE).parse().unwrap());
            for change in [coming, going] {
                let holding = crowd.sql().await;
                holding.rows("BEGIN", &[]).await;
                holding.rows(&lock, &[]).await;
                let changes: Vec<_> = (1..=MANY).map(|number| change(&user(NEWCOMER + number))).collect();
                let made = changes.iter().map(|change| server.domain.change_members(&scope, group, None, change));
                let lets_go = async {
                    sleep(Duration::from_millis(200)).await;
                    holding.rows("ROLLBACK", &[]).await;
                };
                let (made, ()) = join(join_all(made), lets_go).await;
                assert!(made.iter().all(|made| !made.as_ref().unwrap().1.is_empty()));
            }
        })
        .await;
    let changes = i64::try_from(2 * MANY).unwrap();
    assert_eq!((written(&rows)["events"], written(&rows)["members"]), (changes, changes));
    assert!(written(&rows)["groups"] < changes, "the group is written for several at once: {rows:?}");
    assert!(rows.values().all(|rows| rows.read <= 40 * changes), "{rows:?}");
}

/// A value that must be unique is looked for by an index, also among those who may have it from before it had to be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unique_value_is_not_sought_among_everybody() {
    const ATTRIBUTE: &str = "urn:example:params:scim:schemas:specimen:2.0:Everything:serial";
    let crowd = crowd().await;
    let schema_dir = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/scim_schemas/schemas"));
    let path = format!("/scim/v2/Users/{}?attributes=id", user(NEWCOMER + 17));
    let setup = Setup { schema_dir, ..Setup::default() };
    let rows = crowd.rows_touched_with(setup, async |server| {
        let add = json!([{ "op": "add", "path": ATTRIBUTE, "value": "S-1" }]);
        let remove = json!([{ "op": "remove", "path": ATTRIBUTE }]);
        for operations in [add, remove] {
            server.patch(&path, &patch(&operations)).await.expect(200);
        }
    });
    let rows = rows.await;
    assert_eq!(written(&rows), [("events", 2), ("users", 2)].into());
    assert!(rows["users"].read <= 50, "{rows:?}");
}

/// A PUT of so many users from the first, of whom `shift` have not been in.
async fn put(server: &TestServer, number: usize, first: usize, count: usize) {
    let members: Value = (first..first + count).map(|number| json!({ "value": user(number) })).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": format!("Group {number}"), "externalId": format!("ext-{number}"), "members": members,
    });
    server.put(&format!("/scim/v2/Groups/{}?excludedAttributes=members", group(number)), &body).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_of_everybody_writes_the_ten_who_differ() {
    let crowd = crowd().await;
    for (number, count) in [(HUNDRED, 100), (LARGE, EVERYBODY)] {
        // Five leave at one end and five come at the other.
        let rows = crowd.rows_touched(async |server| put(server, number, 6, count).await).await;
        assert_eq!(written(&rows), [("events", 1), ("groups", 1), ("members", 10)].into(), "{count}");
        let rows = crowd.rows_touched(async |server| put(server, number, 6, count).await).await;
        assert_eq!(written(&rows), [].into(), "{count}: what is there already");
        crowd.rows_touched(async |server| put(server, number, 1, count).await).await;
    }
    let stage = crowd.stage().await;
    let mut shift = false;
    let mut change = async |server: &TestServer, number, count| {
        shift = !shift;
        put(server, number, if shift { 6 } else { 1 }, count).await;
    };
    let small = stage.cost(async |server| change(server, HUNDRED, 100).await).await;
    let large = stage.cost(async |server| change(server, LARGE, EVERYBODY).await).await;
    assert_eq!(small.statements, large.statements);
}

fn titled(title: &str) -> Value {
    patch(&json!([{ "op": "replace", "path": "title", "value": title }]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_changed_in_two_round_trips_and_by_its_own_row() {
    let crowd = crowd().await;
    let path = format!("/scim/v2/Users/{}?excludedAttributes=groups", user(4_242));
    let mut titles = 0;
    let mut retitle = async |server: &TestServer| {
        titles += 1;
        server.patch(&path, &titled(&format!("Title {titles}"))).await.expect(200);
    };
    let cost = crowd.stage().await.cost(&mut retitle).await;
    assert_eq!((cost.round_trips, cost.statements.len()), (2, 2), "{cost:?}");
    let rows = crowd.rows_touched(&mut retitle).await;
    assert_eq!(written(&rows), [("events", 1), ("users", 1)].into());
    assert!(rows.values().all(|rows| rows.read <= 10), "{rows:?}");
}

/// A change is made to what the user is when its turn comes, not to what it was when it was read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_somebody_changes_meanwhile_keeps_both_changes() {
    let server = TestServer::start().await;
    let made = server.post("/scim/v2/Users", &json!({ "userName": "ada", "title": "old" })).await.expect(201);
    let path = format!("/scim/v2/Users/{}", made["id"].as_str().unwrap());
    let other = sql(server.database_url()).await;
    other.batch_execute("BEGIN; UPDATE users SET version = version + 1, external_id = 'theirs'").await.unwrap();
    let (if_match, body) = ([("if-match", made["meta"]["version"].as_str().unwrap())], titled("new"));
    let conditional = server.send(Method::PATCH, &path, &if_match, Some(&body));
    let lets_go = async {
        sleep(Duration::from_millis(200)).await;
        other.batch_execute("COMMIT").await.unwrap();
    };
    let (plain, conditional, ()) = join3(server.patch(&path, &body), conditional, lets_go).await;
    // Both had read the user before it changed.
    assert_eq!(conditional.status, 412, "{}", conditional.text);
    let changed = plain.expect(200);
    assert_eq!((&changed["title"], &changed["externalId"]), (&json!("new"), &json!("theirs")));
    assert_eq!(changed["meta"]["version"], "W/\"3\"");
    assert_eq!(server.get(&path).await.expect(200), changed);
}
