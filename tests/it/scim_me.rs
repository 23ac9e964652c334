//! `/Me` (RFC 7644 section 3.11): for a token of a user, and for one of nobody.

use convoke::domain::NewToken;
use convoke::model::principal::{Reach, Scope};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::conformance::proves;
use crate::support::{Client, TestServer};

const ME: &str = "/scim/v2/Me";

/// A client whose token belongs to a user `ada`, and the user's address.
async fn ada(server: &TestServer, scope: Scope) -> (Client, String) {
    let created = server.post("/scim/v2/Users", &json!({ "userName": "ada" })).await.expect(201);
    let token = NewToken {
        reach: Reach::Tenant(server.tenant.id),
        scopes: vec![scope],
        roles: Vec::new(),
        user_name: Some("ada".to_owned()),
        name: "ada's".to_owned(),
        ttl: None,
        api_key: false,
    };
    let (_, secret) = server.domain.issue_token(&token).await.unwrap();
    let location = created["meta"]["location"].as_str().unwrap().to_owned();
    (server.with_token(secret.expose_secret()), location)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_names_the_permanent_address() {
    let _proof = proves(&["1.10", "2.9", "18.1"]);
    let server = TestServer::start().await;
    let (client, location) = ada(&server, Scope::Scim).await;
    let read = client.get(ME).await;
    assert_eq!((read.status, read.header("location")), (200, location.as_str()));
    assert_eq!(read.body["meta"]["location"], location);

    let replaced = client.put(ME, &json!({ "userName": "ada", "title": "Countess" })).await;
    assert_eq!((replaced.status, replaced.header("location")), (200, location.as_str()));
    let patch = json!({ "Operations": [{ "op": "replace", "path": "title", "value": "Lady" }] });
    assert_eq!(client.patch(ME, &patch).await.expect(200)["title"], "Lady");
    assert_eq!(client.get(&format!("{ME}?attributes=title")).await.expect(200)["userName"], json!(null));
    let refused = client.put(ME, &json!({ "title": "x" })).await;
    assert_eq!((refused.status, refused.header("location")), (400, location.as_str()));

    let gone = client.delete(ME).await;
    assert_eq!((gone.status, gone.header("location")), (204, location.as_str()));
    assert_eq!(client.get(ME).await.status, 401, "the token goes with its user");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_nobody_and_self_registration_are_501() {
    let _proof = proves(&["1.16", "18.2"]);
    let server = TestServer::start().await;
    let refused = server.get(ME).await.expect(501);
    assert!(refused["detail"].as_str().unwrap().contains("belongs to none"), "{refused}");
    let (client, _) = ada(&server, Scope::Scim).await;
    client.post(ME, &json!({ "userName": "bob" })).await.expect(501);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_alias_gives_no_right() {
    let _proof = proves(&["18.4"]);
    let server = TestServer::start().await;
    let (reader, _) = ada(&server, Scope::ScimRead).await;
    reader.get(ME).await.expect(200);
    reader.delete(ME).await.expect(403);
}
