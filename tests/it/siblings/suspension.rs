//! A tenant that is suspended, whose partner is, or that is deleted: nothing of it works, at once and everywhere; and
//! everything does when that is taken back.

use convoke::model::principal::{Reach, Role, Scope};
use serde_json::{Value, json};

use super::place::{PARTNERS, Place, TENANTS, reason};
use crate::support::Client;

/// What is in a tenant, through every API that names it.
const INSIDE: &[&str] = &[
    "/scim/v2/Users",
    "/scim/v2/Groups",
    "/tenants/ours/scim/v2/Users",
    "/api/v1/tenants/ours/groups",
    "/api/v1/tenants/ours/users",
    "/api/v1/tenants/ours/tokens",
    "/api/v1/tenants/ours/clients",
    "/api/v1/tenants/ours/events",
    "/api/v1/admin/events?tenant_id=ours",
];

struct Ours {
    place: Place,
    partner: String,
    tenant: String,
    own: Client,
    partner_admin: Client,
}

impl Ours {
    async fn start() -> Self {
        let place = Place::start().await;
        let (partner, partner_admin) = place.partner("one", json!({})).await;
        let (tenant, _) = place.tenant_of(&partner, "ours").await;
        let own = place.server.client_for(Reach::Tenant(tenant.parse().unwrap()), &Scope::ALL, &[Role::TenantAdmin]);
        let own = own.await;
        Self { partner, tenant, own, partner_admin, place }
    }

    /// What each sort of caller gets: the tenant's own, its partner's, the platform's.
    async fn statuses(&self) -> Vec<[u16; 3]> {
        let mut statuses = Vec::new();
        for path in INSIDE {
            let native = !path.starts_with("/scim");
            let own = self.own.get(path).await.status;
            let partners = if native { self.partner_admin.get(path).await.status } else { own };
            let platforms = if native { self.place.root.get(path).await.status } else { own };
            statuses.push([own, partners, platforms]);
        }
        statuses
    }

    async fn patch(&self, path: &str, status: &str) -> Value {
        self.place.root.patch(path, &json!({ "status": status })).await.expect(200)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_refuses_everywhere_at_once() {
    let ours = Ours::start().await;
    let path = format!("{TENANTS}/{}", ours.tenant);
    let before = ours.statuses().await;
    assert!(before.iter().skip(3).all(|all| *all == [200; 3]), "{before:?}");
    ours.patch(&path, "SUSPENDED").await;
    assert_eq!(ours.statuses().await, vec![[403; 3]; INSIDE.len()]);
    assert_eq!(reason(ours.own.get("/api/v1/tenants/ours/users").await, 403), "the tenant is suspended");
    ours.own.post("/scim/v2/Users", &json!({ "userName": "a" })).await.expect(403);
    ours.own.get(&path).await.expect(403);
    ours.partner_admin.get(&path).await.expect(200);
    ours.patch(&path, "ACTIVE").await;
    assert_eq!(ours.statuses().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_partners_tenants_refuse_everywhere_at_once() {
    let ours = Ours::start().await;
    let before = ours.statuses().await;
    let path = format!("{PARTNERS}/{}", ours.partner);
    ours.patch(&path, "SUSPENDED").await;
    assert_eq!(ours.statuses().await, vec![[403; 3]; INSIDE.len()]);
    assert_eq!(reason(ours.own.get("/api/v1/tenants/ours/users").await, 403), "the partner is suspended");
    for path in [&path, TENANTS, PARTNERS] {
        assert_eq!(reason(ours.partner_admin.get(path).await, 403), "the partner is suspended");
    }
    let more = ours.place.root.post(TENANTS, &json!({ "slug": "more", "partner_id": ours.partner })).await;
    assert_eq!(reason(more, 409), "the partner is suspended");
    ours.patch(&path, "ACTIVE").await;
    assert_eq!(ours.statuses().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_tenant_is_gone_at_once_and_comes_back_whole() {
    let ours = Ours::start().await;
    let before = ours.statuses().await;
    let path = format!("{TENANTS}/{}", ours.tenant);
    ours.own.post("/scim/v2/Users", &json!({ "userName": "kept" })).await.expect(201);
    ours.place.root.delete(&path).await.expect(204);
    for all in ours.statuses().await {
        assert!(all.iter().all(|status| [403, 404].contains(status)), "{all:?}");
    }
    assert!(reason(ours.own.get("/api/v1/tenants/ours/users").await, 403).contains("deleted"));
    ours.place.root.get("/api/v1/tenants/ours/users").await.expect(404);
    ours.partner_admin.post(&format!("{path}/restore"), &json!({})).await.expect(200);
    assert_eq!(ours.statuses().await, before);
    assert_eq!(ours.own.get("/scim/v2/Users").await.expect(200)["totalResults"], json!(1));
}
