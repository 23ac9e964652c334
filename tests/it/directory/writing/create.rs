//! Creating groups, as administrator and within a tenant.

use convoke::model::group::GroupType;
use convoke::model::principal::{Reach, Scope};
use serde_json::json;
use uuid::Uuid;

use super::{Office, at, conflict, faults, ids, in_tenant, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_group_comes_with_all_it_is_given() {
    let office = Office::open().await;
    let (ada, ben) = (office.place.user("ada").await, office.place.user("ben").await);
    let parent = office.place.group("A/B", None, &[]).await;
    let body = json!({
        "tenant_id": office.place.tenant.id, "name": "  Platform ", "description": "text", "group_type": "DISTRIBUTION",
        "parent_group_id": format!("grp_{parent}"), "initial_members": [ada, { "user_id": format!("usr_{ben}") }, ada],
        "custom_attributes": { "floor": 3, "tags": ["a", null] }, "unknown": true,
    });
    let answer = office.admin.post("/api/v1/admin/groups/", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let data = &answer.body["data"];
    let expected = json!({
        "id": data["id"], "name": "Platform", "description": "text", "group_type": "DISTRIBUTION",
        "parent_group_id": parent.to_string(), "parent_group_path": "/A\\/B", "member_count": 2,
        "effective_member_count": null, "nested_group_count": 0, "members": null, "nested_groups": null,
        "custom_attributes": { "floor": 3, "tags": ["a", null] }, "created_at": data["created_at"], "updated_at": null,
        "tenant_id": office.place.tenant.id, "partner_id": office.place.tenant.partner.unwrap(),
    });
    assert_eq!(*data, expected);
    let id = data["id"].as_str().unwrap();
    assert_eq!((answer.header("location"), answer.header("etag")), (at(&id, "").as_str(), "W/\"1\""));
    assert!(answer.body["meta"]["request_id"].is_string());
    let read = office.admin.get(answer.header("location")).await;
    assert_eq!((read.header("etag"), &read.body["data"]["custom_attributes"]), ("W/\"1\"", &data["custom_attributes"]));
    assert_eq!(office.rows(parent, "/nested-groups", "group_id").await, [id]);
    assert_eq!(office.get(parent).await["effective_member_count"], 2, "its members are the parent's too");

    let answer = office.admin.post(&in_tenant(""), &json!({ "name": "Small" })).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let data = &answer.body["data"];
    assert_eq!((&data["group_type"], &data["custom_attributes"]), (&json!("SECURITY"), &json!(null)));
    assert_eq!(data.get("tenant_id"), None);
    assert_eq!(office.admin.get(answer.header("location")).await.body["data"]["name"], "Small");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_body_is_told_at_once() {
    let office = Office::open().await;
    let nested = (0..9).fold(json!(1), |inner, _| json!({ "a": inner }));
    let body = json!({
        "name": "x".repeat(257), "description": "x".repeat(4097), "group_type": "MAIL", "parent_group_id": 7,
        "initial_members": [1, "x", { "user_id": 2 }, {}], "custom_attributes": nested,
    });
    let expected = told(&[
        ("name", "string_too_long"),
        ("description", "string_too_long"),
        ("group_type", "enum"),
        ("parent_group_id", "string_type"),
        ("initial_members/0", "string_type"),
        ("initial_members/2/user_id", "string_type"),
        ("initial_members/3/user_id", "missing"),
        ("custom_attributes", "value_error"),
    ]);
    for path in ["/api/v1/admin/groups", &in_tenant("")] {
        assert_eq!(faults(&office.admin.post(path, &body).await), expected);
        for (name, kind) in [("", "string_too_short"), (" \t", "string_too_short"), ("a\u{1}b", "value_error")] {
            assert_eq!(faults(&office.admin.post(path, &json!({ "name": name })).await), told(&[("name", kind)]));
        }
        assert_eq!(faults(&office.admin.post(path, &json!({})).await), told(&[("name", "missing")]));
        let large = json!({ "name": "a", "custom_attributes": { "a": "x".repeat(65_536) } });
        assert_eq!(faults(&office.admin.post(path, &large).await), told(&[("custom_attributes", "string_too_long")]));
        let many = json!({ "name": "a", "initial_members": vec!["x"; 10_001] });
        assert_eq!(faults(&office.admin.post(path, &many).await), told(&[("initial_members", "too_long")]));
        let spaced = json!({ "name": format!(" {} ", "é".repeat(256)) });
        office.admin.post(path, &spaced).await.expect(if path.contains("admin") { 201 } else { 409 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_body_names_must_be_there() {
    let office = Office::open().await;
    let south = office.place.tenant("south", None).await;
    let foreign = office.place.group_of(&south, "Foreign", GroupType::Security, None, &[]).await;
    let (ada, gone) = (office.place.user("ada").await, office.place.user("gone").await);
    let group = office.place.group("Group", None, &[]).await;
    let scope = office.place.scope(&office.place.tenant);
    office.place.server.domain.delete_user(&scope, gone, None).await.unwrap();
    let body = json!({
        "name": "GROUP", "parent_group_id": foreign.to_string(),
        "initial_members": [ada, "nobody", gone, { "user_id": group }, Uuid::from_u128(7)],
    });
    let expected = told(&[
        ("parent_group_id", "not_found"),
        ("initial_members/1", "not_found"),
        ("initial_members/2", "not_found"),
        ("initial_members/3/user_id", "not_found"),
        ("initial_members/4", "not_found"),
    ]);
    for path in ["/api/v1/admin/groups", &in_tenant("")] {
        let answer = office.admin.post(path, &body).await;
        assert_eq!(faults(&answer), expected, "before it is said that the name is taken");
        assert!(!answer.text.contains("Foreign"));
        let malformed = json!({ "name": "new", "parent_group_id": "none" });
        assert_eq!(faults(&office.admin.post(path, &malformed).await), told(&[("parent_group_id", "not_found")]));
        let answer = office.admin.post(path, &json!({ "name": "gROUP", "initial_members": ids(&[ada]) })).await;
        assert_eq!(conflict(&answer), "name \"gROUP\" is already in use");
    }
    let list = office.admin.get(&in_tenant("")).await;
    assert_eq!(list.body["pagination"]["total_items"], 1, "nothing of it was made");
    let managed = Office::with("groups.max_children=1").await;
    let top = managed.place.group("top", None, &[]).await;
    managed.place.group("one", Some(top), &[]).await;
    let answer = managed.admin.post(&in_tenant(""), &json!({ "name": "two", "parent_group_id": top })).await;
    assert!(conflict(&answer).contains("at most 1"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_names_the_tenant() {
    let office = Office::open().await;
    let south = office.place.tenant("south", Some("reseller")).await;
    let rival = office.place.tenant("rival", Some("other")).await;
    let partner = Reach::Partner(office.place.tenant.partner.unwrap());
    let everywhere = office.place.client(Reach::Platform, &[Scope::AdminWrite], &[]).await;
    let reseller = office.place.client(partner, &[Scope::AdminWrite], &[]).await;
    let own = &office.admin;
    let path = "/api/v1/admin/groups";
    for (name, client, tenant, status) in [
        ("a", &everywhere, json!(south.id), 201),
        ("b", &everywhere, json!(format!("tnt_{}", rival.id)), 201),
        ("c", &reseller, json!(south.id), 201),
        ("d", &reseller, json!(rival.id), 403),
        ("e", &reseller, json!(Uuid::from_u128(7)), 403),
        ("f", own, json!(office.place.tenant.id), 201),
        ("g", own, json!(null), 201),
        ("h", own, json!(south.id), 403),
        ("i", own, json!("south"), 400),
        ("j", own, json!(""), 400),
        ("k", &everywhere, json!(Uuid::from_u128(7)), 422),
        ("l", &everywhere, json!(null), 422),
        ("m", &everywhere, json!(7), 422),
    ] {
        let answer = client.post(path, &json!({ "name": name, "tenant_id": tenant })).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
        if status == 201 && !tenant.is_null() {
            assert!(tenant.as_str().unwrap().ends_with(answer.body["data"]["tenant_id"].as_str().unwrap()));
        }
    }
    let answer = everywhere.post(path, &json!({ "description": 7 })).await;
    assert_eq!(faults(&answer), told(&[("tenant_id", "missing"), ("name", "missing"), ("description", "string_type")]));
    let answer = reseller.post(path, &json!({ "tenant_id": rival.id, "name": 7 })).await;
    assert_eq!(answer.status, 403, "the tenant comes before the body");
    let reader = office.place.client(Reach::Platform, &[Scope::AdminRead], &[]).await;
    assert_eq!(reader.post(path, &json!({ "tenant_id": south.id, "name": "x" })).await.status, 403);
    let groups = office.place.client(Reach::Tenant(south.id), &[Scope::GroupsWrite], &[]).await;
    assert_eq!(groups.post(path, &json!({ "name": "x" })).await.status, 403, "groups:write is for the tenant's paths");
    assert_eq!(groups.post("/api/v1/tenants/south/groups", &json!({ "name": "x" })).await.status, 201);
}
