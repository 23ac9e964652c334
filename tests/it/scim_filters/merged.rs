//! Sorting (RFC 7644 section 3.4.2.3), of one type and of all types together: values of every type in their order, the
//! primary value of many, what has none at the end, ties by id; and pages of it by number and by cursor in both directions.

use std::cmp::Ordering;

use convoke::model::fold::fold;
use convoke::schema::Mode;
use convoke::schema::definition::{Attribute, Type};
use convoke::schema::instant;
use convoke::schema::leniency::Stance;
use convoke::schema::path::{Resolved, resolve_name};
use convoke::schema::resource_type::ResourceType;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};

use super::population::populate;
use super::{id_of, ids, probe, search};
use crate::support::{Client, Setup, TestServer};

/// By what a resource is sorted: nothing, or its value.
fn key<'v>(resource_type: &ResourceType, name: &str, resource: &'v Value) -> Option<(Type, bool, &'v Value)> {
    let Ok(Resolved::Attribute(target)) = resolve_name(resource_type, name, &mut Stance::new(Mode::Compat)) else {
        return None;
    };
    let holder = target.extension.map_or(resource, |urn| &resource[urn]);
    let held = preferred(holder.get(&target.attribute.name)?)?;
    let sub: Option<&Attribute> = target.sub.or_else(|| target.attribute.sub("value"));
    let (leaf, value) = match sub {
        Some(sub) => (sub, preferred(held.get(&sub.name)?)?),
        None => (target.attribute, held),
    };
    Some((leaf.kind, leaf.case_exact, value))
}

/// Of many the primary one, else the first.
fn preferred(value: &Value) -> Option<&Value> {
    match value.as_array() {
        Some(elements) => elements.iter().find(|element| element["primary"] == true).or(elements.first()),
        None => Some(value),
    }
}

fn compare(a: Option<(Type, bool, &Value)>, b: Option<(Type, bool, &Value)>) -> Ordering {
    let (Some((kind, exact, a)), Some((_, _, b))) = (a, b) else { return a.is_none().cmp(&b.is_none()) };
    let text = |value: &Value| if exact { value.as_str().unwrap().to_owned() } else { fold(value.as_str().unwrap()) };
    match kind {
        Type::Boolean => a.as_bool().cmp(&b.as_bool()),
        Type::Integer => a.as_i64().cmp(&b.as_i64()),
        Type::Decimal => a.as_f64().partial_cmp(&b.as_f64()).unwrap(),
        Type::DateTime => instant::parse(a.as_str().unwrap()).cmp(&instant::parse(b.as_str().unwrap())),
        _ => text(a).cmp(&text(b)),
    }
}

async fn crowd() -> TestServer {
    let folder = probe::folder();
    let server = TestServer::start_with(Setup { schema_dir: Some(folder.path().to_owned()), ..Setup::default() }).await;
    let mut runner =
        TestRunner::new(Config { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default() });
    populate(&server, &mut runner, 20, 12).await;
    server
}

async fn list(server: &Client, at: &str, by: &str, order: &str, more: Value) -> Value {
    let mut parameters = json!({ "sortBy": by, "sortOrder": order, "count": 1000 });
    parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    search(server, at, parameters).await.expect(200)
}

const ATTRIBUTES: [&str; 27] = [
    "plain",
    "exact",
    "flag",
    "ratio",
    "count",
    "moment",
    "link",
    "plains",
    "exacts",
    "flags",
    "ratios",
    "counts",
    "moments",
    "links",
    "badge",
    "badge.exact",
    "badge.counts",
    "badges",
    "badges.ratio",
    "badges.moment",
    "badges.plains",
    "displayName",
    "userName",
    "externalId",
    "emails",
    "meta.lastModified",
    "meta.resourceType",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attribute_has_its_order() {
    let server = crowd().await;
    let schemas = server.domain.schemas();
    for at in ["/Users", "/Groups", ""] {
        let known = |by: &&&str| at != "/Groups" || !["userName", "emails"].contains(by);
        for by in ATTRIBUTES.iter().filter(known) {
            let up = list(&server, at, by, "ascending", json!({})).await;
            let resources = up["Resources"].as_array().unwrap();
            assert!(resources.len() > 8, "{at} {by}");
            let own = |one: &Value| if one.get("userName").is_some() { schemas.user() } else { schemas.group() };
            for pair in resources.windows(2) {
                let keys = [&pair[0], &pair[1]].map(|one| key(own(one), by, one));
                let order = compare(keys[0], keys[1]).then_with(|| id_of(&pair[0]).cmp(&id_of(&pair[1])));
                assert_eq!(order, Ordering::Less, "{at} {by}: {keys:?}");
            }
            let down = list(&server, at, by, "descending", json!({})).await;
            let reversed: Vec<String> = ids(&down).into_iter().rev().collect();
            assert_eq!(ids(&up), reversed, "{at} {by}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_everything_are_cut_from_one_order() {
    let server = crowd().await;
    for by in [
        "plain",
        "flag",
        "ratios",
        "moment",
        "badges.exact",
        "displayName",
        "userName",
        "id",
        "meta.location",
        "meta.resourceType",
    ] {
        for order in ["ascending", "descending"] {
            let whole = ids(&list(&server, "", by, order, json!({})).await);
            let mut numbered = Vec::new();
            for start in (1..=whole.len() + 4).step_by(4) {
                let page = list(&server, "", by, order, json!({ "startIndex": start, "count": 4 })).await;
                assert_eq!((&page["totalResults"], &page["startIndex"]), (&json!(whole.len()), &json!(start)), "{by}");
                numbered.extend(ids(&page));
            }
            assert_eq!(numbered, whole, "{by} {order} by number");
            assert_eq!(walked(&server, by, order).await, whole, "{by} {order} by cursor");
        }
    }
}

/// Everything by cursor, forward; each page is also gone back to from the one behind it.
async fn walked(server: &Client, by: &str, order: &str) -> Vec<String> {
    let (mut seen, mut before): (Vec<String>, Option<Value>) = (Vec::new(), None);
    let mut cursor = json!("");
    loop {
        let page = list(server, "", by, order, json!({ "cursor": cursor, "count": 5 })).await;
        if let Some(before) = &before {
            let back = list(server, "", by, order, json!({ "cursor": page["previousCursor"], "count": 5 })).await;
            assert_eq!(ids(&back), ids(before), "{by} {order} backward");
        } else {
            assert!(page.get("previousCursor").is_none());
        }
        seen.extend(ids(&page));
        match page.get("nextCursor") {
            Some(next) => cursor = next.clone(),
            None => return seen,
        }
        before = Some(page);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_and_groups_stand_side_by_side_with_their_members() {
    let server = TestServer::start().await;
    let mut made = Vec::new();
    for (path, body) in [
        ("/Users", json!({ "userName": "1", "displayName": "delta" })),
        ("/Groups", json!({ "displayName": "Charlie" })),
        ("/Users", json!({ "userName": "2", "displayName": "alpha" })),
        ("/Groups", json!({ "displayName": "bravo" })),
        ("/Users", json!({ "userName": "3" })),
    ] {
        let mut body = body;
        if path == "/Groups" {
            body["members"] = json!([{ "value": made[0] }]);
        }
        made.push(id_of(&server.post(&format!("/scim/v2{path}"), &body).await.expect(201)));
    }
    let listed = list(&server, "", "displayName", "ascending", json!({})).await;
    assert_eq!(ids(&listed), [&made[2], &made[3], &made[1], &made[0], &made[4]].map(Clone::clone));
    for place in [1, 2] {
        assert_eq!(listed["Resources"][place]["members"][0]["value"], made[0].as_str(), "{listed}");
    }
    assert_eq!(listed["Resources"][3]["groups"].as_array().unwrap().len(), 2);
    let refused = search(&server, "", json!({ "sortBy": "members.value" })).await.expect(400);
    assert_eq!(refused["scimType"], "invalidPath");
}
