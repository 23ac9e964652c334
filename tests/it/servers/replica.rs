//! Reads from a replica: they show whatever was acknowledged before, by whichever server, however far the replica is, and
//! whatever becomes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::standby::Replicated;
use crate::scale::eventually;
use crate::support::{Program, Setup, TestServer, sql};
use crate::tap::{Listener, Parameter, Tap};

/// Two servers on the primary, both with the replica.
struct Pair {
    one: TestServer,
    two: TestServer,
}

impl Pair {
    async fn on(primary: &str, replica: &str) -> Self {
        let setup = || Setup { replica: Some(replica.to_owned()), ..Setup::default() };
        let one = TestServer::first_on(primary, setup()).await;
        let two = TestServer::on(primary, &one.tenant, &one.token, &setup()).await;
        Self { one, two }
    }

    /// Reads that both servers have made on the replica.
    fn served(&self) -> u64 {
        [&self.one, &self.two].map(|server| server.domain.replica().unwrap().served).iter().sum()
    }

    /// Writes on one server and reads it back from the other at once, in every way that may go to the replica.
    async fn write_and_read(&self, number: usize) {
        let (writer, reader) = if number.is_multiple_of(2) { (&self.one, &self.two) } else { (&self.two, &self.one) };
        let name = format!("user{number}");
        let user = writer.post("/scim/v2/Users", &json!({ "userName": name })).await.expect(201);
        let id = user["id"].as_str().unwrap();
        let group = json!({ "displayName": format!("group{number}"), "members": [{ "value": id }] });
        let group = writer.post("/scim/v2/Groups", &group).await.expect(201);
        let group = group["id"].as_str().unwrap();
        let filter = format!("/scim/v2/Users?filter=userName%20sw%20%22{name}%22&sortBy=userName");
        assert_eq!(reader.get(&filter).await.expect(200)["totalResults"], 1, "filtered list of {name}");
        let all = reader.get("/scim/v2/Users?count=200").await.expect(200);
        assert!(has(&all["Resources"], id), "whole list with {name}");
        let groups = reader.get("/scim/v2/Groups?excludedAttributes=members&count=200").await.expect(200);
        assert!(has(&groups["Resources"], group), "list of groups with group{number}");
        let members = reader.get(&format!("/api/v1/groups/{group}/members?limit=10")).await.expect(200);
        assert!(members.to_string().contains(id), "effective members: {members}");
        let everybody = reader.get(&format!("/api/v1/groups/{group}/members")).await.expect(200);
        assert!(everybody.to_string().contains(id), "all effective members: {everybody}");
        let tenant = self.one.tenant.id;
        let events = format!("/api/v1/tenants/{tenant}/events?limit=1");
        let newest = reader.get(&events).await.expect(200);
        assert!(newest.to_string().contains(group), "newest event: {newest}");
        writer.delete(&format!("/scim/v2/Users/{id}")).await.expect(204);
        writer.delete(&format!("/scim/v2/Groups/{group}")).await.expect(204);
        assert_eq!(reader.get(&filter).await.expect(200)["totalResults"], 0, "{name} is gone");
    }
}

fn has(list: &Value, id: &str) -> bool {
    list.as_array().into_iter().flatten().any(|found| found["id"] == id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_is_read_back_from_any_server_with_a_replica_that_follows_lags_or_goes() {
    let replicated = Replicated::start().await;
    let pair = Pair::on(&replicated.primary(), &replicated.standby()).await;
    let mut number = 0;
    let mut round = async || {
        number += 1;
        pair.write_and_read(number).await;
    };
    eventually("the replica is read", async || {
        round().await;
        pair.served() > 20
    })
    .await;

    replicated.pause(true).await;
    round().await;
    let before = pair.served();
    for _ in 0..3 {
        round().await;
    }
    assert_eq!(pair.served(), before, "a replica that stands still was read");
    let state = pair.one.domain.replica().unwrap();
    assert!(state.behind > 0 && state.lag > 0, "{state:?}");
    let numbers = pair.one.get("/metrics").await.text;
    assert!(numbers.contains("convoke_replica_reads_total{outcome=\"behind\"}"), "{numbers}");

    replicated.pause(false).await;
    eventually("the replica is read again", async || {
        round().await;
        pair.served() > before
    })
    .await;

    let (primary, _dir) = replicated.lose_standby().await;
    let before = pair.one.domain.replica().unwrap().failed;
    for _ in 0..4 {
        round().await;
    }
    assert!(pair.one.domain.replica().unwrap().failed > before);
    drop(pair);
    primary.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_do_not_notice_a_replica_that_dies_under_them() {
    let replicated = Replicated::start().await;
    let pair = Arc::new(Pair::on(&replicated.primary(), &replicated.standby()).await);
    let users: Vec<Value> = (0..100)
        .map(|number| json!({ "method": "POST", "path": "/Users", "bulkId": number.to_string(), "data": { "userName": format!("user{number}") } }))
        .collect();
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": users });
    pair.one.post("/scim/v2/Bulk", &bulk).await.expect(200);
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|number| {
            let (pair, over) = (Arc::clone(&pair), Arc::clone(&over));
            tokio::spawn(async move {
                let server = if number % 2 == 0 { &pair.one } else { &pair.two };
                while !over.load(Ordering::Relaxed) {
                    let list = server.get("/scim/v2/Users?sortBy=displayName&count=100").await.expect(200);
                    assert_eq!(list["Resources"].as_array().unwrap().len(), 100);
                }
            })
        })
        .collect();
    let before = pair.served();
    eventually("the replica is read", async || pair.served() > before + 20).await;
    let (primary, _dir) = replicated.lose_standby().await;
    let failed = || [&pair.one, &pair.two].map(|server| server.domain.replica().unwrap().failed).iter().sum::<u64>();
    eventually("the primary is read", async || failed() > 20).await;
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
    drop(pair);
    primary.stop().await.unwrap();
}

/// A group with everybody in it, more than fits between a server and a client that does not read on.
async fn crowd(pair: &Pair, primary: &str) -> String {
    let group = pair.one.post("/scim/v2/Groups", &json!({ "displayName": "all" })).await.expect(201);
    let group = group["id"].as_str().unwrap().to_owned();
    let fill = format!(
        "INSERT INTO users (tenant_id, id, user_name, user_name_key, created_at, updated_at)
             SELECT t.id, md5(n::text)::uuid, n, n, now(), now() FROM tenants t, generate_series(1, {CROWD}) n;
         INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
             SELECT tenant_id, '{group}', id, now(), 'test', 'test' FROM users;
         UPDATE groups SET standing_members = {CROWD}"
    );
    sql(primary).await.batch_execute(&fill).await.unwrap();
    group
}

const CROWD: usize = 150_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_answer_that_breaks_off_goes_on_from_the_primary() {
    let replicated = Replicated::start().await;
    let pair = Pair::on(&replicated.primary(), &replicated.standby()).await;
    let group = crowd(&pair, &replicated.primary()).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async || {
        let url = format!("{}/scim/v2/Groups/{group}", pair.one.base_url);
        http.get(url).bearer_auth(&pair.one.token).send().await.unwrap()
    };
    let mut answer = ask().await;
    eventually("the replica is read", async || {
        let before = pair.served();
        answer = ask().await;
        pair.served() > before
    })
    .await;
    let mut text = answer.chunk().await.unwrap().unwrap().to_vec();
    let (primary, _dir) = replicated.lose_standby().await;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        text.extend_from_slice(&chunk);
    }
    let whole: Value = serde_json::from_slice(&text).unwrap();
    let members: Vec<&str> =
        whole["members"].as_array().unwrap().iter().map(|member| member["value"].as_str().unwrap()).collect();
    assert_eq!(members.len(), CROWD);
    assert!(members.is_sorted() && members.windows(2).all(|two| two[0] != two[1]), "each once, in order");
    assert!(pair.one.domain.replica().unwrap().failed > 0, "it broke off in the middle");
    drop(pair);
    primary.stop().await.unwrap();
}

/// Lets nothing through once it is shut: a host that swallows everything without a word.
#[derive(Default)]
struct Silence(AtomicBool);

impl Listener for Silence {
    fn prepared(&self, _: usize, _: &str, _: &[u32]) {}

    fn executed(&self, _: usize, _: &str, _: &[Parameter]) {}

    fn awaited(&self, _: usize) {}

    fn lets_through(&self, _: usize) -> bool {
        !self.0.load(Ordering::Relaxed)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_says_nothing_is_not_waited_for() {
    let replicated = Replicated::start().await;
    let silence = Arc::new(Silence::default());
    let tap = Tap::on(&replicated.standby(), Arc::clone(&silence)).await;
    let pair = Pair::on(&replicated.primary(), &tap.url).await;
    eventually("the replica is read", async || {
        pair.one.get("/scim/v2/Users").await.expect(200);
        pair.served() > 0
    })
    .await;
    silence.0.store(true, Ordering::Relaxed);
    let before = pair.served();
    for number in 0..3 {
        pair.write_and_read(number).await;
    }
    assert_eq!(pair.served(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_standby_of_the_database_is_not_read() {
    let server = TestServer::start().await;
    let setup = Setup { replica: Some(server.database_url().to_owned()), ..Setup::default() };
    let misled = TestServer::on(server.database_url(), &server.tenant, &server.token, &setup).await;
    misled.get("/scim/v2/Users").await.expect(200);
    misled.get("/scim/v2/Users?sortBy=userName").await.expect(200);
    let state = misled.domain.replica().unwrap();
    assert!(state.served == 0 && state.failed == 2 && !state.usable, "{state:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_says_how_the_replica_does() {
    let replicated = Replicated::start().await;
    let program = Program::on(&replicated.primary());
    let doctor = |replica: &str| {
        let ran = program.run(&["doctor", "--database-replica-url", replica]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let line = ran.stdout.lines().find(|line| line.contains("replica")).map(str::to_owned);
        line.unwrap_or_else(|| panic!("{ran:?}"))
    };
    let line = doctor(&replicated.standby());
    assert!(line.starts_with("OK") && line.contains("follows"), "{line}");
    let line = doctor(&replicated.primary());
    assert!(line.starts_with("WARN") && line.contains("no standby"), "{line}");
    let line = doctor("host=/nowhere user=convoke dbname=convoke");
    assert!(line.starts_with("WARN") && line.contains("check that it runs"), "{line}");
    // More than is ever on its way.
    replicated.pause(true).await;
    let much = "CREATE TABLE much AS SELECT repeat(md5(n::text), 30) FROM generate_series(1, 30000) n";
    sql(&replicated.primary()).await.batch_execute(much).await.unwrap();
    let line = doctor(&replicated.standby());
    assert!(line.starts_with("WARN") && line.contains("bytes behind"), "{line}");
    let without = program.run(&["doctor"]);
    assert!(!without.stdout.contains("replica"), "{without:?}");
}
