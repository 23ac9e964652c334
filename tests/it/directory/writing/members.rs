//! Users into groups and out of them.

use convoke::model::ids::UserId;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Office, at, conflict, faults, ids, in_tenant, told};

#[tokio::test(flavor = "multi_thread")]
async fn users_are_added_however_they_are_spelt() {
    let office = Office::open().await;
    let mut users = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        users.push(office.place.user(name).await);
    }
    let group = office.place.group("Group", None, &users[..1]).await;
    let path = at(&group, "/members");
    let answer = office.admin.post(&path, &json!({ "user_ids": [users[1], users[0], users[1]] })).await;
    assert_eq!((answer.status, answer.header("etag")), (200, "W/\"2\""), "{}", answer.text);
    let expected = json!({
        "group_id": group.to_string(), "added": ids(&users[1..2]), "already_members": ids(&users[..1]), "not_found": [],
        "member_count": 2,
    });
    assert_eq!(answer.body["data"], expected);
    for (number, body) in [
        (2, json!({ "users_to_add": [users[2]] })),
        (3, json!({ "members": [{ "user_id": format!("usr_{}", users[3]) }] })),
        (4, json!({ "users": [{ "user_id": users[4], "role": "x" }] })),
        (5, json!({ "user_id": users[5] })),
    ] {
        let answer = office.admin.post(&path, &body).await.expect(200);
        assert_eq!(answer["data"]["added"], ids(&users[number..=number]), "{body}");
    }
    let again = office.admin.post(&path, &json!({ "user_ids": users })).await;
    assert_eq!((again.header("etag"), &again.body["data"]["added"]), ("W/\"6\"", &json!([])), "nothing new");
    assert_eq!(office.rows(group, "/members", "user_id").await.len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_that_are_none_are_told_by_their_places() {
    let office = Office::open().await;
    let (ada, gone) = (office.place.user("ada").await, office.place.user("gone").await);
    let group = office.place.group("Group", None, &[]).await;
    let child = office.place.group("Child", Some(group), &[]).await;
    let scope = office.place.scope(&office.place.tenant);
    office.place.server.domain.delete_user(&scope, gone, None).await.unwrap();
    let path = at(&group, "/members");
    let body = json!({ "user_ids": [ada, gone, "x"], "members": [{ "user_id": child }] });
    let answer = office.admin.post(&path, &body).await;
    let expected =
        told(&[("user_ids/1", "not_found"), ("user_ids/2", "not_found"), ("members/0/user_id", "not_found")]);
    assert_eq!(faults(&answer), expected);
    assert_eq!(office.rows(group, "/members", "user_id").await, Vec::<String>::new(), "nothing applied");
    let answer = office.admin.post(&format!("{path}?partial=true"), &body).await.expect(200);
    assert_eq!(answer["data"]["not_found"], json!([gone, "x", child]), "as they were sent");
    assert_eq!(answer["data"]["added"], ids(&[ada]));

    for (body, expected) in [
        (json!({}), told(&[("user_ids", "missing")])),
        (json!({ "user_ids": [] }), told(&[("user_ids", "too_short")])),
        (json!({ "user_ids": vec![ada; 10_001] }), told(&[("user_ids", "too_long")])),
        (json!({ "user_ids": [7], "users": "x" }), told(&[("user_ids/0", "string_type"), ("users", "list_type")])),
        (
            json!({ "user_ids": [ada], "expires_at": "soon", "valid_from": 1 }),
            told(&[("expires_at", "datetime_parsing"), ("valid_from", "string_type")]),
        ),
        (json!({ "user_ids": [ada], "expires_at": "2020-01-01T00:00:00Z" }), told(&[("expires_at", "value_error")])),
    ] {
        assert_eq!(faults(&office.admin.post(&path, &body).await), expected);
    }
    let half = vec![ada; 6_000];
    let answer = office.admin.post(&path, &json!({ "user_ids": half, "members": half })).await;
    assert_eq!(answer.body["detail"][0]["loc"], json!(["body"]), "10,000 in all: {:.300}", answer.text);
    assert_eq!(office.stale(Method::POST, &path, Some(&json!({ "user_id": ada }))).await, 412);
    assert_eq!(office.admin.post(&at(&"7", "/members"), &json!({ "user_id": ada })).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_may_end_by_itself() {
    let office = Office::open().await;
    let (ada, ben) = (office.place.user("ada").await, office.place.user("ben").await);
    let group = office.place.group("Group", None, &[]).await;
    let path = at(&group, "/members");
    let body = json!({ "user_ids": [ada], "expires_at": "2999-01-01T00:00:00+01:00" });
    let answer = office.admin.post(&path, &body).await.expect(200);
    assert_eq!(answer["data"]["member_count"], 1);
    let row = &office.admin.get(&path).await.body["data"][0];
    assert_eq!(row["expires_at"], "2998-12-31T23:00:00.000Z");
    let later =
        json!({ "user_ids": [ben], "valid_from": "2998-01-01T00:00:00Z", "expires_at": "2999-01-01T00:00:00Z" });
    let answer = office.admin.post(&path, &later).await.expect(200);
    assert_eq!((&answer["data"]["added"], &answer["data"]["member_count"]), (&ids(&[ben]), &json!(1)), "not yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_direct_member_is_taken_out_and_another_is_not() {
    let office = Office::open().await;
    let (ada, ben) = (office.place.user("ada").await, office.place.user("ben").await);
    let top = office.place.group("Top", None, &[ada]).await;
    let below = office.place.group("Below", Some(top), &[ben]).await;
    let member = |user: &dyn ToString| at(&top, &format!("/members/{}", user.to_string()));
    assert_eq!(office.stale(Method::DELETE, &member(&ada), None).await, 412);
    let answer = office.admin.delete(&member(&format!("usr_{ada}"))).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    for stranger in [ada.to_string(), Uuid::from_u128(7).to_string(), "7".to_owned()] {
        let answer = office.admin.delete(&member(&stranger)).await;
        assert_eq!((answer.status, &answer.body["detail"]), (404, &json!("User is not a direct member of this group")));
    }
    let answer = office.admin.delete(&member(&ben)).await;
    let text = answer.body["detail"].as_str().unwrap();
    assert!(answer.status == 404 && text.contains("\"Below\"") && text.contains(&below.to_string()), "{text}");
    for user in [ben.to_string(), "7".to_owned()] {
        let answer = office.admin.delete(&at(&Uuid::from_u128(7), &format!("/members/{user}"))).await;
        assert_eq!((answer.status, answer.body), (404, json!({ "detail": "Group not found" })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_set_says_what_became_of_each() {
    let office = Office::open().await;
    let mut users: Vec<UserId> = Vec::new();
    for name in ["a", "b", "c", "d"] {
        users.push(office.place.user(name).await);
    }
    let (a, b, c, d) = (users[0], users[1], users[2], users[3]);
    let group = office.place.group("Group", None, &[a, b]).await;
    let path = in_tenant(&format!("/{group}/members"));
    let body = json!({ "users_to_add": [a, { "user_id": c }], "users_to_remove": [b, d, "x", Uuid::from_u128(7)] });
    let answer = office.admin.put(&path, &body).await;
    assert_eq!((answer.status, answer.header("etag")), (200, "W/\"2\""), "{}", answer.text);
    let expected = json!({
        "group_id": group.to_string(), "added": ids(&[c]), "removed": ids(&[b]), "already_members": ids(&[a]),
        "not_members": [json!(d), json!(Uuid::from_u128(7))], "member_count": 2,
    });
    assert_eq!(answer.body["data"], expected);
    for body in [json!({}), json!({ "users_to_add": [], "users_to_remove": null })] {
        let answer = office.admin.put(&path, &body).await;
        assert_eq!((answer.status, answer.header("etag")), (200, "W/\"2\""), "{}", answer.text);
        assert_eq!(answer.body["data"]["member_count"], 2);
    }
    let both = json!({ "users_to_add": [a, d], "users_to_remove": [b, format!("usr_{d}"), { "user_id": a }] });
    let expected = told(&[("users_to_remove/1", "value_error"), ("users_to_remove/2/user_id", "value_error")]);
    assert_eq!(faults(&office.admin.put(&path, &both).await), expected);
    let unknown = json!({ "users_to_add": [d, "x"], "users_to_remove": [a] });
    assert_eq!(faults(&office.admin.put(&path, &unknown).await), told(&[("users_to_add/1", "not_found")]));
    assert_eq!(office.rows(group, "/members", "user_id").await, [a.to_string(), c.to_string()], "nothing applied");
    let answer = office.admin.put(&format!("{path}?partial=1"), &unknown).await.expect(200);
    assert_eq!((&answer["data"]["added"], &answer["data"]["not_found"]), (&ids(&[d]), &json!(["x"])));
    assert_eq!(office.rows(group, "/members", "user_id").await, [c.to_string(), d.to_string()]);
    assert_eq!(office.stale(Method::PUT, &path, Some(&json!({ "users_to_add": [a] }))).await, 412);
    assert_eq!(office.stale(Method::PUT, &path, Some(&json!({}))).await, 412, "also when there is nothing to do");
    let unknown = in_tenant(&format!("/{}/members", Uuid::from_u128(7)));
    assert_eq!(office.admin.put(&unknown, &json!({})).await.status, 404);
    assert_eq!(faults(&office.admin.put(&path, &json!([])).await), vec![("body".to_owned(), "dict_type".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_connection_manages_is_left_to_it() {
    let office = Office::with("groups.lock_scim_managed=true").await;
    let ada = office.place.user("ada").await;
    let scim = office.place.client(
        convoke::model::principal::Reach::Tenant(office.place.tenant.id),
        &[convoke::model::principal::Scope::Scim],
        &[],
    );
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Managed" });
    let made = scim.await.post("/scim/v2/Groups", &body).await.expect(201);
    let id = made["id"].as_str().unwrap();
    let tenant = in_tenant(&format!("/{id}"));
    let refused = [
        office.admin.patch(&tenant, &json!({ "name": "Mine" })).await,
        office.admin.post(&at(&id, "/members"), &json!({ "user_id": ada })).await,
        office.admin.put(&format!("{tenant}/members"), &json!({ "users_to_add": [ada] })).await,
        office.admin.delete(&at(&id, &format!("/members/{ada}"))).await,
    ];
    for answer in refused {
        assert!(conflict(&answer).contains("managed by connection token:"), "{}", answer.text);
    }
    office.admin.patch(&tenant, &json!({ "description": "text" })).await.expect(200);
    assert_eq!(office.get(id).await["name"], Value::from("Managed"));
}
