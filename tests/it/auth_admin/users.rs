//! Users in groups.

use convoke::domain::UserChange;
use convoke::model::membership::Validity;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GROUPS, body, create, path};
use crate::support::TestServer;

fn ids(answer: &Value) -> Vec<&str> {
    answer["users"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_come_and_go() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.user("ada").await, server.user("ben").await);
    let id = create(&server, "eng").await;
    let at = format!("{GROUPS}/{id}/users");
    let add = json!({ "user_ids": [ben.to_string(), format!("usr_{ada}"), ada.to_string().to_uppercase()] });
    let added = server.post(&at, &body(&server, add.clone())).await.expect(200);
    assert_eq!(added, json!({ "message": "users added", "group_id": id, "users_added": 2, "users_total": 3 }));
    let again = server.post(&at, &add).await.expect(200);
    assert_eq!((&again["users_added"], &again["users_total"]), (&json!(0), &json!(3)), "the credential's tenant");

    let shown = server.get(&path(&server, &format!("/{id}/users"))).await.expect(200);
    let expected = json!({
        "group_id": id, "group_name": "eng", "count": 2,
        "users": [
            { "id": ada.to_string(), "email": "ada@example.com", "name": "ADA", "active": true },
            { "id": ben.to_string(), "email": "ben@example.com", "name": "BEN", "active": true },
        ],
    });
    assert_eq!(shown, expected);

    let remove = json!({ "user_ids": [ada.to_string(), Uuid::from_u128(7).to_string()] });
    let removed = server.send(Method::DELETE, &at, &[], Some(&remove)).await.expect(200);
    assert_eq!(removed, json!({ "message": "users removed", "group_id": id, "users_removed": 1, "users_total": 2 }));
    let by_query = server.delete(&format!("{at}?user_ids={ben},%20usr_{ada}")).await.expect(200);
    assert_eq!((&by_query["users_removed"], &by_query["users_total"]), (&json!(1), &json!(2)));
    let nobody = server.get(&path(&server, &format!("/{id}/users"))).await.expect(200);
    assert_eq!(nobody, json!({ "group_id": id, "group_name": "eng", "users": [], "count": 0 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_user_stops_everything_or_is_passed_over() {
    let server = TestServer::start().await;
    let (ada, gone) = (server.user("ada").await, server.user("gone").await);
    server.domain.delete_user(&server.scope(), gone, None).await.unwrap();
    let (id, group) = (create(&server, "eng").await, server.group("other", &[]).await);
    let (_, stranger) = server.other_tenant("south").await;
    let foreign = stranger.post("/scim/v2/Users", &json!({ "userName": "eve" })).await.expect(201);
    let foreign = foreign["id"].as_str().unwrap().to_owned();
    let at = format!("{GROUPS}/{id}/users");
    for unknown in [gone.to_string(), foreign, group.to_string(), Uuid::from_u128(7).to_string()] {
        let wanted = json!({ "user_ids": [ada.to_string(), unknown] });
        let answer = server.post(&at, &wanted).await;
        let expected = json!({ "error": "users not found", "details": unknown });
        assert_eq!((answer.status, answer.body), (404, expected));
        let shown = server.get(&path(&server, &format!("/{id}/users"))).await.expect(200);
        assert_eq!(shown["count"], json!(0), "nothing is applied");
        let partial = server.post(&format!("{at}?partial=true"), &wanted).await.expect(200);
        assert_eq!((&partial["users_added"], &partial["users_total"]), (&json!(1), &json!(2)));
        let left = server.send(Method::DELETE, &at, &[], Some(&wanted)).await.expect(200);
        assert_eq!(left["users_removed"], json!(1), "who is unknown is no error here");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_that_can_be_none_are_refused_and_named() {
    let server = TestServer::start().await;
    let (ada, id) = (server.user("ada").await, create(&server, "eng").await);
    let at = format!("{GROUPS}/{id}/users");
    for method in [Method::POST, Method::DELETE] {
        for (bad, says) in [
            (json!([ada.to_string(), "nonsense"]), "user_ids[1]: \"nonsense\" is not an identifier"),
            (json!([7]), "user_ids[0]: Input should be a valid string"),
            (json!([]), "user_ids: List should have at least 1 item, not 0"),
            (json!("x"), "user_ids: Input should be a list"),
            (json!(vec!["x"; 10_001]), "user_ids: List should have at most 10000 items, not 10001"),
        ] {
            let answer = server.send(method.clone(), &at, &[], Some(&json!({ "user_ids": bad }))).await;
            let expected = json!({ "error": "invalid request", "details": says });
            assert_eq!((answer.status, answer.body), (400, expected), "{method}");
        }
        let answer = server.send(method.clone(), &at, &[], Some(&json!({}))).await;
        assert_eq!((answer.status, &answer.body["details"]), (400, &json!("user_ids: Field required")), "{method}");
    }
    for query in ["user_ids=nonsense", "user_ids=", "user_ids=,"] {
        assert_eq!(server.delete(&format!("{at}?{query}")).await.status, 400, "{query}");
    }
    let many = format!("{at}?user_ids={}", vec!["x"; 10_001].join(","));
    assert!(server.delete(&many).await.expect(400)["details"].as_str().unwrap().contains("at most 10000"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_are_in_it_themselves_and_now_are_shown() {
    let server = TestServer::start().await;
    let (ada, ben, cy) = (server.user("ada").await, server.user("ben").await, server.user("cy").await);
    let (eng, below) = (server.group("eng", &[ada, cy]).await, server.group("below", &[ben]).await);
    server.nest(eng, &[below]).await;
    let later = server.domain.clock().now() + chrono::TimeDelta::hours(1);
    let validity = Validity { from: Some(later), until: None };
    let change = UserChange { add: vec![ben], validity, ..UserChange::default() };
    server.domain.change_users(&server.scope(), eng, None, &change).await.unwrap();
    server
        .patch(
            &format!("/scim/v2/Users/{cy}"),
            &json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "replace", "path": "active", "value": false }],
            }),
        )
        .await
        .expect(200);
    let number = server.domain.group(&server.scope(), eng).await.unwrap().num.0;
    let shown = server.get(&path(&server, &format!("/{number}/users"))).await.expect(200);
    assert_eq!(ids(&shown), [ada.to_string(), cy.to_string()]);
    assert_eq!(shown["users"][1]["active"], json!(false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_group_is_shown_whole() {
    let server = TestServer::start().await;
    let id = create(&server, "everybody").await;
    let sql = crate::support::sql(server.database_url()).await;
    sql.execute(
        "WITH made AS (
            INSERT INTO users (tenant_id, id, user_name, user_name_key, created_at, updated_at)
            SELECT id, gen_random_uuid(), 'u' || n, 'u' || n, now(), now() FROM tenants, generate_series(1, 3000) AS n
            RETURNING tenant_id, id
         )
         INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
         SELECT made.tenant_id, g.id, made.id, now(), 'test', 'native' FROM made JOIN groups g ON g.num = $1",
        &[&id],
    )
    .await
    .unwrap();
    let shown = server.get(&path(&server, &format!("/{id}/users"))).await.expect(200);
    let ids = ids(&shown);
    assert!(ids.is_sorted() && ids.len() == 3_000);
    assert_eq!(shown["count"], json!(3_000));
    assert_eq!(shown["users"][0]["email"], json!(""), "there is none");
}

/// Rows of each table written by the transaction that wrote the group's row last.
async fn rows_written(sql: &tokio_postgres::Client, number: i64) -> Vec<i64> {
    let last = "(SELECT xmin FROM groups WHERE num = $1)";
    let tables = ["users", "groups", "members", "edges", "events", "resource_counts", "effective_counts"];
    let counts = tables.map(|table| format!("(SELECT count(*) FROM {table} WHERE xmin = {last})")).join(", ");
    sql.query_one(format!("SELECT ARRAY[{counts}]").as_str(), &[&number]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_more_member_is_three_rows_in_a_group_of_any_size() {
    let server = TestServer::start().await;
    let user = json!({ "user_ids": [server.user("ada").await.to_string()] });
    let sql = crate::support::sql(server.database_url()).await;
    for (name, size) in [("small", 10), ("large", 100_000)] {
        let id = create(&server, name).await;
        let crowd = "WITH made AS (
                INSERT INTO users (tenant_id, id, user_name, user_name_key, created_at, updated_at)
                SELECT id, gen_random_uuid(), $2 || n, $2 || n, now(), now() FROM tenants, generate_series(1, $3::int) AS n
                RETURNING tenant_id, id
            ), placed AS (
                INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
                SELECT made.tenant_id, g.id, made.id, now(), 'test', 'native' FROM made JOIN groups g ON g.num = $1
            )
            UPDATE groups SET standing_members = $3 WHERE num = $1";
        sql.execute("SET session_replication_role = replica", &[]).await.unwrap();
        sql.execute(crowd, &[&id, &name, &size]).await.unwrap();
        let at = format!("{GROUPS}/{id}/users");
        let added = server.post(&at, &user).await.expect(200);
        assert_eq!(added["users_added"], json!(1), "{name}");
        assert_eq!(rows_written(&sql, id).await, [0, 1, 1, 0, 1, 0, 0], "{name}: group, member, event");
        let removed = server.send(Method::DELETE, &at, &[], Some(&user)).await.expect(200);
        assert_eq!(removed["users_removed"], json!(1), "{name}");
        assert_eq!(rows_written(&sql, id).await, [0, 1, 0, 0, 1, 0, 0], "{name}: group, event");
    }
}
