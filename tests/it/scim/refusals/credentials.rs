//! Who may not come in (401), and who may not do this or that (403, 404).

use convoke::domain::NewToken;
use convoke::model::principal::Reach;
use secrecy::ExposeSecret;

use super::{Row, Scene, patch_body, row};
use crate::conformance::proves;

fn with(authorization: &str) -> Row {
    row("GET", "/Users", 401, None).header("authorization", authorization)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials() {
    let _proof = proves(&["T58", "2.21", "15.6", "20.2", "20.4", "I-27", "S-2", "S-20"]);
    const INVALID: (&str, &str) = ("www-authenticate", "error=\"invalid_token\"");
    let invalid = |authorization: &str| with(authorization).says(INVALID.0, INVALID.1);
    Scene::set()
        .await
        .hold(vec![
            with("").says("www-authenticate", "Bearer realm=").names("bearer token"),
            with("Basic dXNlcjpwYXNz").names("Bearer"),
            with("Bearer"),
            invalid("Bearer x").names("unknown"),
            invalid("Bearer cvk_aaaa"),
            invalid("Bearer {token}x"),
            invalid("Bearer {expired}").names("expired"),
            invalid("Bearer {revoked}").names("revoked"),
            invalid("Bearer {api_key}").names("API key"),
            // Whoever is not let in learns nothing about paths, methods and bodies.
            row("POST", "/Users", 401, None).header("authorization", "").body("{"),
            row("GET", "/Nothing", 401, None).header("authorization", ""),
            row("DELETE", "/Users", 401, None).header("authorization", ""),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights() {
    let _proof = proves(&["15.6", "19.1"]);
    let user = "{\"userName\":\"new\"}";
    let reader = |method, path, body: &str| {
        row(method, path, 403, None)
            .header("authorization", "Bearer {reader}")
            .body(body)
            .names("scim")
            .says("www-authenticate", "insufficient_scope")
    };
    let patch = patch_body("{\"op\":\"replace\",\"path\":\"active\",\"value\":false}");
    Scene::set()
        .await
        .hold(vec![
            reader("POST", "/Users", user),
            reader("PUT", "/Users/{user}", user),
            reader("PATCH", "/Users/{user}", &patch),
            reader("DELETE", "/Users/{user}", ""),
            reader("POST", "/Groups", "{\"displayName\":\"new\"}"),
            reader("PATCH", "/Groups/{group}", &patch_body("{\"op\":\"remove\",\"path\":\"members\"}")),
            reader("DELETE", "/Groups/{group}", ""),
            row("GET", "/Users", 403, None).header("authorization", "Bearer {elsewhere}").names("scim:read"),
            row("GET", "/tenants/other/scim/v2/Users", 403, None).names("tenant"),
            row("GET", "/api/v1/tenants/other/scim/v2/Users", 403, None),
            row("POST", "/tenants/other/scim/v2/Users", 403, None).body(user),
            // Whether a tenant exists is nobody else's business.
            row("GET", "/tenants/nobody/scim/v2/Users", 403, None),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_path_may_name_the_own_tenant() {
    let scene = Scene::set().await;
    for path in ["/tenants/acme/scim/v2", "/tenants/{tenant}/scim/v2", "/api/v1/tenants/{tenant}/scim/v2"] {
        let answer = scene.ask(&row("GET", format!("{path}/Users/{{user}}"), 200, None)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let location = answer.body["meta"]["location"].as_str().unwrap();
        assert!(location.contains(&scene.fill(path)), "{location}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_another_tenant_is_not_there() {
    let _proof = proves(&["T19", "15.6", "19.2"]);
    let put = "{\"userName\":\"x\",\"displayName\":\"x\"}";
    let patch = patch_body("{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"x\"}");
    let member =
        |id| patch_body(&format!("{{\"op\":\"add\",\"path\":\"members\",\"value\":[{{\"value\":\"{id}\"}}]}}"));
    let mut rows = Vec::new();
    for path in ["/Users/{foreign_user}", "/Groups/{foreign_group}", "/Users/{group}", "/Groups/{user}"] {
        rows.push(row("GET", path, 404, None));
        rows.push(row("PUT", path, 404, None).body(put));
        rows.push(row("PATCH", path, 404, None).body(patch.clone()));
        rows.push(row("DELETE", path, 404, None));
    }
    for id in ["{foreign_user}", "{foreign_group}"] {
        rows.push(row("PATCH", "/Groups/{group}", 400, "invalidValue").body(member(id)));
        let group = format!("{{\"displayName\":\"new\",\"members\":[{{\"value\":\"{id}\"}}]}}");
        rows.push(row("POST", "/Groups", 400, "invalidValue").body(group));
    }
    Scene::set().await.hold(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_of_another_tenant_is_free() {
    let _proof = proves(&["T51", "19.2"]);
    let scene = Scene::set().await;
    let body = "{\"userName\":\"stranger\",\"externalId\":\"e\"}";
    let answer = scene.ask(&row("POST", "/Users", 201, None).body(body)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_ne!(answer.body["id"].as_str(), Some(scene.names["{foreign_user}"].as_str()));
    let found = scene.ask(&row("GET", "/Users?filter=userName%20eq%20%22stranger%22", 200, None)).await;
    assert_eq!(found.body["totalResults"], 1, "{found:?}");
}

/// With the account go the tokens that belong to it, and they stay away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tokens_of_a_user_end_with_it() {
    let _proof = proves(&["T66", "S-9"]);
    let scene = Scene::set().await;
    let issue = async || {
        let new = NewToken {
            reach: Reach::Tenant(scene.site.server.tenant.id),
            scopes: vec!["scim:read".parse().unwrap()],
            roles: Vec::new(),
            user_name: Some("user".to_owned()),
            name: "own".to_owned(),
            ttl: None,
            api_key: false,
        };
        scene.site.server.domain.issue_token(&new).await.unwrap().1.expose_secret().to_owned()
    };
    let status = async |token: &str| {
        scene.ask(&row("GET", "/Users", 200, None).header("authorization", format!("Bearer {token}"))).await.status
    };
    let set_active = async |active: bool| {
        let body = patch_body(&format!("{{\"op\":\"replace\",\"value\":{{\"active\":{active}}}}}"));
        assert_eq!(scene.ask(&row("PATCH", "/Users/{user}", 200, None).body(body)).await.status, 200);
    };
    let first = issue().await;
    assert_eq!(status(&first).await, 200);
    set_active(false).await;
    assert_eq!(status(&first).await, 401);
    set_active(true).await;
    assert_eq!(status(&first).await, 401);
    let second = issue().await;
    assert_eq!(status(&second).await, 200);
    assert_eq!(scene.ask(&row("DELETE", "/Users/{user}", 204, None)).await.status, 204);
    assert_eq!(status(&second).await, 401);
}
