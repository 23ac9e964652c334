//! Many clients at once, over SCIM: no membership is lost, no counter drifts, no version goes back, nobody sees an
//! internal error. What is expected is worked out by the clients themselves, each of its own members, so it does not
//! depend on who came first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::conformance::proves;
use crate::scim::client::Client;
use crate::scim::site::Site;
use crate::support::Setup;

/// A server with enough connections for its clients to get in each other's way.
async fn busy_site() -> Site {
    Site::set_up(Setup { connections: Some(16), ..Setup::default() }).await
}

async fn users(client: &Client, prefix: &str, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(client.user(&format!("{prefix}{number}")).await);
    }
    ids
}

fn listed(ids: &[&String]) -> Value {
    ids.iter().map(|id| json!({ "value": id })).collect()
}

/// One client's members: what it has put in and not taken out, and how often that changed the group.
struct Owner {
    client: Client,
    path: String,
    own: Vec<String>,
    inside: BTreeSet<String>,
    changes: i64,
}

impl Owner {
    /// Sends operations after which exactly `inside` of its own members are in.
    async fn make(&mut self, operations: Value, inside: BTreeSet<String>) {
        let answer = self.client.patch(&self.path, operations).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.changes += i64::from(self.inside != inside);
        self.inside = inside;
    }

    /// Goes through every form of PATCH that clients use; where it ends depends on `seed` alone.
    async fn work(mut self, seed: usize) -> Self {
        for round in 0..8 {
            let pick = |offset: usize| self.own[(seed + round + offset) % self.own.len()].clone();
            let (one, other) = (pick(0), pick(3));
            let mut inside = self.inside.clone();
            let operations = match (seed + round) % 5 {
                0 => {
                    inside.insert(one.clone());
                    json!([{ "op": "Add", "path": "members", "value": listed(&[&one]) }])
                }
                1 => {
                    inside.remove(&one);
                    json!([{ "op": "remove", "path": format!("members[value eq \"{one}\"]") }])
                }
                2 => {
                    inside.extend([one.clone(), other.clone()]);
                    json!([{ "op": "add", "value": { "members": listed(&[&one, &other]) } }])
                }
                3 => {
                    inside.remove(&one);
                    inside.remove(&other);
                    json!([{ "op": "Remove", "path": "members", "value": listed(&[&one, &other]) }])
                }
                _ => {
                    inside.remove(&one);
                    inside.insert(other.clone());
                    json!([
                        { "op": "remove", "path": format!("members[value eq \"{one}\"]") },
                        { "op": "add", "path": "members", "value": listed(&[&other]) },
                    ])
                }
            };
            self.make(operations, inside).await;
        }
        self
    }
}

/// Changes the record, never the members, each time to something new.
async fn rename(client: Client, path: String, number: usize) -> i64 {
    for round in 0..10 {
        let name = format!("name {number}.{round}");
        let answer = match round % 3 {
            0 => client.patch(&path, json!([{ "op": "Replace", "path": "displayName", "value": name }])).await,
            1 => client.patch(&path, json!([{ "op": "replace", "value": { "externalId": name } }])).await,
            _ => client.send("PUT", &path, Some(&json!({ "displayName": name, "externalId": name }))).await,
        };
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    10
}

/// Deletes users that are in the group and in another one.
async fn delete(client: Client, users: Vec<String>) -> i64 {
    for user in &users {
        assert_eq!(client.send("DELETE", &format!("/Users/{user}"), None).await.status, 204);
    }
    i64::try_from(users.len()).unwrap()
}

/// Reads the group over and over; its version must never go back.
async fn watch(client: Client, path: String, done: Arc<AtomicBool>) -> usize {
    let (mut last, mut reads) = (0_i64, 0);
    while !done.load(Ordering::Relaxed) {
        let answer = client.get(&format!("{path}?excludedAttributes=members")).await;
        let version = answer.header("etag").trim_start_matches("W/").trim_matches('"').parse().unwrap();
        assert!(version >= last, "version {version} after {last}");
        (last, reads) = (version, reads + 1);
    }
    reads
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_one_group_from_32_clients() {
    let _proof = proves(&["T20"]);
    let site = busy_site().await;
    let client = site.client().await;
    let (group, other) = (client.group("group").await, client.group("other").await);
    let path = format!("/Groups/{group}");
    let leavers = users(&client, "leaver", 10).await;
    for path in [&path, &format!("/Groups/{other}")] {
        let everybody: Vec<&String> = leavers.iter().collect();
        client.patch(path, json!([{ "op": "add", "path": "members", "value": listed(&everybody) }])).await.expect(200);
    }
    let mut owners = Vec::new();
    for number in 0..32 {
        let own = users(&client, &format!("user{number}."), 6).await;
        owners.push(Owner { client: client.clone(), path: path.clone(), own, inside: BTreeSet::new(), changes: 0 });
    }
    let done = Arc::new(AtomicBool::new(false));
    let watcher = tokio::spawn(watch(client.clone(), path.clone(), Arc::clone(&done)));
    let mut others = JoinSet::new();
    others.spawn(rename(client.clone(), path.clone(), 1));
    others.spawn(rename(client.clone(), path.clone(), 2));
    others.spawn(delete(client.clone(), leavers));
    let mut work: JoinSet<Owner> = owners.into_iter().enumerate().map(|(seed, owner)| owner.work(seed)).collect();
    let (mut expected, mut changes) = (BTreeSet::new(), 1);
    while let Some(owner) = work.join_next().await {
        let owner = owner.unwrap();
        changes += owner.changes;
        expected.extend(owner.inside);
    }
    while let Some(made) = others.join_next().await {
        changes += made.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    assert!(watcher.await.unwrap() > 0);
    assert!(changes > 150 && expected.len() > 32, "the clients have hardly done anything: {changes}, {expected:?}");
    assert_eq!(client.members(&group).await, expected.into_iter().collect::<Vec<_>>());
    assert_eq!(client.members(&other).await, Vec::<String>::new());
    check_books(&site, &group, 1 + changes).await;
}

/// The counter counts the rows, the version counts the changes, and the events retell the members.
async fn check_books(site: &Site, group: &str, version: i64) {
    let sql = &site.sql;
    let rows = sql.column("SELECT user_id::text FROM members WHERE group_id = $1::text::uuid", &[&group]).await;
    let rows: BTreeSet<String> = rows.into_iter().collect();
    let counter: i64 = sql.value("SELECT standing_members FROM groups WHERE id = $1::text::uuid", &[&group]).await;
    assert_eq!(usize::try_from(counter).unwrap(), rows.len(), "member_count is the number of rows");
    let found: i64 = sql.value("SELECT version FROM groups WHERE id = $1::text::uuid", &[&group]).await;
    assert_eq!(found, version, "one version a change");
    assert_eq!(site.sql.members_retold(group).await, rows, "the events retell the members");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_lists_do_not_mix() {
    let site = busy_site().await;
    let client = site.client().await;
    let group = client.group("group").await;
    let path = format!("/Groups/{group}");
    let mut lists = Vec::new();
    for number in 0..8 {
        let mut list = users(&client, &format!("user{number}."), 5).await;
        list.sort();
        lists.push(list);
    }
    for round in 0..3 {
        let mut work = JoinSet::new();
        for list in lists.clone() {
            let (client, path) = (client.clone(), path.clone());
            work.spawn(async move {
                let members = listed(&list.iter().collect::<Vec<_>>());
                let answer = match round {
                    0 => client.patch(&path, json!([{ "op": "replace", "path": "members", "value": members }])).await,
                    1 => client.send("PUT", &path, Some(&json!({ "displayName": "group", "members": members }))).await,
                    _ => {
                        let operations = json!([
                            { "op": "remove", "path": "members" }, { "op": "add", "path": "members", "value": members },
                        ]);
                        client.patch(&path, operations).await
                    }
                };
                assert_eq!(answer.status, 200, "{}", answer.text);
            });
        }
        while let Some(outcome) = work.join_next().await {
            outcome.unwrap();
        }
        let left = client.members(&group).await;
        assert!(lists.contains(&left), "round {round}: nobody asked for {left:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_over_the_same_members_do_not_mix() {
    let site = busy_site().await;
    let client = site.client().await;
    let group = client.group("group").await;
    let path = format!("/Groups/{group}");
    let mut all = users(&client, "user", 12).await;
    all.sort();
    for round in 0..12 {
        // Some are in from the start: then adding and removing concern different ones of them.
        let some = listed(&all.iter().step_by(2).collect::<Vec<_>>());
        let start = json!([{ "op": "replace", "path": "members", "value": some }]);
        assert_eq!(client.patch(&path, start).await.status, 200);
        let mut work = JoinSet::new();
        for number in 0..6 {
            let (client, path) = (client.clone(), path.clone());
            let op = if number % 2 == 0 { "add" } else { "remove" };
            let operations = json!([{ "op": op, "path": "members", "value": listed(&all.iter().collect::<Vec<_>>()) }]);
            work.spawn(async move {
                let answer = client.patch(&path, operations).await;
                assert_eq!(answer.status, 200, "{}", answer.text);
            });
        }
        while let Some(outcome) = work.join_next().await {
            outcome.unwrap();
        }
        let left = client.members(&group).await;
        assert!(left.is_empty() || left == all, "round {round}: no order of the batches leaves {left:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_edges_that_close_a_ring_together_one_is_refused() {
    let site = busy_site().await;
    let client = site.client().await;
    for (round, length) in [2, 2, 2, 2, 3, 3, 4].into_iter().enumerate() {
        let mut ring = Vec::new();
        for number in 0..length {
            ring.push(client.group(&format!("ring {round} group {number}")).await);
        }
        let mut work = JoinSet::new();
        for number in 0..length {
            let (client, parent) = (client.clone(), format!("/Groups/{}", ring[number]));
            let child = ring[(number + 1) % length].clone();
            work.spawn(async move {
                client.patch(&parent, json!([{ "op": "add", "path": "members", "value": [{ "value": child }] }])).await
            });
        }
        let mut refused = Vec::new();
        while let Some(answer) = work.join_next().await {
            let answer = answer.unwrap();
            if answer.status != 200 {
                refused.push(answer.expect(400));
            }
        }
        assert_eq!(refused.len(), 1, "round {round}: {refused:?}");
        assert_eq!(refused[0]["scimType"], "invalidValue");
        let detail = refused[0]["detail"].as_str().unwrap();
        assert!((0..length).all(|number| detail.contains(&format!("ring {round} group {number}"))), "{detail}");
    }
    let edges: i64 = site.sql.value("SELECT count(*) FROM edges", &[]).await;
    let counted: i64 = site.sql.value("SELECT sum(nested_groups)::bigint FROM groups", &[]).await;
    assert_eq!((edges, counted), (4 + 2 * 2 + 3, 4 + 2 * 2 + 3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_is_deleted_while_it_is_added_is_in_no_group() {
    let site = busy_site().await;
    let client = site.client().await;
    let mut groups = Vec::new();
    for number in 0..6 {
        groups.push(client.group(&format!("group {number}")).await);
    }
    for round in 0..6 {
        let user = client.user(&format!("user{round}")).await;
        let mut work = JoinSet::new();
        for group in groups.clone() {
            let (client, user) = (client.clone(), user.clone());
            work.spawn(async move {
                let add = json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]);
                client.patch(&format!("/Groups/{group}"), add).await.status
            });
        }
        let (client, path) = (client.clone(), format!("/Users/{user}"));
        work.spawn(async move { client.send("DELETE", &path, None).await.status });
        while let Some(status) = work.join_next().await {
            // Whoever came after the deletion is told that there is no such user.
            assert!(matches!(status.unwrap(), 200 | 204 | 400));
        }
    }
    let left: i64 = site.sql.value("SELECT count(*) FROM members", &[]).await;
    let counted: i64 = site.sql.value("SELECT sum(standing_members)::bigint FROM groups", &[]).await;
    assert_eq!((left, counted), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_equal_names_one_is_created() {
    let _proof = proves(&["4.20"]);
    let site = busy_site().await;
    let client = site.client().await;
    let body = json!({ "userName": "same", "externalId": "same" });
    let race = async |path: &'static str, body: &Value| {
        let mut work = JoinSet::new();
        for _ in 0..12 {
            let (client, body) = (client.clone(), body.clone());
            work.spawn(async move { client.send("POST", path, Some(&body)).await });
        }
        let mut created = Vec::new();
        while let Some(answer) = work.join_next().await {
            let answer = answer.unwrap();
            match answer.status {
                201 => created.push(answer.body["id"].as_str().unwrap().to_owned()),
                _ => assert_eq!(answer.expect(409)["scimType"], "uniqueness"),
            }
        }
        assert_eq!(created.len(), 1);
        created.remove(0)
    };
    let user = race("/Users", &body).await;
    client.send("DELETE", &format!("/Users/{user}"), None).await.expect(204);
    assert_eq!(race("/Users", &body).await, user, "the deleted one comes back, once");
    let group = json!({ "displayName": "same", "externalId": "same" });
    let id = race("/Groups", &group).await;
    client.send("DELETE", &format!("/Groups/{id}"), None).await.expect(204);
    assert_eq!(race("/Groups", &group).await, id);
    let live: i64 = site.sql.value("SELECT sum(live)::bigint FROM resource_counts WHERE kind = 'user'", &[]).await;
    assert_eq!(live, 1);
}
