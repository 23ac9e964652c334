//! Lists of groups, and one group by its id.

use convoke::model::group::{DeleteStrategy, GroupType};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::place::{Place, column};

const LIST: &str = "/api/v1/tenants/north/groups";

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_sorted_by_name_and_paged() {
    let place = Place::start().await;
    let client = place.reader().await;
    for name in ["delta", "Alpha", "charlie", "Bravo", "Échelon"] {
        place.group(name, None, &[]).await;
    }
    let answer = client.get(&format!("{LIST}?per_page=2")).await;
    assert_eq!(column(&answer, "name"), ["Alpha", "Bravo"]);
    assert_eq!(answer.body["pagination"], json!({ "page": 1, "per_page": 2, "total_items": 5, "total_pages": 3 }));
    let answer = client.get(&format!("{LIST}?per_page=2&page=3")).await;
    assert_eq!(column(&answer, "name"), ["Échelon"]);
    let answer = client.get(&format!("{LIST}?per_page=2&page=4")).await;
    assert_eq!((column(&answer, "name").len(), &answer.body["pagination"]["total_items"]), (0, &json!(5)));
    let first = &client.get(LIST).await.body["data"][0];
    let expected = json!({
        "id": first["id"], "name": "Alpha", "group_type": "SECURITY", "member_count": 0, "parent_group_id": null,
    });
    assert_eq!(*first, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_has_no_pages() {
    let place = Place::start().await;
    let answer = place.reader().await.get(LIST).await;
    assert_eq!(answer.body["pagination"], json!({ "page": 1, "per_page": 20, "total_items": 0, "total_pages": 0 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_combine() {
    let place = Place::start().await;
    let client = place.reader().await;
    let ada = place.user("ada").await;
    let engineering = place.group("Engineering", None, &[]).await;
    let platform = place.group("Platform", Some(engineering), &[ada]).await;
    let storage = place.group("Storage 100%", Some(platform), &[]).await;
    let tenant = place.tenant.clone();
    place.group_of(&tenant, "All Engineers", GroupType::Distribution, None, &[ada]).await;
    place.nest(storage, place.group("On Call", None, &[]).await).await;
    let nobody = Uuid::from_u128(7);
    let all = ["All Engineers", "Engineering", "On Call", "Platform", "Storage 100%"];
    let cases: Vec<(String, &[&str])> = vec![
        ("search=%20ENGINEER%20".to_owned(), &["All Engineers", "Engineering"]),
        ("search=0%25".to_owned(), &["Storage 100%"]),
        ("search=_".to_owned(), &[]),
        ("search=".to_owned(), &all),
        ("type=distribution".to_owned(), &["All Engineers"]),
        ("type=SECURITY&search=engineer".to_owned(), &["Engineering"]),
        ("parent_group_id=root".to_owned(), &["All Engineers", "Engineering", "On Call"]),
        (format!("parent_group_id=grp_{engineering}"), &["Platform"]),
        (format!("parent_group_id={platform}&search=x"), &[]),
        (format!("parent_group_id={nobody}"), &[]),
        ("parent_group_id=nonsense".to_owned(), &[]),
        (format!("user_id={ada}"), &["All Engineers", "Platform"]),
        (format!("user_id=usr_{ada}&type=security"), &["Platform"]),
        (format!("user_id={ada}&effective=true"), &["All Engineers", "Engineering", "Platform"]),
        (format!("user_id={ada}&effective=false"), &["All Engineers", "Platform"]),
        (format!("user_id={nobody}&effective=true"), &[]),
        ("user_id=nonsense".to_owned(), &[]),
    ];
    for (query, expected) in cases {
        let answer = client.get(&format!("{LIST}?{query}")).await;
        assert_eq!(column(&answer, "name"), expected, "{query}");
        assert_eq!(answer.body["pagination"]["total_items"], json!(expected.len()), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_that_make_no_sense_are_refused() {
    let place = Place::start().await;
    let client = place.reader().await;
    let long = format!("search={}", "a".repeat(257));
    for (query, name, kind) in [
        ("type=mail", "type", "enum"),
        ("type=", "type", "enum"),
        ("effective=perhaps", "effective", "bool_parsing"),
        (long.as_str(), "search", "string_too_long"),
    ] {
        let answer = client.get(&format!("{LIST}?{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert_eq!(answer.body["detail"][0]["loc"], json!(["query", name]));
        assert_eq!(answer.body["detail"][0]["type"], json!(kind));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisational_tree_confers_nothing_where_the_tenant_says_so() {
    let mut place = Place::start().await;
    let client = place.reader().await;
    let ada = place.user("ada").await;
    let top = place.group("Top", None, &[]).await;
    place.group("Below", Some(top), &[ada]).await;
    let path = format!("{LIST}?user_id={ada}&effective=true");
    assert_eq!(column(&client.get(&path).await, "name"), ["Below", "Top"]);
    place.set("groups.primary_edge_confers_membership=false").await;
    assert_eq!(column(&client.get(&path).await, "name"), ["Below"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_shows_its_place_and_only_what_is_asked_for() {
    let place = Place::start().await;
    let client = place.reader().await;
    let (ada, ben) = (place.user("ada").await, place.user("ben").await);
    let engineering = place.group("R/D", None, &[]).await;
    let platform = place.group("Platform", Some(engineering), &[ada]).await;
    let storage = place.group("Storage", Some(platform), &[ada, ben]).await;
    let tenant = place.tenant.id;
    let plain = client.get(&format!("{LIST}/{platform}")).await;
    let data = &plain.body["data"];
    let expected = json!({
        "id": platform.to_string(), "name": "Platform", "description": null, "group_type": "SECURITY",
        "parent_group_id": engineering.to_string(), "parent_group_path": "/R\\/D", "member_count": 1,
        "effective_member_count": null, "nested_group_count": 1, "members": null, "nested_groups": null,
        "custom_attributes": null, "created_at": data["created_at"], "updated_at": data["updated_at"],
    });
    assert_eq!(*data, expected);

    let full = client.get(&format!("{LIST}/{platform}?include=all,unknown")).await;
    let data = &full.body["data"];
    assert_eq!((&data["effective_member_count"], &data["members"][0]["user_id"]), (&json!(2), &json!(ada.to_string())));
    let nested = json!([{
        "group_id": storage.to_string(), "name": "Storage", "member_count": 2, "group_type": "SECURITY", "is_primary": true,
    }]);
    assert_eq!(data["nested_groups"], nested);
    assert_eq!(full.body["meta"].get("truncated"), None);

    let one = client.get(&format!("{LIST}/{platform}?include=effective_members_count")).await;
    assert_eq!((&one.body["data"]["effective_member_count"], &one.body["data"]["members"]), (&json!(2), &Value::Null));

    let admin = client.get(&format!("/api/v1/admin/groups/{platform}")).await;
    assert_eq!(admin.body["data"]["effective_member_count"], json!(2));
    assert_eq!(admin.body["data"]["tenant_id"], json!(tenant.to_string()));
    assert_eq!(admin.body["data"]["partner_id"], json!(place.tenant.partner.unwrap().to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_included_list_is_cut_and_says_so() {
    let place = Place::start().await;
    let mut users = Vec::new();
    for number in 0..1_001 {
        users.push(place.user(&format!("user{number}")).await);
    }
    let full = place.group("Everybody", None, &users).await;
    let answer = place.reader().await.get(&format!("/api/v1/admin/groups/{full}?include=members")).await;
    assert_eq!(answer.body["data"]["members"].as_array().unwrap().len(), 1_000);
    assert_eq!(answer.body["meta"]["truncated"], json!(["members"]));
    assert_eq!(answer.body["data"]["member_count"], json!(1_001));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_did_not_change_is_not_sent_again() {
    let place = Place::start().await;
    let client = place.reader().await;
    let (group, child) = (place.group("Platform", None, &[]).await, place.group("Child", None, &[]).await);
    for path in [format!("{LIST}/{group}"), format!("/api/v1/admin/groups/{group}")] {
        let tag = client.get(&path).await.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        for known in [tag.as_str(), "*", &format!("\"x\", {tag}"), tag.trim_start_matches("W/")] {
            let answer = client.send(Method::GET, &path, &[("if-none-match", known)], None).await;
            assert_eq!(
                (answer.status, answer.text.as_str(), answer.header("etag")),
                (304, "", tag.as_str()),
                "{known}"
            );
        }
        let answer = client.send(Method::GET, &path, &[("if-none-match", "W/\"99\"")], None).await;
        assert_eq!(answer.status, 200);
        let with_members = format!("{path}?include=members");
        let answer = client.send(Method::GET, &with_members, &[("if-none-match", &tag)], None).await;
        assert_eq!(answer.status, 200, "members may have changed without the group");
    }
    let path = format!("{LIST}/{group}");
    let before = client.get(&path).await;
    assert_eq!(before.body["data"]["updated_at"], Value::Null);
    place.nest(group, child).await;
    let after = client.send(Method::GET, &path, &[("if-none-match", before.header("etag"))], None).await;
    assert_eq!(after.status, 200);
    assert!(after.body["data"]["updated_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_group_is_gone_everywhere() {
    let place = Place::start().await;
    let client = place.reader().await;
    let group = place.group("Platform", None, &[]).await;
    place.server.domain.delete_group(&place.scope(&place.tenant), group, None, DeleteStrategy::Orphan).await.unwrap();
    for path in ["", "/members", "/effective-members", "/nested-groups"] {
        let answer = client.get(&format!("/api/v1/admin/groups/{group}{path}")).await;
        assert_eq!((answer.status, answer.body), (404, json!({ "detail": "Group not found" })), "{path}");
    }
    assert_eq!(client.get(&format!("{LIST}/{group}")).await.status, 404);
    assert_eq!(client.get(LIST).await.body["pagination"]["total_items"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_have_prefixes_where_the_tenant_wants_them() {
    let mut place = Place::start().await;
    place.set("ids.style=prefixed").await;
    let client = place.reader().await;
    let ada = place.user("ada").await;
    let top = place.group("Top", None, &[]).await;
    let group = place.group("Platform", Some(top), &[ada]).await;
    let answer = client.get(&format!("/api/v1/admin/groups/{group}?include=all")).await;
    let data = &answer.body["data"];
    assert_eq!(data["id"], json!(format!("grp_{group}")));
    assert_eq!(data["parent_group_id"], json!(format!("grp_{top}")));
    assert_eq!(data["tenant_id"], json!(format!("tnt_{}", place.tenant.id)));
    assert_eq!(data["members"][0]["user_id"], json!(format!("usr_{ada}")));
    assert_eq!(client.get(LIST).await.body["data"][0]["id"], json!(format!("grp_{group}")));
}
