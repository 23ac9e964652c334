//! Who gets in where, what is out of reach, and how every endpoint refuses what is wrong with a request.

use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::place::Place;
use convoke::model::group::GroupType;

/// Every read of the API. `{tenant}` and `{group}` stand for ids; `pages` says that it takes page parameters.
struct Endpoint {
    path: &'static str,
    pages: bool,
}

const ENDPOINTS: &[Endpoint] = &[
    Endpoint { path: "/api/v1/tenants/{tenant}/groups", pages: true },
    Endpoint { path: "/api/v1/tenants/{tenant}/groups/{group}", pages: false },
    Endpoint { path: "/api/v1/admin/groups/{group}", pages: false },
    Endpoint { path: "/api/v1/admin/groups/{group}/members", pages: true },
    Endpoint { path: "/api/v1/admin/groups/{group}/effective-members", pages: true },
    Endpoint { path: "/api/v1/admin/groups/{group}/nested-groups", pages: true },
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
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"), "{good}");
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
