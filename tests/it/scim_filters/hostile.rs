//! Whatever is put into a filter, a path, an order, a cursor or a PATCH: an answer or a refusal, never an internal error.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use reqwest::Method;
use serde_json::json;

use super::{USER, id_of, search};
use crate::support::{Answer, TestServer};

/// Bits of what the parsers know, and what they do not.
fn fragments() -> impl Strategy<Value = String> {
    let known = [
        "userName",
        "emails",
        "members",
        "groups",
        "meta.created",
        "value",
        "type",
        "$ref",
        ".",
        "[",
        "]",
        "(",
        ")",
        " ",
        "  ",
        "eq",
        "ne",
        "co",
        "gt",
        "pr",
        "not",
        "and",
        "or",
        "\"x\"",
        "\"",
        "\\u0000",
        "\\ud800",
        "'",
        "true",
        "null",
        "1e999",
        "-0",
        "{}",
        "9223372036854775808",
        "2026-01-01T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "urn:ietf:params:scim:schemas:core:2.0:User:",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ":",
        "İ",
        "\u{0}",
        "\u{feff}",
        "💥",
        "%",
        "_",
        "\\",
    ];
    let piece = prop_oneof![8 => select(known.map(str::to_owned).to_vec()), 1 => any::<String>()];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn runner() -> TestRunner {
    let config = Config { cases: 120, rng_seed: RngSeed::Fixed(99), failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
}

fn judge(answer: &Answer, allowed: &[u16]) -> Result<(), TestCaseError> {
    prop_assert!(allowed.contains(&answer.status), "{}: {}", answer.status, answer.text);
    let refused = answer.status < 400 || answer.body["detail"].as_str().is_some_and(|detail| detail.len() > 10);
    prop_assert!(refused, "{}", answer.text);
    Ok(())
}

fn wait<F: Future>(future: F) -> F::Output {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_answer_or_refuse() {
    let server = TestServer::start().await;
    server.post("/scim/v2/Users", &json!({ "schemas": [USER], "userName": "ada" })).await.expect(201);
    for parameter in ["filter", "sortBy", "cursor", "attributes", "excludedAttributes", "sortOrder"] {
        let outcome = runner().run(&(fragments(), select(vec!["", "/Users", "/Groups"])), |(text, at)| {
            let value = if parameter.ends_with("ttributes") { json!([text]) } else { json!(text) };
            judge(&wait(search(&server, at, json!({ parameter: value }))), &[200, 400])
        });
        outcome.unwrap_or_else(|failure| panic!("{parameter}: {failure}"));
    }
    let bytes = prop::collection::vec(any::<u8>(), 0..24);
    let outcome = runner().run(&bytes, |bytes| {
        let encoded: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        let query = format!("filter={encoded}&sortBy={encoded}&cursor={encoded}&count={encoded}");
        judge(&wait(server.get(&format!("/scim/v2/Users?{query}"))), &[200, 400])
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn patches_answer_or_refuse() {
    let server = TestServer::start().await;
    let user =
        id_of(&server.post("/scim/v2/Users", &json!({ "schemas": [USER], "userName": "ada" })).await.expect(201));
    let group = id_of(&server.post("/scim/v2/Groups", &json!({ "displayName": "g" })).await.expect(201));
    let paths = [format!("/scim/v2/Users/{user}"), format!("/scim/v2/Groups/{group}")];
    let value = prop_oneof![
        Just(json!(null)),
        Just(json!({ "value": "x" })),
        Just(json!([{ "value": "x", "type": "work" }])),
        Just(json!({ "name.givenName": "x", "emails": [{}] })),
        any::<String>().prop_map(|text| json!(text)),
        fragments().prop_map(|key| json!({ key: "x" })),
    ];
    let operation = (select(vec!["add", "Replace", "remove", "x"]), prop::option::of(fragments()), value);
    let operation = operation.prop_map(|(op, path, value)| match path {
        Some(path) => json!({ "op": op, "path": path, "value": value }),
        None => json!({ "op": op, "value": value }),
    });
    let operations = prop::collection::vec(operation, 1..4);
    let outcome = runner().run(&(operations, select(paths.to_vec())), |(operations, path)| {
        let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
        judge(&wait(server.patch(&path, &body)), &[200, 204, 400, 409])
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let bytes = prop_oneof![prop::collection::vec(any::<u8>(), 0..64), fragments().prop_map(String::into_bytes)];
    let outcome = runner().run(&(bytes, select(paths.to_vec())), |(bytes, path)| {
        let body = Some(("application/scim+json", bytes));
        judge(&wait(server.send_bytes(Method::PATCH, &path, &[], body)), &[200, 400])
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
