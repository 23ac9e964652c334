//! Partners: made, listed, changed, deleted, restored, by the platform alone.

use reqwest::Method;
use serde_json::{Value, json};

use super::place::{PARTNERS, Place, TENANTS, column, faults, id, reason, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_from_beginning_to_end() {
    let place = Place::start().await;
    let root = &place.root;
    let made = root.post(PARTNERS, &json!({ "slug": "resellers", "name": " Resellers ", "max_tenants": 2 })).await;
    assert_eq!(made.header("etag"), "W/\"1\"");
    let location = made.header("location").to_owned();
    let body = made.expect(201);
    let path = format!("{PARTNERS}/{}", id(&body));
    assert_eq!(location, path);
    let data = &body["data"];
    let expected = json!({
        "id": id(&body), "slug": "resellers", "name": "Resellers", "status": "ACTIVE", "max_tenants": 2,
        "max_users_per_tenant": null, "created_at": data["created_at"], "updated_at": null,
    });
    assert_eq!(*data, expected);
    assert_eq!(root.get(&path).await.expect(200)["data"], expected);

    let change = json!({ "name": "Others", "max_tenants": null, "max_users_per_tenant": 9, "status": "SUSPENDED" });
    let changed = root.patch(&path, &change).await;
    assert_eq!(changed.header("etag"), "W/\"2\"");
    let data = changed.expect(200)["data"].clone();
    let read = |key: &str| data[key].clone();
    assert_eq!(
        (read("name"), read("max_tenants"), read("max_users_per_tenant"), read("status")),
        (json!("Others"), Value::Null, json!(9), json!("SUSPENDED"))
    );
    assert!(data["updated_at"].is_string());
    assert_eq!(root.patch(&path, &json!({})).await.header("etag"), "W/\"2\"", "nothing changes nothing");

    let stale = [("if-match", "W/\"1\"")];
    root.send(Method::PATCH, &path, &stale, Some(&json!({ "name": "x" }))).await.expect(412);
    root.send(Method::DELETE, &path, &stale, None).await.expect(412);
    root.delete(&path).await.expect(204);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(reason(root.send(method, &path, &[], None).await, 404), "Partner not found");
    }
    assert_eq!(column(&root.get(&format!("{PARTNERS}?deleted=true")).await.expect(200), "id"), [id(&body)]);
    let back = root.post(&format!("{path}/restore"), &json!({})).await.expect(200);
    assert_eq!((&back["data"]["name"], &back["data"]["slug"]), (&json!("Others"), &json!("resellers")));
    root.post(&format!("{path}/restore"), &json!({})).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_sorted_by_name_searched_and_paged() {
    let place = Place::start().await;
    for (slug, name) in [("c", "Gamma"), ("b", "beta"), ("a", "Álpha"), ("x-beta", "Zeta")] {
        place.root.post(PARTNERS, &json!({ "slug": slug, "name": name })).await.expect(201);
    }
    let all = place.root.get(&format!("{PARTNERS}?per_page=3")).await.expect(200);
    assert_eq!(column(&all, "name"), ["beta", "Gamma", "Zeta"]);
    assert_eq!(all["pagination"], json!({ "page": 1, "per_page": 3, "total_items": 4, "total_pages": 2 }));
    let rest = place.root.get(&format!("{PARTNERS}?per_page=3&page=2")).await.expect(200);
    assert_eq!(column(&rest, "name"), ["Álpha"]);
    let found = place.root.get(&format!("{PARTNERS}?search=BETA")).await.expect(200);
    assert_eq!(column(&found, "slug"), ["b", "x-beta"]);
    assert_eq!(column(&place.root.get(&format!("{PARTNERS}?search=%25")).await.expect(200), "slug"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_body_is_told() {
    let place = Place::start().await;
    let body = json!({ "name": "", "max_tenants": -1, "max_users_per_tenant": "many" });
    let expected = told(&[
        ("body.slug", "missing"),
        ("body.name", "string_too_short"),
        ("body.max_tenants", "greater_than_equal"),
        ("body.max_users_per_tenant", "int_type"),
    ]);
    assert_eq!(faults(place.root.post(PARTNERS, &body).await), expected);
    let slug = place.root.post(PARTNERS, &json!({ "slug": "Not A Slug" })).await;
    assert_eq!(faults(slug), told(&[("body.slug", "value_error")]));
    let (partner, _) = place.partner("one", json!({})).await;
    let body = json!({ "name": "x".repeat(257), "status": "GONE", "max_tenants": 1.5 });
    let expected = told(&[("body.name", "string_too_long"), ("body.status", "enum"), ("body.max_tenants", "int_type")]);
    assert_eq!(faults(place.root.patch(&format!("{PARTNERS}/{partner}"), &body).await), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_is_one_partners_and_free_when_that_is_deleted() {
    let place = Place::start().await;
    let (first, _) = place.partner("one", json!({})).await;
    let taken = place.root.post(PARTNERS, &json!({ "slug": "one" })).await;
    assert_eq!(reason(taken, 409), "slug \"one\" is already in use");
    place.root.delete(&format!("{PARTNERS}/{first}")).await.expect(204);
    place.partner("one", json!({})).await;
    let restored = place.root.post(&format!("{PARTNERS}/{first}/restore"), &json!({})).await;
    assert_eq!(reason(restored, 409), "slug \"one\" is already in use");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_with_tenants_stays() {
    let place = Place::start().await;
    let (partner, _) = place.partner("one", json!({})).await;
    let (tenant, _) = place.tenant_of(&partner, "t1").await;
    let path = format!("{PARTNERS}/{partner}");
    assert_eq!(reason(place.root.delete(&path).await, 409), "Partner has 1 tenant; it can be deleted when it has none");
    place.root.delete(&format!("{TENANTS}/{tenant}")).await.expect(204);
    place.root.delete(&path).await.expect(204);
    let restored = place.root.post(&format!("{TENANTS}/{tenant}/restore"), &json!({})).await;
    assert_eq!(reason(restored, 409), "the tenant's partner is deleted; restore that first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_administrator_reads_its_own_and_writes_none() {
    let place = Place::start().await;
    let (own, admin) = place.partner("one", json!({})).await;
    let (other, _) = place.partner("two", json!({})).await;
    assert_eq!(column(&admin.get(PARTNERS).await.expect(200), "id"), std::slice::from_ref(&own));
    admin.get(&format!("{PARTNERS}/{own}")).await.expect(200);
    for foreign in [&other, "01890a5d-ac96-774b-bcce-b302099a8057"] {
        let text = reason(admin.get(&format!("{PARTNERS}/{foreign}")).await, 403);
        assert_eq!(text, "this token cannot be used for that partner");
    }
    let path = format!("{PARTNERS}/{own}");
    for answer in [
        admin.patch(&path, &json!({ "max_tenants": 100 })).await,
        admin.delete(&path).await,
        admin.post(PARTNERS, &json!({ "slug": "three" })).await,
    ] {
        assert_eq!(reason(answer, 403), "only a credential of the platform may change partners");
    }
}
