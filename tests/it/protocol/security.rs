//! Sections 19 and 20: tenants and credentials.

use convoke::domain::NewToken;
use convoke::model::principal::{Reach, Role, Scope};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{like, start};
use crate::conformance::proves;
use crate::scim::client::Client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_path_and_the_token_agree_on_the_tenant() {
    let _proof = proves(&["19.1"]);
    let (site, client) = start().await;
    client.user("ours").await;
    let (other, _) = site.server.other_tenant("other").await;
    let server = &site.server;
    for name in ["acme".to_owned(), server.tenant.id.to_string()] {
        for mount in ["/tenants", "/api/v1/tenants"] {
            let found = server.get(&format!("{mount}/{name}/scim/v2/Users")).await.expect(200);
            like(&found, &json!({ "Resources": [{ "userName": "ours" }] }));
        }
    }
    for name in ["other".to_owned(), other.id.to_string(), "nobody".to_owned()] {
        let path = format!("/tenants/{name}/scim/v2/Users");
        like(&server.get(&path).await.expect(403), &json!({ "status": "403", "detail": "@string" }));
        server.post(&path, &json!({ "userName": "x" })).await.expect(403);
    }
    let platform = server.client_for(Reach::Platform, &[Scope::Scim], &[]).await;
    platform.get("/scim/v2/Users").await.expect(400);
    like(&platform.get("/tenants/other/scim/v2/Users").await.expect(200), &json!({ "totalResults": 0 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_kept_as_hashes_and_taken_from_the_header_alone() {
    let _proof = proves(&["20.2", "20.3", "20.4"]);
    let (site, _) = start().await;
    let token = site.token(&["scim"]).await;
    let secret = token.rsplit('_').next().unwrap();
    assert!(secret.len() > 20);
    let query = "SELECT count(*) FROM tokens AS row WHERE row::text LIKE '%' || $1 || '%'";
    assert_eq!(site.sql.value::<i64>(query, &[&secret]).await, 0);
    let anonymous = site.server.anonymous();
    for query in ["access_token", "token", "bearer_token"] {
        let answer = anonymous.get(&format!("/scim/v2/Users?{query}={token}")).await;
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        answer.expect(401);
    }
    for authorization in [format!("Basic {token}"), token.clone(), "Basic YTpi".to_owned()] {
        let headers = [("authorization", authorization.as_str())];
        anonymous.send(reqwest::Method::GET, "/scim/v2/Users", &headers, None).await.expect(401);
    }
    let headers = [("authorization", &*format!("bearer {token}"))];
    anonymous.send(reqwest::Method::GET, "/scim/v2/Users", &headers, None).await.expect(200);
}

/// A token of a user ends with the user; what administers a tenant does not hang on one, and the operator can make more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_can_lock_the_administrators_out() {
    let _proof = proves(&["T66"]);
    let (site, client) = start().await;
    let user = client.user("admin").await;
    let token = NewToken {
        reach: Reach::Tenant(site.server.tenant.id),
        scopes: vec![Scope::Scim, Scope::AdminRead],
        roles: vec![Role::TenantAdmin],
        user_name: Some("admin".to_owned()),
        name: "admin's".to_owned(),
        ttl: None,
        api_key: false,
    };
    let (_, secret) = site.server.domain.issue_token(&token).await.unwrap();
    let admin = Client::new(&site.server.base_url, secret.expose_secret());
    let deactivate = json!([{ "op": "replace", "path": "active", "value": false }]);
    admin.patch(&format!("/Users/{user}"), deactivate).await.expect(200);
    admin.get("/Users").await.expect(401);
    client.get("/Users").await.expect(200);
    site.server.get(&format!("/api/v1/tenants/{}/groups", site.server.tenant.id)).await.expect(200);
    client
        .patch(&format!("/Users/{user}"), json!([{ "op": "replace", "path": "active", "value": true }]))
        .await
        .expect(200);
    admin.get("/Users").await.expect(401);
    let (_, secret) = site.server.domain.issue_token(&token).await.unwrap();
    Client::new(&site.server.base_url, secret.expose_secret()).get("/Users").await.expect(200);
}
