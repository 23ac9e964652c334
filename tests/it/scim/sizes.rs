//! Sizes that no fixture writes down: 5,000 users.

use serde_json::{Value, json};

use super::site::Site;
use crate::conformance::proves;

/// Five thousand users with a work address each, by way of the verbs' own statements, and a group of all of them.
async fn crowd(site: &Site) -> String {
    let client = site.client().await;
    let template = json!({ "userName": "first@example.com", "externalId": "first",
        "emails": [{ "type": "work", "value": "first@example.com" }] });
    client.send("POST", "/Users", Some(&template)).await.expect(201);
    let group = client.group("crowd").await;
    site.sql
        .rows(
            "WITH made AS (
                INSERT INTO users (tenant_id, id, user_name, user_name_key, external_id, active, attributes, search,
                    created_at, updated_at)
                SELECT tenant_id, gen_random_uuid(), 'user' || n || '@example.com', 'user' || n || '@example.com', 'E' || n,
                    true, replace(attributes::text, 'first', 'user' || n)::jsonb,
                    replace(search::text, 'first', 'user' || n)::jsonb, now(), now()
                FROM users, generate_series(1, 5000) AS n RETURNING tenant_id, id
             ), placed AS (
                INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
                SELECT tenant_id, $1::text::uuid, id, now(), 'test', 'native' FROM made
             ), counted AS (
                UPDATE resource_counts SET live = live + 5000 WHERE kind = 'user'
             )
             UPDATE groups SET standing_members = 5000 WHERE id = $1::text::uuid",
            &[&group],
        )
        .await;
    group
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_five_thousand_is_found() {
    let _proof = proves(&["T45"]);
    let site = Site::start().await;
    crowd(&site).await;
    let client = site.client().await;
    for filter in [
        "userName eq \"USER4999@example.com\"",
        "externalId eq \"E4999\"",
        "emails[type eq \"work\"].value eq \"user4999@example.com\"",
        "emails.value eq \"user4999@example.com\"",
    ] {
        let answer = client.get(&format!("/Users?filter={filter}")).await.expect(200);
        assert_eq!(answer["totalResults"], 1, "{filter}");
        assert_eq!(answer["Resources"][0]["userName"], "user4999@example.com", "{filter}");
    }
    let all = client.get("/Users?count=1000&startIndex=5001").await.expect(200);
    assert_eq!((all["totalResults"].as_i64(), all["itemsPerPage"].as_i64()), (Some(5001), Some(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_more_in_a_group_of_five_thousand() {
    let _proof = proves(&["T21"]);
    let site = Site::start().await;
    let group = crowd(&site).await;
    let client = site.client().await;
    let path = format!("/Groups/{group}");
    let mut added = Vec::new();
    for number in 0..50 {
        added.push(client.user(&format!("added{number}")).await);
    }
    let list: Value = added.iter().map(|id| json!({ "value": id })).collect();
    let add = json!([{ "op": "add", "path": "members", "value": list }]);
    let answer = client.patch(&path, add.clone()).await;
    assert!(answer.body.get("members").is_none(), "a large group is not echoed");
    let etag = answer.header("etag").to_owned();
    answer.expect(200);
    assert_eq!(client.patch(&path, add).await.header("etag"), etag, "again changes nothing");
    let members = client.members(&group).await;
    assert_eq!(members.len(), 5_050);
    assert!(added.iter().all(|id| members.binary_search(id).is_ok()));
    let shown = client.get(&format!("{path}?attributes=members.value")).await.expect(200);
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(5_050));
    assert!(shown["members"][0].get("$ref").is_none() && shown.get("displayName").is_none());
}
