//! A credential that was judged once is judged again without asking the database, and yet: what ends it ends it at once on
//! the server that was told, and without further ado on every other.

use convoke::model::event::{Actor, Api};
use convoke::model::principal::{AdminScope, Reach, Scope};
use convoke::model::settings::TenantSettings;
use convoke::model::tenant::{Status, Tenant, TenantRecord};
use convoke::model::token::PresentedToken;
use serde_json::json;

use super::crowd::Staged;
use super::wire::BESIDE;
use super::{eventually, patch};
use crate::scim::site::Sql;
use crate::support::{Client, TestServer, issue};

/// Two servers on one database. They remember for an hour, so that only an announcement can make them forget.
struct Pair {
    /// Made the database, and has it.
    _first: TestServer,
    sql: Sql,
    one: Staged,
    two: Staged,
}

impl Pair {
    async fn start() -> Self {
        let first = TestServer::start().await;
        let (url, tenant, token) = (first.database_url(), &first.tenant, &first.token);
        let (one, two) = tokio::join!(Staged::on(url, tenant, token), Staged::on(url, tenant, token));
        Self { sql: Sql::connect(url).await, one, two, _first: first }
    }

    /// Clients of both servers with one new token, which both know well.
    async fn clients(&self) -> (Client, Client) {
        let token = issue(&self.one.server.domain, Reach::Tenant(self.one.server.tenant.id), &[Scope::Scim], &[]).await;
        self.known(&token).await
    }

    async fn known(&self, token: &str) -> (Client, Client) {
        let (one, two) = (self.one.server.with_token(token), self.two.server.with_token(token));
        for (stage, client) in [(&self.one, &one), (&self.two, &two)] {
            eventually("a known token is not asked for", async || stage.remembers(client).await).await;
        }
        (one, two)
    }
}

async fn status(client: &Client) -> u16 {
    client.get("/scim/v2/ServiceProviderConfig").await.status
}

async fn refused(client: &Client, path: &str) {
    eventually("the token is refused", async || client.get(path).await.status == 401).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_token_is_refused_at_once_here_and_soon_there() {
    let pair = Pair::start().await;
    for _ in 0..5 {
        let token = issue(&pair.one.server.domain, Reach::Tenant(pair.one.server.tenant.id), &[Scope::Scim], &[]).await;
        let (one, two) = pair.known(&token).await;
        let id = PresentedToken::parse(&token).unwrap().id;
        pair.one.server.domain.revoke_any_token(id).await.unwrap();
        assert_eq!(status(&one).await, 401);
        refused(&two, "/scim/v2/ServiceProviderConfig").await;
    }
    let platform = issue(&pair.two.server.domain, Reach::Platform, &[Scope::AdminRead], &[]).await;
    let path = format!("/api/v1/tenants/{}/groups", pair.one.server.tenant.slug);
    let (one, two) = (pair.one.server.with_token(&platform), pair.two.server.with_token(&platform));
    let before = (one.get(&path).await.status, two.get(&path).await.status);
    assert!(before.0 != 401 && before.1 != 401, "{before:?}");
    pair.two.server.domain.revoke_any_token(PresentedToken::parse(&platform).unwrap().id).await.unwrap();
    assert_eq!(two.get(&path).await.status, 401);
    refused(&one, &path).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_disabled_or_deleted_is_out_at_once_here_and_soon_there() {
    let pair = Pair::start().await;
    let server = &pair.one.server;
    let inactive = patch(&json!([{ "op": "replace", "path": "active", "value": false }]));
    for deleted in [false, true] {
        let name = format!("user-{deleted}");
        let user = server.post("/scim/v2/Users", &json!({ "userName": name })).await.expect(201);
        let path = format!("/scim/v2/Users/{}", user["id"].as_str().unwrap());
        let token = convoke::domain::NewToken {
            reach: Reach::Tenant(server.tenant.id),
            scopes: vec![Scope::Scim],
            roles: Vec::new(),
            user_name: Some(name),
            name: String::new(),
            ttl: None,
            api_key: false,
        };
        let (_, secret) = server.domain.issue_token(&token).await.unwrap();
        let (one, two) = pair.known(secrecy::ExposeSecret::expose_secret(&secret)).await;
        if deleted {
            server.delete(&path).await.expect(204);
        } else {
            server.patch(&path, &inactive).await.expect(200);
        }
        assert_eq!(status(&one).await, 401);
        refused(&two, "/scim/v2/ServiceProviderConfig").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_settings_hold_at_once_here_and_soon_there() {
    let pair = Pair::start().await;
    let (one, two) = pair.clients().await;
    let tenant = &pair.one.server.tenant;
    for mode in ["strict", "compat"] {
        let set = |now: &TenantSettings| Ok(now.with(&format!("scim.mode={mode}"))?);
        pair.one.server.domain.change_settings(tenant, set).await.unwrap();
        let after = mode_of(&one).await;
        assert_eq!(after, mode);
        eventually("the other server follows", async || mode_of(&two).await == mode).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_tenant_is_closed_at_once_here_and_soon_there() {
    let pair = Pair::start().await;
    let (server, path) = (&pair.one.server, "/scim/v2/ServiceProviderConfig");
    let (one, two) = pair.clients().await;
    let actor = Actor { name: "test".to_owned(), api: Api::System, request_id: "test".to_owned() };
    let scope = AdminScope::grant(Reach::Platform, actor);
    for (status, expected) in [(Status::Suspended, 403), (Status::Active, 200)] {
        let change = |tenant: &Tenant| {
            Ok(TenantRecord { name: tenant.name.clone(), status, settings: (*tenant.settings).clone() })
        };
        server.domain.modify_tenant(&scope, server.tenant.id, None, change).await.unwrap();
        assert_eq!(one.get(path).await.status, expected);
        eventually("the other server follows", async || two.get(path).await.status == expected).await;
    }
}

/// How the tenant's requests are judged: a search that does not say what it is is forgiven in compat alone.
async fn mode_of(client: &Client) -> &'static str {
    match client.post("/scim/v2/Users/.search", &json!({ "count": 0 })).await.status {
        200 => "compat",
        400 => "strict",
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hears_nothing_believes_nothing() {
    let pair = Pair::start().await;
    let (_, two) = pair.clients().await;
    pair.two.wire.deafen(true);
    eventually("the server asks", async || !pair.two.remembers(&two).await).await;
    // Told to nobody: a server that asks sees it with the next request.
    pair.sql.rows("UPDATE tokens SET revoked_at = now() WHERE name = 'test' AND scopes = '{scim}'", &[]).await;
    assert_eq!(status(&two).await, 401);
    pair.two.wire.deafen(false);
    eventually("credentials are remembered again", async || pair.two.remembers(&pair.two.server).await).await;
    // And what changed in silence is not remembered from before.
    assert_eq!(status(&two).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_token_is_noted_once() {
    let pair = Pair::start().await;
    let (one, _) = pair.clients().await;
    pair.one.wire.reset();
    let requests = (0..50).map(|_| status(&one));
    assert_eq!(futures_util::future::join_all(requests).await, vec![200; 50]);
    let unused = "SELECT count(*) FROM tokens WHERE name = 'test' AND scopes = '{scim}' AND last_used_at IS NULL";
    eventually("the use is noted", async || pair.sql.value::<i64>(unused, &[]).await == 0).await;
    assert!(pair.one.wire.executed(BESIDE) <= 1);
}
