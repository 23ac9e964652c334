//! Who gets in where, what is out of reach, and how every endpoint refuses what is wrong with a request.

use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::place::Place;
use convoke::model::group::{DeleteStrategy, GroupType};

/// Every read of the API. `{tenant}` and `{group}` stand for ids; `pages` says that it takes page parameters, `allow` what
/// else the path is for.
struct Endpoint {
    path: &'static str,
    pages: bool,
    allow: &'static str,
}

const ENDPOINTS: &[Endpoint] = &[
    Endpoint { path: "/api/v1/admin/groups", pages: true, allow: "GET, HEAD, POST" },
    Endpoint { path: "/api/v1/tenants/{tenant}/groups", pages: true, allow: "GET, HEAD, POST" },
    Endpoint { path: "/api/v1/tenants/{tenant}/groups/{group}", pages: false, allow: "DELETE, GET, HEAD, PATCH" },
    Endpoint { path: "/api/v1/admin/groups/{group}", pages: false, allow: "DELETE, GET, HEAD, PATCH" },
    Endpoint { path: "/api/v1/admin/groups/{group}/members", pages: true, allow: "GET, HEAD, POST" },
    Endpoint { path: "/api/v1/admin/groups/{group}/effective-members", pages: true, allow: "GET, HEAD" },
    Endpoint { path: "/api/v1/admin/groups/{group}/nested-groups", pages: true, allow: "GET, HEAD, POST" },
    Endpoint { path: "/api/v1/admin/groups/{group}/parent-groups", pages: true, allow: "GET, HEAD" },
];

/// Every write: method, path, a body that would do, and the other methods of the path.
const WRITES: &[(&str, &str, &str)] = &[
    ("POST", "/api/v1/admin/groups", r#"{"name": "new"}"#),
    ("PATCH", "/api/v1/admin/groups/{group}", "{}"),
    ("DELETE", "/api/v1/admin/groups/{group}", ""),
    ("POST", "/api/v1/admin/groups/{group}/restore", ""),
    ("POST", "/api/v1/admin/groups/{group}/members", r#"{"user_ids": ["{user}"]}"#),
    ("DELETE", "/api/v1/admin/groups/{group}/members/{user}", ""),
    ("POST", "/api/v1/admin/groups/{group}/nested-groups", r#"{"group_ids": ["{child}"]}"#),
    ("DELETE", "/api/v1/admin/groups/{group}/nested-groups/{child}", ""),
    ("POST", "/api/v1/tenants/{tenant}/groups", r#"{"name": "new"}"#),
    ("PATCH", "/api/v1/tenants/{tenant}/groups/{group}", "{}"),
    ("DELETE", "/api/v1/tenants/{tenant}/groups/{group}", ""),
    ("PUT", "/api/v1/tenants/{tenant}/groups/{group}/members", "{}"),
];

impl Endpoint {
    fn at(&self, tenant: &str, group: &str) -> String {
        self.path.replace("{tenant}", tenant).replace("{group}", group)
    }

    fn in_tenant(&self) -> bool {
        self.path.contains("{tenant}")
    }

    fn of_group(&self) -> bool {
        self.path.contains("{group}")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_refuses_alike() {
    let place = Place::start().await;
    let other = place.tenant("south", None).await;
    let foreign = place.group_of(&other, "Foreign", GroupType::Security, None, &[]).await.to_string();
    let group = place.group("Platform", None, &[]).await.to_string();
    let tenant = place.tenant.id.to_string();
    let client = place.client(Reach::Tenant(place.tenant.id), &[Scope::AdminRead], &[]).await;
    let powerless = place.client(Reach::Tenant(place.tenant.id), &[Scope::Scim], &[]).await;
    for endpoint in ENDPOINTS {
        let good = endpoint.at(&tenant, &group);
        let answer = client.get(&good).await;
        assert_eq!(answer.status, 200, "{good}: {}", answer.text);
        assert!(answer.body["meta"]["request_id"].is_string() && answer.body["meta"]["timestamp"].is_string());
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{good}");
        assert_eq!(client.get(&format!("{good}/")).await.status, 200, "{good}/");

        let head = client.send(Method::HEAD, &good, &[], None).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "HEAD {good}");

        let answer = client.anonymous().get(&good).await;
        assert_eq!(answer.status, 401, "{good}");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{good}");
        assert!(answer.body["detail"].is_string(), "{}", answer.text);
        assert_eq!(client.with_token("cvk_nonsense").get(&good).await.status, 401, "{good}");

        let answer = powerless.get(&format!("{good}?per_page=0")).await;
        assert_eq!(answer.status, 403, "{good}: rights come before parameters");

        let answer = client.send(Method::PUT, &good, &[], None).await;
        assert_eq!((answer.status, answer.header("allow")), (405, endpoint.allow), "{good}");
        assert_eq!(answer.body, json!({ "detail": "Method Not Allowed" }));

        if endpoint.of_group() {
            let unknown = Uuid::from_u128(7).to_string();
            for id in [foreign.as_str(), &unknown, "7", "grp_", "%FF", "a%2Fb"] {
                let path = endpoint.at(&tenant, id);
                let answer = client.get(&path).await;
                assert_eq!(answer.status, 404, "{path}: {}", answer.text);
                assert!(!answer.text.contains("Foreign"), "{}", answer.text);
            }
            let prefixed = endpoint.at(&tenant, &format!("grp_{group}"));
            assert_eq!(client.get(&prefixed).await.status, 200, "{prefixed}");
        }
        if endpoint.in_tenant() {
            for slug in ["north", "NORTH", &format!("tnt_{tenant}")] {
                let status = if slug == "NORTH" { 403 } else { 200 };
                assert_eq!(client.get(&endpoint.at(slug, &group)).await.status, status, "{slug}");
            }
            for name in [other.id.to_string().as_str(), "south", "nowhere", &Uuid::from_u128(7).to_string()] {
                let answer = client.get(&endpoint.at(name, &foreign)).await;
                assert_eq!(answer.status, 403, "{name}: whether or not it exists: {}", answer.text);
            }
        }
        if endpoint.pages {
            for (query, name, kind) in [
                ("page=0", "page", "greater_than_equal"),
                ("page=x", "page", "int_parsing"),
                ("per_page=501", "per_page", "less_than_equal"),
                ("per_page=0", "per_page", "greater_than_equal"),
                ("per_page=", "per_page", "int_parsing"),
            ] {
                let answer = client.get(&format!("{good}?{query}")).await;
                assert_eq!(answer.status, 422, "{good}?{query}");
                let fault = &answer.body["detail"][0];
                assert_eq!((&fault["loc"], &fault["type"]), (&json!(["query", name]), &json!(kind)), "{}", answer.text);
                assert!(fault["msg"].is_string());
            }
            let answer = client.get(&format!("{good}?page=9223372036854775807&per_page=500")).await;
            assert_eq!((answer.status, &answer.body["data"]), (200, &json!([])), "{good}: past the end");
            assert_eq!(client.get(&format!("{good}?unknown=1")).await.status, 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_rights() {
    let place = Place::start().await;
    let south = place.tenant("south", None).await;
    let group = place.group("Platform", None, &[]).await;
    let (own, other) = (Reach::Tenant(place.tenant.id), Reach::Tenant(south.id));
    let partner = Reach::Partner(place.tenant.partner.unwrap());
    let stranger = place.tenant("east", Some("rival")).await.partner.unwrap();
    let at_tenant = format!("/api/v1/tenants/{}/groups/{group}", place.tenant.id);
    let at_admin = format!("/api/v1/admin/groups/{group}");
    let (no_scope, no_role): (&[Scope], &[Role]) = (&[], &[]);
    let cases = [
        (own, &[Scope::GroupsRead][..], no_role, 200, 403),
        (own, &[Scope::GroupsWrite], no_role, 200, 403),
        (own, &[Scope::AdminRead], no_role, 200, 200),
        (own, &[Scope::AdminWrite], no_role, 200, 200),
        (own, no_scope, &[Role::TenantAdmin], 200, 200),
        (own, &[Scope::Scim, Scope::UsersRead], &[Role::Viewer], 403, 403),
        (own, no_scope, no_role, 403, 403),
        (other, &[Scope::AdminWrite], no_role, 403, 404),
        (partner, no_scope, &[Role::PartnerAdmin], 200, 200),
        (partner, no_scope, no_role, 403, 403),
        (Reach::Partner(stranger), no_scope, &[Role::PartnerAdmin], 403, 404),
        (Reach::Platform, &[Scope::AdminRead], no_role, 200, 200),
        (Reach::Platform, &[Scope::AdminWrite], no_role, 200, 200),
        (Reach::Platform, no_scope, &[Role::SuperAdmin], 200, 200),
        (Reach::Platform, &[Scope::Scim], no_role, 403, 403),
    ];
    for (reach, scopes, roles, in_tenant, as_admin) in cases {
        let client = place.client(reach, scopes, roles).await;
        let who = format!("{reach:?} {scopes:?} {roles:?}");
        assert_eq!(client.get(&at_tenant).await.status, in_tenant, "{who} on the tenant's path");
        assert_eq!(client.get(&at_admin).await.status, as_admin, "{who} on the administration path");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refused_credential_is_told() {
    let place = Place::start().await;
    let platform = place.client(Reach::Platform, &[Scope::GroupsRead], &[]).await;
    let tenant = place.client(Reach::Tenant(place.tenant.id), &[Scope::GroupsRead], &[]).await;
    let admin = format!("/api/v1/admin/groups/{}", Uuid::from_u128(7));
    let answer = platform.get(&admin).await;
    assert_eq!(answer.body, json!({ "detail": "Platform token requires admin:read or admin:write scope" }));
    let answer = tenant.get(&admin).await;
    assert!(answer.body["detail"].as_str().unwrap().ends_with("it needs the scope admin:read"), "{}", answer.text);
    let answer = place.reader().await.get("/api/v1/tenants/nowhere/groups").await;
    assert_eq!((answer.status, answer.body), (404, json!({ "detail": "Tenant not found" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_keeps_its_name_and_strange_paths_are_answered() {
    let place = Place::start().await;
    let client = place.reader().await;
    let path = "/api/v1/tenants/north/groups";
    let answer = client.send(Method::GET, path, &[("x-request-id", "abc-1")], None).await;
    assert_eq!((answer.header("x-request-id"), &answer.body["meta"]["request_id"]), ("abc-1", &json!("abc-1")));
    let answer = client.get(path).await;
    assert_eq!(answer.body["meta"]["request_id"], json!(answer.header("x-request-id")));
    for path in ["/api/v1/admin/groups/x/owners", "/api/v1/tenants/north/groups/x/y", "/api/v1/nothing"] {
        let answer = client.get(path).await;
        assert_eq!((answer.status, answer.body), (404, json!({ "detail": "Not Found" })), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_takes_the_right_to_write_and_reaches_no_other_tenant() {
    let place = Place::start().await;
    let other = place.tenant("south", None).await;
    let foreign = place.group_of(&other, "Foreign", GroupType::Security, None, &[]).await.to_string();
    let (group, child) = (place.group("Group", None, &[]).await, place.group("Child", None, &[]).await);
    let user = place.user("ada").await;
    place.nest(group, child).await;
    let (own, tenant) = (Reach::Tenant(place.tenant.id), place.tenant.id.to_string());
    let reader = place.client(own, &[Scope::AdminRead, Scope::GroupsRead, Scope::Scim], &[Role::Viewer]).await;
    let writer = place.client(own, &[Scope::AdminWrite], &[]).await;
    for (method, path, body) in WRITES {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let fill = |text: &str, tenant: &str, group: &str| {
            let text = text.replace("{tenant}", tenant).replace("{group}", group);
            text.replace("{user}", &user.to_string()).replace("{child}", &child.to_string())
        };
        let good = fill(path, &tenant, &group.to_string());
        let body: Option<serde_json::Value> = serde_json::from_str(&fill(body, "", "")).ok();
        let what = format!("{method} {path}");
        assert_eq!(writer.anonymous().send(method.clone(), &good, &[], body.as_ref()).await.status, 401, "{what}");
        let broken = body.as_ref().map(|_| json!([]));
        let answer = reader.send(method.clone(), &good, &[], broken.as_ref()).await;
        assert_eq!(answer.status, 403, "{what}: rights come before the body: {}", answer.text);
        if path.contains("{group}") {
            for id in [foreign.as_str(), &Uuid::from_u128(7).to_string(), "7", "%FF"] {
                let answer = writer.send(method.clone(), &fill(path, &tenant, id), &[], body.as_ref()).await;
                assert_eq!(answer.status, 404, "{what} of {id}: {}", answer.text);
                assert!(!answer.text.contains("Foreign"), "{}", answer.text);
            }
        }
        if path.contains("{tenant}") {
            for name in [&other.id.to_string(), "south", "nowhere"] {
                let answer = writer.send(method.clone(), &fill(path, name, &foreign), &[], body.as_ref()).await;
                assert_eq!(answer.status, 403, "{what} in {name}: {}", answer.text);
            }
        }
        if body.is_some() {
            assert_eq!(writer.send(method.clone(), &good, &[], broken.as_ref()).await.status, 422, "{what}");
            for text in ["", "{", "\u{0}"] {
                let bytes = Some(("application/json; charset=utf-8", text.as_bytes().to_vec()));
                let answer = writer.send_bytes(method.clone(), &good, &[], bytes).await;
                assert_eq!(answer.status, 422, "{what} with {text:?}: {}", answer.text);
                assert_eq!(answer.body["detail"][0]["loc"], json!(["body"]), "{what}");
            }
            let bytes = Some(("application/x-www-form-urlencoded", b"name=x".to_vec()));
            assert_eq!(writer.send_bytes(method.clone(), &good, &[], bytes).await.status, 415, "{what}");
            let large = Some(("application/json", vec![b' '; 8 * 1024 * 1024 + 1]));
            let answer = writer.send_bytes(method.clone(), &good, &[], large).await;
            assert_eq!((answer.status, answer.body["detail"].is_string()), (413, true), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_does_its_work_with_a_slash_at_its_end_too() {
    let place = Place::start().await;
    let (own, tenant) = (Reach::Tenant(place.tenant.id), place.tenant.id.to_string());
    let admin = place.client(own, &[Scope::AdminWrite], &[]).await;
    let program = place.client(own, &[Scope::GroupsWrite], &[]).await;
    let user = place.user("ada").await;
    for (number, (method, path, body)) in WRITES.iter().enumerate() {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let empty = method == Method::DELETE && path.ends_with("{group}");
        let members: &[_] = if empty { &[] } else { &[user] };
        let group = place.group(&format!("Group {number}"), None, members).await;
        let child = place.group(&format!("Child {number}"), None, &[]).await;
        if !empty {
            place.nest(group, child).await;
        }
        if path.ends_with("restore") {
            let (domain, scope) = (&place.server.domain, place.scope(&place.tenant));
            domain.delete_group(&scope, group, None, DeleteStrategy::Orphan).await.unwrap();
        }
        let fill = |text: &str| {
            let text = text.replace("{tenant}", &tenant).replace("{group}", &group.to_string());
            text.replace("{user}", &user.to_string()).replace("{child}", &child.to_string())
        };
        let body: Option<serde_json::Value> = serde_json::from_str(&fill(body)).ok();
        let body =
            body.map(|body| if body["name"].is_string() { json!({ "name": format!("new {number}") }) } else { body });
        let client = if path.contains("{tenant}") { &program } else { &admin };
        let answer = client.send(method, &format!("{}/", fill(path)), &[], body.as_ref()).await;
        assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.text);
    }
}
