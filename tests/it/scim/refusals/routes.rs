//! Paths, methods, versions, a function without a user, ids that name nothing, preconditions.

use super::{Scene, patch_body, row};
use crate::conformance::proves;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes() {
    let _proof = proves(&["T60"]);
    let mut rows = Vec::new();
    for path in ["/Nothing", "/Users/{user}/name", "/Schemas/.search", "/ServiceProviderConfig/x", "/Schemas/a/b"] {
        rows.push(row("GET", path, 404, None).proves("1.17"));
    }
    rows.push(row("GET", "/scim/v1/Users", 400, "invalidVers").names("v1").proves("1.19"));
    rows.push(row("POST", "/tenants/acme/scim/v3/Users", 400, "invalidVers").body("{}").names("v3"));
    for (method, path, allowed) in [
        ("PUT", "/Users", "POST"),
        ("PATCH", "/Users", "GET"),
        ("DELETE", "/Users", "POST"),
        ("POST", "/Users/{user}", "PATCH"),
        ("DELETE", "/Groups", "POST"),
        ("POST", "/Groups/{group}", "DELETE"),
        ("POST", "/ServiceProviderConfig", "GET"),
        ("PUT", "/ResourceTypes", "GET"),
        ("DELETE", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "GET"),
        ("PROPFIND", "/Users", "GET"),
        ("POST", "/", "GET"),
        ("GET", "/Users/.search", "POST"),
        ("PUT", "/.search", "POST"),
    ] {
        rows.push(row(method, path, 405, None).body("{}").says("allow", allowed).names(method).proves("1.15"));
    }
    // The token of a provisioning client belongs to no user.
    for method in ["GET", "POST", "PATCH"] {
        rows.push(row(method, "/Me", 501, None).body("{}").proves("1.16"));
    }
    Scene::set().await.hold(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_that_name_nothing() {
    let mut rows = Vec::new();
    let long = "x".repeat(4_000);
    for id in ["0190d3c4-8f4e-7d9a-b1c2-3d4e5f607182", "00919288221112222", "%00", "%FF", "..%2F..", "'", "%22", &long]
    {
        for sort in ["Users", "Groups"] {
            let path = format!("/{sort}/{id}");
            rows.push(row("GET", path.clone(), 404, None));
            rows.push(row("DELETE", path.clone(), 404, None));
            rows.push(row("PUT", path.clone(), 404, None).body("{\"userName\":\"x\",\"displayName\":\"x\"}"));
            rows.push(row("PATCH", path, 404, None).body(patch_body("{\"op\":\"remove\",\"path\":\"externalId\"}")));
        }
    }
    Scene::set().await.hold(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preconditions() {
    let _proof = proves(&["2.15", "13.5"]);
    let mut rows = Vec::new();
    for (path, name) in [("/Users/{user}", "user"), ("/Groups/{group}", "group")] {
        let stale = |method| row(method, path, 412, None).header("if-match", "W/\"77\"");
        rows.push(stale("DELETE"));
        rows.push(stale("PUT").body(format!("{{\"userName\":\"{name}2\",\"displayName\":\"{name}2\"}}")));
        rows.push(stale("PATCH").body(patch_body("{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"x\"}")));
    }
    rows.push(
        row("PATCH", "/Groups/{group}", 412, None)
            .header("if-match", "W/\"1\"")
            .body(patch_body("{\"op\":\"remove\",\"path\":\"members\"}")),
    );
    Scene::set().await.hold(rows).await;
}
