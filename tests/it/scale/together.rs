//! Changes of one group that come at the same time: fewer statements and commits, the same outcome.

use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::crowd::Staged;
use super::{adding, eventually, patch, removing};
use crate::scim::site::Sql;
use crate::support::{Answer, TestServer, sql};

const WRITERS: usize = 40;

struct Hot {
    first: TestServer,
    stage: Staged,
    users: Vec<String>,
    path: String,
}

impl Hot {
    async fn start() -> Self {
        let first = TestServer::start().await;
        let mut users = Vec::new();
        for number in 0..WRITERS {
            let made = first.post("/scim/v2/Users", &json!({ "userName": format!("user{number}") })).await.expect(201);
            users.push(made["id"].as_str().unwrap().to_owned());
        }
        let made = first.post("/scim/v2/Groups", &json!({ "displayName": "hot" })).await.expect(201);
        let path = format!("/scim/v2/Groups/{}", made["id"].as_str().unwrap());
        let stage = Staged::on(first.database_url(), &first.tenant, &first.token).await;
        Self { first, stage, users, path }
    }

    /// What comes of changes that all begin while somebody else holds the group.
    async fn at_once(&self, bodies: &[Value]) -> Vec<Answer> {
        let other = sql(self.first.database_url()).await;
        other.batch_execute("BEGIN; SELECT FROM groups FOR UPDATE").await.unwrap();
        self.stage.wire.reset();
        let changes = join_all(bodies.iter().map(|body| self.stage.server.patch(&self.path, body)));
        let lets_go = async {
            sleep(Duration::from_millis(200)).await;
            other.batch_execute("ROLLBACK").await.unwrap();
        };
        join(changes, lets_go).await.0
    }

    /// The members, and how often the group has changed.
    async fn state(&self) -> (Vec<String>, i64) {
        let group = self.first.get(&self.path).await.expect(200);
        let members = group["members"].as_array().into_iter().flatten();
        let mut members: Vec<String> = members.map(|member| member["value"].as_str().unwrap().to_owned()).collect();
        members.sort();
        let version: String = group["meta"]["version"].as_str().unwrap().chars().filter(char::is_ascii_digit).collect();
        (members, version.parse().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_that_come_together_are_made_by_one_statement_and_stay_changes_of_their_own() {
    let hot = Hot::start().await;
    let mut everybody = hot.users.clone();
    everybody.sort();
    let (adds, removes): (Vec<Value>, Vec<Value>) = hot.users.iter().map(|user| (adding(user), removing(user))).unzip();
    eventually("several are made by one statement", async || {
        let (_, before) = hot.state().await;
        for (answer, user) in hot.at_once(&adds).await.into_iter().zip(&hot.users) {
            let group = answer.expect(200);
            let members = group["members"].as_array().unwrap();
            assert!(members.iter().any(|member| member["value"] == **user), "{user} sees itself: {group}");
        }
        let statements = hot.stage.wire.cost().statements.len();
        assert_eq!(hot.state().await, (everybody.clone(), before + i64::try_from(WRITERS).unwrap()));
        for answer in hot.at_once(&removes).await {
            answer.expect(200);
        }
        assert_eq!(hot.state().await, (Vec::new(), before + 2 * i64::try_from(WRITERS).unwrap()));
        statements <= WRITERS / 4
    })
    .await;
    let events = "SELECT count(DISTINCT request_id) FROM events WHERE kind = 'group.members_changed'
        AND jsonb_array_length(coalesce(after -> 'added_users', after -> 'removed_users')) = 1";
    let changes = hot.state().await.1 - 1;
    assert_eq!(Sql::connect(hot.first.database_url()).await.value::<i64>(events, &[]).await, changes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_all_kinds_that_come_together_leave_what_their_events_tell() {
    let hot = Hot::start().await;
    let child = hot.first.post("/scim/v2/Groups", &json!({ "displayName": "child" })).await.expect(201);
    let child = child["id"].as_str().unwrap();
    let pair = |op: &str, at: usize| {
        let users = [&hot.users[at], &hot.users[at + 1]].map(|user| json!({ "value": user }));
        patch(&json!([{ "op": op, "path": "members", "value": users }]))
    };
    let mut bodies = Vec::new();
    for at in 0..8 {
        // Several move the same user, some several users, some a group.
        bodies.extend([adding(&hot.users[at % 3]), removing(&hot.users[at % 3]), adding(&hot.users[10 + at])]);
        bodies.extend([pair("add", at), pair("remove", at + 5), adding(child), removing(child)]);
    }
    let database = Sql::connect(hot.first.database_url()).await;
    for _ in 0..5 {
        for answer in hot.at_once(&bodies).await {
            answer.expect(200);
        }
        let group = hot.path.rsplit('/').next().unwrap();
        let (members, version) = hot.state().await;
        let users: Vec<String> = members.into_iter().filter(|member| member != child).collect();
        let retold = database.members_retold(group).await;
        assert_eq!(users, retold.into_iter().collect::<Vec<_>>());
        let told = "SELECT count(*) FROM events WHERE kind = 'group.members_changed' AND resource = $1::text::uuid";
        assert_eq!(database.value::<i64>(told, &[&group]).await, version - 1);
        let counted = "SELECT standing_members FROM groups WHERE id = $1::text::uuid";
        assert_eq!(database.value::<i64>(counted, &[&group]).await, i64::try_from(users.len()).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_of_them_may_not_do_is_refused_to_that_one() {
    let hot = Hot::start().await;
    let nobody = "018f0000-0000-7000-8000-00000000ffff";
    let gone = json!({ "op": "add", "path": "members", "value": [{ "value": hot.users[0] }, { "value": nobody }] });
    let mut bodies: Vec<Value> = hot.users[1..].iter().map(|user| adding(user)).collect();
    bodies.insert(20, patch(&json!([gone])));
    let answers = hot.at_once(&bodies).await;
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.status, if number == 20 { 400 } else { 200 }, "{number}: {}", answer.text);
    }
    assert!(answers[20].text.contains(nobody) && !answers[20].text.contains(&hot.users[0]), "{}", answers[20].text);
    let mut others = hot.users[1..].to_vec();
    others.sort();
    assert_eq!(hot.state().await.0, others);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_fails_takes_nobody_along() {
    let hot = Hot::start().await;
    let refuse = format!(
        "CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF NEW.user_id = '{}' THEN RAISE EXCEPTION 'no' USING ERRCODE = 'serialization_failure'; END IF;
             RETURN NEW; END $$;
         CREATE TRIGGER in_the_way BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION in_the_way()",
        hot.users[7]
    );
    sql(hot.first.database_url()).await.batch_execute(&refuse).await.unwrap();
    let bodies: Vec<Value> = hot.users.iter().map(|user| adding(user)).collect();
    for (number, answer) in hot.at_once(&bodies).await.iter().enumerate() {
        assert_eq!(answer.status, if number == 7 { 503 } else { 200 }, "{number}: {}", answer.text);
    }
    let mut others = hot.users.clone();
    others.remove(7);
    others.sort();
    assert_eq!(hot.state().await, (others, i64::try_from(WRITERS).unwrap()));
}
