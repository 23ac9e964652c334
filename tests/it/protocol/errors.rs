//! Section 15: what a refusal says, whoever refuses, and what it keeps to itself.

use serde_json::{Value, json};

use super::{like, start};
use crate::conformance::proves;

/// A request that is refused: method, path, body as text, status, `scimType`.
type Row = (&'static str, &'static str, &'static str, u16, Option<&'static str>);

const PATCH: &str = "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"],\"Operations\":[";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_layer_refuses_in_scim() {
    let _proof = proves(&["2.1", "11.5", "15.1", "15.2", "15.3", "15.7"]);
    let (site, client) = start().await;
    let user = client.user("taken").await;
    let rows: &[Row] = &[
        ("GET", "/Nothing", "", 404, None),
        ("GET", "/Users/nobody", "", 404, None),
        ("PUT", "/Users", "{}", 405, None),
        ("POST", "/Me", "{}", 501, None),
        ("GET", "/Schemas?filter=x", "", 403, None),
        ("POST", "/Users", "{\"userName\":", 400, Some("invalidSyntax")),
        ("POST", "/Users", "\u{0}", 400, Some("invalidSyntax")),
        ("POST", "/Users", "[1]", 400, Some("invalidSyntax")),
        ("POST", "/Users", "{}", 400, Some("invalidValue")),
        ("POST", "/Users", "{\"userName\":\"TAKEN\"}", 409, Some("uniqueness")),
        ("GET", "/Users?filter=userName", "", 400, Some("invalidFilter")),
        ("GET", "/Users?sortBy=stranger", "", 400, Some("invalidPath")),
        ("GET", "/Users?cursor=x", "", 400, Some("invalidCursor")),
        ("GET", "/Users?count=x", "", 400, Some("invalidValue")),
        ("GET", "../v3/Users", "", 400, Some("invalidVers")),
        ("PATCH", "/Users/{user}", "{\"op\":\"remove\"}]}", 400, Some("noTarget")),
        ("PATCH", "/Users/{user}", "{\"op\":\"remove\",\"path\":\"stranger\"}]}", 400, Some("invalidPath")),
        ("PATCH", "/Users/{user}", "{\"op\":\"remove\",\"path\":\"emails[\"}]}", 400, Some("invalidFilter")),
        ("PATCH", "/Users/{user}", "{\"op\":\"remove\",\"path\":\"id\"}]}", 400, Some("mutability")),
        ("PATCH", "/Users/{user}", "{\"op\":\"x\",\"path\":\"id\"}]}", 400, Some("invalidSyntax")),
    ];
    let before = site.sql.traces().await;
    for (method, path, body, status, scim_type) in rows {
        let mut request = client.request(method, &path.replace("{user}", &user));
        let patch = if *method == "PATCH" { PATCH } else { "" };
        if !body.is_empty() {
            request = request.header("content-type", "application/scim+json").body(format!("{patch}{body}"));
        }
        refused_in_scim(request, *status, *scim_type).await;
    }
    let large = client.request("POST", "/Users").body("x".repeat(9 * 1024 * 1024));
    refused_in_scim(large, 413, None).await;
    let kind = client.request("POST", "/Users").header("content-type", "text/plain").body("x");
    refused_in_scim(kind, 415, None).await;
    let stale = client.request("DELETE", &format!("/Users/{user}")).header("if-match", "W/\"9\"");
    refused_in_scim(stale, 412, None).await;
    let stranger = reqwest::Client::new().get(client.url("/Users"));
    refused_in_scim(stranger, 401, None).await;
    assert_eq!(site.sql.traces().await, before);
}

async fn refused_in_scim(request: reqwest::RequestBuilder, status: u16, scim_type: Option<&str>) {
    let answer = crate::support::Answer::of(request.send().await.unwrap()).await;
    let scim_type = scim_type.map_or_else(|| json!("@absent"), |scim_type| json!(scim_type));
    assert!(answer.header("content-type").starts_with("application/scim+json"), "{answer:?}");
    let expected = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(),
        "scimType": scim_type, "detail": "@string" });
    like(&answer.expect(status), &expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn details_tell_nothing_of_the_inside() {
    let _proof = proves(&["15.5", "20.5"]);
    let (site, client) = start().await;
    let path = format!("/Users/{}", client.user("u").await);
    let hostile =
        ["' OR 1=1 --", "\"; DROP TABLE users; --", "%27%20OR%201=1", "$1", "\\", "{{7*7}}", "a\tb", "%", "_"];
    let mut answers: Vec<(String, Value)> = Vec::new();
    for text in hostile {
        let quoted = json!(text).to_string();
        for target in [
            format!("/Users?filter=userName eq {quoted}"),
            format!("/Users?filter={text}"),
            format!("/Users?filter=emails[type eq {quoted}]"),
            format!("/Users?sortBy={text}"),
            format!("/Users?attributes={text}"),
            format!("/Users?cursor={text}"),
            format!("/Users/{text}"),
            format!("/Schemas/{text}"),
        ] {
            answers.push((target.clone(), client.get(&target).await.body));
        }
        let created = client.post("/Users", &json!({ "userName": text, "title": text, "externalId": text })).await;
        like(&created.body, &json!({ "userName": text, "title": text, "externalId": text }));
        let found = client.post("/Users/.search", &json!({ "filter": format!("title eq {quoted}") })).await.expect(200);
        assert_eq!(found["totalResults"], 1, "{text}");
        let patch = json!([{ "op": "replace", "path": text, "value": text }]);
        answers.push((text.to_owned(), client.patch(&path, patch).await.expect(400)));
    }
    let inside =
        ["select ", "insert ", "sql", "diesel", "postgres", "panicked", "src/", ".rs", "serde", "relation", "column"];
    for (asked, body) in answers {
        let told = body["detail"].as_str().unwrap_or_default().to_lowercase();
        assert!(inside.iter().all(|word| !told.contains(word)), "{asked}: {told}");
    }
    let users: i64 = site.sql.value("SELECT count(*) FROM users", &[]).await;
    assert_eq!(users, 1 + i64::try_from(hostile.len()).unwrap());
}
