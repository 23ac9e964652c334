//! Who is in a group.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GROUPS, group, user};
use crate::support::{TestServer, sql};

fn names(body: &Value) -> Vec<&str> {
    body.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_goes_in_and_out() {
    let server = TestServer::start().await;
    let ada = user(&server, "ada").await;
    let press = group(&server, json!({ "name": "Press" })).await;
    let path = format!("{GROUPS}{press}/users/{ada}");
    let added = server.post(&path, &json!("ignored")).await;
    assert_eq!(added.header("etag"), "W/\"2\"");
    let body = added.expect(201);
    let expected = json!({
        "id": ada, "username": "ada", "email": "ada@example.com", "display_name": "ADA", "active": true,
        "created": body["created"], "updated": body["updated"], "groups": [{ "id": press, "name": "Press" }],
    });
    assert_eq!(body, expected);
    let again = server.send(Method::POST, &format!("{path}/"), &[], None).await;
    assert_eq!((again.status, again.header("etag")), (201, "W/\"2\""));
    assert_eq!(server.send(Method::POST, &path, &[("If-Match", "\"1\"")], None).await.status, 412);
    assert_eq!(server.get(&format!("{GROUPS}{press}/users")).await.expect(200), json!([expected]));
    assert_eq!(server.send(Method::DELETE, &path, &[("If-Match", "\"1\"")], None).await.status, 412);
    let gone = server.delete(&path).await.expect(200);
    let expected = json!({ "success": true, "message": "User removed from group", "group_id": press, "user_id": ada });
    assert_eq!(gone, expected);
    let absent = server.delete(&path).await.expect(404);
    assert_eq!(absent, json!({ "detail": "User is not a direct member of this group" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named() {
    let server = TestServer::start().await;
    let ada = user(&server, "ada").await;
    let press = group(&server, json!({ "name": "Press" })).await;
    let child = group(&server, json!({ "name": "Child" })).await;
    let nobody = Uuid::from_u128(7).to_string();
    let foreign = server.other_tenant("other").await.1;
    for method in [Method::POST, Method::DELETE] {
        for (group, user, expected) in [
            (nobody.as_str(), ada.as_str(), "Group not found"),
            ("no-id", ada.as_str(), "Group not found"),
            (press.as_str(), nobody.as_str(), "User not found"),
            (press.as_str(), "no-id", "User not found"),
            // A group is no user, here as elsewhere.
            (press.as_str(), child.as_str(), "User not found"),
            (nobody.as_str(), nobody.as_str(), "Group not found"),
        ] {
            let answer = server.send(method.clone(), &format!("{GROUPS}{group}/users/{user}"), &[], None).await;
            assert_eq!(answer.expect(404), json!({ "detail": expected }), "{method} {group} {user}");
        }
        let answer = foreign.send(method, &format!("{GROUPS}{press}/users/{ada}"), &[], None).await;
        assert_eq!(answer.expect(404), json!({ "detail": "Group not found" }));
    }
    foreign.get(&format!("{GROUPS}{press}/users")).await.expect(404);
    assert_eq!(server.get(&format!("{GROUPS}{press}/users")).await.expect(200), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_group_is_sent_whole_or_in_pages() {
    let server = TestServer::start().await;
    let press = group(&server, json!({ "name": "Press" })).await;
    let rows = format!(
        "INSERT INTO users (tenant_id, id, user_name, user_name_key, created_at, updated_at)
             SELECT '{tenant}', lpad(to_hex(n), 32, '0')::uuid, 'u' || n, 'u' || n, now(), now()
             FROM generate_series(1, 1234) n;
             INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
             SELECT '{tenant}', '{press}', lpad(to_hex(n), 32, '0')::uuid, now(), 'test', 'test'
             FROM generate_series(1, 1234) n;",
        tenant = server.tenant.id
    );
    sql(server.database_url()).await.batch_execute(&rows).await.unwrap();
    let path = format!("{GROUPS}{press}/users");
    let whole = server.get(&path).await;
    assert_eq!(whole.header("link"), "");
    let whole = whole.expect(200);
    let all = names(&whole);
    assert_eq!((all.len(), all[0], all[1233]), (1234, "u1", "u1234"));
    let (mut seen, mut next) = (Vec::new(), format!("{path}?limit=500"));
    loop {
        let page = server.get(&next).await;
        let link = page.header("link").to_owned();
        seen.extend(names(&page.expect(200)).into_iter().map(str::to_owned));
        let Some(target) = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")) else { break };
        target.clone_into(&mut next);
    }
    assert_eq!(seen, all);
    let other = group(&server, json!({ "name": "Other" })).await;
    let stolen = next.replace(&press, &other);
    server.get(&stolen).await.expect(400);
    server.get(&format!("{path}?cursor=x")).await.expect(400);
    server.get(&format!("{path}?limit=0")).await.expect(422);
}
