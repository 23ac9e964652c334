//! Direct and effective members, and child groups.

use serde_json::{Value, json};

use super::place::{Place, column};

#[tokio::test(flavor = "multi_thread")]
async fn direct_members_by_page_and_by_cursor() {
    let place = Place::start().await;
    let client = place.reader().await;
    let mut users = Vec::new();
    for name in ["ada", "ben", "cleo", "dan", "eve"] {
        users.push(place.user(name).await);
    }
    let group = place.group("Platform", None, &users).await;
    let path = format!("/api/v1/admin/groups/{group}/members");
    let ids: Vec<String> = users.iter().map(ToString::to_string).collect();

    let first = client.get(&format!("{path}?per_page=2")).await;
    assert_eq!(column(&first, "user_id"), ids[..2]);
    let expected = json!({
        "user_id": ids[0], "email": "", "display_name": "ADA", "membership_type": "DIRECT", "status": "active",
        "added_at": first.body["data"][0]["added_at"], "expires_at": null,
    });
    assert_eq!(first.body["data"][0], expected);
    let pagination = &first.body["pagination"];
    assert_eq!((&pagination["total_items"], &pagination["total_pages"]), (&json!(5), &json!(3)));
    let second = client.get(&format!("{path}?per_page=2&page=2")).await;
    assert_eq!(column(&second, "user_id"), ids[2..4]);

    let mut walked = Vec::new();
    let mut next = path.clone() + "?per_page=2";
    loop {
        let answer = client.get(&next).await;
        walked.extend(column(&answer, "user_id").into_iter().map(str::to_owned));
        match &answer.body["pagination"]["next_cursor"] {
            Value::String(cursor) => next = format!("{path}?per_page=2&after={cursor}"),
            end => break assert_eq!(*end, Value::Null),
        }
    }
    assert_eq!(walked, ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_is_good_for_its_own_list_alone() {
    let place = Place::start().await;
    let client = place.reader().await;
    let users = [place.user("ada").await, place.user("ben").await];
    let (group, other) = (place.group("One", None, &users).await, place.group("Two", None, &users).await);
    let path = |group, list| format!("/api/v1/admin/groups/{group}/{list}");
    let answer = client.get(&(path(group, "members") + "?per_page=1")).await;
    let cursor = answer.body["pagination"]["next_cursor"].as_str().unwrap().to_owned();
    let (start, end) = cursor.split_at(cursor.len() - 1);
    let bad = format!("{start}{}", if end == "A" { "B" } else { "A" });
    for (list, after, status) in [
        (path(group, "members"), cursor.as_str(), 200),
        (path(other, "members"), &cursor, 422),
        (path(group, "effective-members"), &cursor, 422),
        (path(group, "members"), &bad, 422),
        (path(group, "members"), "", 422),
        (path(group, "members"), "%C3%A4", 422),
        (path(group, "members") + "?page=2", &cursor, 422),
    ] {
        let sign = if list.contains('?') { '&' } else { '?' };
        let answer = client.get(&format!("{list}{sign}after={after}")).await;
        assert_eq!(answer.status, status, "{list} {after}");
        if status == 422 {
            assert_eq!(answer.body["detail"][0]["loc"], json!(["query", "after"]));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn effective_members_come_once_and_say_through_what() {
    let place = Place::start().await;
    let client = place.reader().await;
    let (ada, ben, cleo) = (place.user("ada").await, place.user("ben").await, place.user("cleo").await);
    let top = place.group("Top", None, &[ada]).await;
    let middle = place.group("Middle", Some(top), &[ada, ben]).await;
    let bottom = place.group("Bottom", None, &[ben, cleo]).await;
    place.nest(middle, bottom).await;
    let answer = client.get(&format!("/api/v1/admin/groups/{top}/effective-members")).await;
    assert_eq!(column(&answer, "user_id"), [ada, ben, cleo].map(|id| id.to_string()));
    assert_eq!(column(&answer, "membership_type"), ["DIRECT", "INHERITED", "INHERITED"]);
    let link = |group: convoke::model::ids::GroupId, name| json!({ "group_id": group.to_string(), "name": name });
    let rows = &answer.body["data"];
    assert_eq!(rows[0].get("via"), None);
    assert_eq!(rows[1]["via"], json!([link(middle, "Middle"), link(bottom, "Bottom")]), "nearest first");
    assert_eq!(rows[2]["via"], json!([link(bottom, "Bottom")]));
    assert_eq!(answer.body["pagination"]["total_items"], json!(3));

    let first = client.get(&format!("/api/v1/admin/groups/{top}/effective-members?per_page=1")).await;
    let cursor = first.body["pagination"]["next_cursor"].as_str().unwrap();
    let rest = client.get(&format!("/api/v1/admin/groups/{top}/effective-members?after={cursor}")).await;
    assert_eq!(column(&rest, "user_id"), [ben, cleo].map(|id| id.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn child_groups_are_sorted_by_name_and_say_how_they_hang() {
    let place = Place::start().await;
    let client = place.reader().await;
    let ada = place.user("ada").await;
    let top = place.group("Top", None, &[]).await;
    place.group("beta", Some(top), &[ada]).await;
    place.nest(top, place.group("Alpha", None, &[]).await).await;
    let path = format!("/api/v1/admin/groups/{top}/nested-groups");
    let answer = client.get(&path).await;
    assert_eq!(column(&answer, "name"), ["Alpha", "beta"]);
    let second = &answer.body["data"][1];
    assert_eq!((&second["is_primary"], &second["member_count"]), (&json!(true), &json!(1)));
    assert_eq!(answer.body["data"][0]["is_primary"], json!(false));
    let answer = client.get(&format!("{path}?per_page=1&page=2")).await;
    assert_eq!(column(&answer, "name"), ["beta"]);
    assert_eq!(answer.body["pagination"], json!({ "page": 2, "per_page": 1, "total_items": 2, "total_pages": 2 }));
}
