//! Which tenant a request is about: named in the query or in the body, and within the credential's reach.

use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GROUPS, create};
use crate::support::{Answer, Client, TestServer};

/// A request of each endpoint that succeeds; whether its tenant may be left out; whether its place is the body.
struct Asked {
    method: Method,
    path: String,
    body: Option<Value>,
    optional: bool,
}

async fn all(server: &TestServer) -> Vec<Asked> {
    let (id, user) = (create(server, "eng").await, server.user("ada").await);
    let one = format!("{GROUPS}/{id}");
    let users = format!("{one}/users");
    let ids = json!({ "user_ids": [user.to_string()] });
    let asked = |method, path: &str, body, optional| Asked { method, path: path.to_owned(), body, optional };
    vec![
        asked(Method::GET, GROUPS, None, false),
        asked(Method::POST, GROUPS, Some(json!({ "groups": ["ops"] })), false),
        asked(Method::GET, &one, None, false),
        asked(Method::PUT, &one, Some(json!({ "name": "eng" })), true),
        asked(Method::GET, &users, None, false),
        asked(Method::POST, &users, Some(ids.clone()), true),
        asked(Method::DELETE, &users, Some(ids), true),
        asked(Method::DELETE, &one, None, false),
    ]
}

impl Asked {
    /// Sends it with these tenants in the query and in the body.
    async fn send(&self, client: &Client, query: Option<&str>, field: Option<Value>) -> Answer {
        let path = match query {
            Some(tenant) => format!("{}?tenant_id={tenant}", self.path),
            None => self.path.clone(),
        };
        let mut body = self.body.clone();
        if let Some(field) = field {
            body.get_or_insert_with(|| json!({}))["tenant_id"] = field;
        }
        client.send(self.method.clone(), &path, &[], body.as_ref()).await
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tenant_is_read_in_either_place_and_may_be_missing_where_the_contract_says_so() {
    let server = TestServer::start().await;
    let tenant = server.tenant.id.to_string();
    let platform = server.client_for(Reach::Platform, &[Scope::AdminWrite], &[]).await;
    for asked in all(&server).await {
        let name = asked.name();
        let missing = asked.send(&server, None, None).await;
        if asked.optional {
            assert_eq!(missing.status, 200, "{name}: {}", missing.text);
        } else {
            assert_eq!((missing.status, &missing.body["error"]), (400, &json!("invalid tenant_id")), "{name}");
        }
        let missing = asked.send(&platform, None, None).await;
        assert_eq!((missing.status, &missing.body["error"]), (400, &json!("invalid tenant_id")), "{name}");
        for (query, field) in [
            (Some("acme"), None),
            (Some(""), None),
            (Some("x"), None),
            (None, Some(json!("x"))),
            (None, Some(json!(""))),
            (None, Some(json!(7))),
        ] {
            for client in [&*server, &platform] {
                let answer = asked.send(client, query, field.clone()).await;
                assert_eq!(
                    (answer.status, &answer.body["error"]),
                    (400, &json!("invalid tenant_id")),
                    "{name} {query:?} {field:?}"
                );
            }
        }
        let fallback = match asked.body {
            Some(_) => asked.send(&platform, Some(&format!("tnt_{tenant}")), None).await,
            None => asked.send(&platform, None, Some(json!(tenant))).await,
        };
        assert!(matches!(fallback.status, 200 | 201), "{name}: {}", fallback.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tenants_are_refused_before_any_right_is_looked_at() {
    let server = TestServer::start().await;
    let (south, _) = server.other_tenant("south").await;
    let (own, other) = (server.tenant.id.to_string(), south.id.to_string());
    let powerless = server.client_with(&[], &[]).await;
    for asked in all(&server).await {
        for client in [&*server, &powerless] {
            let answer = asked.send(client, Some(&own), Some(json!(other))).await;
            assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid tenant_id")), "{}", asked.name());
        }
        if asked.method != Method::DELETE || asked.body.is_some() {
            let answer = asked.send(&server, Some(&own), Some(json!(own.to_uppercase()))).await;
            assert!(matches!(answer.status, 200 | 201), "{}: twice the same", asked.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_out_of_reach_is_forbidden_whether_or_not_it_is_there() {
    let server = TestServer::start().await;
    let (south, foreign) = server.other_tenant("south").await;
    let unknown = Uuid::from_u128(7).to_string();
    let platform = server.client_for(Reach::Platform, &[], &[Role::SuperAdmin]).await;
    for asked in all(&server).await {
        let name = asked.name();
        for tenant in [south.id.to_string(), unknown.clone()] {
            let answer = asked.send(&server, Some(&tenant), None).await;
            assert_eq!((answer.status, &answer.body["error"]), (403, &json!("forbidden")), "{name}");
        }
        let answer = asked.send(&platform, Some(&unknown), None).await;
        assert_eq!((answer.status, &answer.body["error"]), (400, &json!("invalid tenant_id")), "{name}");
        let answer = asked.send(&foreign, Some(&south.id.to_string()), None).await;
        let own_group = asked.path.trim_start_matches(GROUPS);
        if !own_group.is_empty() {
            assert_eq!((answer.status, answer.body), (404, json!({ "error": "group not found" })), "{name}");
        } else {
            assert!(matches!(answer.status, 200 | 201) && !answer.text.contains("eng"), "{name}: {}", answer.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_rights() {
    let server = TestServer::start().await;
    let tenant = server.tenant.id.to_string();
    let own = Reach::Tenant(server.tenant.id);
    let (no_scope, no_role): (&[Scope], &[Role]) = (&[], &[]);
    let cases = [
        (own, &[Scope::GroupsRead][..], no_role, true, false),
        (own, &[Scope::GroupsWrite], no_role, true, true),
        (own, &[Scope::AdminRead], no_role, true, false),
        (own, &[Scope::AdminWrite], no_role, true, true),
        (own, no_scope, &[Role::TenantAdmin], true, true),
        (own, &[Scope::Scim, Scope::UsersWrite, Scope::Admin], &[Role::Administrator], false, false),
        (Reach::Platform, &[Scope::AdminRead], no_role, true, false),
        (Reach::Platform, &[Scope::AdminWrite], no_role, true, true),
        (Reach::Platform, no_scope, &[Role::SuperAdmin], true, true),
        (Reach::Platform, no_scope, no_role, false, false),
    ];
    let asked = all(&server).await;
    for (reach, scopes, roles, reads, writes) in cases {
        let client = server.client_for(reach, scopes, roles).await;
        for asked in asked.iter().filter(|asked| asked.method != Method::DELETE) {
            let answer = asked.send(&client, Some(&tenant), None).await;
            let right = if asked.method == Method::GET { reads } else { writes };
            assert_eq!(answer.status < 300, right, "{scopes:?} {roles:?} {}: {}", asked.name(), answer.text);
            assert!(right || answer.status == 403, "{}", answer.text);
        }
    }
}
