//! The token endpoints, as a client of the APIs meets them.

use convoke::model::ids::ClientId;
use convoke::model::principal::Scope;
use convoke::store::Remember;
use reqwest::Method;
use serde_json::json;

use super::{ACME, GRANT, PLATFORM, ask, register, signed_in};
use crate::conformance::proves;
use crate::support::{Setup, TestServer, sql};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_signs_in_and_uses_every_api() {
    let server = TestServer::start().await;
    let client = register(&server, Some(server.tenant.id), &Scope::ALL, None).await;
    let answer = ask(&server, ACME, Some(&client), &[GRANT]).await;
    assert_eq!((answer.header("cache-control"), answer.header("content-type")), ("no-store", "application/json"));
    assert_eq!(answer.header("pragma"), "no-cache");
    let body = answer.expect(200);
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(body["scope"], Scope::ALL.map(Scope::as_str).join(" "));
    let api = server.with_token(body["access_token"].as_str().unwrap());
    let tenant = server.tenant.id;
    for path in [
        "/scim/v2/Users".to_owned(),
        format!("/api/v1/tenants/{tenant}/groups"),
        "/api/v1/admin/groups".to_owned(),
        format!("/auth/admin/group?tenant_id={tenant}"),
        "/api/admin/groups".to_owned(),
        "/api/v1/groups".to_owned(),
    ] {
        assert_eq!(api.get(&path).await.status, 200, "{path}");
    }
    api.post("/scim/v2/Users", &json!({ "userName": "ada" })).await.expect(201);
    let row = sql(server.database_url()).await;
    let row = row.query_one("SELECT actor FROM events WHERE kind = 'user.created'", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), format!("client:{}", client.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_of_the_platform_reaches_every_tenant() {
    let server = TestServer::start().await;
    let (globex, _) = server.other_tenant("globex").await;
    let client = register(&server, None, &[Scope::AdminRead], None).await;
    let api = signed_in(&server, PLATFORM, &client).await;
    for tenant in [server.tenant.id, globex.id] {
        api.get(&format!("/api/v1/admin/groups?tenant_id={tenant}")).await.expect(200);
    }
    assert_eq!(ask(&server, ACME, Some(&client), &[GRANT]).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scopes_are_narrowed_and_never_widened() {
    // What is changed behind its back is seen at once.
    let server = TestServer::start_with(Setup { remember: Some(Remember::NOTHING), ..Setup::default() }).await;
    let client = register(&server, Some(server.tenant.id), &[Scope::ScimRead, Scope::GroupsRead], None).await;
    let form = [GRANT, ("client_id", &client.id), ("client_secret", &client.secret), ("scope", "scim:read")];
    let body = ask(&server, ACME, None, &form).await.expect(200);
    assert_eq!(body["scope"], "scim:read");
    let api = server.with_token(body["access_token"].as_str().unwrap());
    assert_eq!(api.get("/scim/v2/Users").await.status, 200);
    assert_eq!(api.get(&format!("/api/v1/tenants/{}/groups", server.tenant.id)).await.status, 403);
    assert_eq!(api.post("/scim/v2/Users", &json!({ "userName": "ada" })).await.status, 403);
    let wide = ask(&server, ACME, Some(&client), &[GRANT, ("scope", "scim")]).await.expect(400);
    assert_eq!(wide["error"], "invalid_scope");
    sql(server.database_url()).await.execute("UPDATE clients SET scopes = '{groups:read}'", &[]).await.unwrap();
    assert_eq!(api.get("/scim/v2/Users").await.status, 403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_proves_nothing_learns_nothing() {
    let server = TestServer::start().await;
    let (other, _) = server.other_tenant("globex").await;
    let client = register(&server, Some(server.tenant.id), &[Scope::Scim], None).await;
    let foreign = register(&server, Some(other.id), &[Scope::Scim], None).await;
    let wrong = super::Registered { id: client.id.clone(), secret: foreign.secret.clone() };
    let nobody = super::Registered { id: "nobody".to_owned(), secret: client.secret.clone() };
    let nowhere = "/api/v1/auth/tenants/nowhere/oauth/token";
    let mut answers = Vec::new();
    for (path, who) in [(ACME, &wrong), (ACME, &nobody), (ACME, &foreign), (nowhere, &client), (PLATFORM, &client)] {
        let answer = ask(&server, path, Some(who), &[GRANT]).await;
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
        answers.push((answer.status, answer.text));
    }
    assert!(answers.iter().all(|answer| answer.0 == 401 && *answer == answers[0]), "{answers:?}");
    assert!(answers[0].1.contains("\"invalid_client\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_secret_overlaps_and_a_revoked_client_ends_with_its_tokens() {
    let server = TestServer::start().await;
    let client = register(&server, Some(server.tenant.id), &[Scope::Scim], None).await;
    let api = signed_in(&server, ACME, &client).await;
    let id: ClientId = client.id.parse().unwrap();
    let secret = server.domain.rotate_any_client(id).await.unwrap();
    let renewed =
        super::Registered { id: client.id.clone(), secret: secrecy::ExposeSecret::expose_secret(&secret).into() };
    for who in [&client, &renewed] {
        assert_eq!(ask(&server, ACME, Some(who), &[GRANT]).await.status, 200);
    }
    let database = sql(server.database_url()).await;
    database.execute("UPDATE clients SET previous_until = now() - interval '1 second'", &[]).await.unwrap();
    assert_eq!(ask(&server, ACME, Some(&client), &[GRANT]).await.status, 401);
    assert_eq!(api.get("/scim/v2/Users").await.status, 200);
    server.domain.revoke_any_client(id).await.unwrap();
    let ended = api.get("/scim/v2/Users").await;
    assert!(ended.header("www-authenticate").contains("invalid_token") && ended.text.contains("revoked on"));
    assert_eq!(ended.status, 401);
    let barred = ask(&server, ACME, Some(&renewed), &[GRANT]).await.expect(400);
    assert_eq!(barred["error"], "unauthorized_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_describes_itself() {
    let _proof = proves(&["S-1"]);
    let api = convoke::api::Options { public_url: Some("https://id.example.com".to_owned()), ..Default::default() };
    let server = TestServer::start_with(Setup { api, ..Setup::default() }).await;
    let anyone = server.anonymous();
    let body = anyone.get("/.well-known/oauth-authorization-server").await.expect(200);
    assert_eq!(body["issuer"], "https://id.example.com");
    assert_eq!(body["token_endpoint"], format!("https://id.example.com{PLATFORM}"));
    assert_eq!(body["jwks_uri"], "https://id.example.com/.well-known/jwks.json");
    assert_eq!(body["token_endpoint_auth_signing_alg_values_supported"], json!(["RS256", "PS256", "ES256", "EdDSA"]));
    assert_eq!(anyone.get("/.well-known/jwks.json").await.expect(200), json!({ "keys": [] }));
    let get = anyone.send(Method::GET, ACME, &[], None).await;
    assert_eq!((get.status, get.header("allow")), (405, "POST"));
    let json = anyone.post(ACME, &json!({ "grant_type": "client_credentials" })).await.expect(400);
    assert_eq!(json["error"], "invalid_request");
    let large = [GRANT, ("scope", &"x".repeat(70_000))];
    assert_eq!(ask(&server, ACME, None, &large).await.status, 413);
}
