//! What things cost at the size of a large company: 100,000 users, 5,000 groups, one of them with everybody in it. Costs
//! are counted, never timed: statements on the wire to the database, rows as the database counts them.

mod arrivals;
mod bulk;
mod changes;
mod credentials;
pub(crate) mod crowd;
mod pages;
mod sharing;
mod statistics;
mod together;
pub(crate) mod wire;

use std::time::{Duration, Instant};

use convoke::model::membership::MemberChange;
use serde_json::{Value, json};

/// Asks until it is so. What does not come to be within a minute does not come to be.
pub(crate) async fn eventually(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "not in a minute: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The body of a PATCH.
pub(crate) fn patch(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

/// The body of a PATCH that puts one user in.
fn adding(user: &str) -> Value {
    patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]))
}

/// The body of a PATCH that takes one user out.
fn removing(user: &str) -> Value {
    patch(&json!([{ "op": "remove", "path": format!("members[value eq \"{user}\"]") }]))
}

/// The change that puts one user in, as the verbs take it.
fn coming(user: &str) -> MemberChange {
    MemberChange { add: vec![user.parse().unwrap()], ..MemberChange::default() }
}

/// The change that takes one user out.
fn going(user: &str) -> MemberChange {
    MemberChange { remove: vec![user.parse().unwrap()], ..MemberChange::default() }
}
