//! Tenants: made, listed, changed, deleted, restored, within the reach of who asks.

use convoke::model::principal::{Role, Scope};
use reqwest::Method;
use serde_json::json;

use super::place::{PARTNERS, Place, TENANTS, column, faults, id, reason, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_from_beginning_to_end() {
    let place = Place::start().await;
    let root = &place.root;
    let (partner, _) = place.partner("resellers", json!({})).await;
    let body = json!({
        "slug": "north", "name": "North", "partner_id": format!("prt_{partner}"), "settings": { "scim.mode": "strict" },
    });
    let made = root.post(TENANTS, &body).await;
    assert_eq!(made.header("etag"), "W/\"1\"");
    let (location, body) = (made.header("location").to_owned(), made.expect(201));
    let path = format!("{TENANTS}/{}", id(&body));
    assert_eq!(location, path);
    let data = &body["data"];
    assert_eq!(
        (&data["slug"], &data["name"], &data["partner_id"]),
        (&json!("north"), &json!("North"), &json!(partner))
    );
    assert_eq!(
        (&data["status"], &data["deleted"], &data["updated_at"]),
        (&json!("ACTIVE"), &json!(false), &json!(null))
    );
    assert_eq!(data["settings"]["scim.mode"], json!("strict"));
    assert_eq!(data["settings"]["groups.max_depth"], json!(32), "every setting is shown");
    assert_eq!(root.get(&path).await.expect(200)["data"], *data);
    assert_eq!(root.get(&format!("{TENANTS}/north")).await.expect(200)["data"], *data, "by its slug");

    let change = json!({ "name": "Far North", "settings": { "groups.max_depth": 8, "scim.mode": null } });
    let changed = root.patch(&path, &change).await.expect(200);
    assert_eq!(changed["data"]["name"], json!("Far North"));
    let settings = &changed["data"]["settings"];
    assert_eq!((&settings["groups.max_depth"], &settings["scim.mode"]), (&json!(8), &json!("compat")));
    let stale = [("if-match", "W/\"1\"")];
    root.send(Method::PATCH, &path, &stale, Some(&json!({ "name": "x" }))).await.expect(412);
    root.send(Method::DELETE, &path, &stale, None).await.expect(412);

    root.delete(&path).await.expect(204);
    root.delete(&path).await.expect(404);
    assert_eq!(reason(root.get(&path).await, 404), "Tenant not found");
    root.get(&format!("{TENANTS}/north")).await.expect(404);
    let deleted = root.get(&format!("{TENANTS}?status=DELETED")).await.expect(200);
    assert_eq!((column(&deleted, "id"), &deleted["data"][0]["deleted"]), (vec![id(&body)], &json!(true)));
    let back = root.post(&format!("{path}/restore"), &json!({})).await.expect(200);
    assert_eq!(back["data"]["settings"]["groups.max_depth"], json!(8));
    root.post(&format!("{path}/restore"), &json!({})).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_shows_what_is_in_reach_and_asked_for() {
    let place = Place::start().await;
    let (one, admin) = place.partner("one", json!({})).await;
    let (two, _) = place.partner("two", json!({})).await;
    for (partner, slug) in [(&one, "delta"), (&one, "alpha"), (&two, "beta")] {
        place.tenant_of(partner, slug).await;
    }
    place.root.patch(&format!("{TENANTS}/delta"), &json!({ "status": "SUSPENDED" })).await.expect(200);
    let slugs = async |query: &str| column(&place.root.get(&format!("{TENANTS}?{query}")).await.expect(200), "slug");
    assert_eq!(slugs("").await, ["acme", "alpha", "beta", "delta"]);
    assert_eq!(slugs("search=ALPH").await, ["alpha"]);
    assert_eq!(slugs(&format!("partner_id={one}")).await, ["alpha", "delta"]);
    assert_eq!(slugs("partner_id=nobody").await, [""; 0]);
    assert_eq!(slugs("status=suspended").await, ["delta"]);
    assert_eq!(slugs("per_page=2&page=2").await, ["beta", "delta"]);
    let own = admin.get(TENANTS).await.expect(200);
    assert_eq!(column(&own, "slug"), ["alpha", "delta"]);
    assert_eq!(own["pagination"]["total_items"], json!(2));
    assert_eq!(column(&admin.get(&format!("{TENANTS}?partner_id={two}")).await.expect(200), "slug"), [""; 0]);
    let of_tenant = place.tenant(&[Scope::AdminRead], &[]).await;
    assert_eq!(column(&of_tenant.get(TENANTS).await.expect(200), "slug"), ["acme"]);
    let bad = place.root.get(&format!("{TENANTS}?status=GONE")).await;
    assert_eq!(faults(bad), told(&[("query.status", "enum")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_body_is_told() {
    let place = Place::start().await;
    let body = json!({ "name": 7, "partner_id": [], "settings": "strict" });
    let expected = told(&[
        ("body.slug", "missing"),
        ("body.name", "string_type"),
        ("body.partner_id", "string_type"),
        ("body.settings", "dict_type"),
    ]);
    assert_eq!(faults(place.root.post(TENANTS, &body).await), expected);
    for (body, way, kind) in [
        (json!({ "slug": "-x" }), "body.slug", "value_error"),
        (json!({ "slug": "x", "partner_id": "7" }), "body.partner_id", "not_found"),
        (json!({ "slug": "x", "settings": { "scim.mood": "strict" } }), "body.settings.scim.mood", "value_error"),
        (
            json!({ "slug": "x", "settings": { "groups.max_depth": 33 } }),
            "body.settings.groups.max_depth",
            "value_error",
        ),
        (json!({ "slug": "x", "name": "a\u{7}" }), "body.name", "value_error"),
    ] {
        assert_eq!(faults(place.root.post(TENANTS, &body).await), told(&[(way, kind)]), "{body}");
    }
    let taken = place.root.post(TENANTS, &json!({ "slug": "acme" })).await;
    assert_eq!(reason(taken, 409), "slug \"acme\" is already in use");
    assert_eq!(column(&place.root.get(TENANTS).await.expect(200), "slug"), ["acme"], "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_changed_at_once_are_merged() {
    let place = Place::start().await;
    let path = format!("{TENANTS}/acme");
    let change = |key: &str, value| {
        let (client, path, body) = (place.root.clone(), path.clone(), json!({ "settings": { key: value } }));
        tokio::spawn(async move { client.patch(&path, &body).await.expect(200) })
    };
    let all = [
        change("scim.mode", json!("strict")),
        change("groups.max_depth", json!(7)),
        change("groups.max_children", json!(70)),
        change("scim.resurrect", json!(false)),
        change("ids.style", json!("prefixed")),
    ];
    for one in all {
        one.await.unwrap();
    }
    let settings = place.root.get(&path).await.expect(200)["data"]["settings"].clone();
    let shown = ["scim.mode", "groups.max_depth", "groups.max_children", "scim.resurrect", "ids.style"];
    let expected = [json!("strict"), json!(7), json!(70), json!(false), json!("prefixed")];
    assert_eq!(shown.map(|key| settings[key].clone()), expected);
    assert!(id(&place.root.get(&path).await.expect(200)).starts_with("tnt_"));
}

#[tokio::test(flavor = "multi_thread")]
async fn group_names_that_clash_keep_a_setting_from_changing() {
    let place = Place::start().await;
    let path = format!("{TENANTS}/acme");
    place.root.patch(&path, &json!({ "settings": { "groups.name_unique": "none" } })).await.expect(200);
    let scim = place.tenant(&[Scope::Scim], &[]).await;
    for _ in 0..2 {
        scim.post("/scim/v2/Groups", &json!({ "displayName": "Twins" })).await.expect(201);
    }
    let refused = place.root.patch(&path, &json!({ "settings": { "groups.name_unique": "tenant" } })).await;
    assert!(reason(refused, 409).contains("two groups share a name"));
    let settings = place.root.get(&path).await.expect(200)["data"]["settings"].clone();
    assert_eq!(settings["groups.name_unique"], json!("none"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_administrator_reads_and_sets_its_own_alone() {
    let place = Place::start().await;
    place.server.other_tenant("south").await;
    for admin in [place.tenant(&[], &[Role::TenantAdmin]).await, place.tenant(&[Scope::AdminWrite], &[]).await] {
        let own = format!("{TENANTS}/acme");
        admin.get(&own).await.expect(200);
        admin.patch(&own, &json!({ "name": "Acme!", "status": "ACTIVE" })).await.expect(200);
        let status = admin.patch(&own, &json!({ "status": "SUSPENDED" })).await;
        assert!(reason(status, 403).contains("may change its status"));
        assert!(reason(admin.delete(&own).await, 403).contains("may create, delete or restore tenants"));
        assert!(reason(admin.post(TENANTS, &json!({ "slug": "x" })).await, 403).contains("may create, delete"));
        for foreign in ["south", "nowhere", "01890a5d-ac96-774b-bcce-b302099a8057"] {
            let path = format!("{TENANTS}/{foreign}");
            for answer in [
                admin.get(&path).await,
                admin.patch(&path, &json!({})).await,
                admin.delete(&path).await,
                admin.post(&format!("{path}/restore"), &json!({})).await,
            ] {
                assert_eq!(reason(answer, 403), "this token cannot be used for that tenant", "{foreign}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_administrator_has_its_tenants_and_no_others() {
    let place = Place::start().await;
    let (one, admin) = place.partner("one", json!({})).await;
    let (two, _) = place.partner("two", json!({})).await;
    let (foreign, _) = place.tenant_of(&two, "theirs").await;
    let made = admin.post(TENANTS, &json!({ "slug": "ours" })).await.expect(201);
    assert_eq!(made["data"]["partner_id"], json!(one), "its own, unsaid");
    let path = format!("{TENANTS}/{}", id(&made));
    admin.patch(&path, &json!({ "status": "SUSPENDED" })).await.expect(200);
    admin.delete(&path).await.expect(204);
    admin.post(&format!("{path}/restore"), &json!({})).await.expect(200);
    let elsewhere = admin.post(TENANTS, &json!({ "slug": "x", "partner_id": two })).await;
    assert_eq!(reason(elsewhere, 403), "this token cannot be used for that partner");
    for name in [foreign.as_str(), "theirs", "acme", "nowhere"] {
        admin.get(&format!("{TENANTS}/{name}")).await.expect(403);
        admin.delete(&format!("{TENANTS}/{name}")).await.expect(403);
    }
    place.root.get(&format!("{PARTNERS}/{one}")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_is_free_when_its_tenant_is_deleted() {
    let place = Place::start().await;
    let first = id(&place.root.get(&format!("{TENANTS}/acme")).await.expect(200));
    place.root.delete(&format!("{TENANTS}/acme")).await.expect(204);
    place.root.post(TENANTS, &json!({ "slug": "acme" })).await.expect(201);
    let restored = place.root.post(&format!("{TENANTS}/{first}/restore"), &json!({})).await;
    assert_eq!(reason(restored, 409), "slug \"acme\" is already in use");
}
