//! What the server says of itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Line, done, hold, line};
use crate::conformance::proves;
use crate::scim_strict::requests::{GROUP, USER, get};
use crate::scim_strict::tenant::Room;
use crate::support::{Setup, TestServer};

fn lines() -> Vec<Line> {
    let config = || done(get("/ServiceProviderConfig"), 200);
    vec![
        line("a conformant server says so", [config().shows("/interopProfileConformant", true)]),
        line(
            "ServiceProviderConfig, Schemas and ResourceTypes are there",
            [config(), done(get("/Schemas"), 200), done(get("/ResourceTypes"), 200)],
        ),
        line(
            "the id of a resource type is its name",
            [
                done(get("/ResourceTypes/User"), 200).shows("/id", "User").shows("/name", "User"),
                done(get("/ResourceTypes/Group"), 200).shows("/id", "Group").shows("/name", "Group"),
            ],
        ),
        line(
            "each type has an endpoint of its own",
            [
                done(get("/ResourceTypes/User"), 200).shows("/endpoint", "/Users").shows("/schema", USER),
                done(get("/ResourceTypes/Group"), 200).shows("/endpoint", "/Groups").shows("/schema", GROUP),
            ],
        ),
        line(
            "PATCH and filters are supported",
            [config().shows("/patch/supported", true).shows("/filter/supported", true)],
        ),
        line(
            "a page has 100 unless asked otherwise, and IPSIE's 1,000 at the most",
            [config()
                .shows("/pagination/defaultPageSize", 100)
                .shows("/pagination/maxPageSize", 1_000)
                .shows("/pagination/index", true)],
        ),
        line(
            "IPSIE: cursors are recommended, Bulk is required",
            [config().shows("/pagination/cursor", true).shows("/bulk/supported", true)],
        ),
        line("IPSIE: passwords are not supported", [config().shows("/changePassword/supported", false)]),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_says_of_itself() {
    let _proof = proves(&["I-1", "I-2", "I-4", "I-8", "I-15", "S-5", "S-13", "S-15"]);
    hold("discovery", lines()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_strict_tenant_is_conformant() {
    let _proof = proves(&["I-1"]);
    let server = TestServer::start().await;
    let room = Room::empty(&server, "lenient", false).await;
    assert_eq!(room.read("/ServiceProviderConfig").await["interopProfileConformant"], Value::Null);
    let urn = "/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
    let schema = room.read(urn).await;
    let declared = schema["attributes"].as_array().unwrap().iter();
    let declared: Vec<&Value> = declared.filter(|own| own["name"] == "interopProfileConformant").collect();
    let own = declared.first().unwrap();
    assert_eq!(
        (&own["type"], &own["mutability"], &own["returned"]),
        (&json!("boolean"), &json!("readOnly"), &json!("default"))
    );
}

/// "/Schemas must list exactly what is supported; every schema a resource type names must be in it."
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemas_are_complete_and_true() {
    let _proof = proves(&["I-3"]);
    let server = TestServer::start().await;
    let room = Room::empty(&server, "exact", true).await;
    let listed = room.read("/Schemas").await;
    let listed: Vec<&Value> = listed["Resources"].as_array().unwrap().iter().collect();
    let ids: BTreeSet<&str> = listed.iter().map(|schema| schema["id"].as_str().unwrap()).collect();
    for kind in room.read("/ResourceTypes").await["Resources"].as_array().unwrap() {
        let extensions = kind["schemaExtensions"].as_array().unwrap().iter().map(|extension| &extension["schema"]);
        for urn in extensions.chain([&kind["schema"]]) {
            assert!(ids.contains(urn.as_str().unwrap()), "{urn} is missing");
        }
    }
    let user = listed.iter().find(|schema| schema["id"] == USER).unwrap();
    let names: Vec<&str> =
        user["attributes"].as_array().unwrap().iter().map(|own| own["name"].as_str().unwrap()).collect();
    assert!(!names.contains(&"password") && names.contains(&"displayName") && names.contains(&"active"), "{names:?}");
    assert_eq!(room.read(&format!("/Schemas/{USER}")).await["attributes"], user["attributes"]);
}

fn without_types(schemas: &Value) -> Vec<String> {
    let attributes = |schema: &Value| schema["attributes"].as_array().cloned().unwrap_or_default();
    let resources = schemas["Resources"].as_array().unwrap().iter();
    let resources = resources
        .filter(|schema| schema["id"].as_str().is_some_and(|id| id.ends_with(":User") || id.ends_with(":Group")));
    let all: Vec<Value> = resources.flat_map(attributes).filter(|own| own["multiValued"] == true).collect();
    let types = all.iter().filter_map(|own| {
        let sub = own["subAttributes"].as_array()?.iter().find(|sub| sub["name"] == "type")?;
        Some((own["name"].as_str()?, sub))
    });
    let types: Vec<_> = types.collect();
    assert!(types.len() > 5, "{types:?}");
    let silent = types.iter().filter(|(_, kind)| kind["canonicalValues"].as_array().is_none_or(Vec::is_empty));
    silent.map(|(name, _)| (*name).to_owned()).collect()
}

/// "Attributes with `type` declare canonicalValues": and a server with an operator's schema that does not is not conformant.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_are_declared() {
    let _proof = proves(&["I-1", "I-7"]);
    let server = TestServer::start().await;
    let room = Room::empty(&server, "exact", true).await;
    assert_eq!(without_types(&room.read("/Schemas").await), Vec::<String>::new());

    let dir = tempfile::tempdir().unwrap();
    let text = |name: &str| json!({ "name": name, "type": "string", "multiValued": false });
    let badges = json!({ "name": "badges", "type": "complex", "multiValued": true, "subAttributes": [text("value"), text("type")] });
    let schema = json!({ "id": "urn:example:badges:2.0:User", "name": "Badges", "attributes": [badges] });
    std::fs::write(dir.path().join("badges.json"), schema.to_string()).unwrap();
    let server = TestServer::start_with(Setup { schema_dir: Some(dir.path().to_owned()), ..Setup::default() }).await;
    let room = Room::empty(&server, "exact", true).await;
    assert_eq!(without_types(&room.read("/Schemas").await), ["badges"]);
    assert_eq!(room.read("/ServiceProviderConfig").await["interopProfileConformant"], Value::Null);
}
