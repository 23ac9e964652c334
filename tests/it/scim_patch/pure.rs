//! The function itself against the interpreter: thousands of requests, no server.

use std::sync::LazyLock;

use convoke::api::scim::patch;
use convoke::schema::registry::Registry;
use convoke::schema::{Document, Mode, accept};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};

use super::generate::{Placed, Request, request, resource};
use super::reference::interpret;
use super::terms::Schema;

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::load(Some(&super::folder())).unwrap());
static SCHEMA: LazyLock<Schema> = LazyLock::new(super::user_schema);

fn placed() -> Vec<Placed> {
    super::attributes(&SCHEMA)
}

/// The document a client would have created.
fn created(resource: Value) -> Document {
    let received = accept::read(REGISTRY.user(), resource.into(), Mode::Compat).unwrap();
    received.create(REGISTRY.user()).unwrap()
}

fn patched(document: &Document, requests: &[Request], mode: Mode) -> Result<Value, &'static str> {
    let operations: Vec<&Value> = requests.iter().map(|request| &request.json).collect();
    let message = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
    let refused = |refusal: convoke::schema::refusal::Refusal| refusal.kind.scim_type();
    let patch = patch::parse(message.into(), REGISTRY.user(), mode).map_err(refused)?;
    let mut changed = document.clone();
    patch.apply(REGISTRY.user(), "", &mut changed).map_err(refused)?;
    Ok(Value::Object(changed))
}

fn agree(resource: Value, requests: &[Request], mode: Mode) -> TestCaseResult {
    let document = created(resource);
    let meanings: Vec<_> = requests.iter().map(|request| request.meaning.clone()).collect();
    let start = Value::Object(document.clone());
    let expected = interpret(&SCHEMA, mode == Mode::Strict, &start, &meanings);
    let found = patched(&document, requests, mode);
    let operations: Vec<String> = requests.iter().map(|request| request.json.to_string()).collect();
    prop_assert_eq!(
        &found,
        &expected,
        "left: the server, right: the reference, from {}\nby {}",
        start,
        operations.join("\n   ")
    );
    Ok(())
}

fn sequence(strict: bool, most: usize) -> impl Strategy<Value = (Value, Vec<Request>)> {
    let placed = placed();
    (resource(&placed), prop::collection::vec(request(&placed, strict), 1..=most))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, max_shrink_iters: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_operation_in_compat((resource, requests) in sequence(false, 1)) {
        agree(resource, &requests, Mode::Compat)?;
    }

    #[test]
    fn one_operation_in_strict((resource, requests) in sequence(true, 1)) {
        agree(resource, &requests, Mode::Strict)?;
    }

    #[test]
    fn sequences_in_compat((resource, requests) in sequence(false, 5)) {
        agree(resource, &requests, Mode::Compat)?;
    }

    #[test]
    fn sequences_in_strict((resource, requests) in sequence(true, 5)) {
        agree(resource, &requests, Mode::Strict)?;
    }
}
