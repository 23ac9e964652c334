//! Groups by their integer ids.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use convoke::model::clock::Clock;
use convoke::model::ids::GroupId;
use reqwest::Method;
use serde_json::{Value, json};

use super::{GROUPS, body, create, path};
use crate::support::{Setup, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_created_and_what_is_there_is_skipped() {
    let server = TestServer::start().await;
    let first = create(&server, "eng").await;
    let wanted =
        json!({ "groups": ["ops", " ENG ", { "name": "Sales", "description": "Sells" }, "ops", { "name": "HR" }] });
    let answer = server.post(GROUPS, &body(&server, wanted)).await.expect(201);
    assert_eq!(answer["message"], "groups created");
    assert_eq!((&answer["count"], &answer["skipped"]), (&json!(3), &json!(["ENG", "ops"])));
    let names: Vec<&Value> = answer["groups"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    assert_eq!(names, ["ops", "Sales", "HR"]);
    let sales = &answer["groups"][1];
    let expected = json!({
        "id": sales["id"], "name": "Sales", "description": "Sells", "tenant_id": server.tenant.id.to_string(),
        "created_at": sales["created_at"], "updated_at": sales["created_at"],
    });
    assert_eq!(*sales, expected);
    let ids: Vec<i64> =
        answer["groups"].as_array().unwrap().iter().map(|group| group["id"].as_i64().unwrap()).collect();
    assert!(first < ids[0] && ids.is_sorted(), "{first} {ids:?}");

    let again = server.post(GROUPS, &body(&server, json!({ "groups": ["eng", "ops"] }))).await.expect(201);
    assert_eq!((&again["count"], &again["groups"], &again["skipped"]), (&json!(0), &json!([]), &json!(["eng", "ops"])));
}

/// Whenever the clock is asked, it has moved on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_of_created_groups_is_what_is_stored() {
    let (begun, asked) = (Clock::system().now(), AtomicI64::new(0));
    let clock = Clock::from_fn(move || begun + TimeDelta::milliseconds(asked.fetch_add(1, Ordering::SeqCst)));
    let server = TestServer::start_with(Setup { clock: Some(clock), ..Setup::default() }).await;
    let made = server.post(GROUPS, &body(&server, json!({ "groups": ["eng", "ops"] }))).await.expect(201);
    for group in made["groups"].as_array().unwrap() {
        let shown = server.get(&path(&server, &format!("/{}", group["id"]))).await.expect(200);
        assert_eq!(shown, *group);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_created_group_is_one_like_any_other() {
    let server = TestServer::start().await;
    let wanted = body(&server, json!({ "groups": [{ "name": "Sales", "description": "Sells" }] }));
    let num = server.post(GROUPS, &wanted).await.expect(201)["groups"][0]["id"].clone();
    let found = server.get("/scim/v2/Groups?filter=displayName%20eq%20%22SALES%22").await.expect(200);
    let id = found["Resources"][0]["id"].as_str().unwrap();
    let extension = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";
    let by_text =
        server.get(&format!("/scim/v2/Groups?filter={extension}:description%20co%20%22sell%22")).await.expect(200);
    assert_eq!((&by_text["totalResults"], &by_text["Resources"][0]["id"]), (&json!(1), &json!(id)));
    let same = server.get(&format!("/api/v1/tenants/acme/groups/{id}")).await.expect(200);
    assert_eq!((&same["data"]["name"], &same["data"]["description"]), (&json!("Sales"), &json!("Sells")));
    let renamed = json!({ "name": "Selling" });
    server.put(&format!("/api/v1/groups/{id}"), &renamed).await.expect(200);
    let shown = server.get(&path(&server, &format!("/{num}"))).await.expect(200);
    assert_eq!((&shown["id"], &shown["name"]), (&num, &json!("Selling")), "the integer stays");
    let sql = crate::support::sql(server.database_url()).await;
    let told =
        sql.query_one("SELECT api, after->>'displayName' FROM events WHERE kind = 'group.created'", &[]).await.unwrap();
    assert_eq!((told.get(0), told.get(1)), ("auth", "Sales"));
    let counted =
        sql.query_one("SELECT sum(live)::bigint FROM resource_counts WHERE kind = 'group'", &[]).await.unwrap();
    assert_eq!(counted.get::<_, i64>(0), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_created_when_one_name_is_none() {
    let server = TestServer::start().await;
    let long = "é".repeat(257);
    for (bad, says) in [
        (json!(["eng", ""]), "groups[1]: "),
        (json!(["eng", "  "]), "groups[1]: "),
        (json!(["eng", long]), "groups[1]: "),
        (json!(["eng", { "name": "" }]), "groups[1].name: "),
        (json!(["eng", { "description": "x" }]), "groups[1].name: "),
        (json!(["eng", 7]), "groups[1]: "),
        (json!(["eng", "a\u{7}b"]), "name: must not contain control characters"),
        (json!([]), "groups: "),
        (json!("eng"), "groups: "),
        (Value::Null, "groups: "),
        (json!(vec!["x"; 1_001]), "groups: "),
    ] {
        let answer = server.post(GROUPS, &body(&server, json!({ "groups": bad }))).await;
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid request")), "{bad:.80}");
        assert!(answer.body["details"].as_str().unwrap().starts_with(says), "{}", answer.text);
    }
    assert_eq!(server.get(&path(&server, "")).await.expect(200), json!({ "groups": [], "count": 0 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_groups_are_one_request() {
    let server = TestServer::start().await;
    let names: Vec<String> = (0..1_000).map(|number| format!("group {number}")).collect();
    let answer = server.post(GROUPS, &body(&server, json!({ "groups": names }))).await.expect(201);
    assert_eq!(answer["count"], json!(1_000));
    let all = server.get(&path(&server, "")).await.expect(200);
    assert_eq!(all["count"], json!(1_000));
    let ids: Vec<i64> = all["groups"].as_array().unwrap().iter().map(|group| group["id"].as_i64().unwrap()).collect();
    assert!(ids.is_sorted() && ids.len() == 1_000);

    let mut walked = Vec::new();
    let mut after = 0;
    loop {
        let page = server.get(&path(&server, &format!("?limit=300&after_id={after}"))).await.expect(200);
        let part: Vec<i64> =
            page["groups"].as_array().unwrap().iter().map(|group| group["id"].as_i64().unwrap()).collect();
        assert_eq!(page["count"], json!(part.len()));
        let Some(last) = part.last() else { break };
        after = *last;
        walked.extend(part);
    }
    assert_eq!(walked, ids);
    for bad in ["limit=0", "limit=10001", "limit=x", "after_id=-1", "after_id=x"] {
        let answer = server.get(&path(&server, &format!("?{bad}"))).await;
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid request")), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_create_each_name_once() {
    let server = TestServer::start().await;
    let names: Vec<String> = (0..40).map(|number| format!("group {number}")).collect();
    let ask = |names: Vec<String>| {
        let (client, body) = ((*server).clone(), body(&server, json!({ "groups": names })));
        tokio::spawn(async move { client.post(GROUPS, &body).await.expect(201)["count"].as_i64().unwrap() })
    };
    let reversed: Vec<String> = names.iter().rev().cloned().collect();
    let asked = [ask(names.clone()), ask(reversed), ask(names)];
    let mut made = 0;
    for count in asked {
        made += count.await.unwrap();
    }
    assert_eq!(made, 40);
    assert_eq!(server.get(&path(&server, "")).await.expect(200)["count"], json!(40));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_need_not_differ_where_the_tenant_says_so() {
    let server = TestServer::start_with(Setup { settings: &["groups.name_unique=none"], ..Setup::default() }).await;
    create(&server, "eng").await;
    let answer = server.post(GROUPS, &body(&server, json!({ "groups": ["eng", "eng"] }))).await.expect(201);
    assert_eq!((&answer["count"], &answer["skipped"]), (&json!(1), &json!(["eng"])), "a repeat is one all the same");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_changes_what_is_sent_and_not_empty() {
    let server = TestServer::start().await;
    let id = create(&server, "eng").await;
    let at = format!("{GROUPS}/{id}");
    let change = async |fields: Value| server.put(&at, &fields).await;
    let group = change(json!({ "description": "Builds" })).await.expect(200);
    assert_eq!((&group["name"], &group["description"]), (&json!("eng"), &json!("Builds")));
    let group = change(json!({ "name": " Engineering ", "description": "" })).await.expect(200);
    assert_eq!((&group["name"], &group["description"]), (&json!("Engineering"), &json!("Builds")));
    assert_ne!(group["updated_at"], group["created_at"]);
    for nothing in
        [json!({}), json!({ "name": "" }), json!({ "name": null, "unknown": 1 }), json!({ "name": "Engineering" })]
    {
        let same = change(nothing.clone()).await;
        assert_eq!((same.header("etag"), &same.body), ("W/\"3\"", &group), "{nothing}");
    }
    let group = change(json!({ "description": null })).await.expect(200);
    assert_eq!((&group["name"], &group["description"]), (&json!("Engineering"), &json!("")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_shown_and_held_against_a_precondition() {
    let server = TestServer::start().await;
    let id = create(&server, "eng").await;
    let at = path(&server, &format!("/{id}"));
    let shown = server.get(&at).await;
    assert_eq!((shown.status, shown.header("etag")), (200, "W/\"1\""));
    let known = server.send(Method::GET, &at, &[("if-none-match", "W/\"1\"")], None).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let renamed = json!({ "name": "Engineering" });
    let changed = server.send(Method::PUT, &at, &[("if-match", "W/\"1\"")], Some(&renamed)).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "W/\"2\""));
    assert_eq!(server.send(Method::DELETE, &at, &[("if-match", "\"2\"")], None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_group_is_told_of_in_words_and_its_children_stay() {
    let server = TestServer::start().await;
    let (id, below) = (create(&server, "eng").await, server.group("platform", &[]).await);
    let uuid = uuid_of(&server, "eng").await;
    server.nest(uuid, &[below]).await;
    let at = path(&server, &format!("/{id}"));
    assert_eq!(server.delete(&at).await.expect(200), json!({ "message": "group deleted", "id": id.to_string() }));
    assert_eq!(server.get(&at).await.expect(404), json!({ "error": "group not found" }));
    assert_eq!(server.delete(&at).await.expect(404), json!({ "error": "group not found" }));
    assert_eq!(server.get(&path(&server, "")).await.expect(200)["count"], json!(1));
    let new = create(&server, "eng").await;
    assert!(new > id, "a number is never used twice");
}

async fn uuid_of(server: &TestServer, name: &str) -> GroupId {
    let found = server.get(&format!("/api/v1/groups?search={name}")).await.expect(200);
    found["groups"][0]["id"].as_str().unwrap().parse().unwrap()
}
