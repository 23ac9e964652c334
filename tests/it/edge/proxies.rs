//! What proxies say of a client, and hosts that name a tenant.

use convoke::api;
use convoke::edge::limits::Rates;
use convoke::edge::proxies::Proxies;
use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use serde_json::json;

use super::rates::rate;
use crate::support::{Answer, Client, Setup, TestServer};

async fn behind(proxies: &[&str], rates: Rates) -> TestServer {
    let proxies = Proxies::new(proxies.iter().map(|proxy| proxy.parse().unwrap()).collect());
    let api = api::Options { proxies, rates, ..api::Options::default() };
    TestServer::start_with(Setup { api, ..Setup::default() }).await
}

const CLAIMS: [(&str, &str); 3] =
    [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "id.example.com"), ("X-Forwarded-For", "192.0.2.1")];

async fn made(server: &TestServer, name: &str, headers: &[(&str, &str)]) -> Answer {
    server.send(Method::POST, "/scim/v2/Users", headers, Some(&json!({ "userName": name }))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_set_says_where_the_server_is() {
    let server = behind(&["127.0.0.0/8"], Rates::off()).await;
    let answer = made(&server, "ada", &CLAIMS).await;
    let id = answer.body["id"].as_str().unwrap();
    let location = format!("https://id.example.com/scim/v2/Users/{id}");
    assert_eq!((answer.header("location"), answer.body["meta"]["location"].as_str()), (&*location, Some(&*location)));
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "the browser came by TLS");
    let forwarded = [("Forwarded", "for=192.0.2.1;proto=https;host=scim.example.com"), CLAIMS[1]];
    let answer = made(&server, "bob", &forwarded).await;
    assert!(answer.header("location").starts_with("https://scim.example.com/"), "{}", answer.header("location"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_else_does_not() {
    for proxies in [&[][..], &["10.0.0.0/8"][..]] {
        let server = behind(proxies, Rates::off()).await;
        let answer = made(&server, "ada", &CLAIMS).await;
        assert!(answer.header("location").starts_with(&server.base_url), "{}", answer.header("location"));
        assert_eq!(answer.header("strict-transport-security"), "");
    }
}

/// One that guesses behind the proxy does not slow its neighbours, and cannot hide by writing the header itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_count_by_the_address_behind_the_proxy() {
    let server = behind(&["127.0.0.1/32"], Rates { failed_address: rate("1/min burst 3"), ..Rates::off() }).await;
    let stranger = server.with_token("cvk_wrong");
    let from = async |chain: &str| {
        stranger.send(Method::GET, "/scim/v2/Users", &[("X-Forwarded-For", chain)], None).await.status
    };
    let mut statuses = Vec::new();
    for at in 0..5 {
        statuses.push(from(&format!("203.0.113.{at}, 192.0.2.1")).await);
    }
    assert_eq!(statuses[..4], [401, 401, 401, 429]);
    assert_eq!(from("192.0.2.2").await, 401);
}

fn at(client: &Client, path: &'static str, host: &'static str) -> impl Future<Output = Answer> {
    let client = client.clone();
    async move { client.send(Method::GET, path, &[("Host", host)], None).await }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_names_a_tenant_and_must_agree_with_the_token() {
    let tenant_hosts = Some("{tenant}.id.example.com".parse().unwrap());
    let api = api::Options { tenant_hosts, ..api::Options::default() };
    let server = TestServer::start_with(Setup { api, ..Setup::default() }).await;
    let (_, other) = server.other_tenant("globex").await;
    let platform = server.client_for(Reach::Platform, &[Scope::GroupsRead, Scope::Scim], &[Role::SuperAdmin]).await;
    let (acme, globex, neutral) = ("acme.id.example.com", "globex.id.example.com:8443", "id.example.com");
    for path in ["/api/admin/groups", "/api/v1/groups", "/scim/v2/Users", "/api/v1/tenants/acme/groups"] {
        assert_eq!(at(&server, path, acme).await.status, 200, "{path}");
        assert_eq!(at(&server, path, neutral).await.status, 200, "{path}");
        assert_eq!(at(&server, path, globex).await.status, 403, "{path}");
        assert_eq!(at(&server, path, "nobody.id.example.com").await.status, 403, "{path}");
    }
    for path in ["/api/admin/groups", "/api/v1/groups"] {
        assert_eq!(at(&platform, path, neutral).await.status, 400, "{path}: nobody names a tenant");
        assert_eq!(at(&platform, path, acme).await.status, 200, "{path}");
        let both = [("Host", acme), ("X-Tenant-ID", "globex")];
        assert_eq!(platform.send(Method::GET, path, &both, None).await.status, 403, "{path}: two of them");
    }
    assert_eq!(at(&other, "/scim/v2/Users", globex).await.status, 200);
    assert_eq!(at(&other, "/tenants/globex/scim/v2/Users", acme).await.status, 403);
}
