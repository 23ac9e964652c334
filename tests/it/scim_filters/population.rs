//! Users and groups at random, of every attribute the schemas have, written over HTTP: the same for the same seed.

use convoke::schema::definition::{Attribute, Type};
use convoke::schema::resource_type::{Located, ResourceType};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use super::{GROUP, USER};
use crate::support::{TestServer, sql};

/// Text of few words, so that filters and values meet: case, width, accents, signs of SQL, JSON and paths, a long one.
pub(super) fn text() -> impl Strategy<Value = String> + Clone {
    let long = ["m", "M"].map(|end| format!("{}{end}", "long ".repeat(400)));
    let strange = ["\u{7f}", "\u{1}", "\u{200b}", "\u{fffd}", "\u{e000}"].map(str::to_owned);
    prop_oneof![15 => word(), 1 => select(long.to_vec()), 1 => select(strange.to_vec())]
}

/// Text that is short enough for a name.
fn word() -> impl Strategy<Value = String> + Clone {
    let words = [
        "ada",
        "Ada",
        "ADA",
        "Ａｄａ",
        "Straße",
        "strasse",
        "été",
        "e\u{301}te\u{301}",
        "ÉTÉ",
        "Σίσυφος",
        "ΣΊΣΥΦΟΣ",
        "İ",
        "x y",
        "100%",
        "a_b",
        "a\\b",
        "say \"x\"",
        "it's",
        "😀",
        "true",
        "7",
        "null",
        "work",
        "home",
        "2026-01-01T00:00:00Z",
        "$.x",
        "a@b.example",
        " ",
    ];
    select(words.map(str::to_owned).to_vec())
}

pub(super) fn whole_number() -> impl Strategy<Value = i64> + Clone {
    select(vec![0, 1, -1, 7, 10, 1_000_000, 9_007_199_254_740_993, -9_223_372_036_854_775_808])
}

pub(super) fn number() -> impl Strategy<Value = Value> + Clone {
    select(vec![json!(0), json!(1), json!(1.5), json!(-0.1), json!(0.1), json!(1e10), json!(7), json!(7.25)])
}

pub(super) fn moment() -> impl Strategy<Value = String> + Clone {
    let moments = [
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00+01:00",
        "2026-01-01T00:00:00.5Z",
        "2025-12-31T23:59:59.999999999Z",
        "1969-07-20T20:17:40-05:00",
        "2026-06-01T12:00:00",
        "0001-01-01T00:00:00Z",
    ];
    select(moments.map(str::to_owned).to_vec())
}

/// Base64, which compares with its case.
pub(super) fn blob() -> impl Strategy<Value = String> + Clone {
    select(["QUJD", "qujd", "AA==", ""].map(str::to_owned).to_vec())
}

/// Addresses, some of resources of the server's own: `addresses` in all their spellings.
pub(super) fn link(addresses: &[String]) -> impl Strategy<Value = String> + Clone + use<> {
    let strange = ["https://example.com/x", "https://EXAMPLE.com/x", "Users/", "Devices/1", "urn:x:y", "data:,x"];
    select(strange.map(str::to_owned).into_iter().chain(addresses.iter().cloned()).collect::<Vec<_>>())
}

/// One of the values a schema lists, in its case or another.
fn canonical(values: &[String]) -> impl Strategy<Value = Value> + use<> {
    select(values.iter().flat_map(|one| [one.clone(), one.to_uppercase()]).collect::<Vec<_>>()).prop_map(Value::from)
}

/// A value for an attribute, or for one element of it.
fn value_of(attribute: &Attribute, addresses: &[String]) -> BoxedStrategy<Value> {
    match attribute.kind {
        Type::String if !attribute.canonical_values.is_empty() => canonical(&attribute.canonical_values).boxed(),
        Type::String => text().prop_map(Value::from).boxed(),
        Type::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Type::Integer => whole_number().prop_map(Value::from).boxed(),
        Type::Decimal => number().boxed(),
        Type::DateTime => moment().prop_map(Value::from).boxed(),
        Type::Binary => blob().prop_map(Value::from).boxed(),
        Type::Reference => link(addresses).prop_map(Value::from).boxed(),
        Type::Complex => object(&attribute.sub_attributes, addresses, 0.5),
    }
}

/// Some of these attributes with values.
fn object(attributes: &[Attribute], addresses: &[String], density: f64) -> BoxedStrategy<Value> {
    let written = attributes.iter().filter(|attribute| !attribute.is_read_only());
    let fields: Vec<_> = written
        .map(|attribute| {
            let one = value_of(attribute, addresses);
            let value = if attribute.multi_valued {
                prop::collection::vec(one, 0..4).prop_map(|elements| only_one_primary(elements).into()).boxed()
            } else {
                one
            };
            (Just(attribute.name.clone()), prop::option::weighted(density, value))
        })
        .collect();
    fields
        .prop_map(|fields| {
            Value::Object(fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect::<Map<_, _>>())
        })
        .boxed()
}

fn only_one_primary(mut elements: Vec<Value>) -> Vec<Value> {
    let mut seen = false;
    for element in &mut elements {
        if element["primary"] == true {
            if seen {
                element["primary"] = false.into();
            }
            seen = true;
        }
    }
    elements
}

/// A body for a POST, without names and members.
fn document(resource_type: &ResourceType, addresses: &[String]) -> BoxedStrategy<Value> {
    let handled = ["id", "externalId", "meta", "schemas", "userName", "displayName", "members", "groups", "password"];
    let core = resource_type.attributes().filter(|located| located.extension.is_none());
    let core = core.map(|Located { attribute, .. }| attribute).filter(|one| !handled.contains(&one.name.as_str()));
    let core = object(&core.cloned().collect::<Vec<_>>(), addresses, 0.4);
    let extensions: Vec<_> = resource_type
        .extensions
        .iter()
        .filter(|extension| !extension.schema.id.contains(":convoke:"))
        .map(|extension| {
            let values = object(&extension.schema.attributes, addresses, 0.4);
            (Just(extension.schema.id.clone()), prop::option::weighted(0.6, values))
        })
        .collect();
    (core, extensions)
        .prop_map(|(mut document, extensions)| {
            for (urn, values) in extensions {
                if let Some(values) = values {
                    document[urn] = values;
                }
            }
            document
        })
        .boxed()
}

fn sample<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

/// Fills a server. Users and groups refer to each other, some groups are nested, some memberships have a window, and some
/// of everybody is deleted.
pub(super) async fn populate(server: &TestServer, runner: &mut TestRunner, users: usize, groups: usize) {
    let schemas = server.domain.schemas();
    let base = format!("{}/scim/v2", server.base_url);
    let mut addresses: Vec<String> = Vec::new();
    let mut people: Vec<String> = Vec::new();
    for number in 0..users {
        let mut body = sample(runner, &document(schemas.user(), &addresses));
        body["schemas"] = schemas_of(&body, USER);
        body["userName"] = format!("{}{number}", sample(runner, &word()).trim()).into();
        if let Some(name) = sample(runner, &prop::option::of(word())) {
            body["displayName"] = name.into();
        }
        if let Some(name) = sample(runner, &prop::option::of(word())) {
            body["externalId"] = format!("{name}{number}").into();
        }
        let id = create(server, "/Users", &body).await;
        addresses.extend([format!("{base}/Users/{id}"), format!("Users/{id}"), format!("../Users/{id}")]);
        people.push(id);
    }
    let mut made: Vec<String> = Vec::new();
    for number in 0..groups {
        let mut body = sample(runner, &document(schemas.group(), &addresses));
        body["displayName"] = format!("{} {number}", sample(runner, &word()).trim()).into();
        let members = sample(runner, &prop::sample::subsequence(people.clone(), 0..=users.min(6)));
        // A group that hangs below an older one has no older ones below it, so there is never a ring.
        let parent = made.get(sample(runner, &(0..made.len() * 3 + 1))).cloned();
        let most = if parent.is_some() { 0 } else { made.len().min(2) };
        let children = sample(runner, &prop::sample::subsequence(made.clone(), 0..=most));
        let members = members.into_iter().chain(children);
        body["members"] = members.map(|id| json!({ "value": id })).collect();
        let own = &mut body["urn:ietf:params:scim:schemas:extension:convoke:2.0:Group"];
        *own = json!({ "groupType": sample(runner, &select(vec!["SECURITY", "distribution"])) });
        if let Some(parent) = parent {
            own["parentGroup"] = json!({ "value": parent });
        }
        body["schemas"] = schemas_of(&body, GROUP);
        made.push(create(server, "/Groups", &body).await);
    }
    disturb(server).await;
    for path in people.iter().step_by(9).map(|id| format!("/scim/v2/Users/{id}")) {
        server.delete(&path).await.expect(204);
    }
    for path in made.iter().skip(1).step_by(7).map(|id| format!("/scim/v2/Groups/{id}")) {
        server.delete(&path).await.expect(204);
    }
}

async fn create(server: &TestServer, at: &str, body: &Value) -> String {
    let answer = server.post(&format!("/scim/v2{at}"), body).await;
    assert_eq!(answer.status, 201, "{}\n{body:#}", answer.text);
    super::id_of(&answer.body)
}

fn schemas_of(body: &Value, core: &str) -> Value {
    let urns = body.as_object().unwrap().keys().filter(|key| key.contains(':')).map(String::as_str);
    std::iter::once(core).chain(urns).collect()
}

/// What only administrators can do: memberships with a window, privileged groups.
async fn disturb(server: &TestServer) {
    let tables = sql(server.database_url()).await;
    let windows = "
        INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source, valid_from, expires_at)
        SELECT g.tenant_id, g.id, u.id, now(), 'test', 'native',
            CASE WHEN (u.place + g.place) % 3 = 0 THEN now() + interval '1 day' END,
            CASE WHEN (u.place + g.place) % 3 = 1 THEN now() - interval '1 day' ELSE now() + interval '2 days' END
        FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM users) u
        JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM groups) g ON (u.place * 7 + g.place) % 23 = 0
        ON CONFLICT DO NOTHING";
    assert!(tables.execute(windows, &[]).await.unwrap() > 5);
    tables.execute("UPDATE groups SET has_windows = true", &[]).await.unwrap();
    let privileged = "UPDATE groups SET is_privileged = true WHERE num % 4 = 0";
    assert!(tables.execute(privileged, &[]).await.unwrap() > 1);
}
