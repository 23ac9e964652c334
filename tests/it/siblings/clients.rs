//! OAuth clients: registered, listed, rotated, ended.

use convoke::model::principal::{Role, Scope};
use serde_json::{Value, json};

use super::place::{Place, column, faults, id, reason, told};

const OF_TENANT: &str = "/api/v1/tenants/acme/clients";
const ABOVE: &str = "/api/v1/admin/clients";

#[tokio::test(flavor = "multi_thread")]
async fn a_client_from_beginning_to_end() {
    let place = Place::start().await;
    for (base, tenant) in [(OF_TENANT, json!(place.server.tenant.id.to_string())), (ABOVE, Value::Null)] {
        let made = place.root.post(base, &json!({ "name": "Reports", "scopes": ["groups:read"] })).await;
        assert_eq!(made.header("cache-control"), "no-store");
        let made = made.expect(201);
        let (client, secret) = (id(&made), made["data"]["secret"].clone());
        assert!(secret.as_str().unwrap().starts_with("cvs_"));
        let listed = place.root.get(base).await.expect(200)["data"][0].clone();
        let expected = json!({
            "id": client, "tenant_id": tenant, "name": "Reports", "scopes": ["groups:read"], "status": "active",
            "created_at": listed["created_at"], "revoked_at": null,
        });
        assert_eq!(listed, expected);
        let rotated = place.root.post(&format!("{base}/{client}/rotate"), &json!({})).await;
        assert_eq!(rotated.header("cache-control"), "no-store");
        assert_ne!(rotated.expect(200)["data"]["secret"], secret);
        place.root.delete(&format!("{base}/{client}")).await.expect(204);
        place.root.delete(&format!("{base}/{client}")).await.expect(204);
        assert_eq!(column(&place.root.get(base).await.expect(200), "status"), ["revoked"]);
        assert_eq!(
            reason(place.root.post(&format!("{base}/{client}/rotate"), &json!({})).await, 404),
            "Client not found"
        );
        place.root.delete(&format!("{base}/{}", place.server.tenant.id)).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bodies_and_too_many_rights_are_refused() {
    let place = Place::start().await;
    for base in [OF_TENANT, ABOVE] {
        assert_eq!(faults(place.root.post(base, &json!({})).await), told(&[("body.scopes", "missing")]));
        assert_eq!(
            faults(place.root.post(base, &json!({ "scopes": [] })).await),
            told(&[("body.scopes", "too_short")])
        );
        let body = json!({ "name": 1, "scopes": ["a", "scim", "b"] });
        assert_eq!(faults(place.root.post(base, &body).await), told(&[("body.name", "string_type")]));
        let body = json!({ "scopes": ["a", "scim", "b"] });
        let expected = told(&[("body.scopes.0", "enum"), ("body.scopes.2", "enum")]);
        assert_eq!(faults(place.root.post(base, &body).await), expected);
    }
    let by_scope = place.tenant(&[Scope::AdminWrite], &[]).await;
    by_scope.post(OF_TENANT, &json!({ "scopes": ["scim"] })).await.expect(403);
    by_scope.post(OF_TENANT, &json!({ "scopes": ["groups:write"] })).await.expect(201);
    let (_, partner) = place.partner("one", json!({})).await;
    for below in [&partner, &place.tenant(&[], &[Role::TenantAdmin]).await] {
        below.get(ABOVE).await.expect(403);
        below.post(ABOVE, &json!({ "scopes": ["admin:read"] })).await.expect(403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_another_tenant_is_not_there() {
    let place = Place::start().await;
    let (_, other) = place.server.other_tenant("south").await;
    let client = id(&place.root.post(OF_TENANT, &json!({ "scopes": ["scim"] })).await.expect(201));
    other.post(&format!("/api/v1/tenants/south/clients/{client}/rotate"), &json!({})).await.expect(404);
    other.delete(&format!("/api/v1/tenants/south/clients/{client}")).await.expect(404);
    assert_eq!(column(&other.get("/api/v1/tenants/south/clients").await.expect(200), "id"), [""; 0]);
    other.delete(&format!("{OF_TENANT}/{client}")).await.expect(403);
}
