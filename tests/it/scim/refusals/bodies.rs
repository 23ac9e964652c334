//! Bodies that are no JSON, too large, of another kind, of the wrong shape, or hostile.

use super::{Row, Scene, patch_body, row};
use crate::conformance::proves;

const LIMIT: usize = 8 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_json() {
    let _proof = proves(&["T60", "11.5", "3.10"]);
    let deep = format!("{{\"userName\":\"x\",\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let mut rows = Vec::new();
    for body in ["", " ", "{", "{\"userName\":\"x\"", "nonsense", "{\"userName\":\"x\"} {}", "{'userName':'x'}", &deep]
    {
        rows.push(row("POST", "/Users", 400, "invalidSyntax").body(body));
        rows.push(row("PUT", "/Users/{user}", 400, "invalidSyntax").body(body));
        rows.push(row("PATCH", "/Groups/{group}", 400, "invalidSyntax").body(body));
    }
    for body in ["[]", "null", "42", "\"text\"", "true", "[{\"userName\":\"x\"}]"] {
        rows.push(row("POST", "/Groups", 400, "invalidSyntax").body(body).names("object"));
        rows.push(row("PUT", "/Groups/{group}", 400, "invalidSyntax").body(body).names("object"));
        rows.push(row("PATCH", "/Users/{user}", 400, "invalidSyntax").body(body));
    }
    rows.push(row("POST", "/Users", 400, "invalidSyntax").body(b"{\"userName\":\"\xff\xfe\"}".to_vec()));
    rows.push(row("POST", "/Users", 400, "invalidSyntax").body("{\"userName\":\"\\ud800\"}"));
    rows.push(row("POST", "/Users", 400, "invalidSyntax").body("{\"userName\":\"x\",\"USERNAME\":\"y\"}"));
    Scene::set().await.hold(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_another_kind() {
    let _proof = proves(&["2.5"]);
    let mut rows = Vec::new();
    for kind in ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/jsonx", "nonsense"] {
        let user = "{\"userName\":\"new\"}";
        rows.push(
            row("POST", "/Users", 415, None).header("content-type", kind).body(user).names("application/scim+json"),
        );
        rows.push(row("PUT", "/Users/{user}", 415, None).header("content-type", kind).body(user));
        let patch = patch_body("{\"op\":\"remove\",\"path\":\"members\"}");
        rows.push(row("PATCH", "/Groups/{group}", 415, None).header("content-type", kind).body(patch));
    }
    Scene::set().await.hold(rows).await;
}

fn padded(length: usize) -> String {
    let body = "{\"userName\":\"large\"}";
    format!("{body}{}", " ".repeat(length - body.len()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large() {
    let _proof = proves(&["T60", "11.5"]);
    let scene = Scene::set().await;
    let too_large = |method, path: &str, length| row(method, path, 413, None).body(padded(length)).names("8388608");
    scene
        .hold(vec![
            too_large("POST", "/Users", LIMIT + 1),
            too_large("PUT", "/Users/{user}", LIMIT + 1),
            too_large("PATCH", "/Groups/{group}", LIMIT + 100_000),
        ])
        .await;
    let answer = scene.ask(&row("POST", "/Users", 201, None).body(padded(LIMIT))).await;
    assert_eq!(answer.status, 201, "a body of exactly the limit is taken: {answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_the_wrong_shape() {
    let long = format!("{{\"userName\":\"{}\"}}", "x".repeat(10_000));
    let refused = |body: &str| row("POST", "/Users", 400, "invalidValue").body(body);
    let mut rows: Vec<Row> = vec![
        refused("{}").names("userName"),
        refused("{\"userName\":null}").names("userName"),
        refused("{\"userName\":\"\"}").names("userName"),
        refused("{\"userName\":\"  \"}").names("userName"),
        refused("{\"userName\":{}}").names("userName"),
        refused("{\"userName\":[\"a\",\"b\"]}").names("userName"),
        refused(&long).names("userName"),
    ];
    for (attribute, value) in [
        ("active", "\"maybe\""),
        ("active", "{}"),
        ("active", "2"),
        ("name", "\"Babs\""),
        ("name", "{\"givenName\":{}}"),
        ("emails", "[{\"value\":{}}]"),
        ("emails", "[{\"primary\":\"maybe\"}]"),
        ("emails", "[{\"value\":\"a\",\"primary\":true},{\"value\":\"b\",\"primary\":true}]"),
        ("displayName", "{\"a\":1}"),
        ("externalId", "{}"),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "\"text\""),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "{\"department\":{}}"),
    ] {
        let body = format!("{{\"userName\":\"new\",\"{attribute}\":{value}}}");
        rows.push(refused(&body).names(if value.contains("department") { "department" } else { attribute }));
        let put = row("PUT", "/Users/{user}", 400, "invalidValue");
        rows.push(put.body(format!("{{\"userName\":\"user\",\"{attribute}\":{value}}}")));
    }
    Scene::set().await.hold(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_of_the_wrong_shape() {
    let refused = |body: &str| row("POST", "/Groups", 400, "invalidValue").body(body);
    let long = format!("{{\"displayName\":\"{}\"}}", "x".repeat(257));
    let mut rows = vec![
        refused("{}").names("displayName"),
        refused("{\"displayName\":\"\"}").names("displayName"),
        refused("{\"displayName\":[]}").names("displayName"),
        refused("{\"displayName\":\"a\\nb\"}").names("displayName"),
        refused(&long).names("displayName"),
    ];
    for members in
        ["\"x\"", "42", "[[]]", "[{}]", "[{\"value\":\"\"}]", "[{\"value\":{}}]", "[{\"display\":\"x\"}]", "[\"x\"]"]
    {
        rows.push(refused(&format!("{{\"displayName\":\"new\",\"members\":{members}}}")).names("members"));
        let put = row("PUT", "/Groups/{group}", 400, "invalidValue");
        rows.push(put.body(format!("{{\"displayName\":\"group\",\"members\":{members}}}")).names("members"));
    }
    let parent = |value: &str| {
        let extension = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";
        refused(&format!("{{\"displayName\":\"new\",\"{extension}\":{{\"parentGroup\":{{\"value\":\"{value}\"}}}}}}"))
    };
    rows.extend([parent("nobody"), parent("0190d3c4-8f4e-7d9a-b1c2-3d4e5f607182"), parent("{foreign_group}")]);
    Scene::set().await.hold(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nul_characters() {
    let _proof = proves(&["20.5"]);
    let nul =
        |method, path: &str, body: &str| row(method, path, 400, "invalidValue").body(body.replace('~', "\\u0000"));
    let patch = |operation: &str| patch_body(operation);
    Scene::set()
        .await
        .hold(vec![
            nul("POST", "/Users", "{\"userName\":\"a~b\"}").names("userName"),
            nul("POST", "/Users", "{\"userName\":\"new\",\"title\":\"a~\"}").names("title"),
            nul("POST", "/Users", "{\"userName\":\"new\",\"externalId\":\"~\"}").names("externalId"),
            nul("POST", "/Users", "{\"userName\":\"new\",\"emails\":[{\"value\":\"a~\"}]}").names("emails"),
            nul("POST", "/Groups", "{\"displayName\":\"a~b\"}").names("displayName"),
            nul("POST", "/Groups", "{\"displayName\":\"new\",\"externalId\":\"~\"}").names("externalId"),
            nul("POST", "/Groups", "{\"displayName\":\"new\",\"members\":[{\"value\":\"~\"}]}"),
            nul("PUT", "/Users/{user}", "{\"userName\":\"a~b\"}").names("userName"),
            nul("PATCH", "/Users/{user}", &patch("{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"a~\"}")),
            nul("PATCH", "/Users/{user}", &patch("{\"op\":\"replace\",\"value\":{\"nickName\":\"a~\"}}")),
            nul("PATCH", "/Groups/{group}", &patch("{\"op\":\"replace\",\"path\":\"displayName\",\"value\":\"a~\"}")),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patches_of_the_wrong_shape() {
    let user = |kind, operation: &str| row("PATCH", "/Users/{user}", 400, kind).body(patch_body(operation));
    let group = |kind, operation: &str| row("PATCH", "/Groups/{group}", 400, kind).body(patch_body(operation));
    let deep = format!("a{}", "[b eq 1 and a".repeat(5_000));
    let mut rows: Vec<Row> = Vec::new();
    for path in ["a b", "[type eq \\\"work\\\"]", "userName.", "1a", "\\u0000", &deep] {
        rows.push(user("invalidPath", &format!("{{\"op\":\"replace\",\"path\":\"{path}\",\"value\":\"x\"}}")));
    }
    for path in ["emails[", "emails[]", "emails[type eq \\\"work\\\"", "emails[stranger eq 1].value"] {
        rows.push(user("invalidFilter", &format!("{{\"op\":\"replace\",\"path\":\"{path}\",\"value\":\"x\"}}")));
    }
    rows.extend([
        user("invalidFilter", "{\"op\":\"replace\",\"path\":\"emails[type is \\\"work\\\"].value\",\"value\":\"x\"}"),
        user("invalidPath", "{\"op\":\"replace\",\"path\":\"stranger\",\"value\":\"x\"}").names("stranger"),
        user("invalidPath", "{\"op\":\"replace\",\"path\":42,\"value\":\"x\"}"),
        user("invalidPath", "{\"op\":\"replace\",\"path\":\"urn:x:stranger\",\"value\":\"x\"}"),
        user("invalidSyntax", "{\"op\":\"delete\",\"path\":\"title\"}").names("delete"),
        user("invalidSyntax", "{\"path\":\"title\",\"value\":\"x\"}").names("op"),
        user("invalidSyntax", "42"),
        user("invalidValue", "{\"op\":\"replace\",\"path\":\"title\"}").names("value"),
        user("invalidValue", "{\"op\":\"add\",\"value\":[1]}"),
        user("invalidValue", "{\"op\":\"add\",\"path\":\"active\",\"value\":\"maybe\"}").names("active"),
        user("noTarget", "{\"op\":\"remove\"}"),
        user("mutability", "{\"op\":\"replace\",\"path\":\"id\",\"value\":\"x\"}").names("id"),
        user("mutability", "{\"op\":\"add\",\"path\":\"groups\",\"value\":[{\"value\":\"x\"}]}").names("groups"),
        user("mutability", "{\"op\":\"remove\",\"path\":\"userName\"}").names("userName"),
        group("mutability", "{\"op\":\"remove\",\"path\":\"displayName\"}").names("displayName"),
        group("invalidValue", "{\"op\":\"add\",\"path\":\"members\"}").names("members"),
        group("invalidValue", "{\"op\":\"add\",\"path\":\"members\",\"value\":[{}]}").names("members"),
        group("invalidFilter", "{\"op\":\"remove\",\"path\":\"members[stranger eq \\\"x\\\"]\"}").names("members"),
        group("invalidPath", "{\"op\":\"replace\",\"path\":\"active\",\"value\":false}").names("active"),
    ]);
    let other = "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:SearchRequest\"],\"Operations\":[]}";
    rows.push(row("PATCH", "/Users/{user}", 400, "invalidSyntax").body(other).names("schemas"));
    Scene::set().await.hold(rows).await;
}
