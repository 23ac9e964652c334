//! Tokens and API keys: made with no more rights than who asks, shown without their secret, ended at once.

use chrono::{SecondsFormat, TimeDelta};
use convoke::model::principal::{Reach, Role, Scope};
use serde_json::{Value, json};

use super::place::{PARTNERS, Place, TOKENS, USERS, column, faults, id, reason, told};

const ADMIN: &str = "/api/v1/admin/tokens";

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_beginning_to_end() {
    let place = Place::start().await;
    let admin = place.tenant(&[], &[Role::TenantAdmin]).await;
    let made = admin.post(TOKENS, &json!({ "name": "Okta", "scopes": ["scim", "users:read"] })).await;
    assert_eq!(made.header("cache-control"), "no-store");
    let (location, made) = (made.header("location").to_owned(), made.expect(201));
    let (token, path) = (id(&made), format!("{TOKENS}/{}", id(&made)));
    assert_eq!(location, format!("/api/v1/tenants/{}/tokens/{token}", place.server.tenant.id));
    let secret = made["data"]["secret"].as_str().unwrap().to_owned();
    let shown = admin.get(&path).await.expect(200)["data"].clone();
    let expected = json!({
        "id": token, "tenant_id": place.server.tenant.id.to_string(), "partner_id": null, "name": "Okta",
        "kind": "token", "scopes": ["scim", "users:read"], "roles": [], "user_id": null, "status": "active",
        "created_at": shown["created_at"], "expires_at": null, "last_used_at": null, "revoked_at": null,
        "warning": null,
    });
    assert_eq!(shown, expected);
    let client = place.server.with_token(&secret);
    client.get("/scim/v2/Users").await.expect(200);
    client.get(USERS).await.expect(200);
    client.get(TOKENS).await.expect(403);
    let list = admin.get(&format!("{TOKENS}?per_page=1")).await.expect(200);
    assert_eq!(column(&list, "id"), std::slice::from_ref(&token), "the newest first");

    admin.delete(&path).await.expect(204);
    client.get("/scim/v2/Users").await.expect(401);
    let ended = admin.get(&path).await.expect(200)["data"].clone();
    assert_eq!(ended["status"], json!("revoked"));
    admin.delete(&path).await.expect(204);
    assert_eq!(admin.get(&path).await.expect(200)["data"]["revoked_at"], ended["revoked_at"], "it keeps its time");
    assert_eq!(reason(admin.delete(&format!("{TOKENS}/{}", place.server.tenant.id)).await, 404), "Token not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn last_use_end_and_warning_are_shown() {
    let place = Place::start().await;
    let ends = |days| place.server.domain.clock().now() + TimeDelta::days(days) + TimeDelta::hours(1);
    let text = |days| ends(days).to_rfc3339_opts(SecondsFormat::Millis, true);
    let body = |days| json!({ "scopes": ["scim"], "expires_at": text(days) });
    let soon = place.root.post(TOKENS, &body(13)).await.expect(201)["data"].clone();
    assert!(soon["warning"].as_str().unwrap().starts_with("expires in 13 days"), "{soon}");
    assert!(soon["expires_at"].as_str().unwrap().ends_with('Z'));
    let later = place.root.post(TOKENS, &body(14)).await.expect(201)["data"].clone();
    assert_eq!(later["warning"], Value::Null);
    let past = place.root.post(TOKENS, &body(-1)).await;
    assert_eq!(faults(past), told(&[("body.expires_at", "value_error")]));

    place.server.with_token(soon["secret"].as_str().unwrap()).get("/scim/v2/Users").await.expect(200);
    let path = format!("{TOKENS}/{}", soon["id"].as_str().unwrap());
    // The use is noted beside the request.
    for _ in 0..200 {
        if place.root.get(&path).await.expect(200)["data"]["last_used_at"].is_string() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the use was not noted");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_have() {
    let place = Place::start().await;
    let by_scope = place.tenant(&[Scope::AdminWrite], &[]).await;
    by_scope.post(TOKENS, &json!({ "scopes": ["groups:write", "users:read", "admin:write"] })).await.expect(201);
    by_scope.post(TOKENS, &json!({ "roles": ["Auditor"] })).await.expect(201);
    let more = by_scope.post(TOKENS, &json!({ "scopes": ["scim", "groups:read"], "roles": ["tenant_admin"] })).await;
    assert!(reason(more, 403).contains("may not give scim, tenant_admin:"));
    let by_role = place.tenant(&[], &[Role::TenantAdmin]).await;
    by_role.post(TOKENS, &json!({ "scopes": ["scim", "admin"], "roles": ["tenant_admin"] })).await.expect(201);

    let platform = place.platform(&[Scope::AdminWrite]).await;
    platform.post(ADMIN, &json!({ "scopes": ["admin:read"] })).await.expect(201);
    assert!(reason(platform.post(ADMIN, &json!({ "roles": ["super_admin"] })).await, 403).contains("super_admin"));
    place.root.post(ADMIN, &json!({ "roles": ["super_admin"] })).await.expect(201);
    for reader in [place.tenant(&[Scope::AdminRead], &[]).await, place.tenant(&[Scope::UsersWrite], &[]).await] {
        reader.post(TOKENS, &json!({ "scopes": ["users:read"] })).await.expect(403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fits_no_credential_of_the_sort_is_refused() {
    let place = Place::start().await;
    let body =
        json!({ "name": "x".repeat(257), "scopes": ["scim", "everything", 7], "roles": "all", "expires_at": "soon" });
    let expected = told(&[
        ("body.name", "string_too_long"),
        ("body.scopes.2", "string_type"),
        ("body.roles", "list_type"),
        ("body.expires_at", "datetime_parsing"),
    ]);
    assert_eq!(faults(place.root.post(TOKENS, &body).await), expected);
    let body = json!({ "scopes": ["scim", "everything"], "roles": ["boss"], "user_id": "7" });
    let expected = told(&[("body.scopes.1", "enum"), ("body.roles.0", "enum"), ("body.user_id", "not_found")]);
    assert_eq!(faults(place.root.post(TOKENS, &body).await), expected);
    for (body, way) in [
        (json!({}), "body.scopes"),
        (json!({ "kind": "api_key", "scopes": ["scim"] }), "body.scopes"),
        (json!({ "kind": "api_key", "roles": ["Viewer"] }), "body.roles"),
        (json!({ "roles": ["super_admin"] }), "body.roles"),
    ] {
        assert_eq!(faults(place.root.post(TOKENS, &body).await), told(&[(way, "value_error")]), "{body}");
    }
    let nobody = json!({ "scopes": ["scim"], "user_id": place.server.tenant.id.to_string() });
    assert_eq!(faults(place.root.post(TOKENS, &nobody).await), told(&[("body.user_id", "not_found")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_token_stands_for_the_user_and_ends_with_it() {
    let place = Place::start().await;
    let ada = place.user("ada").await;
    let made =
        place.root.post(TOKENS, &json!({ "scopes": ["scim"], "user_id": format!("usr_{ada}") })).await.expect(201);
    let client = place.server.with_token(made["data"]["secret"].as_str().unwrap());
    assert_eq!(client.get("/scim/v2/Me").await.expect(200)["userName"], json!("ada"));
    place.root.patch(&format!("{USERS}/{ada}"), &json!({ "active": false })).await.expect(200);
    client.get("/scim/v2/Me").await.expect(401);
    let key = place.root.post(TOKENS, &json!({ "kind": "api_key", "scopes": ["admin"] })).await.expect(201);
    assert_eq!(key["data"]["kind"], json!("api_key"));
    assert!(key["data"]["secret"].as_str().unwrap().starts_with("cva_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_above_tenants() {
    let place = Place::start().await;
    let (one, admin) = place.partner("one", json!({})).await;
    let (two, _) = place.partner("two", json!({})).await;
    place.tenant_of(&one, "ours").await;
    let made = admin.post(ADMIN, &json!({ "name": "ours", "roles": ["partner_admin"] })).await.expect(201);
    assert_eq!((&made["data"]["partner_id"], &made["data"]["tenant_id"]), (&json!(one), &Value::Null));
    let client = place.server.with_token(made["data"]["secret"].as_str().unwrap());
    client.get("/api/v1/tenants/ours/users").await.expect(200);
    client.get(USERS).await.expect(403);
    admin.post(ADMIN, &json!({ "partner_id": two, "roles": ["partner_admin"] })).await.expect(403);
    let theirs = place.root.post(ADMIN, &json!({ "partner_id": two, "roles": ["partner_admin"] })).await.expect(201);
    let unknown = place.root.post(ADMIN, &json!({ "partner_id": "7", "roles": ["partner_admin"] })).await;
    assert_eq!(faults(unknown), told(&[("body.partner_id", "not_found")]));

    let listed = column(&admin.get(ADMIN).await.expect(200), "partner_id");
    assert_eq!(listed, [one.as_str(), &one], "its own and the one it asks with");
    admin.get(&format!("{ADMIN}?partner_id={two}")).await.expect(403);
    admin.get(&format!("{ADMIN}/{}", id(&theirs))).await.expect(404);
    admin.delete(&format!("{ADMIN}/{}", id(&theirs))).await.expect(404);
    assert_eq!(column(&place.root.get(&format!("{ADMIN}?partner_id={two}")).await.expect(200), "id").len(), 2);
    assert_eq!(column(&place.root.get(&format!("{ADMIN}?partner_id=7")).await.expect(200), "id"), [""; 0]);
    admin.delete(&format!("{ADMIN}/{}", id(&made))).await.expect(204);
    client.get("/api/v1/tenants/ours/users").await.expect(401);

    let of_tenant = place.tenant(&[], &[Role::TenantAdmin]).await;
    of_tenant.get(ADMIN).await.expect(403);
    of_tenant.post(ADMIN, &json!({ "scopes": ["admin:read"] })).await.expect(403);
    let gone = place.server.client_for(Reach::Partner(two.parse().unwrap()), &[], &[Role::PartnerAdmin]).await;
    place.root.delete(&format!("{PARTNERS}/{two}")).await.expect(204);
    assert!(reason(gone.get(PARTNERS).await, 403).contains("deleted"));
}
