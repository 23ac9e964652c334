//! Every endpoint beside groups, held against everything that can be wrong with a request to it.

use convoke::model::principal::{Reach, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::place::{Place, id};
use crate::support::{Answer, Client};

/// Which scope a tenant's own credential needs for it; `None` where none will do.
type Needs = Option<Scope>;

/// An endpoint: its method, its path with `{tenant}` and, where one is named, `{id}`, what a tenant's credential needs, and
/// a body it takes.
struct Endpoint {
    method: Method,
    path: &'static str,
    needs: Needs,
    body: Option<Value>,
}

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn endpoints() -> Vec<Endpoint> {
    let at = |method: &str, path, needs, body: Value| Endpoint {
        method: method.parse().unwrap(),
        path,
        needs,
        body: Some(body).filter(|body| !body.is_null()),
    };
    let (read, write) = (Some(Scope::AdminRead), Some(Scope::AdminWrite));
    let (see, set) = (Some(Scope::UsersRead), Some(Scope::UsersWrite));
    let (none, scopes) = (Value::Null, json!({ "scopes": ["admin:read"] }));
    let slug = json!({ "slug": "made-in-a-test" });
    vec![
        at("GET", "/api/v1/admin/partners", None, none.clone()),
        at("POST", "/api/v1/admin/partners", None, slug.clone()),
        at("GET", "/api/v1/admin/partners/{id}", None, none.clone()),
        at("PATCH", "/api/v1/admin/partners/{id}", None, json!({})),
        at("DELETE", "/api/v1/admin/partners/{id}", None, none.clone()),
        at("POST", "/api/v1/admin/partners/{id}/restore", None, none.clone()),
        at("GET", "/api/v1/admin/tenants", read, none.clone()),
        at("POST", "/api/v1/admin/tenants", None, slug),
        at("GET", "/api/v1/admin/tenants/{tenant}", read, none.clone()),
        at("PATCH", "/api/v1/admin/tenants/{tenant}", write, json!({})),
        at("DELETE", "/api/v1/admin/tenants/{id}", None, none.clone()),
        at("POST", "/api/v1/admin/tenants/{id}/restore", None, none.clone()),
        at("GET", "/api/v1/tenants/{tenant}/users", see, none.clone()),
        at("POST", "/api/v1/tenants/{tenant}/users", set, json!({ "user_name": "made-in-a-test" })),
        at("GET", "/api/v1/tenants/{tenant}/users/{id}", see, none.clone()),
        at("PATCH", "/api/v1/tenants/{tenant}/users/{id}", set, json!({})),
        at("DELETE", "/api/v1/tenants/{tenant}/users/{id}", set, none.clone()),
        at("POST", "/api/v1/tenants/{tenant}/users/{id}/restore", set, none.clone()),
        at("GET", "/api/v1/tenants/{tenant}/tokens", read, none.clone()),
        at("POST", "/api/v1/tenants/{tenant}/tokens", write, scopes.clone()),
        at("GET", "/api/v1/tenants/{tenant}/tokens/{id}", read, none.clone()),
        at("DELETE", "/api/v1/tenants/{tenant}/tokens/{id}", write, none.clone()),
        at("GET", "/api/v1/admin/tokens", None, none.clone()),
        at("POST", "/api/v1/admin/tokens", None, scopes.clone()),
        at("GET", "/api/v1/admin/tokens/{id}", None, none.clone()),
        at("DELETE", "/api/v1/admin/tokens/{id}", None, none.clone()),
        at("GET", "/api/v1/tenants/{tenant}/clients", read, none.clone()),
        at("POST", "/api/v1/tenants/{tenant}/clients", write, scopes.clone()),
        at("POST", "/api/v1/tenants/{tenant}/clients/{id}/rotate", write, none.clone()),
        at("DELETE", "/api/v1/tenants/{tenant}/clients/{id}", write, none.clone()),
        at("GET", "/api/v1/admin/clients", None, none.clone()),
        at("POST", "/api/v1/admin/clients", None, scopes),
        at("POST", "/api/v1/admin/clients/{id}/rotate", None, none.clone()),
        at("DELETE", "/api/v1/admin/clients/{id}", None, none.clone()),
        at("GET", "/api/v1/tenants/{tenant}/events", read, none.clone()),
        at("GET", "/api/v1/admin/events", read, none),
    ]
}

impl Endpoint {
    fn at(&self, tenant: &str, id: &str) -> String {
        self.path.replace("{tenant}", tenant).replace("{id}", id)
    }

    fn names_one(&self) -> bool {
        self.path.contains("{id}")
    }

    fn in_tenant(&self) -> bool {
        self.path.starts_with("/api/v1/tenants/")
    }

    async fn send(&self, client: &Client, path: &str) -> Answer {
        client.send(self.method.clone(), path, &[], self.body.as_ref()).await
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_endpoints_is_whole() {
    let document: Value = serde_json::from_str(&convoke::api::openapi_document("directory").unwrap()).unwrap();
    let mut documented: Vec<String> = Vec::new();
    for (path, operations) in
        document["paths"].as_object().unwrap().iter().filter(|(path, _)| !path.contains("/groups"))
    {
        let segments = path.split('/').map(|segment| match segment {
            "{tenant_id}" => "{tenant}",
            other if other.starts_with('{') => "{id}",
            other => other,
        });
        let path = segments.collect::<Vec<_>>().join("/");
        documented.extend(operations.as_object().unwrap().keys().map(|m| format!("{} {path}", m.to_uppercase())));
    }
    let mut tested: Vec<String> = endpoints()
        .iter()
        .map(|endpoint| endpoint.name().replace("/admin/tenants/{id}", "/admin/tenants/{tenant}"))
        .collect();
    documented.sort();
    tested.sort();
    assert_eq!(documented, tested);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_judged_first() {
    let place = Place::start().await;
    let powerless = place.tenant(&[Scope::Scim, Scope::GroupsWrite, Scope::Admin], &[]).await;
    let readers = place.tenant(&[Scope::AdminRead], &[]).await;
    for endpoint in endpoints() {
        let (name, path) = (endpoint.name(), format!("{}?per_page=0", endpoint.at("acme", NOBODY)));
        let answer = endpoint.send(&place.root.anonymous(), &path).await;
        assert_eq!(answer.status, 401, "{name}");
        assert!(answer.header("www-authenticate").starts_with("Bearer") && answer.body["detail"].is_string(), "{name}");
        endpoint.send(&place.root.with_token("cvk_nonsense"), &path).await.expect(401);
        let answer = endpoint.send(&powerless, &path).await;
        assert_eq!(answer.status, 403, "{name}: {}", answer.text);
        assert!(answer.body["detail"].is_string(), "{name}");
        if endpoint.method != Method::GET {
            assert_eq!(
                endpoint.send(&readers, &endpoint.at("acme", NOBODY)).await.status,
                403,
                "{name}: who may only read"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_credential_does_what_its_scope_says_within_the_tenant() {
    let place = Place::start().await;
    let (south, _) = place.server.other_tenant("south").await;
    for endpoint in endpoints() {
        let name = endpoint.name();
        let Some(scope) = endpoint.needs else {
            let mighty = place.tenant(&Scope::ALL, &[]).await;
            let status = endpoint.send(&mighty, &endpoint.at("acme", NOBODY)).await.status;
            assert_eq!(status, 403, "{name}: not for a tenant's credential");
            continue;
        };
        let client = place.tenant(&[scope], &[]).await;
        let answer = endpoint.send(&client, &endpoint.at("acme", NOBODY)).await;
        let expected = if endpoint.names_one() { 404 } else { 200 };
        let made = endpoint.method == Method::POST && expected == 200;
        assert_eq!(answer.status, if made { 201 } else { expected }, "{name}: {}", answer.text);
        if endpoint.path.contains("{tenant}") {
            for tenant in ["south", "nowhere", south.id.to_string().as_str(), NOBODY] {
                let answer = endpoint.send(&client, &endpoint.at(tenant, NOBODY)).await;
                assert_eq!(answer.status, 403, "{name} in {tenant}: whether or not it exists: {}", answer.text);
                assert!(!answer.text.contains("south"), "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_not_found() {
    let place = Place::start().await;
    for endpoint in endpoints() {
        let name = endpoint.name();
        if endpoint.names_one() {
            for id in [NOBODY, "7", "usr_", "%FF", "a%2Fb", &"x".repeat(2_000)] {
                let answer = endpoint.send(&place.root, &endpoint.at("acme", id)).await;
                assert_eq!(answer.status, 404, "{name} {id:.40}: {}", answer.text);
            }
        }
        if endpoint.path.contains("{tenant}") {
            for tenant in [NOBODY, "nowhere", "Not-A-Slug"] {
                let answer = endpoint.send(&place.root, &endpoint.at(tenant, NOBODY)).await;
                assert_eq!((answer.status, &answer.body), (404, &json!({ "detail": "Tenant not found" })), "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_none_are_refused() {
    let place = Place::start().await;
    let send = async |endpoint: &Endpoint, media: &str, body: &str| {
        let body = Some((media, body.as_bytes().to_vec()));
        place.root.send_bytes(endpoint.method.clone(), &endpoint.at("acme", NOBODY), &[], body).await
    };
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.body.is_some()) {
        let name = endpoint.name();
        for (body, kind) in
            [("{", "json_invalid"), ("", "missing"), ("[]", "dict_type"), ("null", "dict_type"), ("7", "dict_type")]
        {
            let answer = send(endpoint, "application/json", body).await;
            assert_eq!(answer.status, 422, "{name} {body}: {}", answer.text);
            let fault = &answer.body["detail"][0];
            assert_eq!((&fault["loc"], &fault["type"]), (&json!(["body"]), &json!(kind)), "{name} {body}");
        }
        assert_eq!(send(endpoint, "text/plain", "{}").await.status, 415, "{name}");
        let huge = format!("{{\"x\":\"{}\"}}", "x".repeat(8 * 1024 * 1024));
        assert_eq!(send(endpoint, "application/json", &huge).await.status, 413, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_is_served_with_a_slash_with_head_and_with_its_methods_alone() {
    let place = Place::start().await;
    let all = endpoints();
    for endpoint in &all {
        let (name, path) = (endpoint.name(), endpoint.at("acme", NOBODY));
        if endpoint.method == Method::GET {
            let get = place.root.get(&path).await;
            assert_eq!(place.root.get(&format!("{path}/")).await.status, get.status, "{name}");
            let head = place.root.send(Method::HEAD, &path, &[], None).await;
            assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{name}");
        }
        let same = all.iter().filter(|other| other.at(NOBODY, NOBODY) == endpoint.at(NOBODY, NOBODY));
        let mut methods: Vec<String> = same.map(|other| other.method.to_string()).collect();
        if methods.iter().any(|method| method == "GET") {
            methods.push("HEAD".to_owned());
        }
        methods.sort();
        let answer = place.root.send(Method::PUT, &path, &[], None).await;
        assert_eq!((answer.status, answer.header("allow")), (405, methods.join(", ").as_str()), "{name}");
        assert_eq!(answer.body, json!({ "detail": "Method Not Allowed" }), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_administrator_does_what_it_may_in_its_tenants_alone() {
    let place = Place::start().await;
    let (partner, admin) = place.partner("one", json!({})).await;
    let (ours, _) = place.tenant_of(&partner, "ours").await;
    let powerless = place.server.client_for(Reach::Partner(partner.parse().unwrap()), &[Scope::Scim], &[]).await;
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.in_tenant()) {
        let name = endpoint.name();
        let answer = endpoint.send(&admin, &endpoint.at(&ours, NOBODY)).await;
        assert!([200, 201, 404].contains(&answer.status), "{name}: {}", answer.text);
        assert_eq!(endpoint.send(&admin, &endpoint.at("acme", NOBODY)).await.status, 403, "{name}");
        assert_eq!(endpoint.send(&powerless, &endpoint.at(&ours, NOBODY)).await.status, 403, "{name}");
    }
    let made = admin.post("/api/v1/tenants/ours/users", &json!({ "user_name": "ada" })).await.expect(201);
    admin.get(&format!("/api/v1/tenants/ours/users/{}", id(&made))).await.expect(200);
}
