//! What is refused never says what exists: whoever asks for something of another tenant gets, to the byte, what is there for
//! things that are nowhere.

use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::credentials::Site;
use super::routes::{self, Place, Route};
use crate::support::Client;

/// What a path can name, by its parameter.
struct Names {
    tenant: String,
    slug: String,
    user: String,
    group: String,
    child: String,
    number: String,
    token: String,
    client: String,
}

impl Names {
    fn nobody() -> Self {
        let id = |last: u8| format!("01890a5d-ac96-774b-bcce-b302099a80{last:02x}");
        Self {
            tenant: id(1),
            slug: "nowhere".to_owned(),
            user: id(2),
            group: id(3),
            child: id(4),
            number: "2147483647".to_owned(),
            token: id(5),
            client: id(6),
        }
    }

    /// Things of the tenant of the matrix.
    async fn of(site: &Site) -> Self {
        let reach = Reach::Tenant(site.tenant.id);
        let admin = site.server.client_for(reach, &Scope::ALL, &[Role::TenantAdmin]).await;
        let (tenant, slug) = (site.tenant.id.to_string(), site.tenant.slug.clone());
        let base = format!("/api/v1/tenants/{tenant}");
        let made = async |path: &str, body: Value| admin.post(&format!("{base}/{path}"), &body).await.expect(201);
        let id = |made: &Value| made["data"]["id"].as_str().unwrap().to_owned();
        let user = id(&made("users", json!({ "user_name": "ada" })).await);
        let group = id(&made("groups", json!({ "name": "Platform", "initial_members": [user] })).await);
        let child = id(&made("groups", json!({ "name": "Child", "parent_group_id": group })).await);
        let token = id(&made("tokens", json!({ "name": "t", "scopes": ["scim"] })).await);
        let client = made("clients", json!({ "name": "c", "scopes": ["scim"] })).await;
        let client = client["data"]["client_id"].as_str().or(client["data"]["id"].as_str()).unwrap().to_owned();
        let numbered = admin.get(&format!("/auth/admin/group?tenant_id={tenant}")).await.expect(200);
        let number = numbered["groups"][0]["id"].to_string();
        Self { tenant, slug, user, group, child, number, token, client }
    }

    /// Those that are long enough to stand for nothing else.
    fn ids(&self) -> [&String; 7] {
        let Self { tenant, slug, user, group, child, token, client, .. } = self;
        [tenant, slug, user, group, child, token, client]
    }

    fn path(&self, route: &Route) -> String {
        let fill = |part: &str| match part {
            "{tenant}" | "{tenant_id}" => self.tenant.clone(),
            "{slug}" => self.slug.clone(),
            "{id}" if route.place == Place::Query => self.number.clone(),
            "{id}" if route.path.contains("/Users") => self.user.clone(),
            "{id}" | "{group_id}" => self.group.clone(),
            "{child_group_id}" => self.child.clone(),
            "{user_id}" => self.user.clone(),
            "{token_id}" => self.token.clone(),
            "{client_id}" => self.client.clone(),
            part => part.to_owned(),
        };
        let path = route.path.split('/').map(fill).collect::<Vec<_>>().join("/");
        if route.place == Place::Query { format!("{path}?tenant_id={}", self.tenant) } else { path }
    }

    /// A body that would do something, if it reached what it names.
    fn body(&self, route: &Route) -> Value {
        let (user, child) = (&self.user, &self.child);
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "displayName", "value": "x" }],
            "tenant_id": (route.place != Place::Path).then_some(&self.tenant), "name": "x", "userName": "x",
            "displayName": "x", "user_name": "x", "user_ids": [user], "group_ids": [child], "groups": ["x"],
            "members": [{ "value": user }], "initial_members": [user], "parent_group_id": self.group,
        })
    }
}

/// What can be seen of an answer, without the names that were sent.
async fn seen(client: &Client, route: &Route, names: &Names) -> Vec<String> {
    let method = route.method.parse::<Method>().unwrap();
    let body = ["POST", "PUT", "PATCH"].contains(&route.method).then(|| names.body(route));
    let headers = [("x-request-id", "same"), ("x-tenant-id", names.tenant.as_str())];
    let sent = if route.place == Place::Header { &headers[..] } else { &headers[..1] };
    let answer = client.send(method, &names.path(route), sent, body.as_ref()).await;
    assert!(answer.status >= 400 || route.right == super::rights::Right::Open, "{route:?}: {}", answer.text);
    let headers = ["www-authenticate", "etag", "location", "retry-after"].map(|name| answer.header(name).to_owned());
    let texts = [answer.status.to_string(), answer.text].into_iter().chain(headers);
    let hide = |text: String| names.ids().into_iter().fold(text, |text, name| text.replace(name, "it"));
    texts.map(hide).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_elsewhere_is_answered_as_what_is_nowhere() {
    let site = Site::start().await;
    let (there, nowhere) = (Names::of(&site).await, Names::nobody());
    let reach = Reach::Tenant(site.other.id);
    let stranger = site.server.client_for(reach, &Scope::ALL, &[Role::TenantAdmin]).await;
    let lacking = site.server.client_for(Reach::Tenant(site.tenant.id), &[], &[Role::Viewer]).await;
    let anonymous = site.server.anonymous();
    let named = |route: &Route| route.path.contains('{') || matches!(route.place, Place::Query | Place::Header);
    let routes: Vec<Route> = routes::all().into_iter().filter(named).collect();
    assert!(routes.len() > 100, "{}", routes.len());
    for route in &routes {
        assert_eq!(seen(&stranger, route, &there).await, seen(&stranger, route, &nowhere).await, "{route:?}");
        assert_eq!(seen(&anonymous, route, &there).await, seen(&anonymous, route, &nowhere).await, "{route:?}");
        // Who may not do it learns no more of what is there than of what is not.
        if !route.right.given_by(&[], &[Role::Viewer]) {
            let elsewhere = Names { tenant: there.tenant.clone(), slug: there.slug.clone(), ..Names::nobody() };
            assert_eq!(seen(&lacking, route, &there).await, seen(&lacking, route, &elsewhere).await, "{route:?}");
        }
    }
}
