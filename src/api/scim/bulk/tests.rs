//! Reading and ordering, for good requests and hostile ones.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::aside::set_aside;
use super::envelope::{self, Bulk};
use super::operation::{Verb, Work};
use super::order::{Node, Step, plan};
use super::references::collect;
use crate::api::scim::error::Error;
use crate::schema::accept::any_json;
use crate::schema::leniency::{Leniency, Stance};
use crate::schema::registry::Registry;
use crate::schema::{Document, Mode};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const BASE: &str = "https://id.example.com/scim/v2";

fn document(value: Value) -> Document {
    match value {
        Value::Object(document) => document,
        _ => Document::new(),
    }
}

fn read_in(mode: Mode, message: Value) -> (Result<Bulk, Error>, Vec<Leniency>) {
    let mut stance = Stance::new(mode);
    let bulk = envelope::read(document(message), BASE, &mut stance);
    (bulk, stance.into_used())
}

fn refused(message: Value) -> (u16, String) {
    let error = read_in(Mode::Compat, message).0.unwrap_err();
    (error.status().as_u16(), error.detail().to_owned())
}

/// The only operation of a Bulk.
fn work(mode: Mode, operation: &Value) -> Result<Work, Error> {
    let bulk = read_in(mode, json!({ "schemas": [BULK], "Operations": [operation] })).0.unwrap();
    bulk.operations.into_iter().next().unwrap().work
}

#[test]
fn what_is_wrong_with_the_message_refuses_it() {
    let post = |id: &str| json!({ "method": "POST", "bulkId": id, "path": "/Users", "data": {} });
    let cases = [
        (json!({ "schemas": ["urn:x"], "Operations": [] }), 400, BULK),
        (json!({ "schemas": [BULK] }), 400, "Operations"),
        (json!({ "schemas": [BULK], "Operations": {} }), 400, "an object"),
        (json!({ "schemas": [BULK], "Operations": [1] }), 400, "a number"),
        (json!({ "schemas": [BULK], "Operations": [], "operations": [] }), 400, "twice"),
        (json!({ "schemas": [BULK], "Operations": [], "failOnErrors": 0 }), 400, "at least 1"),
        (json!({ "schemas": [BULK], "Operations": [], "failOnErrors": -1 }), 400, "-1"),
        (json!({ "schemas": [BULK], "Operations": [], "failOnErrors": "x" }), 400, "failOnErrors"),
        (json!({ "schemas": [BULK], "Operations": [post("a"), post("b"), post("a")] }), 400, "\"a\" is there twice"),
        (json!({ "schemas": [BULK], "Operations": vec![json!({}); 1001] }), 413, "maxOperations is 1000"),
    ];
    for (message, status, part) in cases {
        let (found, detail) = refused(message);
        assert!(found == status && detail.contains(part), "{found} {detail}");
    }
}

#[test]
fn an_operation_that_cannot_be_read_fails_alone_and_is_still_named() {
    let message = json!({ "schemas": [BULK], "Operations": [
        { "method": "PUT", "path": "/Users/x", "bulkId": "b" },
        { "method": "DELETE", "path": "/Users/y" },
    ]});
    let operations = read_in(Mode::Strict, message).0.unwrap().operations;
    let first = &operations[0];
    assert_eq!((first.method.as_deref(), first.bulk_id.as_deref()), (Some("PUT"), Some("b")));
    assert_eq!(first.target.as_ref().and_then(|target| target.id.as_deref()), Some("x"));
    assert!(first.work.as_ref().unwrap_err().detail().contains("\"data\""));
    assert!(operations[1].work.is_ok());
}

#[test]
fn each_operation_is_refused_for_what_is_wrong_with_it() {
    let cases = [
        (json!({}), 400, "method"),
        (json!({ "method": "GET", "path": "/Users/x" }), 400, "\"GET\""),
        (json!({ "method": "POST", "path": "/Users", "data": {} }), 400, "bulkId"),
        (json!({ "method": "POST", "path": "/Users", "bulkId": 7, "data": {} }), 400, "a number"),
        (json!({ "method": "POST", "path": "/Users", "bulkId": "a" }), 400, "\"data\", an object; it is missing"),
        (json!({ "method": "POST", "path": "/Users", "bulkId": "a", "data": [] }), 400, "an array"),
        (json!({ "method": "POST", "path": "/Users/x", "bulkId": "a", "data": {} }), 405, "POST"),
        (json!({ "method": "DELETE", "path": "/Users" }), 405, "DELETE"),
        (json!({ "method": "DELETE" }), 400, "path"),
        (json!({ "method": "DELETE", "path": 1 }), 400, "path"),
        (json!({ "method": "DELETE", "path": "/Devices/x" }), 404, "/Devices/x"),
        (json!({ "method": "POST", "path": "/Bulk", "bulkId": "a", "data": {} }), 400, "/Bulk"),
        (json!({ "method": "DELETE", "path": "/Users/x", "version": 1 }), 400, "version"),
        (json!({ "method": "DELETE", "METHOD": "PUT", "path": "/Users/x" }), 400, "twice"),
    ];
    for (operation, status, part) in cases {
        let error = work(Mode::Compat, &operation).unwrap_err();
        assert!(error.status() == status && error.detail().contains(part), "{operation}: {error:?}");
    }
}

#[test]
fn compat_forgives_what_strict_refuses() {
    let forgiven = json!({ "schemas": [BULK], "Operations": [
        { "method": "delete", "path": "/Users/x" },
        { "method": "PATCH", "path": "Users/x", "data": [{ "op": "remove", "path": "title" }] },
    ]});
    let (bulk, used) = read_in(Mode::Compat, forgiven.clone());
    let operations = bulk.unwrap().operations;
    assert_eq!(operations[0].work.as_ref().map(|work| work.verb).unwrap(), Verb::Delete);
    assert_eq!(operations[1].work.as_ref().unwrap().data["Operations"][0]["op"], "remove");
    let all = [Leniency::MethodCase, Leniency::BulkPathForm, Leniency::OperationsWithoutMessage];
    assert!(all.iter().all(|leniency| used.contains(leniency)), "{used:?}");
    let strict = read_in(Mode::Strict, forgiven).0.unwrap().operations;
    assert!(strict.iter().all(|operation| operation.work.is_err()));
    assert!(read_in(Mode::Strict, json!({ "Operations": [] })).0.is_err());
}

fn post(id: &str, references: &[&str]) -> Node {
    let references = references.iter().map(ToString::to_string).collect();
    Node { creates: Some(id.to_owned()), references, ..Node::default() }
}

fn change(target: &str, references: &[&str]) -> Node {
    let changes = target.strip_prefix("bulkId:").map(str::to_owned);
    Node { creates: None, changes, target: Some(target.to_owned()), ..post("", references) }
}

fn run(operation: usize) -> Step {
    Step::Run { operation, without: Vec::new() }
}

#[test]
fn without_forward_references_the_order_is_that_of_the_request() {
    let nodes = [post("a", &[]), change("x", &[]), post("b", &["a"]), change("bulkId:a", &["b", "nobody"])];
    assert_eq!(plan(&nodes), [run(0), run(1), run(2), run(3)]);
}

#[test]
fn who_refers_further_down_waits_and_nobody_overtakes_on_the_same_resource() {
    let nodes = [change("x", &["b"]), change("x", &[]), change("y", &[]), post("b", &["c"]), post("c", &[])];
    assert_eq!(plan(&nodes), [run(2), run(4), run(3), run(0), run(1)]);
}

#[test]
fn a_ring_is_broken_at_its_first_and_completed_before_others_change_it() {
    let nodes = [change("bulkId:a", &[]), post("d", &["a"]), post("a", &["b"]), post("b", &["a"])];
    let broken = Step::Run { operation: 2, without: vec![3] };
    assert_eq!(plan(&nodes), [broken, run(1), run(3), Step::Complete(2), run(0)]);
}

#[test]
fn a_ring_keeps_its_place() {
    let nodes = [post("g", &["a", "b"]), post("a", &["b"]), post("b", &["a"]), post("late", &[])];
    let broken = Step::Run { operation: 1, without: vec![2] };
    assert_eq!(plan(&nodes), [broken, run(2), Step::Complete(1), run(0), run(3)]);
}

#[test]
fn a_ring_of_one_is_a_ring() {
    assert_eq!(plan(&[post("a", &["a"])]), [Step::Run { operation: 0, without: vec![0] }, Step::Complete(0)]);
}

#[test]
fn what_refers_to_the_absent_is_set_aside_by_attribute() {
    let registry = Registry::load(None).unwrap();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut user = document(json!({
        "userName": "a",
        "title": "bulkId:there",
        enterprise: { "department": "d", "manager": { "value": "bulkId:gone" } },
    }));
    let patch = set_aside(&mut user, registry.user(), &|name| name == "gone").unwrap();
    let path = format!("{enterprise}:manager");
    assert_eq!(patch["Operations"], json!([{ "op": "add", "path": path, "value": { "value": "bulkId:gone" } }]));
    assert_eq!(user[enterprise], json!({ "department": "d", "manager": null }));
    let mut group = document(json!({ "members": [{ "value": "bulkId:gone" }, { "value": "bulkId:there" }] }));
    let patch = set_aside(&mut group, registry.group(), &|name| name == "gone").unwrap();
    assert_eq!(patch["Operations"][0]["value"], json!([{ "value": "bulkId:gone" }]));
    assert_eq!(group["members"], json!([{ "value": "bulkId:there" }]));
    assert_eq!(set_aside(&mut group, registry.group(), &|name| name == "gone"), None);
}

fn any_nodes() -> impl Strategy<Value = Vec<Node>> {
    let node = (any::<bool>(), prop::collection::vec(0_usize..12, 0..4), 0_usize..12);
    prop::collection::vec(node, 0..12).prop_map(|drawn| {
        let node = |(at, (creates, references, other)): (usize, (bool, Vec<usize>, usize))| {
            let references: Vec<String> = references.iter().map(ToString::to_string).collect();
            let target = if other % 2 == 0 { format!("bulkId:{other}") } else { other.to_string() };
            let kind = if creates { post(&at.to_string(), &[]) } else { change(&target, &[]) };
            Node { references, ..kind }
        };
        drawn.into_iter().enumerate().map(node).collect()
    })
}

/// An operation of a Bulk, mostly plausible.
fn any_operation() -> impl Strategy<Value = Value> {
    let word = |words: &'static [&'static str]| prop::sample::select(words).prop_map(Value::from);
    let method = prop_oneof![4 => word(&["POST", "put", "PATCH", "DELETE", "GET"]), 1 => any_json()];
    let path = prop_oneof![4 => word(&["/Users", "Groups/x", "/Users/bulkId:a", "/Bulk"]), 1 => any_json()];
    let id = prop_oneof![4 => word(&["a", "b", "", "c"]), 1 => any_json()];
    (method, path, id, any_json(), any_json()).prop_map(|(method, path, id, data, version)| {
        json!({ "method": method, "path": path, "bulkId": id, "data": data, "version": version })
    })
}

proptest! {
    #[test]
    fn every_plan_runs_everything_once_and_keeps_its_promises(nodes in any_nodes()) {
        let steps = plan(&nodes);
        let at = |wanted: usize| steps.iter().position(|step| matches!(step, Step::Run { operation, .. } if *operation == wanted));
        let creator = |name: &str| nodes.iter().position(|node| node.creates.as_deref() == Some(name));
        prop_assert_eq!(steps.iter().filter(|step| matches!(step, Step::Run { .. })).count(), nodes.len());
        for (position, step) in steps.iter().enumerate() {
            let Step::Run { operation, without } = step else { continue };
            for needed in nodes[*operation].references.iter().filter_map(|name| creator(name)) {
                prop_assert!(at(needed) < Some(position) || without.contains(&needed));
            }
            let completed = steps.iter().position(|step| *step == Step::Complete(*operation));
            prop_assert_eq!(completed.is_some(), !without.is_empty());
            prop_assert!(without.iter().all(|absent| at(*absent) <= completed));
            prop_assert!(without.is_empty() || nodes[*operation].creates.is_some());
            let node = &nodes[*operation];
            if node.references.is_empty() && node.target.is_none() {
                prop_assert!((operation + 1..nodes.len()).all(|later| at(later) > Some(position)));
            }
        }
    }

    #[test]
    fn no_message_panics(mut message in any_json(), operations in prop::collection::vec(any_operation(), 0..6)) {
        for mode in [Mode::Compat, Mode::Strict] {
            let _ = envelope::read(document(message.clone()), BASE, &mut Stance::new(mode));
            let message = json!({ "schemas": [BULK], "Operations": operations });
            let _ = envelope::read(document(message), BASE, &mut Stance::new(mode));
        }
        collect(&mut message, &mut Vec::new());
    }
}
