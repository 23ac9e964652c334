//! An operator's extension with everything an attribute can be, dropped in as files and bound to users and groups alike:
//! whatever SCIM does with an attribute it does with these, and no line of the server knows them.

mod discovery;
mod files;
mod filters;
mod patches;
mod projection;
mod storing;
mod uniqueness;
mod values;

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::scim::client::Client;
use crate::scim::site::Site;
use crate::support::Setup;

/// The extension of the fixture folder, bound to both resource types.
const URN: &str = "urn:example:params:scim:schemas:specimen:2.0:Everything";
/// Another one, bound to users by the end of its name.
const BADGE: &str = "urn:example:params:scim:schemas:specimen:2.0:User";

/// The endpoints of the resource types, each with its core schema and the attribute that is its name.
const TYPES: [(&str, &str, &str); 2] = [
    ("/Users", "urn:ietf:params:scim:schemas:core:2.0:User", "userName"),
    ("/Groups", "urn:ietf:params:scim:schemas:core:2.0:Group", "displayName"),
];

async fn site_with(settings: &'static [&'static str]) -> (Site, Client) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/scim_schemas/schemas");
    let site = Site::set_up(Setup { schema_dir: Some(folder), settings, ..Setup::default() }).await;
    let client = site.client().await;
    (site, client)
}

async fn site() -> (Site, Client) {
    site_with(&[]).await
}

/// A resource with this name and extension.
fn body(endpoint: &str, name: &str, extension: Value) -> Value {
    let (_, core, named) = TYPES.into_iter().find(|(path, ..)| *path == endpoint).unwrap();
    json!({ "schemas": [core, URN], named: name, URN: extension })
}

/// Creates a resource; its path.
async fn made(client: &Client, endpoint: &str, name: &str, extension: Value) -> String {
    let answer = client.send("POST", endpoint, Some(&body(endpoint, name, extension))).await;
    format!("{endpoint}/{}", answer.expect(201)["id"].as_str().unwrap())
}

/// The extension of a resource as a GET shows it.
async fn shown(client: &Client, path: &str) -> Value {
    client.get(path).await.expect(200)[URN].clone()
}

/// A value of every attribute a client may write.
fn everything() -> Value {
    json!({
        "text": "Grüße, Text", "code": "CoDe", "flag": true, "ratio": 2.5, "level": 42,
        "moment": "2026-01-31T13:00:00.5+01:00", "blob": "aGVsbG8_", "link": "../Things/1",
        "texts": ["Bee", "ay"], "codes": ["X", "x"], "flags": [true, false], "ratios": [1.5, -2], "levels": [3, 1],
        "moments": ["2026-01-01T00:00:00Z", "2025-01-01T00:00:00"], "blobs": ["AAAA", "QUJD"], "links": ["urn:a:b", "https://x/y"],
        "place": { "text": "Main Street", "code": "M1", "flag": false, "ratio": 0.25, "level": 3, "moment": "2020-02-29T12:00:00Z",
            "blob": "AA==", "link": "https://maps/1", "fixed": "F", "secret": "s", "asked": "a", "shown": "w", "hidden": "h" },
        "places": [
            { "value": "1", "type": "home", "primary": true, "display": "One", "flag": true, "ratio": 0.5, "level": 1,
                "moment": "2024-01-01T00:00:00Z", "blob": "AQ==", "link": "https://maps/2", "fixed": "f1", "asked": "a1" },
            { "value": "2", "type": "Office", "level": 20 }],
        "sealed": "S", "seals": ["s1", "s2"], "secret": "Secret", "shown": "w", "asked": "a", "hidden": "h",
        "colour": "red", "serial": "S-1", "number": 7, "plates": ["P1", "p1"], "cards": [{ "value": "c1", "chip": "k1" }],
    })
}

/// What of a value is shown when nothing is asked for.
fn visible(mut extension: Value) -> Value {
    let hide = |members: &mut Map<String, Value>| {
        members.retain(|key, _| !["secret", "hidden", "asked"].contains(&key.as_str()))
    };
    let members = extension.as_object_mut().unwrap();
    hide(members);
    members.get_mut("place").and_then(Value::as_object_mut).into_iter().for_each(hide);
    let places = members.get_mut("places").and_then(Value::as_array_mut).into_iter().flatten();
    places.filter_map(Value::as_object_mut).for_each(hide);
    extension
}
