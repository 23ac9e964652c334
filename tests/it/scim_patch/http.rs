//! The same over HTTP: random users, random requests, what a GET shows afterwards, and that what changes nothing leaves no
//! trace.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::conform::is_empty;
use super::generate::{request, resource};
use super::reference::interpret;
use crate::scim::client::{Client, PATCH_OP};
use crate::scim::site::Site;
use crate::support::Setup;

const ROUNDS: usize = 40;

/// What a client never sees of a document, or only when it asks.
fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|key, _| !["schemas", "id", "meta", "secret", "hidden", "asked"].contains(&key.as_str()));
            members.values_mut().for_each(strip);
            members.retain(|_, held| !is_empty(held));
        }
        Value::Array(elements) => {
            elements.iter_mut().for_each(strip);
            elements.retain(|element| !is_empty(element));
        }
        _ => {}
    }
}

async fn read(client: &Client, path: &str) -> (String, Value) {
    let answer = client.get(path).await;
    let etag = answer.header("etag").to_owned();
    let mut shown = answer.expect(200);
    strip(&mut shown);
    (etag, shown)
}

async fn rounds(strict: bool) {
    let schema = super::user_schema();
    let placed = super::attributes(&schema);
    let settings: &[&str] = if strict { &["scim.mode=strict"] } else { &[] };
    let site = Site::set_up(Setup { schema_dir: Some(super::folder()), settings, ..Setup::default() }).await;
    let client = site.client().await;
    let mut runner = TestRunner::deterministic();
    let requests = proptest::collection::vec(request(&placed, strict), 1..4);
    for _ in 0..ROUNDS {
        let mut start = resource(&placed).new_tree(&mut runner).unwrap().current();
        start["schemas"] = json!([super::CORE, super::ENTERPRISE_URN, super::EVERYTHING_URN]);
        let path =
            format!("/Users/{}", client.send("POST", "/Users", Some(&start)).await.expect(201)["id"].as_str().unwrap());
        let stored = "SELECT attributes || jsonb_strip_nulls(jsonb_build_object('userName', user_name, 'active', active)) FROM users WHERE deleted_at IS NULL";
        for _ in 0..3 {
            let requests = requests.new_tree(&mut runner).unwrap().current();
            let meanings: Vec<_> = requests.iter().map(|request| request.meaning.clone()).collect();
            let operations: Vec<_> = requests.iter().map(|request| &request.json).collect();
            let document: Value =
                serde_json::from_str(&site.sql.value::<String>(&format!("SELECT ({stored})::text"), &[]).await)
                    .unwrap();
            let (before, traces) = (read(&client, &path).await, site.sql.traces().await);
            let message = json!({ "schemas": [PATCH_OP], "Operations": operations });
            let answer = client.send("PATCH", &path, Some(&message)).await;
            let after = read(&client, &path).await;
            let told = format!("{document}\nby {message}\nwas answered {}", answer.text);
            match interpret(&schema, strict, &document, &meanings) {
                Ok(mut expected) => {
                    assert_eq!(answer.status, 200, "{told}");
                    let changed = expected != document;
                    strip(&mut expected);
                    assert_eq!(after.1, expected, "{told}");
                    assert_eq!(changed, after.0 != before.0, "a version for every change, none for no change: {told}");
                    assert_eq!(changed, site.sql.traces().await != traces, "{told}");
                }
                Err(kind) => {
                    assert_eq!((answer.status, answer.body["scimType"].as_str()), (400, Some(kind)), "{told}");
                    assert_eq!((after, site.sql.traces().await), (before, traces), "nothing was done: {told}");
                }
            }
        }
        client.send("DELETE", &path, None).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_requests_in_compat() {
    rounds(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_requests_in_strict() {
    rounds(true).await;
}
