//! The ground is firm: a server answers, tokens are told apart, tests do not see each other's data.

use convoke::model::principal::{Reach, Role, Scope};
use reqwest::Method;
use serde_json::json;

use super::{Setup, TestServer, issue, sql};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_server_answers_on_a_database_of_its_own() {
    let (one, two) = tokio::join!(TestServer::start(), TestServer::start());
    one.other_tenant("globex").await;
    for (server, tenants) in [(&one, 2), (&two, 1)] {
        let body = server.get("/readyz").await.expect(200);
        assert_eq!(body, json!({"status": "ready"}));
        let count = "SELECT count(*) FROM tenants";
        let row = sql(server.database_url()).await.query_one(count, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), tenants);
    }
    let token = issue(&one.domain, Reach::Platform, &[Scope::Scim], &[]).await;
    assert_eq!(two.with_token(&token).get("/scim/v2/Users").await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_opens_scim_and_none_does_not() {
    let server = TestServer::start_with(Setup { settings: &["scim.mode=strict"], ..Setup::default() }).await;
    assert_eq!(server.tenant.settings.scim_mode, convoke::model::settings::ScimMode::Strict);
    let refused = server.anonymous().get("/scim/v2/Users").await;
    assert_eq!((refused.status, &refused.body["status"]), (401, &json!("401")), "{}", refused.text);
    assert!(refused.header("www-authenticate").starts_with("Bearer"));
    server.anonymous().with_token(&server.token).get("/scim/v2/Users").await.expect(200);
    let reader = server.client_with(&[Scope::GroupsRead], &[Role::Viewer]).await;
    assert_eq!(reader.get("/scim/v2/Users").await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_method_reaches_the_server() {
    let server = TestServer::start().await;
    let (path, body) = ("/scim/v2/Nothings/1", json!({}));
    let answers = [
        server.get(path).await,
        server.post(path, &body).await,
        server.put(path, &body).await,
        server.patch(path, &body).await,
        server.delete(path).await,
        server.send(Method::GET, path, &[("x-request-id", "of-the-test")], None).await,
    ];
    for answer in &answers {
        assert_eq!(answer.status, 404, "{}", answer.text);
    }
    assert_eq!(answers[5].header("x-request-id"), "of-the-test");
}
