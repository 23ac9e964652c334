//! Changing groups: what is left out stays, what is null goes.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Office, at, conflict, faults, in_tenant, told};

#[tokio::test(flavor = "multi_thread")]
async fn absent_stays_and_null_clears() {
    let office = Office::open().await;
    let parent = office.place.group("Parent", None, &[]).await;
    let body =
        json!({ "name": "Group", "description": "text", "parent_group_id": parent, "custom_attributes": { "a": 1 } });
    let made = office.admin.post(&in_tenant(""), &body).await.expect(201)["data"].take();
    let id = made["id"].as_str().unwrap();
    for path in [at(&id, ""), in_tenant(&format!("/{id}"))] {
        let answer = office.admin.patch(&path, &json!({})).await;
        assert_eq!((answer.status, answer.header("etag")), (200, "W/\"1\""), "{}", answer.text);
        assert_eq!(answer.body["data"]["updated_at"], Value::Null);
        let same = json!({ "name": null, "description": "text", "custom_attributes": { "a": 1 }, "owner": "x" });
        assert_eq!(office.admin.patch(&path, &same).await.header("etag"), "W/\"1\"", "nothing new");
    }
    let path = in_tenant(&format!("/{id}"));
    let answer = office.admin.patch(&path, &json!({ "name": " New ", "group_type": "DISTRIBUTION" })).await;
    assert_eq!((answer.header("etag"), &answer.body["data"]["name"]), ("W/\"2\"", &json!("New")));
    assert_eq!(answer.body["data"]["group_type"], "SECURITY", "the tenant's path leaves the type alone");
    assert!(answer.body["data"]["updated_at"].is_string());
    let answer = office.admin.patch(&at(&id, ""), &json!({ "group_type": "DISTRIBUTION" })).await;
    assert_eq!(answer.body["data"]["group_type"], "DISTRIBUTION");
    assert_eq!(answer.body["data"]["tenant_id"], json!(office.place.tenant.id));
    let clear = json!({ "description": null, "parent_group_id": null, "custom_attributes": null, "group_type": null });
    let data = office.admin.patch(&at(&id, ""), &clear).await.expect(200)["data"].take();
    for field in ["description", "parent_group_id", "parent_group_path", "custom_attributes"] {
        assert_eq!(data[field], Value::Null, "{field}");
    }
    assert_eq!((&data["name"], &data["group_type"]), (&json!("New"), &json!("DISTRIBUTION")));
    assert_eq!(office.rows(parent, "/nested-groups", "group_id").await, Vec::<String>::new());
    let moved = json!({ "parent_group_id": parent, "custom_attributes": {} });
    let data = office.admin.patch(&path, &moved).await.expect(200)["data"].take();
    assert_eq!((&data["parent_group_path"], &data["custom_attributes"]), (&json!("/Parent"), &json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_and_nothing_changes() {
    let office = Office::open().await;
    let south = office.place.tenant("south", None).await;
    let top = office.place.group("Top", None, &[]).await;
    let group = office.place.group("Group", Some(top), &[]).await;
    office.place.group("Taken", None, &[]).await;
    let before = office.get(group).await;
    for path in [at(&group, ""), in_tenant(&format!("/{group}"))] {
        let body = json!({ "name": 7, "description": [], "parent_group_id": {}, "custom_attributes": "x" });
        let expected = told(&[
            ("name", "string_type"),
            ("description", "string_type"),
            ("parent_group_id", "string_type"),
            ("custom_attributes", "dict_type"),
        ]);
        assert_eq!(faults(&office.admin.patch(&path, &body).await), expected);
        for unknown in [json!("x"), json!(Uuid::from_u128(7))] {
            let answer = office.admin.patch(&path, &json!({ "parent_group_id": unknown })).await;
            assert_eq!(faults(&answer), told(&[("parent_group_id", "not_found")]));
        }
        assert_eq!(
            conflict(&office.admin.patch(&path, &json!({ "name": "TAKEN" })).await),
            "name \"TAKEN\" is already in use"
        );
        let ring = office.admin.patch(&path, &json!({ "parent_group_id": group })).await;
        assert_eq!(conflict(&ring), "Nesting would create a cycle: Group → Group");
        assert_eq!(office.stale(Method::PATCH, &path, Some(&json!({ "name": "New" }))).await, 412);
        for (tag, status) in [("W/\"1\"", 200), ("\"1\", \"7\"", 200), ("*", 200), ("W/\"2\"", 412), ("x", 412)] {
            let answer = office.admin.send(Method::PATCH, &path, &[("if-match", tag)], Some(&json!({}))).await;
            assert_eq!(answer.status, status, "{tag}: {}", answer.text);
        }
        for text in ["", "{", "[1,", "name=x"] {
            let body = Some(("application/json", text.as_bytes().to_vec()));
            let answer = office.admin.send_bytes(Method::PATCH, &path, &[], body).await;
            assert_eq!(answer.status, 422, "{text}");
        }
        let body = Some(("text/plain", b"{}".to_vec()));
        assert_eq!(office.admin.send_bytes(Method::PATCH, &path, &[], body).await.status, 415);
    }
    let ring = office.admin.patch(&at(&top, ""), &json!({ "parent_group_id": group })).await;
    assert_eq!(conflict(&ring), "Nesting would create a cycle: Group → Top → Group");
    let answer = office.admin.patch(&at(&group, ""), &json!({ "tenant_id": south.id })).await;
    assert_eq!(faults(&answer), told(&[("tenant_id", "value_error")]));
    office.admin.patch(&at(&group, ""), &json!({ "tenant_id": office.place.tenant.id })).await.expect(200);
    assert_eq!(office.get(group).await, before);
    for id in ["7", "grp_", &Uuid::from_u128(7).to_string()] {
        for path in [at(&id, ""), in_tenant(&format!("/{id}"))] {
            let answer = office.admin.patch(&path, &json!({ "name": "x" })).await;
            assert_eq!((answer.status, answer.body), (404, json!({ "detail": "Group not found" })));
        }
    }
}
