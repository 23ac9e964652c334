//! What the targets share: the schemas, and inputs made of words the parsers know. Half of what a fuzzer invents byte by
//! byte is no text at all; put together from words, it gets past the first rule of a grammar.

use std::sync::LazyLock;

use convoke::schema::Document;
use convoke::schema::registry::Registry;
use convoke::schema::resource_type::ResourceType;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use serde_json::{Value, json};

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::load(None).expect("the built-in schemas load"));

/// Both resource types.
pub fn types() -> [&'static ResourceType; 2] {
    [REGISTRY.user(), REGISTRY.group()]
}

const WORDS: [&str; 56] = [
    "userName", "emails", "addresses", "members", "groups", "name", "meta", "active", "password", "x509Certificates",
    "manager", "externalId", "displayName", "schemas", "roles", "id", "$ref", "value", "type", "primary", "display",
    "givenName", "created", "lastModified", "location", "urn:ietf:params:scim:schemas:core:2.0:User:",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:", "urn:ietf:params:scim:schemas:core:2.0:Group", ".",
    ":", "[", "]", "(", ")", " ", " eq ", " ne ", " co ", " gt ", " pr", " and ", " or ", "not (", "\"work\"", "\"", "'x'",
    "true", "null", "-1.5e3", "\"2026-01-31T12:00:00Z\"", "\"Users/x\"", "\\", "\u{0}", "é", "{}", "9223372036854775808",
];

/// The input as it stands, or words chosen by its bytes.
pub fn text(data: &[u8]) -> Option<String> {
    match data.split_first() {
        Some((0, bytes)) => {
            let mut input = Unstructured::new(bytes);
            words(&mut input).ok()
        }
        _ => String::from_utf8(data.to_vec()).ok(),
    }
}

fn words(input: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    while !input.is_empty() && text.len() < 9_000 {
        if input.ratio(1, 12)? {
            text.push(input.arbitrary()?);
        } else {
            text.push_str(input.choose(&WORDS)?);
        }
    }
    Ok(text)
}

/// The input as JSON, or operations chosen by its bytes.
pub fn patch_body(data: &[u8]) -> Option<Value> {
    match data.split_first() {
        Some((0, bytes)) => operations(&mut Unstructured::new(bytes)).ok(),
        _ => serde_json::from_slice(data).ok(),
    }
}

fn operations(input: &mut Unstructured<'_>) -> Result<Value> {
    let mut operations = Vec::new();
    while !input.is_empty() && operations.len() < 8 {
        let mut operation = json!({ "op": input.choose(&["add", "remove", "replace", "Replace", "x"])? });
        if input.ratio(4, 5)? {
            operation["path"] = path(input)?.into();
        }
        if input.ratio(4, 5)? {
            operation["value"] = value(input, 3)?;
        }
        operations.push(operation);
    }
    Ok(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations }))
}

fn path(input: &mut Unstructured<'_>) -> Result<String> {
    const PATHS: [&str; 24] = [
        "userName", "emails", "emails[type eq \"work\"]", "emails[type eq \"work\"].value", "emails[primary eq true]",
        "emails[not (value co \"x\")].display", "name", "name.givenName", "active", "manager", "manager.value", "members",
        "members[value eq \"x\"]", "addresses[type eq \"work\" and primary eq true].locality", "roles", "schemas", "groups",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "externalId", "displayName", "x509Certificates",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref", "password", "id",
    ];
    if input.ratio(5, 6)? { input.choose(&PATHS).map(|path| (*path).to_owned()) } else { words(input) }
}

fn value(input: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    let kinds = if depth == 0 { 5 } else { 8 };
    Ok(match input.int_in_range(0..=kinds)? {
        0 => Value::Null,
        1 => input.arbitrary::<bool>()?.into(),
        2 => input.arbitrary::<i64>()?.into(),
        3 => input.choose(&["", "work", "x", "True", "a@b.example", "2026-01-31T12:00:00Z"]).map(|text| (*text).into())?,
        4 => words(&mut Unstructured::new(input.bytes(input.len().min(8))?))?.into(),
        5 => json!(input.arbitrary::<f64>()?),
        6 => (0..input.int_in_range(0..=3)?).map(|_| value(input, depth - 1)).collect::<Result<Vec<_>>>()?.into(),
        _ => {
            let mut members = Document::new();
            for _ in 0..input.int_in_range(0..=4)? {
                let key = if input.ratio(3, 4)? { (*input.choose(&WORDS)?).to_owned() } else { path(input)? };
                members.insert(key, value(input, depth - 1)?);
            }
            Value::Object(members)
        }
    })
}
