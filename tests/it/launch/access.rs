//! Who may come in: tokens, API keys, and for which tenant.

use convoke::domain::NewToken;
use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{GROUPS, group};
use crate::support::TestServer;

async fn key(server: &TestServer, scopes: &[Scope]) -> String {
    let token = NewToken {
        reach: Reach::Tenant(server.tenant.id),
        scopes: scopes.to_vec(),
        roles: Vec::new(),
        user_name: None,
        name: "key".to_owned(),
        ttl: None,
        api_key: true,
    };
    server.domain.issue_token(&token).await.unwrap().1.expose_secret().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_and_roles_open_what_they_name() {
    let server = TestServer::start().await;
    let cases: [(&[Scope], &[Role], u16, u16); 8] = [
        (&[Scope::GroupsRead], &[], 200, 403),
        (&[Scope::GroupsWrite], &[], 200, 201),
        (&[Scope::Admin], &[], 200, 201),
        (&[], &[Role::TenantAdmin], 200, 201),
        (&[Scope::Scim, Scope::UsersWrite], &[], 403, 403),
        (&[], &[Role::Viewer], 403, 403),
        (&[Scope::AdminWrite], &[], 200, 201),
        (&[], &[], 403, 403),
    ];
    for (at, (scopes, roles, reads, writes)) in cases.into_iter().enumerate() {
        let client = server.client_with(scopes, roles).await;
        assert_eq!(client.get(GROUPS).await.status, reads, "{scopes:?} {roles:?}");
        let written = client.post(GROUPS, &json!({ "name": format!("g{at}") })).await;
        assert_eq!(written.status, writes, "{scopes:?} {roles:?}");
    }
    let reader = server.client_with(&[Scope::GroupsRead], &[]).await;
    let refused = reader.post(GROUPS, &json!({})).await.expect(403);
    assert_eq!(refused, json!({ "detail": "Missing required scope: groups:write" }));
    let nobody = server.anonymous().get(GROUPS).await;
    assert!(nobody.header("www-authenticate").starts_with("Bearer"));
    nobody.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_reads_groups_and_no_more() {
    let server = TestServer::start().await;
    let path = format!("{GROUPS}{}", group(&server, json!({ "name": "Press" })).await);
    let (reader, writer) = (key(&server, &[Scope::GroupsRead]).await, key(&server, &[Scope::Admin]).await);
    let client = server.anonymous();
    for (method, path, expected) in [
        (Method::GET, GROUPS.to_owned(), 200),
        (Method::GET, path.clone(), 200),
        (Method::GET, format!("{GROUPS}filters"), 401),
        (Method::GET, format!("{path}/users"), 401),
        (Method::DELETE, path.clone(), 401),
    ] {
        let answer = client.send(method.clone(), &path, &[("X-API-Key", &writer)], None).await;
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text);
    }
    let lacking = client.send(Method::DELETE, &path, &[("X-API-Key", &reader)], None).await;
    assert_eq!(lacking.status, 401, "where a key is not taken it is no credential");
    for wrong in ["", "x", &server.token] {
        assert_eq!(client.send(Method::GET, GROUPS, &[("X-API-Key", wrong)], None).await.status, 401, "{wrong}");
    }
    let elsewhere = client.send(Method::GET, "/scim/v2/Users", &[("X-API-Key", &writer)], None).await;
    assert_eq!(elsewhere.status, 401);
    let as_bearer = client.with_token(&writer).get(GROUPS).await;
    assert_eq!(as_bearer.status, 401, "a key is no bearer token");
    let relaxed = server.tenant.settings.with("launch.api_key_everywhere=true").unwrap();
    server.domain.set_settings(&server.tenant, &relaxed).await.unwrap();
    let users = client.send(Method::GET, &format!("{path}/users"), &[("X-API-Key", &writer)], None).await;
    assert_eq!(users.status, 200);
    assert_eq!(client.send(Method::DELETE, &path, &[("X-API-Key", &writer)], None).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_of_several_tenants_names_one() {
    let server = TestServer::start().await;
    let platform = server.client_for(Reach::Platform, &[Scope::AdminWrite], &[]).await;
    let unnamed = platform.get(GROUPS).await.expect(400);
    assert!(unnamed["detail"].as_str().unwrap().contains("X-Tenant-ID"), "{unnamed}");
    for tenant in ["acme", server.tenant.id.to_string().as_str(), &format!("tnt_{}", server.tenant.id)] {
        let answer = platform.send(Method::GET, GROUPS, &[("X-Tenant-ID", tenant)], None).await;
        assert_eq!(answer.status, 200, "{tenant}: {}", answer.text);
    }
    assert_eq!(platform.send(Method::GET, GROUPS, &[("X-Tenant-ID", "nobody")], None).await.status, 404);
    let (other, client) = server.other_tenant("other").await;
    assert_eq!(client.send(Method::GET, GROUPS, &[("X-Tenant-ID", "acme")], None).await.status, 403);
    assert_eq!(client.send(Method::GET, GROUPS, &[("X-Tenant-ID", "nobody")], None).await.status, 403);
    assert_eq!(client.send(Method::GET, GROUPS, &[("X-Tenant-ID", &other.slug)], None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_group_is_not_there() {
    let server = TestServer::start().await;
    let path = format!("{GROUPS}{}", group(&server, json!({ "name": "Press" })).await);
    let (_, client) = server.other_tenant("other").await;
    for (method, path, body) in [
        (Method::GET, path.clone(), None),
        (Method::PUT, path.clone(), Some(json!({ "name": "x" }))),
        (Method::PATCH, path.clone(), Some(json!({ "name": "x" }))),
        (Method::DELETE, path.clone(), None),
        (Method::GET, format!("{path}/users"), None),
    ] {
        let answer = client.send(method.clone(), &path, &[], body.as_ref()).await;
        assert_eq!(answer.expect(404), json!({ "detail": "Group not found" }), "{method} {path}");
    }
    assert_eq!(client.get(GROUPS).await.expect(200)["items"], json!([]));
    assert_eq!(server.get(&path).await.expect(200)["name"], "Press");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_slash_forms_head_and_other_methods() {
    let server = TestServer::start().await;
    let id = group(&server, json!({ "name": "Press" })).await;
    for path in
        ["/api/admin/groups".to_owned(), format!("/api/admin/groups/{id}"), format!("/api/admin/groups/{id}/users")]
    {
        for form in [path.clone(), format!("{path}/")] {
            assert_eq!(server.get(&form).await.status, 200, "{form}");
            let head = server.send(Method::HEAD, &form, &[], None).await;
            assert_eq!((head.status, head.text.as_str()), (200, ""), "{form}");
        }
    }
    for (path, allowed) in [
        ("/api/admin/groups/", "GET, HEAD, POST"),
        ("/api/admin/groups/filters", "GET, HEAD"),
        (&format!("/api/admin/groups/{id}"), "DELETE, GET, HEAD, PATCH, PUT"),
        (&format!("/api/admin/groups/{id}/users"), "GET, HEAD"),
        (&format!("/api/admin/groups/{id}/users/{id}"), "DELETE, POST"),
    ] {
        let answer = server.send(Method::OPTIONS, path, &[], None).await;
        assert_eq!((answer.status, answer.header("allow")), (405, allowed), "{path}");
    }
    assert_eq!(server.get("/api/admin/groups/a/b/c").await.expect(404), json!({ "detail": "Not Found" }));
}
