//! Users that are created at the same time: fewer statements and commits, the same outcome.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::crowd::{Rows, Staged, crowd};
use super::eventually;
use crate::scim::site::Sql;
use crate::support::{Answer, TestServer, sql};

const MANY: usize = 40;
/// How the statement begins that writes users.
const CREATE: &str = "WITH asked AS MATERIALIZED ( SELECT * FROM unnest($2::uuid[], $3::text[]";

struct Door {
    first: TestServer,
    stage: Staged,
}

impl Door {
    async fn open() -> Self {
        let first = TestServer::start().await;
        let stage = Staged::on(first.database_url(), &first.tenant, &first.token).await;
        Self { first, stage }
    }

    /// What comes of users that are all asked for while no user can be written.
    async fn at_once(&self, users: &[Value]) -> Vec<Answer> {
        let other = sql(self.first.database_url()).await;
        other.batch_execute("BEGIN; LOCK TABLE users IN SHARE MODE").await.unwrap();
        self.stage.wire.reset();
        let made = join_all(users.iter().map(|user| self.stage.server.post("/scim/v2/Users", user)));
        let lets_go = async {
            sleep(Duration::from_millis(200)).await;
            other.batch_execute("ROLLBACK").await.unwrap();
        };
        join(made, lets_go).await.0
    }

    async fn value<T: for<'r> tokio_postgres::types::FromSql<'r>>(&self, query: &str) -> T {
        Sql::connect(self.first.database_url()).await.value(query, &[]).await
    }

    /// The live users as rows, counters and events tell of them: three times the same.
    async fn agree(&self) -> i64 {
        let rows: i64 = self.value("SELECT count(*) FROM users WHERE deleted_at IS NULL").await;
        let counted: i64 = self.value("SELECT sum(live)::bigint FROM resource_counts WHERE kind = 'user'").await;
        let events = "SELECT sum(CASE kind WHEN 'user.deleted' THEN -1 WHEN 'user.created' THEN 1
            WHEN 'user.restored' THEN 1 ELSE 0 END)::bigint FROM events";
        assert_eq!((counted, self.value::<i64>(events).await), (rows, rows));
        rows
    }
}

fn named(number: usize) -> Value {
    json!({ "userName": format!("user{number}"), "externalId": format!("e{number}"), "title": format!("No. {number}") })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_that_come_together_are_written_by_one_statement_and_each_is_told_of() {
    let door = Door::open().await;
    let mut from = 0;
    eventually("several are written by one statement", async || {
        let users: Vec<Value> = (from..from + MANY).map(named).collect();
        for (answer, user) in door.at_once(&users).await.into_iter().zip(&users) {
            let made = answer.expect(201);
            let shown =
                json!({ "userName": made["userName"], "externalId": made["externalId"], "title": made["title"] });
            assert_eq!(shown, *user);
            let path = format!("/scim/v2/Users/{}", made["id"].as_str().unwrap());
            assert_eq!(door.stage.server.get(&path).await.expect(200), made);
        }
        from += MANY;
        door.stage.wire.executed(CREATE) <= MANY / 4
    })
    .await;
    assert_eq!(door.agree().await, i64::try_from(from).unwrap());
    let told = "SELECT count(DISTINCT request_id) FROM events WHERE kind = 'user.created'
        AND after ->> 'userName' = (SELECT user_name FROM users WHERE id = resource)
        AND after ->> 'title' = 'No. ' || substr(after ->> 'userName', 5)";
    assert_eq!(door.value::<i64>(told).await, i64::try_from(from).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_comes_alone_takes_one_round_trip() {
    let door = Door::open().await;
    let mut number = 0;
    let cost = door.stage.cost(async |server| {
        number += 1;
        server.post("/scim/v2/Users", &named(number)).await.expect(201);
    });
    let cost = cost.await;
    assert!(cost.round_trips == 1 && cost.statements.len() == 1, "{cost:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_comes_to_everybody_touches_few_rows() {
    let crowd = crowd().await;
    let mut number = 0;
    let rows: Rows = crowd
        .rows_touched(async |server| {
            number += 1;
            let user = json!({ "userName": format!("late{number}"), "externalId": format!("late-{number}") });
            let made = server.post("/scim/v2/Users", &user).await.expect(201);
            let path = format!("/scim/v2/Users/{}", made["id"].as_str().unwrap());
            server.delete(&path).await.expect(204);
        })
        .await;
    assert!(rows.values().all(|rows| rows.read <= 20), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_those_who_ask_for_one_name_one_gets_it_and_the_deleted_come_back() {
    let door = Door::open().await;
    let server = &door.first;
    let [gone, inactive, live] = [("gone", true), ("inactive", false), ("live", true)]
        .map(|(name, active)| json!({ "userName": name, "externalId": format!("known-{name}"), "active": active }));
    let mut ids = Vec::new();
    for user in [&gone, &inactive, &live] {
        let made = server.post("/scim/v2/Users", user).await.expect(201);
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    server.delete(&format!("/scim/v2/Users/{}", ids[0])).await.expect(204);
    let again = |name: &str, external_id: &str| json!({ "userName": name, "externalId": external_id });
    let mut users: Vec<Value> =
        (0..MANY).map(|number| again(&format!("Name{}", number % 8), &format!("e{number}"))).collect();
    for (number, user) in users.iter_mut().enumerate() {
        // The same name in all spellings.
        let name = user["userName"].as_str().unwrap();
        user["userName"] = if number % 16 < 8 { name.to_uppercase() } else { name.to_lowercase() }.into();
    }
    users.push(again("back", "known-gone"));
    users.push(again("second", "known-inactive"));
    users.push(again("third", "known-live"));
    users.push(again("LIVE", "unknown"));
    let answers = door.at_once(&users).await;
    let (ordinary, known) = answers.split_at(MANY);
    let mut made = BTreeSet::new();
    for (answer, user) in ordinary.iter().zip(&users) {
        let name = user["userName"].as_str().unwrap();
        match answer.status {
            201 => assert!(made.insert(name.to_lowercase()), "{name} twice"),
            _ => {
                assert_eq!((answer.status, &answer.body["scimType"]), (409, &json!("uniqueness")), "{}", answer.text);
                assert!(answer.text.contains(name), "{}", answer.text);
            }
        }
    }
    assert_eq!(made.len(), 8);
    assert_eq!(known.iter().map(|answer| answer.status).collect::<Vec<_>>(), [201, 409, 201, 409]);
    assert_eq!(known[0].body["id"], *ids[0]);
    assert!(known[1].text.contains("externalId") && known[3].text.contains("userName"), "{}", known[1].text);
    assert_ne!(known[2].body["id"], *ids[2]);
    assert_eq!(door.agree().await, 8 + 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_cannot_be_written_takes_nobody_along() {
    let door = Door::open().await;
    let refuse = "CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.user_name = 'user7' THEN RAISE EXCEPTION 'no' USING ERRCODE = 'serialization_failure'; END IF;
            RETURN NEW; END $$;
        CREATE TRIGGER in_the_way BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION in_the_way()";
    sql(door.first.database_url()).await.batch_execute(refuse).await.unwrap();
    let users: Vec<Value> = (0..MANY).map(named).collect();
    for (number, answer) in door.at_once(&users).await.iter().enumerate() {
        assert_eq!(answer.status, if number == 7 { 503 } else { 201 }, "{number}: {}", answer.text);
    }
    assert_eq!(door.agree().await, i64::try_from(MANY).unwrap() - 1);
}

/// Who was written by a connection that broke before it could say so is not told that the name is in use: by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_is_lost_makes_nobody_a_stranger() {
    let door = Door::open().await;
    door.stage.wire.lose_answers(Some(CREATE));
    let users: Vec<Value> = (0..MANY).map(named).collect();
    for answer in door.at_once(&users).await {
        answer.expect(201);
    }
    door.stage.wire.lose_answers(None);
    assert_eq!(door.agree().await, i64::try_from(MANY).unwrap());
}
