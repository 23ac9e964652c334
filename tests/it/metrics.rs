//! `/metrics`: open, in the text format of Prometheus, with numbers that follow what happened, and with nothing in it that
//! a stranger should not know or could make grow.

use std::collections::BTreeSet;

use convoke::store::Remember;
use reqwest::Method;
use serde_json::json;

use crate::support::{Client, Setup, TestServer, sql};

async fn numbers(client: &Client) -> String {
    let answer = client.anonymous().get("/metrics").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    answer.text
}

/// The value of a series; 0 when it is not there yet.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().expect("a number"))
}

fn series(text: &str) -> BTreeSet<&str> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, _)| name)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_counted_by_facade_method_and_class() {
    let server = TestServer::start().await;
    server.get("/scim/v2/Users").await.expect(200);
    server.get("/scim/v2/Users/nobody").await.expect(404);
    server.get("/scim/v2/Groups/nobody").await.expect(404);
    server.post("/scim/v2/Users", &json!({ "userName": "ada" })).await.expect(201);
    server.get("/api/v1/tenants/acme/groups").await.expect(200);
    server.get("/nowhere").await;
    server.anonymous().get("/healthz").await.expect(200);
    let text = numbers(&server).await;
    for (labels, count) in [
        ("api=\"scim\",method=\"GET\",status=\"2xx\"", 1.0),
        ("api=\"scim\",method=\"GET\",status=\"4xx\"", 2.0),
        ("api=\"scim\",method=\"POST\",status=\"2xx\"", 1.0),
        ("api=\"directory\",method=\"GET\",status=\"2xx\"", 1.0),
        ("api=\"operations\",method=\"GET\",status=\"2xx\"", 1.0),
        ("api=\"none\",method=\"GET\",status=\"4xx\"", 1.0),
    ] {
        assert_eq!(value(&text, &format!("convoke_http_requests_total{{{labels}}}")), count, "{labels}\n{text}");
        let timed = format!("convoke_http_request_duration_seconds_count{{{labels}}}");
        assert_eq!(value(&text, &timed), count, "{labels}\n{text}");
    }
    assert!(text.contains("# TYPE convoke_http_request_duration_seconds histogram"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_makes_no_new_series() {
    let server = TestServer::start().await;
    let ask = async |at: usize| {
        let method: Method = format!("BREW{at}").parse().unwrap();
        server.send(method, &format!("/scim/v2/Users/{at}"), &[], None).await;
        server.get(&format!("/scim/v{at}/Users?filter={at}")).await;
        server.get(&format!("/nowhere/{at}")).await;
        server.get(&format!("/tenants/t{at}/scim/v2/Users")).await;
    };
    ask(100).await;
    numbers(&server).await;
    let known = numbers(&server).await;
    for at in 0..20 {
        ask(at).await;
    }
    assert_eq!(series(&numbers(&server).await), series(&known));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_and_no_tenant_is_in_it() {
    let server = TestServer::start().await;
    server.post("/scim/v2/Users", &json!({ "userName": "bjensen", "active": "True" })).await.expect(201);
    let (foreign, _) = server.other_tenant("competitor").await;
    let text = numbers(&server).await;
    let ids = [server.tenant.id.to_string(), foreign.id.to_string()];
    for word in ["acme", "competitor", "bjensen", "cvk_", "127.0.0.1", &server.token, &ids[0], &ids[1]] {
        assert!(!text.contains(word), "{word}\n{text}");
    }
    assert_eq!(value(&text, "convoke_scim_leniencies_total{rule=\"boolean-as-string\"}"), 1.0, "{text}");
    assert_eq!(value(&text, "convoke_scim_leniencies_total{rule=\"missing-schemas\"}"), 1.0, "{text}");
}

/// It asks the database nothing, and so still tells when that is the trouble.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_works_without_the_database_and_shows_the_connections() {
    let server =
        TestServer::start_with(Setup { connections: Some(3), remember: Some(Remember::NOTHING), ..Setup::default() })
            .await;
    server.get("/scim/v2/Users").await.expect(200);
    let text = numbers(&server).await;
    let open = |text: &str| {
        let of = |state: &str| value(text, &format!("convoke_database_connections{{state=\"{state}\"}}"));
        of("idle") + of("busy")
    };
    assert_eq!(value(&text, "convoke_database_connections_max"), 3.0, "{text}");
    assert!((1.0..=3.0).contains(&open(&text)), "{text}");
    let rename = "ALTER TABLE tokens RENAME TO gone; ALTER TABLE users RENAME TO gone_too";
    sql(server.database_url()).await.batch_execute(rename).await.unwrap();
    assert_eq!(server.get("/scim/v2/Users").await.status, 503);
    let after = numbers(&server).await;
    assert_eq!(
        value(&after, "convoke_http_requests_total{api=\"scim\",method=\"GET\",status=\"5xx\"}"),
        1.0,
        "{after}"
    );
    assert!(value(&after, &format!("convoke_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))) == 1.0);
}
