//! How many tenants a partner may have, and how many users each of them: exact, whichever API asks and however many ask at
//! once.

use convoke::model::principal::Scope;
use serde_json::json;

use super::place::{PARTNERS, Place, TENANTS, id, reason};

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_has_no_more_tenants_than_it_may() {
    let place = Place::start().await;
    let (partner, admin) = place.partner("one", json!({ "max_tenants": 1 })).await;
    let full = "the partner's limit of tenants is reached (1); delete some, or have the limit raised";
    let make = |slug: &'static str| {
        let admin = admin.clone();
        tokio::spawn(async move { admin.post(TENANTS, &json!({ "slug": slug })).await.status })
    };
    let (a, b, c) = tokio::join!(make("a"), make("b"), make("c"));
    let mut statuses = [a.unwrap(), b.unwrap(), c.unwrap()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
    assert_eq!(reason(place.root.post(TENANTS, &json!({ "slug": "d", "partner_id": partner })).await, 409), full);

    let first = id(&json!({ "data": admin.get(TENANTS).await.expect(200)["data"][0] }));
    admin.delete(&format!("{TENANTS}/{first}")).await.expect(204);
    place.tenant_of(&partner, "d").await;
    assert_eq!(reason(admin.post(&format!("{TENANTS}/{first}/restore"), &json!({})).await, 409), full);
    place.root.patch(&format!("{PARTNERS}/{partner}"), &json!({ "max_tenants": null })).await.expect(200);
    admin.post(&format!("{TENANTS}/{first}/restore"), &json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_has_no_more_users_than_its_partner_allows() {
    let place = Place::start().await;
    let (partner, _) = place.partner("one", json!({ "max_users_per_tenant": 3 })).await;
    let (_, client) = place.tenant_of(&partner, "small").await;
    let make = |number: usize| {
        let client = client.clone();
        tokio::spawn(async move {
            let name = format!("u{number}");
            if number.is_multiple_of(2) {
                client.post("/scim/v2/Users", &json!({ "userName": name })).await.status
            } else {
                client.post("/api/v1/tenants/small/users", &json!({ "user_name": name })).await.status
            }
        })
    };
    let mut made = 0;
    for task in (0..10).map(make).collect::<Vec<_>>() {
        match task.await.unwrap() {
            201 => made += 1,
            status => assert!([403, 409].contains(&status), "{status}"),
        }
    }
    assert_eq!(made, 3);
    let full = "the partner's limit of users in each tenant is reached (3); delete some, or have the limit raised";
    let native = client.post("/api/v1/tenants/small/users", &json!({ "user_name": "more" })).await;
    assert_eq!(reason(native, 409), full);
    let scim = client.post("/scim/v2/Users", &json!({ "userName": "more" })).await.expect(403);
    assert_eq!((&scim["status"], &scim["detail"]), (&json!("403"), &json!(full)));

    let users = client.get("/api/v1/tenants/small/users").await.expect(200);
    let gone = users["data"][0]["id"].as_str().unwrap();
    client.delete(&format!("/scim/v2/Users/{gone}")).await.expect(204);
    client.post("/scim/v2/Users", &json!({ "userName": "more" })).await.expect(201);
    let restored = client.post(&format!("/api/v1/tenants/small/users/{gone}/restore"), &json!({})).await;
    assert_eq!(reason(restored, 409), full);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_counts_for_who_comes_back_and_for_nobody_elses_tenants() {
    let place = Place::start().await;
    let (partner, _) = place.partner("one", json!({ "max_users_per_tenant": 1 })).await;
    let (_, client) = place.tenant_of(&partner, "small").await;
    let scim = "/scim/v2/Users";
    let first = json!({ "userName": "a", "externalId": "e" });
    let id = client.post(scim, &first).await.expect(201)["id"].as_str().unwrap().to_owned();
    client.delete(&format!("{scim}/{id}")).await.expect(204);
    client.post(scim, &json!({ "userName": "b" })).await.expect(201);
    client.post(scim, &first).await.expect(403);
    let unlimited = place.tenant(&[Scope::Scim], &[]).await;
    for name in ["a", "b", "c"] {
        unlimited.post(scim, &json!({ "userName": name })).await.expect(201);
    }
}
