//! Users of a tenant: the same that SCIM provisions, in the Directory API's words.

use convoke::model::principal::Scope;
use reqwest::Method;
use serde_json::{Value, json};

use super::place::{Place, USERS, column, faults, id, reason, told};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_from_beginning_to_end() {
    let place = Place::start().await;
    let client = place.tenant(&[Scope::UsersWrite], &[]).await;
    let body = json!({
        "user_name": "ada", "email": "ada@example.com", "display_name": "Ada King", "given_name": "Ada",
        "family_name": "King", "title": "Countess", "external_id": "00u1", "locale": "en-GB",
    });
    let made = client.post(USERS, &body).await;
    assert_eq!(made.header("etag"), "W/\"1\"");
    let (location, made) = (made.header("location").to_owned(), made.expect(201));
    let tenant = place.server.tenant.id;
    let (user, path) = (id(&made), format!("{USERS}/{}", id(&made)));
    assert_eq!(location, format!("/api/v1/tenants/{tenant}/users/{user}"));
    let data = &made["data"];
    let expected = json!({
        "id": user, "tenant_id": tenant.to_string(), "user_name": "ada", "email": "ada@example.com",
        "display_name": "Ada King", "given_name": "Ada", "family_name": "King", "nick_name": null, "title": "Countess",
        "user_type": null, "preferred_language": null, "locale": "en-GB", "timezone": null, "external_id": "00u1",
        "active": true, "status": "active", "created_at": data["created_at"], "updated_at": null, "groups": [],
    });
    assert_eq!(*data, expected);
    assert_eq!(client.get(&path).await.expect(200)["data"], expected);

    let change = json!({ "family_name": "Lovelace", "title": null, "active": false, "email": "ada@lovelace.org" });
    let changed = client.patch(&path, &change).await;
    assert_eq!(changed.header("etag"), "W/\"2\"");
    let data = changed.expect(200)["data"].clone();
    let shown = ["given_name", "family_name", "title", "active", "status", "email"].map(|key| data[key].clone());
    let expected =
        [json!("Ada"), json!("Lovelace"), Value::Null, json!(false), json!("inactive"), json!("ada@lovelace.org")];
    assert_eq!(shown, expected);
    assert!(data["updated_at"].is_string());
    assert_eq!(client.patch(&path, &json!({})).await.header("etag"), "W/\"2\"", "nothing changes nothing");
    let stale = [("if-match", "W/\"1\"")];
    client.send(Method::PATCH, &path, &stale, Some(&json!({ "title": "x" }))).await.expect(412);
    client.send(Method::DELETE, &path, &stale, None).await.expect(412);

    client.delete(&path).await.expect(204);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(reason(client.send(method, &path, &[], None).await, 404), "User not found");
    }
    assert_eq!(column(&client.get(USERS).await.expect(200), "id"), [""; 0]);
    let back = client.post(&format!("{path}/restore"), &json!({})).await.expect(200);
    assert_eq!(back["data"]["family_name"], json!("Lovelace"));
    client.post(&format!("{path}/restore"), &json!({})).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn scim_and_this_api_see_one_user() {
    let place = Place::start().await;
    let scim = place.tenant(&[Scope::Scim], &[]).await;
    let sent = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Ben", "displayName": "Ben",
        "name": { "givenName": "Ben", "familyName": "B", "formatted": "Ben B" },
        "emails": [{ "value": "ben@home", "type": "home" }, { "value": "ben@work", "type": "work", "primary": true }],
        "phoneNumbers": [{ "value": "+1", "type": "work" }],
    });
    let user = scim.post("/scim/v2/Users", &sent).await.expect(201)["id"].as_str().unwrap().to_owned();
    let path = format!("{USERS}/{user}");
    let seen = place.root.get(&path).await.expect(200)["data"].clone();
    assert_eq!((&seen["email"], &seen["family_name"]), (&json!("ben@work"), &json!("B")));

    place.root.patch(&path, &json!({ "family_name": "Q", "email": "ben@new", "user_name": "ben2" })).await.expect(200);
    let seen = scim.get(&format!("/scim/v2/Users/{user}")).await.expect(200);
    assert_eq!((&seen["userName"], &seen["name"]), (&json!("ben2"), &json!({ "givenName": "Ben", "familyName": "Q" })));
    let emails =
        json!([{ "value": "ben@home", "type": "home" }, { "value": "ben@new", "type": "work", "primary": true }]);
    assert_eq!((&seen["emails"], &seen["phoneNumbers"]), (&emails, &sent["phoneNumbers"]));

    let member = json!({ "displayName": "Crew", "members": [{ "value": user }] });
    let group = scim.post("/scim/v2/Groups", &member).await.expect(201)["id"].clone();
    let held = json!([{ "group_id": group, "name": "Crew", "membership_type": "DIRECT" }]);
    assert_eq!(place.root.get(&path).await.expect(200)["data"]["groups"], held);
    place.root.delete(&path).await.expect(204);
    scim.get(&format!("/scim/v2/Users/{user}")).await.expect(404);
    place.root.post(&format!("{path}/restore"), &json!({})).await.expect(200);
    assert_eq!(place.root.get(&path).await.expect(200)["data"]["groups"], held, "a restore brings memberships back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_filtered() {
    let place = Place::start().await;
    for (name, email, external, active) in
        [("Ada", "ada@x.org", "E1", true), ("ben", "BEN@x.org", "e1", false), ("cleo", "c%c@y.org", "E3", true)]
    {
        let body = json!({ "user_name": name, "email": email, "external_id": external, "active": active });
        place.root.post(USERS, &body).await.expect(201);
    }
    let names = async |query: &str| column(&place.root.get(&format!("{USERS}?{query}")).await.expect(200), "user_name");
    assert_eq!(names("").await, ["Ada", "ben", "cleo"]);
    assert_eq!(names("search=%20X.ORG%20").await, ["Ada", "ben"]);
    assert_eq!(names("search=%25").await, ["cleo"]);
    assert_eq!(names("search=ADA").await, ["Ada"]);
    assert_eq!(names("active=true").await, ["Ada", "cleo"]);
    assert_eq!(names("active=false&search=org").await, ["ben"]);
    assert_eq!(names("user_name=aDa").await, ["Ada"]);
    assert_eq!(names("email=ben@X.org").await, ["ben"]);
    assert_eq!(names("external_id=E1").await, ["Ada"], "letter by letter");
    assert_eq!(names("external_id=E1&user_name=ben").await, [""; 0]);
    let hostile = "user_name=%22%20or%20userName%20pr";
    assert_eq!(names(hostile).await, [""; 0]);
    let bad = place.root.get(&format!("{USERS}?active=perhaps")).await;
    assert_eq!(faults(bad), told(&[("query.active", "bool_parsing")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_by_number_and_by_cursor() {
    let place = Place::start().await;
    for number in 0..7 {
        place.user(&format!("u{number}")).await;
    }
    let page = async |query: &str| place.root.get(&format!("{USERS}?{query}")).await;
    let first = page("per_page=3").await.expect(200);
    assert_eq!(column(&first, "user_name"), ["u0", "u1", "u2"]);
    let place_of =
        |body: &Value| ["page", "per_page", "total_items", "total_pages"].map(|k| body["pagination"][k].clone());
    assert_eq!(place_of(&first), [1, 3, 7, 3].map(|n| json!(n)));
    assert_eq!(column(&page("per_page=3&page=3").await.expect(200), "user_name"), ["u6"]);
    assert_eq!(page("per_page=3&page=3").await.expect(200)["pagination"]["next_cursor"], Value::Null);

    let mut seen = column(&first, "user_name");
    let mut next = first["pagination"]["next_cursor"].as_str().map(str::to_owned);
    // What comes and goes meanwhile moves nothing.
    place.root.delete(&format!("{USERS}/{}", first["data"][0]["id"].as_str().unwrap())).await.expect(204);
    while let Some(cursor) = next {
        let body = page(&format!("per_page=2&after={cursor}")).await.expect(200);
        seen.extend(column(&body, "user_name"));
        next = body["pagination"]["next_cursor"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ["u0", "u1", "u2", "u3", "u4", "u5", "u6"]);

    let cursor = first["pagination"]["next_cursor"].as_str().unwrap();
    let bad = told(&[("query.after", "value_error")]);
    assert_eq!(faults(page(&format!("after={cursor}&search=u")).await), bad, "another list");
    assert_eq!(faults(page(&format!("after={cursor}&page=2")).await), bad);
    assert_eq!(faults(page("after=x").await), bad);
    let (_, other) = place.server.other_tenant("south").await;
    assert_eq!(faults(other.get(&format!("/api/v1/tenants/south/users?after={cursor}")).await), bad);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_body_is_told() {
    let place = Place::start().await;
    let body = json!({ "email": "x".repeat(321), "display_name": 5, "active": "yes", "title": "" });
    let expected = told(&[
        ("body.user_name", "missing"),
        ("body.email", "string_too_long"),
        ("body.display_name", "string_type"),
        ("body.active", "bool_type"),
        ("body.title", "string_too_short"),
    ]);
    assert_eq!(faults(place.root.post(USERS, &body).await), expected);
    let user = place.user("ada").await;
    let body = json!({ "user_name": " ", "locale": [] });
    let expected = told(&[("body.user_name", "string_too_short"), ("body.locale", "string_type")]);
    assert_eq!(faults(place.root.patch(&format!("{USERS}/{user}"), &body).await), expected);
    // Short enough as it is, too long once its letters are folded.
    let body = json!({ "user_name": "\u{fdfa}".repeat(256) });
    assert_eq!(faults(place.root.post(USERS, &body).await), told(&[("body.user_name", "value_error")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_name_is_one_users() {
    let place = Place::start().await;
    let ada = place.user("ada").await;
    let ben = place.user("ben").await;
    let taken = "user_name \"ADA\" is already in use";
    assert_eq!(reason(place.root.post(USERS, &json!({ "user_name": "ADA" })).await, 409), taken);
    let change = json!({ "user_name": "ADA" });
    assert_eq!(reason(place.root.patch(&format!("{USERS}/{ben}"), &change).await, 409), taken);
    place.root.delete(&format!("{USERS}/{ada}")).await.expect(204);
    place.root.patch(&format!("{USERS}/{ben}"), &change).await.expect(200);
    let restored = place.root.post(&format!("{USERS}/{ada}/restore"), &json!({})).await;
    assert_eq!(reason(restored, 409), "user_name \"ada\" is already in use");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_another_tenant_is_not_there() {
    let place = Place::start().await;
    let (_, other) = place.server.other_tenant("south").await;
    let ada = place.user("ada").await;
    for path in [format!("/api/v1/tenants/south/users/{ada}"), format!("/api/v1/tenants/south/users/usr_{ada}")] {
        other.get(&path).await.expect(404);
        other.patch(&path, &json!({ "title": "x" })).await.expect(404);
        other.delete(&path).await.expect(404);
        other.post(&format!("{path}/restore"), &json!({})).await.expect(404);
    }
    other.get(&format!("{USERS}/{ada}")).await.expect(403);
    place.root.get(&format!("{USERS}/usr_{ada}")).await.expect(200);
}
