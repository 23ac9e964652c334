#![expect(clippy::needless_pass_by_value, reason = "cases read best with the JSON they are about in place")]

use std::{fs, sync::LazyLock};

use rstest::rstest;
use serde_json::{Value, json};

use super::{Registry, SchemaError};

static BUILT_IN: LazyLock<Registry> = LazyLock::new(|| Registry::load(None).expect("the built-in schemas load"));

/// The built-in schemas, loaded once for all tests.
pub(crate) fn built_in() -> &'static Registry {
    &BUILT_IN
}

fn load_with(file: &str, json: &Value) -> Result<Registry, SchemaError> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join(file);
    fs::create_dir_all(path.parent().expect("has a parent")).expect("the folder is made");
    fs::write(path, json.to_string()).expect("the file is written");
    Registry::load(Some(dir.path()))
}

fn extension(attributes: Value) -> Value {
    json!({ "id": "urn:example:params:badge:2.0:User", "name": "Badge", "attributes": attributes })
}

#[test]
fn the_built_in_schemas_load() {
    let registry = Registry::load(None).expect("the built-in schemas are sound");
    assert_eq!(registry.schemas().len(), 7);
    let user = registry.resource_type("USER").expect("users are built in");
    assert_eq!(user.endpoint, "/Users");
    assert!(user.core("EXTERNALID").is_some_and(|external| external.case_exact));
    assert!(user.unqualified("Department").is_some());
    assert_eq!(registry.group().extensions.len(), 1);
    assert!(registry.schema("URN:ietf:params:scim:schemas:core:2.0:user").is_some());
}

#[test]
fn published_schemas_are_the_files() {
    let registry = Registry::load(None).expect("the built-in schemas are sound");
    let file: Value = serde_json::from_str(include_str!("../../../scim-schemas/User.json")).expect("is JSON");
    let user = registry.schema("urn:ietf:params:scim:schemas:core:2.0:User").expect("is known");
    assert_eq!(user.json(), &file);
    let parsed = serde_json::to_value(&user.attributes).expect("serialises");
    assert_eq!(parsed[0]["uniqueness"], "server");
    assert_eq!(
        parsed[10],
        json!({ "name": "active", "type": "boolean", "multiValued": false, "required": false,
        "description": file["attributes"][10]["description"], "caseExact": false, "mutability": "readWrite",
        "returned": "default", "uniqueness": "none" })
    );
}

#[test]
fn a_dropped_extension_is_bound_by_its_urn() {
    let registry = load_with("badge.json", &extension(json!([{ "name": "badge", "type": "integer" }]))).expect("loads");
    let located = registry.user().unqualified("BADGE").expect("is bound to users");
    assert_eq!(located.extension, Some("urn:example:params:badge:2.0:User"));
    let listed = &registry.user().json()["schemaExtensions"];
    assert_eq!(listed[1], json!({ "schema": "urn:example:params:badge:2.0:User", "required": false }));
}

#[test]
fn a_binding_of_the_operator_replaces_the_built_in_one() {
    let binding = json!({ "name": "User", "endpoint": "/Users", "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
        "schemaExtensions": [{ "schema": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "required": true }] });
    let registry = load_with("resource-types/User.json", &binding).expect("loads");
    assert!(registry.user().extensions[0].required);
}

#[rstest]
#[case(json!([{ "name": "a" }, { "name": "A" }]), "$.attributes[1].name", "twice")]
#[case(json!([{ "name": "a", "type": "text" }]), "$.attributes[0]", "unknown variant `text`")]
#[case(json!([{ "name": "a", "type": "complex" }]), "$.attributes[0].subAttributes", "must list")]
#[case(json!([{ "name": "a", "type": "string", "subAttributes": [] }]), "$.attributes[0].subAttributes", "only a complex")]
#[case(json!([{ "name": "a", "type": "complex", "subAttributes": [{ "name": "b", "type": "complex", "subAttributes": [{ "name": "c" }] }] }]),
    "$.attributes[0].subAttributes[0].subAttributes", "nested")]
#[case(json!([{ "name": "a b" }]), "$.attributes[0].name", "no attribute name")]
#[case(json!([{ "type": "string" }]), "$.attributes[0]", "missing field `name`")]
#[case(json!([3]), "$.attributes[0]", "object")]
#[case(json!("none"), "$.attributes", "array")]
fn broken_attributes_name_their_place(#[case] attributes: Value, #[case] path: &str, #[case] reason: &str) {
    let error = load_with("badge.json", &extension(attributes)).expect_err("is refused");
    assert!(error.file.ends_with("badge.json"), "{error}");
    assert_eq!(error.path, path);
    assert!(error.reason.contains(reason), "{error}");
}

#[test]
fn a_urn_has_one_file() {
    let clash = json!({ "id": "urn:ietf:params:scim:schemas:core:2.0:USER", "attributes": [] });
    let error = load_with("clash.json", &clash).expect_err("is refused");
    assert!(error.reason.contains("already defined by User.json"), "{error}");
}

#[test]
fn a_schema_must_belong_somewhere() {
    let error = load_with("lost.json", &json!({ "id": "urn:example:lost", "attributes": [] })).expect_err("is refused");
    assert_eq!(error.path, "$.id");
    let binding = json!({ "name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device" });
    let error = load_with("resource-types/Device.json", &binding).expect_err("is refused");
    assert_eq!(error.path, "$.name");
}
