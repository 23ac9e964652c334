//! One group: created, shown, changed, deleted.

use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::GROUPS;
use crate::support::{Setup, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_created_and_shown_whole() {
    let server = TestServer::start().await;
    let wanted = json!({
        "name": " Engineering Team ", "description": "All engineering staff", "group_type": "Distribution",
        "is_privileged": true, "unknown": 1,
    });
    let made = server.post(GROUPS, &wanted).await;
    let group = &made.body;
    let expected = json!({
        "id": group["id"], "name": "Engineering Team", "description": "All engineering staff",
        "group_type": "distribution", "is_privileged": true, "member_count": 0, "created_at": group["created_at"],
        "updated_at": group["created_at"], "direct_member_count": 0, "nested_group_count": 0, "parent_group_id": null,
        "external_id": null, "source": "native",
    });
    assert_eq!((made.status, group, made.header("etag")), (201, &expected, "W/\"1\""));
    let at = made.header("location").to_owned();
    assert_eq!(at, format!("{GROUPS}/{}", group["id"].as_str().unwrap()));
    let shown = server.get(&at).await;
    assert_eq!((shown.status, &shown.body, shown.header("etag")), (200, group, "W/\"1\""));

    let plain =
        server.post(GROUPS, &json!({ "name": "Plain", "description": null, "group_type": null })).await.expect(201);
    assert_eq!(
        (&plain["group_type"], &plain["is_privileged"], &plain["description"]),
        (&json!("security"), &json!(false), &Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_put_changes_only_what_is_sent() {
    let server = TestServer::start().await;
    let made = server.post(GROUPS, &json!({ "name": "eng", "description": "Builds", "is_privileged": true })).await;
    let at = made.header("location").to_owned();
    let unchanged = [
        json!({}),
        json!({ "name": null, "group_type": null, "is_privileged": null, "x": 1 }),
        json!({ "name": "eng" }),
    ];
    for nothing in unchanged {
        let same = server.put(&at, &nothing).await;
        assert_eq!((same.status, &same.body, same.header("etag")), (200, &made.body, "W/\"1\""), "{nothing}");
    }
    let changed = server.put(&at, &json!({ "group_type": "DISTRIBUTION", "description": null })).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "W/\"2\""));
    let group = changed.body;
    assert_eq!(
        (&group["name"], &group["description"], &group["group_type"], &group["is_privileged"]),
        (&json!("eng"), &Value::Null, &json!("distribution"), &json!(true))
    );
    let renamed = server.put(&at, &json!({ "name": " Engineering", "is_privileged": false })).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["is_privileged"]), (&json!("Engineering"), &json!(false)));
    let stale = server.send(Method::PUT, &at, &[("if-match", "W/\"2\"")], Some(&json!({ "name": "x" }))).await;
    assert_eq!(
        (stale.status, &stale.body["error"]["code"], &stale.body["error"]["details"]),
        (412, &json!("PRECONDITION_FAILED"), &json!({ "current": "W/\"3\"" }))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_group_is_gone_and_its_name_is_free() {
    let server = TestServer::start().await;
    let made = server.post(GROUPS, &json!({ "name": "eng" })).await;
    let at = made.header("location").to_owned();
    assert_eq!(server.send(Method::DELETE, &at, &[("if-match", "W/\"9\"")], None).await.status, 412);
    let gone = server.delete(&at).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    for method in [Method::GET, Method::DELETE] {
        let answer = server.send(method, &at, &[], None).await;
        let expected = json!({ "error": { "code": "NOT_FOUND", "message": "Group not found" } });
        assert_eq!((answer.status, answer.body), (404, expected));
    }
    server.post(GROUPS, &json!({ "name": "ENG" })).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_another_api_is_the_same_group() {
    let server = TestServer::start().await;
    let body =
        json!({ "tenant_id": server.tenant.id.to_string(), "groups": [{ "name": "eng", "description": "Builds" }] });
    let number = server.post("/auth/admin/group", &body).await.expect(201)["groups"][0]["id"].clone();
    let scim = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "hired", "externalId": "okta-1",
    });
    let hired = server.post("/scim/v2/Groups", &scim).await.expect(201)["id"].clone();
    let list = server.get(GROUPS).await.expect(200);
    let (eng, other) = (&list["groups"][0], &list["groups"][1]);
    assert_eq!((&eng["name"], &eng["description"], &other["id"]), (&json!("eng"), &json!("Builds"), &hired));
    let shown = server.get(&format!("{GROUPS}/{}", hired.as_str().unwrap())).await.expect(200);
    assert_eq!(shown["external_id"], json!("okta-1"));
    assert!(shown["source"].as_str().unwrap().starts_with("scim:"), "{shown}");
    let id = eng["id"].as_str().unwrap();
    server.put(&format!("{GROUPS}/grp-{id}"), &json!({ "name": "Engineering" })).await.expect(200);
    let tenant = server.tenant.id;
    let same = server.get(&format!("/auth/admin/group/{number}?tenant_id={tenant}")).await.expect(200);
    assert_eq!(same["name"], json!("Engineering"));
    let same = server.get(&format!("/scim/v2/Groups/{id}")).await.expect(200);
    assert_eq!((&same["displayName"], &same["meta"]["version"]), (&json!("Engineering"), &json!("W/\"2\"")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_a_connection_is_left_to_it_where_the_tenant_wants_that() {
    let server =
        TestServer::start_with(Setup { settings: &["groups.lock_scim_managed=true"], ..Setup::default() }).await;
    let user = server.user("ada").await;
    let scim = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "hired" });
    let hired = server.post("/scim/v2/Groups", &scim).await.expect(201)["id"].as_str().unwrap().to_owned();
    let renamed = server.put(&format!("{GROUPS}/{hired}"), &json!({ "name": "mine" })).await;
    assert_eq!((renamed.status, &renamed.body["error"]["code"]), (409, &json!("CONFLICT")), "{}", renamed.text);
    assert!(renamed.body["error"]["message"].as_str().unwrap().contains("managed by connection"), "{}", renamed.text);
    let number = server.domain.group(&server.scope(), hired.parse().unwrap()).await.unwrap().num.0;
    let users = json!({ "user_ids": [user.to_string()] });
    let joined = server.post(&format!("/auth/admin/group/{number}/users"), &users).await;
    assert_eq!((joined.status, &joined.body["error"]), (409, &json!("group is managed")), "{}", joined.text);
    let shown = server.get(&format!("{GROUPS}/{hired}")).await.expect(200);
    assert_eq!((&shown["name"], &shown["member_count"]), (&json!("hired"), &json!(0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_rights() {
    let server = TestServer::start().await;
    let group = server.group("eng", &[]).await;
    let own = Reach::Tenant(server.tenant.id);
    let (no_scope, no_role): (&[Scope], &[Role]) = (&[], &[]);
    let cases = [
        (&[Scope::GroupsRead][..], no_role, true, false),
        (&[Scope::GroupsWrite], no_role, true, true),
        (&[Scope::AdminRead], no_role, true, false),
        (&[Scope::AdminWrite], no_role, true, true),
        (no_scope, &[Role::Viewer], true, false),
        (no_scope, &[Role::Auditor], true, false),
        (no_scope, &[Role::Administrator], true, true),
        (no_scope, &[Role::TenantAdmin], true, true),
        (no_scope, &[Role::SuperAdmin], true, true),
        (&[Scope::Scim, Scope::UsersWrite, Scope::Admin], no_role, false, false),
        (no_scope, no_role, false, false),
    ];
    let one = format!("{GROUPS}/{group}");
    for (position, (scopes, roles, reads, writes)) in cases.into_iter().enumerate() {
        let client = server.client_for(own, scopes, roles).await;
        let named = json!({ "name": format!("made {position}") });
        for (answer, right) in [
            (client.get(GROUPS).await, reads),
            (client.get(&one).await, reads),
            (client.get(&format!("{one}/members")).await, reads),
            (client.post(GROUPS, &named).await, writes),
            (client.put(&one, &json!({})).await, writes),
        ] {
            assert_eq!(answer.status < 300, right, "{scopes:?} {roles:?}: {}", answer.text);
            assert!(right || (answer.status, &answer.body["error"]["code"]) == (403, &json!("FORBIDDEN")));
        }
        let made = server.get(&format!("{GROUPS}?search=made%20{position}")).await.expect(200);
        if let Some(id) = made["groups"][0]["id"].as_str() {
            assert_eq!(client.delete(&format!("{GROUPS}/{id}")).await.status, 204);
        }
        assert_eq!(
            client.delete(&format!("{GROUPS}/{}", uuid::Uuid::nil())).await.status,
            if writes { 404 } else { 403 }
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_of_several_tenants_names_one() {
    let server = TestServer::start().await;
    let group = server.group("eng", &[]).await;
    let (south, foreign) = server.other_tenant("south").await;
    let platform = server.client_for(Reach::Platform, &[Scope::AdminWrite], &[]).await;
    let one = format!("{GROUPS}/{group}");
    let (own, other, nobody) = (server.tenant.id.to_string(), south.id.to_string(), uuid::Uuid::nil().to_string());
    let cases = [
        (&platform, None, 400, "VALIDATION_ERROR"),
        (&platform, Some(own.as_str()), 200, ""),
        (&platform, Some("acme"), 200, ""),
        (&platform, Some(other.as_str()), 404, "NOT_FOUND"),
        (&platform, Some(nobody.as_str()), 404, "NOT_FOUND"),
        (&server, Some(own.as_str()), 200, ""),
        (&server, Some(other.as_str()), 403, "FORBIDDEN"),
        (&server, Some(nobody.as_str()), 403, "FORBIDDEN"),
        (&foreign, None, 404, "NOT_FOUND"),
    ];
    for (client, named, status, code) in cases {
        let headers: Vec<(&str, &str)> = named.into_iter().map(|tenant| ("x-tenant-id", tenant)).collect();
        let answer = client.send(Method::GET, &one, &headers, None).await;
        assert_eq!(answer.status, status, "{named:?}: {}", answer.text);
        assert!(status == 200 || answer.body["error"]["code"] == json!(code), "{}", answer.text);
    }
    let answer = platform.get(&one).await;
    assert_eq!(answer.body["error"]["details"]["fields"][0]["field"], json!("X-Tenant-ID"), "{}", answer.text);
}
