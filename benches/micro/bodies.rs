//! Bodies of POST and PUT, from their bytes to a checked document, and to an array of ids where there are members.

use convoke::schema::accept::{self, Received};
use convoke::schema::input::Input;
use convoke::schema::resource_type::ResourceType;
use convoke::schema::{Document, Mode};
use divan::{Bencher, black_box};
use serde_json::{Value, json};

use super::material::{SCHEMAS, document, ids};

fn read(body: &str, resource_type: &ResourceType) -> (Received, Document) {
    let received = accept::read(resource_type, Input::parse(body.as_bytes()).unwrap(), Mode::Compat).unwrap();
    let document = received.create(resource_type).unwrap();
    (received, document)
}

#[divan::bench]
fn user(bencher: Bencher<'_, '_>) {
    let body = document(1).to_string();
    bencher.bench(|| read(black_box(&body), SCHEMAS.user()));
}

#[divan::bench(args = [1_000])]
fn group_with_members(bencher: Bencher<'_, '_>, count: usize) {
    let members: Value = ids(count).into_iter().map(|id| json!({ "value": id })).collect();
    let body = json!({ "displayName": "Group", "members": members }).to_string();
    bencher.bench(|| read(black_box(&body), SCHEMAS.group()));
}
