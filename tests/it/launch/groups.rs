//! Groups: created, read, replaced, changed, deleted.

use reqwest::Method;
use serde_json::json;
use uuid::Uuid;

use super::{GROUPS, faults, group, id, scope_set, user};
use crate::support::{TestServer, sql};

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_created_with_all_it_has() {
    let server = TestServer::start().await;
    let (ada, operator) = (user(&server, "ada").await, scope_set(&server, "Operator", &["forms:submit"]).await);
    let wanted = json!({
        "name": "  Prepress ", "description": "Before the press", "scopes": ["store:read", "store:read", "store:write"],
        "scope_sets": [operator], "users": [ada, format!("usr_{ada}")], "colour": "blue",
    });
    let answer = server.post(GROUPS, &wanted).await;
    let (location, tag) = (answer.header("location").to_owned(), answer.header("etag").to_owned());
    let body = answer.expect(201);
    assert_eq!(location, format!("/api/admin/groups/{}", id(&body)));
    assert_eq!(tag, "W/\"1\"");
    let expected = json!({
        "id": body["id"], "name": "Prepress", "description": "Before the press", "scopes": ["store:read", "store:write"],
        "scope_sets": [{ "id": operator, "name": "Operator", "scopes": ["forms:submit"] }], "user_count": 1,
        "created": body["created"], "updated": body["created"],
    });
    assert_eq!(body, expected);
    assert_eq!(server.get(&location).await.expect(200), expected);
    let bare = server.get(&format!("{location}/?hydrate=false")).await.expect(200);
    assert_eq!(bare["scope_sets"], json!([operator]));
    let known = server.send(Method::GET, &location, &[("If-None-Match", &tag)], None).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let scim = server.get(&format!("/scim/v2/Groups/{}", id(&body))).await.expect(200);
    assert_eq!((&scim["displayName"], &scim["members"][0]["value"]), (&json!("Prepress"), &json!(ada)));
    let found = server.get("/scim/v2/Groups?filter=description%20co%20%22press%22").await.expect(200);
    assert_eq!(found["totalResults"], 1, "what was written here is found there");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_body_is_named_and_nothing_is_created() {
    let server = TestServer::start().await;
    let ada = user(&server, "ada").await;
    let nobody = Uuid::from_u128(7).to_string();
    let body = json!({ "description": 7, "scopes": ["ok", 3], "scope_sets": "x", "users": {} });
    let answer = server.post(GROUPS, &body).await.expect(422);
    let expected = [
        (json!(["body", "name"]), "missing"),
        (json!(["body", "description"]), "string_type"),
        (json!(["body", "scopes", 1]), "string_type"),
        (json!(["body", "scope_sets"]), "list_type"),
        (json!(["body", "users"]), "list_type"),
    ];
    assert_eq!(faults(&answer), expected.map(|(loc, kind)| (loc, kind.to_owned())));
    for (body, loc, kind) in [
        (json!({ "name": "a", "users": [ada, nobody] }), json!(["body", "users", 1]), "not_found"),
        (json!({ "name": "a", "users": [ada, "no id"] }), json!(["body", "users", 1]), "not_found"),
        (json!({ "name": "a", "scope_sets": [nobody] }), json!(["body", "scope_sets"]), "value_error"),
        (json!({ "name": "a", "scope_sets": ["no id"] }), json!(["body", "scope_sets", 0]), "not_found"),
        (json!({ "name": "a", "scopes": ["two words"] }), json!(["body", "scopes"]), "value_error"),
        (json!({ "name": "   " }), json!(["body", "name"]), "string_too_short"),
        (json!({ "name": "x".repeat(257) }), json!(["body", "name"]), "string_too_long"),
        (json!({ "name": "bell \u{7}" }), json!(["body", "name"]), "value_error"),
        (json!([]), json!(["body"]), "dict_type"),
    ] {
        let answer = server.post(GROUPS, &body).await.expect(422);
        assert_eq!(faults(&answer), [(loc, kind.to_owned())], "{body}");
    }
    let broken = server.send_bytes(Method::POST, GROUPS, &[], Some(("application/json", b"{".to_vec()))).await;
    assert_eq!(faults(&broken.expect(422)), [(json!(["body"]), "json_invalid".to_owned())]);
    let form = server.send_bytes(Method::POST, GROUPS, &[], Some(("text/plain", b"{}".to_vec()))).await;
    assert_eq!(form.status, 415, "{}", form.text);
    assert_eq!(server.get(GROUPS).await.expect(200)["collection_total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn put_returns_what_is_left_out_to_its_default_and_patch_leaves_it() {
    let server = TestServer::start().await;
    let (ada, set) = (user(&server, "ada").await, scope_set(&server, "Operator", &["forms:submit"]).await);
    let all = json!({ "name": "Prepress", "description": "d", "scopes": ["a"], "scope_sets": [set], "users": [ada] });
    let path = format!("{GROUPS}{}", group(&server, all).await);
    let patched = server.patch(&path, &json!({ "name": "Press", "scopes": ["b", "c"] })).await;
    assert_eq!(patched.header("etag"), "W/\"2\"", "one change, however many fields");
    let patched = patched.expect(200);
    assert_eq!((&patched["name"], &patched["description"]), (&json!("Press"), &json!("d")));
    assert_eq!((&patched["scopes"], &patched["scope_sets"][0]["id"]), (&json!(["b", "c"]), &json!(set)));
    let same = server.patch(&path, &json!({ "name": null, "scopes": ["b", "c"] })).await;
    assert_eq!(same.header("etag"), "W/\"2\"", "what changes nothing is no change");
    assert_eq!(server.patch(&path, &json!({})).await.header("etag"), "W/\"2\"");
    let cleared = server.patch(&path, &json!({ "description": null, "scope_sets": null })).await.expect(200);
    assert_eq!((&cleared["description"], &cleared["scope_sets"]), (&json!(null), &json!([])));
    server.patch(&path, &json!({ "description": "again", "scope_sets": [set] })).await.expect(200);
    let replaced = server.put(&path, &json!({ "name": "Press" })).await.expect(200);
    assert_eq!((&replaced["description"], &replaced["scopes"]), (&json!(null), &json!([])));
    assert_eq!(
        (&replaced["scope_sets"], &replaced["user_count"]),
        (&json!([]), &json!(1)),
        "members are no part of it"
    );
    assert_eq!(faults(&server.put(&path, &json!({})).await.expect(422))[0].1, "missing");
    let nowhere = format!("{GROUPS}{}", Uuid::from_u128(7));
    assert_eq!(server.put(&nowhere, &json!({ "name": "x" })).await.expect(404), json!({ "detail": "Group not found" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_clash_and_versions_must_match() {
    let server = TestServer::start().await;
    let path = format!("{GROUPS}{}", group(&server, json!({ "name": "Press" })).await);
    group(&server, json!({ "name": "Straße" })).await;
    let taken = server.post(GROUPS, &json!({ "name": "STRASSE" })).await.expect(409);
    assert_eq!(taken, json!({ "detail": "name \"STRASSE\" is already in use" }));
    server.patch(&path, &json!({ "name": "strasse" })).await.expect(409);
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let body = (method != Method::DELETE).then(|| json!({ "name": "Other" }));
        let answer = server.send(method.clone(), &path, &[("If-Match", "W/\"9\"")], body.as_ref()).await;
        assert_eq!(answer.status, 412, "{method}: {}", answer.text);
    }
    let answer = server.send(Method::DELETE, &path, &[("If-Match", "\"1\"")], None).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    server.delete(&path).await.expect(404);
    server.get(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_group_grants_is_told_with_its_change() {
    let server = TestServer::start().await;
    let id = group(&server, json!({ "name": "Press", "scopes": ["a"] })).await;
    server.patch(&format!("{GROUPS}{id}"), &json!({ "scopes": ["b"], "name": "Print" })).await.expect(200);
    let told = "SELECT before::text, after::text FROM events WHERE resource = $1::text::uuid ORDER BY seq DESC LIMIT 1";
    let row = sql(server.database_url()).await.query_one(told, &[&id]).await.unwrap();
    let (before, after): (String, String) = (row.get(0), row.get(1));
    assert!(before.contains("\"scopes\": [\"a\"]") && before.contains("Press"), "{before}");
    assert!(after.contains("\"scopes\": [\"b\"]") && after.contains("Print"), "{after}");
}
