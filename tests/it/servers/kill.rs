//! A server that is killed while both are written to: its clients go on with the other one. What was acknowledged is
//! there, what was not is there whole or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::twins::Twins;
use crate::scale::{eventually, patch};
use crate::scim::site::Sql;
use crate::support::{Client, sql};

/// A client that prefers one server and changes to the other when that is gone.
struct Roamer {
    http: reqwest::Client,
    bases: Vec<String>,
    token: String,
    /// Requests of which it never learned whether they were carried out.
    unanswered: usize,
}

impl Roamer {
    /// Sends a request until it is answered; the first answer says whether it came at the first attempt.
    async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> (bool, u16, Value) {
        let mut first = true;
        loop {
            let url = format!("{}{path}", self.bases[0]);
            let request = self.http.request(method.parse().unwrap(), url).bearer_auth(&self.token);
            let kind = if path.contains("scim") { "application/scim+json" } else { "application/json" };
            let mut request = request.header("content-type", kind).body(body.to_string());
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            if let Ok(response) = request.send().await {
                let status = response.status().as_u16();
                if let Ok(text) = response.text().await {
                    return (first, status, serde_json::from_str(&text).unwrap_or_default());
                }
            }
            first = false;
            self.unanswered += 1;
            assert!(self.unanswered < 3, "the other server is gone as well");
            self.bases.rotate_left(1);
        }
    }
}

/// What a client has had acknowledged.
#[derive(Default)]
struct Acknowledged {
    users: Vec<String>,
    inside: Vec<String>,
    outside: Vec<String>,
    unanswered: usize,
}

/// Creates users, puts each into the group and every third out again.
async fn work(mut roamer: Roamer, number: usize, group: String, done: Arc<AtomicUsize>) -> Acknowledged {
    let mut all = Acknowledged::default();
    let home = format!("/scim/v2/Groups/{group}");
    for round in 0..40 {
        let name = format!("user{number}.{round}");
        let (first, status, user) = roamer.send("POST", "/scim/v2/Users", &[], &json!({ "userName": name })).await;
        // An unanswered attempt may have made it.
        assert!(status == 201 || (!first && status == 409), "{status}: {user}");
        let Some(id) = user["id"].as_str() else { continue };
        all.users.push(id.to_owned());
        let add = patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]));
        let (_, status, answer) = roamer.send("PATCH", &home, &[], &add).await;
        assert_eq!(status, 200, "{answer}");
        done.fetch_add(1, Ordering::Relaxed);
        if round % 3 == 2 {
            let remove = patch(&json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]));
            let (_, status, answer) = roamer.send("PATCH", &home, &[], &remove).await;
            assert_eq!(status, 200, "{answer}");
            all.outside.push(id.to_owned());
        } else {
            all.inside.push(id.to_owned());
        }
    }
    all.unanswered = roamer.unanswered;
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_leaves_nothing_lost_half_done_or_invented() {
    let twins = Twins::start().await;
    let [client, _] = twins.clients();
    let group = client.post("/scim/v2/Groups", &json!({ "displayName": "hot" })).await.expect(201);
    let group = group["id"].as_str().unwrap().to_owned();
    let done = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for number in 0..6 {
        let mut bases = vec![twins.one.base_url().to_owned(), twins.two.base_url().to_owned()];
        bases.rotate_left(number % 2);
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let roamer = Roamer { http, bases, token: twins.first.token.clone(), unanswered: 0 };
        clients.spawn(work(roamer, number, group.clone(), Arc::clone(&done)));
    }
    while done.load(Ordering::Relaxed) < 60 {
        assert!(!clients.is_empty());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let Twins { first, one, two, folders } = twins;
    tokio::task::spawn_blocking(move || one.crash()).await.unwrap();
    let all = clients.join_all().await;
    assert!(all.iter().map(|one| one.unanswered).sum::<usize>() > 0, "the kill came too late");

    let rows = Sql::connect(first.database_url()).await;
    let wide = "SELECT user_id::text FROM members WHERE group_id = $1::text::uuid";
    let members: BTreeSet<String> = rows.column::<String>(wide, &[&group]).await.into_iter().collect();
    let expected: BTreeSet<String> = all.iter().flat_map(|one| one.inside.clone()).collect();
    // Who was not acknowledged was not put in either: the client that never learned of a user could not name it.
    assert_eq!(members, expected);
    assert!(all.iter().flat_map(|one| &one.outside).all(|user| !members.contains(user)));
    let count: i64 = rows.value("SELECT standing_members FROM groups WHERE id = $1::text::uuid", &[&group]).await;
    assert_eq!(usize::try_from(count).unwrap(), members.len(), "the counter agrees");
    assert_eq!(rows.members_retold(&group).await, members, "the events agree");
    let users: i64 = rows.value("SELECT count(*) FROM users", &[]).await;
    let told: i64 = rows.value("SELECT count(*) FROM events WHERE kind = 'user.created'", &[]).await;
    let live: i64 = rows.value("SELECT sum(live)::bigint FROM resource_counts WHERE kind = 'user'", &[]).await;
    assert_eq!((told, live), (users, users), "each user is told of and counted once");
    let known: i64 = i64::try_from(all.iter().map(|one| one.users.len()).sum::<usize>()).unwrap();
    assert!(users >= known && users <= known + 6, "{users} users, {known} acknowledged");
    drop((two, folders));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_claimed_by_a_killed_server_can_be_used_after_its_lease() {
    let twins = Twins::start().await;
    let tenant = twins.first.tenant.id;
    let path = format!("/api/v1/tenants/{tenant}/users");
    let [_, two] = twins.clients();
    let base = twins.one.base_url().to_owned();
    let body = json!({ "user_name": "ada" });
    let post = async |client: &Client| {
        client.send(reqwest::Method::POST, &path, &[("idempotency-key", "k1")], Some(&body)).await
    };
    // Somebody holds the table, so that the request stops between its claim and its work.
    let blocker = sql(twins.first.database_url()).await;
    blocker.batch_execute("BEGIN; LOCK TABLE users IN EXCLUSIVE MODE").await.unwrap();
    let rows = Sql::connect(twins.first.database_url()).await;
    let claims = "SELECT count(*) FROM idempotency_keys WHERE status IS NULL";
    let Twins { first, one: served, two: other, folders } = twins;
    let killed = async {
        eventually("the request is claimed", async || rows.value::<i64>(claims, &[]).await == 1).await;
        // A second attempt meanwhile is told so, also by the other server.
        assert_eq!(post(&two).await.status, 409);
        tokio::task::spawn_blocking(move || served.crash()).await.unwrap();
    };
    let unanswered = async {
        let url = format!("{base}{path}");
        let request = reqwest::Client::new().post(url).bearer_auth(&first.token).header("idempotency-key", "k1");
        assert!(request.header("content-type", "application/json").body(body.to_string()).send().await.is_err());
    };
    tokio::join!(killed, unanswered);
    blocker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(post(&two).await.status, 409, "its lease still runs");
    rows.rows("UPDATE idempotency_keys SET lease_until = now() - interval '1 second'", &[]).await;
    let made = post(&two).await;
    assert_eq!((made.status, made.header("idempotency-replayed")), (201, ""), "{}", made.text);
    let again = post(&two).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.body, made.body);
    assert_eq!(rows.value::<i64>("SELECT count(*) FROM users", &[]).await, 1);
    drop((other, folders));
}
