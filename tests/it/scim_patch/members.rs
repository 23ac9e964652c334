//! Operations on members against a plain set: they are applied as one change of rows, and must have the effect they would
//! have had one after the other.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::scim::client::Client;
use crate::scim::site::Site;

/// One operation on members; numbers stand for users, groups, and one id that nobody has.
#[derive(Debug, Clone)]
enum Step {
    Add(Vec<usize>),
    Remove(Vec<usize>),
    RemoveWhere(Vec<usize>),
    Clear,
    Replace(Vec<usize>),
    KeyAdd(Vec<usize>),
    KeyReplace(Vec<usize>),
    Rename(usize),
}

const USERS: usize = 5;
const GROUPS: usize = 2;
/// The number of the id that nobody has.
const NOBODY: usize = USERS + GROUPS;

fn step() -> impl Strategy<Value = Step> {
    let who = prop_oneof![15 => 0..NOBODY, 1 => Just(NOBODY)];
    let some = prop::collection::vec(who, 0..4);
    let one = some.clone().prop_filter("a filter has a term", |ids| !ids.is_empty());
    prop_oneof![
        4 => some.clone().prop_map(Step::Add),
        3 => some.clone().prop_map(Step::Remove),
        3 => one.prop_map(Step::RemoveWhere),
        1 => Just(Step::Clear),
        2 => some.clone().prop_map(Step::Replace),
        2 => some.clone().prop_map(Step::KeyAdd),
        2 => some.prop_map(Step::KeyReplace),
        1 => (0..2usize).prop_map(Step::Rename),
    ]
}

impl Step {
    fn json(&self, ids: &[String]) -> Value {
        let list = |some: &[usize]| some.iter().map(|at| json!({ "value": ids[*at] })).collect::<Value>();
        match self {
            Self::Add(some) => json!({ "op": "add", "path": "members", "value": list(some) }),
            Self::Remove(some) => json!({ "op": "Remove", "path": "members", "value": list(some) }),
            Self::RemoveWhere(some) => {
                let terms: Vec<_> = some.iter().map(|at| format!("value eq \"{}\"", ids[*at].to_uppercase())).collect();
                json!({ "op": "remove", "path": format!("members[{}]", terms.join(" or ")) })
            }
            Self::Clear => json!({ "op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:members" }),
            Self::Replace(some) => json!({ "op": "replace", "path": "members", "value": list(some) }),
            Self::KeyAdd(some) => json!({ "op": "add", "value": { "members": list(some) } }),
            Self::KeyReplace(some) => json!({ "op": "replace", "value": { "Members": list(some) } }),
            Self::Rename(number) => {
                json!({ "op": "replace", "path": "displayName", "value": format!("name {number}") })
            }
        }
    }

    fn apply(&self, members: &mut BTreeSet<usize>, name: &mut usize) {
        match self {
            Self::Add(some) | Self::KeyAdd(some) => members.extend(some),
            Self::Remove(some) | Self::RemoveWhere(some) => members.retain(|at| !some.contains(at)),
            Self::Clear => members.clear(),
            Self::Replace(some) | Self::KeyReplace(some) => *members = some.iter().copied().collect(),
            Self::Rename(number) => *name = *number,
        }
    }
}

async fn cast(client: &Client) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..USERS {
        ids.push(client.user(&format!("user{number}")).await);
    }
    for number in 0..GROUPS {
        ids.push(client.group(&format!("child{number}")).await);
    }
    ids.push("01890000-0000-7000-8000-00000000dead".to_owned());
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_member_operations_equal_a_set() {
    let site = Site::start().await;
    let client = site.client().await;
    let ids = cast(&client).await;
    let path = format!("/Groups/{}", client.group("name 0").await);
    let (mut members, mut name) = (BTreeSet::new(), 0);
    let mut runner = TestRunner::deterministic();
    let (mut changed, mut refused) = (0, 0);
    for _ in 0..120 {
        let steps = prop::collection::vec(step(), 1..5).new_tree(&mut runner).unwrap().current();
        let (mut wanted, mut wanted_name) = (members.clone(), name);
        steps.iter().for_each(|step| step.apply(&mut wanted, &mut wanted_name));
        let before = (client.get(&path).await.header("etag").to_owned(), site.sql.traces().await);
        let answer = client.patch(&path, steps.iter().map(|step| step.json(&ids)).collect()).await;
        if wanted.contains(&NOBODY) {
            assert_eq!((answer.status, answer.body["scimType"].as_str()), (400, Some("invalidValue")), "{steps:?}");
            assert!(answer.text.contains(&ids[NOBODY]), "{}", answer.text);
            refused += 1;
        } else {
            assert_eq!(answer.status, 200, "{steps:?}: {}", answer.text);
            let moved = (&wanted, wanted_name) != (&members, name);
            assert_eq!(moved, answer.header("etag") != before.0, "{steps:?}");
            assert_eq!(moved, site.sql.traces().await != before.1, "{steps:?}");
            (members, name) = (wanted, wanted_name);
            changed += usize::from(moved);
        }
        let shown = client.get(&path).await.expect(200);
        assert_eq!(shown["displayName"], format!("name {name}"));
        let mut found: Vec<_> =
            shown["members"].as_array().into_iter().flatten().map(|member| member["value"].as_str().unwrap()).collect();
        found.sort_unstable();
        let mut expected: Vec<_> = members.iter().map(|at| ids[*at].as_str()).collect();
        expected.sort_unstable();
        assert_eq!(found, expected, "{steps:?}");
    }
    assert!(changed > 50 && refused > 5, "{changed} changes and {refused} refusals say little");
}

/// A list may be as long as a body can be; what it names is looked up in one statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_more_than_a_hundred_thousand_are_read() {
    let site = Site::start().await;
    let client = site.client().await;
    let user = client.user("one").await;
    let path = format!("/Groups/{}", client.group("many").await);
    client.patch(&path, json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }])).await.expect(200);
    let strangers = (0..120_000u128).map(|number| json!({ "value": uuid::Uuid::from_u128(number) }));
    let all: Value = strangers.chain([json!({ "value": user })]).collect();
    let refused = client.patch(&path, json!([{ "op": "add", "path": "members", "value": all }])).await.expect(400);
    assert!(refused["detail"].as_str().unwrap().contains("119900 more"), "{refused}");
    let put =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "many", "members": all });
    assert_eq!(client.send("PUT", &path, Some(&put)).await.expect(400)["scimType"], "invalidValue");
    assert_eq!(client.members(path.trim_start_matches("/Groups/")).await, [user.as_str()]);
    client.patch(&path, json!([{ "op": "remove", "path": "members", "value": all }])).await.expect(200);
    assert!(client.members(path.trim_start_matches("/Groups/")).await.is_empty());
}
