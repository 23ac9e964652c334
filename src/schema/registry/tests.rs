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

fn load_all(files: &[(&str, String)]) -> Result<Registry, SchemaError> {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (file, text) in files {
        let path = dir.path().join(file);
        fs::create_dir_all(path.parent().expect("has a parent")).expect("the folder is made");
        fs::write(path, text).expect("the file is written");
    }
    Registry::load(Some(dir.path()))
}

/// The built-in schemas and one file more.
pub(crate) fn load_with(file: &str, json: &Value) -> Result<Registry, SchemaError> {
    load_all(&[(file, json.to_string())])
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

#[test]
fn what_a_file_leaves_out_is_published_as_it_is_in_force() {
    let attributes = json!([{ "name": "photo", "type": "binary" }, { "name": "pin", "mutability": "writeOnly" },
        { "name": "on", "type": "boolean", "multiValued": null }]);
    let registry = load_with("badge.json", &extension(attributes)).expect("loads");
    let published = registry.schema("urn:example:params:badge:2.0:User").expect("is known").json();
    assert_eq!(published["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"]));
    let expected = json!([
        { "name": "photo", "type": "binary", "multiValued": false, "required": false, "caseExact": true,
            "mutability": "readWrite", "returned": "default", "uniqueness": "none" },
        { "name": "pin", "type": "string", "multiValued": false, "required": false, "caseExact": false,
            "mutability": "writeOnly", "returned": "never", "uniqueness": "none" },
        { "name": "on", "type": "boolean", "multiValued": false, "required": false, "mutability": "readWrite",
            "returned": "default" }]);
    assert_eq!(published["attributes"], expected);
}

#[rstest]
#[case::twice(json!([{ "name": "a" }, { "name": "A" }]), "[1].name", "twice")]
#[case::unknown_type(json!([{ "name": "a", "type": "text" }]), "[0].type", "unknown variant `text`")]
#[case::unknown_mutability(json!([{ "name": "a", "mutability": "readwrite" }]), "[0].mutability", "unknown variant `readwrite`")]
#[case::unknown_returned(json!([{ "name": "a", "returned": "sometimes" }]), "[0].returned", "expected one of `always`")]
#[case::unknown_uniqueness(json!([{ "name": "a", "uniqueness": "tenant" }]), "[0].uniqueness", "unknown variant `tenant`")]
#[case::keyword_of_another_type(json!([{ "name": "a", "multiValued": "yes" }]), "[0].multiValued", "expected a boolean")]
#[case::misspelt_key(json!([{ "name": "a", "mutabilty": "readOnly" }]), "[0].mutabilty", "unknown field `mutabilty`")]
#[case::no_subs(json!([{ "name": "a", "type": "complex" }]), "[0].subAttributes", "must list")]
#[case::empty_subs(json!([{ "name": "a", "type": "complex", "subAttributes": [] }]), "[0].subAttributes", "non-empty")]
#[case::subs_of_simple(json!([{ "name": "a", "type": "string", "subAttributes": [{ "name": "b" }] }]), "[0].subAttributes", "only a complex")]
#[case::sub_twice(json!([{ "name": "a", "type": "complex", "subAttributes": [{ "name": "b" }, { "name": "B" }] }]),
    "[0].subAttributes[1].name", "twice")]
#[case::nested(json!([{ "name": "a", "type": "complex", "subAttributes": [{ "name": "b", "type": "complex", "subAttributes": [{ "name": "c" }] }] }]),
    "[0].subAttributes[0].subAttributes", "nested")]
#[case::blank_in_name(json!([{ "name": "a b" }]), "[0].name", "no attribute name")]
#[case::digit_first(json!([{ "name": "1a" }]), "[0].name", "no attribute name")]
#[case::dollar_first(json!([{ "name": "$a" }]), "[0].name", "no attribute name")]
#[case::dotted(json!([{ "name": "a.b" }]), "[0].name", "no attribute name")]
#[case::long_name(json!([{ "name": "a".repeat(101) }]), "[0].name", "at most 100")]
#[case::empty_name(json!([{ "name": "" }]), "[0].name", "no attribute name")]
#[case::no_name(json!([{ "type": "string" }]), "[0]", "missing field `name`")]
#[case::name_of_another_type(json!([{ "name": 3 }]), "[0].name", "expected a string")]
#[case::no_object(json!([3]), "[0]", "object")]
#[case::no_array(json!("none"), "", "array")]
#[case::empty(json!([]), "", "at least one")]
#[case::required_read_only(json!([{ "name": "a", "required": true, "mutability": "readOnly" }]), "[0].required", "readOnly")]
#[case::write_only_shown(json!([{ "name": "a", "mutability": "writeOnly", "returned": "always" }]), "[0].returned", "never")]
#[case::nobodys(json!([{ "name": "a", "mutability": "readOnly", "returned": "never" }]), "[0].returned", "nobody")]
#[case::unique_boolean(json!([{ "name": "a", "type": "boolean", "uniqueness": "server" }]), "[0].uniqueness", "no uniqueness")]
#[case::unique_complex(json!([{ "name": "a", "type": "complex", "uniqueness": "global", "subAttributes": [{ "name": "b" }] }]),
    "[0].uniqueness", "no uniqueness")]
#[case::canonical_numbers(json!([{ "name": "a", "type": "integer", "canonicalValues": ["1"] }]), "[0].canonicalValues", "string")]
#[case::canonical_of_another_type(json!([{ "name": "a", "canonicalValues": ["x", 1] }]), "[0].canonicalValues[1]", "expected a string")]
#[case::reference_types_of_text(json!([{ "name": "a", "referenceTypes": ["User"] }]), "[0].referenceTypes", "reference")]
#[case::within_a_complex_one(json!([{ "name": "a", "type": "complex", "subAttributes": [{ "name": "b", "required": true, "mutability": "readOnly" }] }]),
    "[0].subAttributes[0].required", "readOnly")]
fn broken_attributes_name_their_place(#[case] attributes: Value, #[case] path: &str, #[case] reason: &str) {
    let error = load_with("badge.json", &extension(attributes)).expect_err("is refused");
    assert!(error.file.ends_with("badge.json"), "{error}");
    assert_eq!(error.path, format!("$.attributes{path}"), "{error}");
    assert!(error.reason.contains(reason), "{error}");
}

#[rstest]
#[case::none(json!(null), "is missing")]
#[case::no_text(json!(7), "must be a string")]
#[case::no_colon(json!("badge"), "no colon")]
#[case::no_namespace(json!("urn:badge"), "urn:NAMESPACE:NAME")]
#[case::empty_part(json!("urn:example::User"), "no part of it empty")]
#[case::ends_in_a_colon(json!("urn:example:badge:User:"), "no part of it empty")]
#[case::blank(json!("urn:example:my badge:User"), "' '")]
#[case::bracket(json!("urn:example:badge[1]:User"), "'['")]
#[case::long(json!(format!("urn:example:{}:User", "a".repeat(255))), "at most 255")]
#[case::scheme(json!("1urn:example:User"), "begin with")]
#[case::message(json!("urn:ietf:params:scim:api:messages:2.0:User"), "message")]
#[case::core_like(json!("urn:ietf:params:scim:schemas:core:2.0:Device"), "RFC's own")]
#[case::taken(json!("urn:ietf:params:scim:schemas:core:2.0:USER"), "already defined by User.json")]
#[case::nobodys(json!("urn:example:lost"), "no resource type names this schema")]
#[case::path_of_an_attribute(json!("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value:User"), "attribute \"manager\"")]
fn broken_urns_are_refused(#[case] urn: Value, #[case] reason: &str) {
    let schema = json!({ "id": urn, "name": "x", "attributes": [{ "name": "a" }] });
    let error = load_with("badge.json", &schema).expect_err("is refused");
    assert!(error.file.ends_with("badge.json"), "{error}");
    assert_eq!(error.path, "$.id", "{error}");
    assert!(error.reason.contains(reason), "{error}");
}

const BADGE: &str = "urn:example:params:badge:2.0:User";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn binding(changes: Value) -> Value {
    let mut binding = json!({ "name": "User", "endpoint": "/Users", "schema": USER });
    binding.as_object_mut().expect("is one").extend(changes.as_object().expect("is one").clone());
    binding
}

#[rstest]
#[case::another_type(json!({ "name": "Device", "endpoint": "/Devices" }), "$.name", "only the resource types")]
#[case::another_endpoint(json!({ "endpoint": "/People" }), "$.endpoint", "must be \"/Users\"")]
#[case::another_core(json!({ "schema": BADGE }), "$.schema", "must be")]
#[case::no_schema(json!({ "schema": null }), "$", "missing field `schema`")]
#[case::unknown(json!({ "schemaExtensions": [{ "schema": "urn:example:gone:User", "required": false }] }),
    "$.schemaExtensions[0].schema", "no schema file has the URN urn:example:gone:User")]
#[case::twice(json!({ "schemaExtensions": [{ "schema": BADGE, "required": false }, { "schema": BADGE.to_uppercase(), "required": true }] }),
    "$.schemaExtensions[1].schema", "twice")]
#[case::core_as_extension(json!({ "schemaExtensions": [{ "schema": "urn:ietf:params:scim:schemas:core:2.0:Group", "required": false }] }),
    "$.schemaExtensions[0].schema", "core schema")]
#[case::not_said_whether(json!({ "schemaExtensions": [{ "schema": BADGE }] }), "$.schemaExtensions[0]", "missing field `required`")]
#[case::nothing_to_require(json!({ "schemaExtensions": [{ "schema": BADGE, "required": true }] }), "$.schemaExtensions[0].required", "readOnly")]
#[case::no_list(json!({ "schemaExtensions": BADGE }), "$.schemaExtensions", "expected a sequence")]
fn broken_bindings_name_their_place(#[case] changes: Value, #[case] path: &str, #[case] reason: &str) {
    let schema = extension(json!([{ "name": "badge", "mutability": "readOnly" }]));
    let files = [("badge.json", schema.to_string()), ("resource-types/mine.json", binding(changes).to_string())];
    let error = load_all(&files).expect_err("is refused");
    assert!(error.file.ends_with("mine.json"), "{error}");
    assert_eq!(error.path, path, "{error}");
    assert!(error.reason.contains(reason), "{error}");
}

#[test]
fn one_thing_has_one_file() {
    let schema = extension(json!([{ "name": "badge" }]));
    let error = load_all(&[("a.json", schema.to_string()), ("b.json", schema.to_string())]).expect_err("is refused");
    assert!(error.file.ends_with("b.json") && error.reason.contains("a.json"), "{error}");
    let both = ["resource-types/a.json", "resource-types/b.json"].map(|file| (file, binding(json!({})).to_string()));
    let error = load_all(&both).expect_err("is refused");
    assert!(error.file.ends_with("b.json") && error.reason.contains("a.json"), "{error}");
}

#[test]
fn files_that_are_no_json_objects_are_named() {
    for (text, reason) in [("{", "is not JSON"), ("[]", "must be a JSON object"), ("", "is not JSON")] {
        for file in ["badge.json", "resource-types/User.JSON"] {
            let error = load_all(&[(file, text.to_owned())]).expect_err("is refused");
            assert!(error.file.ends_with(file) && error.path == "$" && error.reason.contains(reason), "{error}");
        }
    }
    let error = Registry::load(Some("nowhere".as_ref())).expect_err("is refused");
    assert!(error.file == "nowhere" && error.reason.contains("cannot be read"), "{error}");
}
