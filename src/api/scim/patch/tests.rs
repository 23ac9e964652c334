#![expect(clippy::needless_pass_by_value, reason = "cases read best with the JSON they are about in place")]

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Base, MembershipDelta, Patch, parse};
use crate::schema::{
    Document, Mode,
    accept::{self, MemberKind},
    input::Input,
    leniency::Leniency,
    refusal::{Refusal, RefusalKind},
    registry::tests::built_in,
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const ID: &str = "5b4c";

fn message(operations: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

fn ada() -> Value {
    json!({ "userName": "ada", "active": true, "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "value": "a@work", "type": "work", "primary": true }, { "value": "a@home", "type": "home" }] })
}

fn patched(document: &Value, operations: &Value, mode: Mode) -> Result<Value, Refusal> {
    let registry = built_in();
    let patch = parse(message(operations).into(), registry.user(), mode)?;
    let mut changed: Document = document.as_object().expect("is an object").clone();
    let result = patch.apply(registry.user(), ID, &mut changed);
    if result.is_err() {
        assert_eq!(Value::Object(changed.clone()), *document, "a refused PATCH changes nothing");
    }
    result.map(|_| Value::Object(changed))
}

fn compat(operations: Value) -> Value {
    patched(&ada(), &operations, Mode::Compat).expect("is applied")
}

fn with(changes: Value) -> Value {
    let mut document = ada();
    document.as_object_mut().expect("is an object").extend(changes.as_object().expect("is one").clone());
    document
}

#[rstest]
#[case::t01_t02(json!([{ "op": "Replace", "path": "active", "value": "False" }]), json!({ "active": false }))]
#[case::t04(json!([{ "op": "replace", "value": { "active": false } }]), json!({ "active": false }))]
#[case::t05(json!([{ "op": "replace", "value": { "name.givenName": "A", (format!("{ENTERPRISE}:employeeNumber")): "1" } }]),
    json!({ "name": { "givenName": "A", "familyName": "Lovelace" }, ENTERPRISE: { "employeeNumber": "1" } }))]
#[case::under_the_core_urn(json!([{ "op": "replace", "value": { (USER.to_lowercase()): { "Active": "False" } } }]),
    json!({ "active": false }))]
#[case::not_said_to_be_primary(json!([{ "op": "replace", "path": "emails[primary eq false].value", "value": "n" }]),
    json!({ "emails": [{ "value": "a@work", "type": "work", "primary": true }, { "value": "n", "type": "home" }] }))]
#[case::t06(json!([{ "op": "replace", "value": { "name": { "givenName": "X" } } }]),
    json!({ "name": { "givenName": "X", "familyName": "Lovelace" } }))]
#[case::merge_clears_null(json!([{ "op": "replace", "path": "name", "value": { "givenName": null } }]),
    json!({ "name": { "familyName": "Lovelace" } }))]
#[case::t22(json!([{ "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "n@w" }]),
    json!({ "emails": [{ "value": "n@w", "type": "work", "primary": true }, { "value": "a@home", "type": "home" }] }))]
#[case::t23_t70(json!([{ "op": "Replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "1" }]),
    json!({ "phoneNumbers": [{ "value": "1", "type": "work" }] }))]
#[case::t24(json!([{ "op": "add", "path": "addresses[type eq \"work\"].locality", "value": "L" },
        { "op": "add", "path": "addresses[type eq \"work\"].region", "value": "R" },
        { "op": "add", "path": "addresses[type eq \"work\"].country", "value": "C" }]),
    json!({ "addresses": [{ "type": "work", "locality": "L", "region": "R", "country": "C" }] }))]
#[case::t25(json!([{ "op": "Add", "path": "emails[type eq \"other\"].value", "value": "o" }]),
    json!({ "emails": [{ "value": "a@work", "type": "work", "primary": true }, { "value": "a@home", "type": "home" },
        { "value": "o", "type": "other" }] }))]
#[case::t26(json!([{ "op": "replace", "path": "emails[primary eq true].value", "value": "p" }]),
    json!({ "emails": [{ "value": "p", "type": "work", "primary": true }, { "value": "a@home", "type": "home" }] }))]
#[case::t26_text(json!([{ "op": "replace", "path": "emails[primary eq \"True\"].value", "value": "p" }]),
    json!({ "emails": [{ "value": "p", "type": "work", "primary": true }, { "value": "a@home", "type": "home" }] }))]
#[case::t27(json!([{ "op": "Add", "path": "manager", "value": [{ "$ref": "http://x/Users/m", "value": "m" }] }]),
    json!({ ENTERPRISE: { "manager": { "value": "m", "$ref": "http://x/Users/m" } } }))]
#[case::t28(json!([{ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": "m" }]),
    json!({ ENTERPRISE: { "manager": { "value": "m" } } }))]
#[case::t31(json!([{ "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "d" }]),
    json!({ ENTERPRISE: { "department": "d" } }))]
#[case::t32(json!([{ "op": "replace", "path": "displayName", "value": "d" }]), json!({ "displayName": "d" }))]
#[case::t33(json!([{ "op": "Add", "path": "roles", "value": [{ "value": "{\"id\":1}", "id": "1", "displayName": "x" }] }]),
    json!({ "roles": [{ "value": "{\"id\":1}" }] }))]
#[case::t36_beside_known(json!([{ "op": "replace", "value": { "shoeSize": 3, "title": "t" } }]), json!({ "title": "t" }))]
#[case::filter_as_key(json!([{ "op": "replace", "value": { "emails[type eq \"home\"].value": "h" } }]),
    json!({ "emails": [{ "value": "a@work", "type": "work", "primary": true }, { "value": "h", "type": "home" }] }))]
#[case::own_id(json!([{ "op": "replace", "value": { "id": ID, "title": "t" } }]), json!({ "title": "t" }))]
#[case::add_is_idempotent(json!([{ "op": "add", "path": "emails", "value": { "value": "a@home", "type": "home" } }]), json!({}))]
#[case::new_primary(json!([{ "op": "add", "path": "emails", "value": [{ "value": "n", "primary": true }] }]),
    json!({ "emails": [{ "value": "a@work", "type": "work", "primary": false }, { "value": "a@home", "type": "home" },
        { "value": "n", "primary": true }] }))]
#[case::primary_by_filter(json!([{ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true }]),
    json!({ "emails": [{ "value": "a@work", "type": "work", "primary": false },
        { "value": "a@home", "type": "home", "primary": true }] }))]
#[case::remove_by_filter(json!([{ "op": "remove", "path": "emails[type eq \"home\"]" }]),
    json!({ "emails": [{ "value": "a@work", "type": "work", "primary": true }] }))]
#[case::remove_listed(json!([{ "op": "Remove", "path": "emails", "value": [{ "value": "a@home" }] }]),
    json!({ "emails": [{ "value": "a@work", "type": "work", "primary": true }] }))]
#[case::replace_element(json!([{ "op": "replace", "path": "emails[type eq \"home\"]", "value": { "value": "h" } }]),
    json!({ "emails": [{ "value": "a@work", "type": "work", "primary": true }, { "type": "home", "value": "h" }] }))]
#[case::nothing_there(json!([{ "op": "remove", "path": "title" }, { "op": "remove", "path": "ims[type eq \"x\"]" }]), json!({}))]
#[case::t35_empty(json!([]), json!({}))]
#[case::extension_as_object(json!([{ "op": "add", "path": ENTERPRISE, "value": { "department": "d", "Manager": "m" } }]),
    json!({ ENTERPRISE: { "department": "d", "manager": { "value": "m" } } }))]
#[case::schemas_follow(json!([{ "op": "add", "path": "schemas", "value": [ENTERPRISE] }]), json!({}))]
fn patches_of_clients(#[case] operations: Value, #[case] changes: Value) {
    assert_eq!(compat(operations), with(changes));
}

#[rstest]
#[case::all_emails(json!([{ "op": "remove", "path": "emails" }]), "emails")]
#[case::t34(json!([{ "op": "replace", "path": "emails", "value": null }]), "emails")]
#[case::emptied(json!([{ "op": "replace", "path": "emails", "value": [] }]), "emails")]
#[case::last_sub(json!([{ "op": "remove", "path": "name.givenName" }, { "op": "remove", "path": "name.familyName" }]), "name")]
fn what_is_emptied_goes(#[case] operations: Value, #[case] gone: &str) {
    let mut expected = ada();
    expected.as_object_mut().expect("is an object").shift_remove(gone);
    assert_eq!(compat(operations), expected);
}

#[rstest]
#[case::t29_empty(json!([{ "op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": "" }]))]
#[case::t29_remove(json!([{ "op": "remove", "path": format!("{ENTERPRISE}:manager") }]))]
#[case::t29_empty_value(json!([{ "op": "replace", "path": "manager", "value": { "value": "" } }]))]
#[case::t30(json!([{ "op": "remove", "path": "manager[value eq \"m\"]" }]))]
#[case::whole_extension(json!([{ "op": "remove", "path": ENTERPRISE }]))]
fn a_removed_manager_takes_the_extension_along(#[case] operations: Value) {
    let managed = with(json!({ ENTERPRISE: { "manager": { "value": "m" } } }));
    assert_eq!(patched(&managed, &operations, Mode::Compat), Ok(ada()));
}

#[test]
fn a_new_manager_drops_the_old_reference() {
    let managed = with(json!({ ENTERPRISE: { "manager": { "value": "m", "$ref": "/Users/m" } } }));
    let operations = json!([{ "op": "replace", "path": "manager", "value": { "value": "n" } }]);
    let changed = patched(&managed, &operations, Mode::Compat).expect("is applied");
    assert_eq!(changed[ENTERPRISE]["manager"], json!({ "value": "n" }));
}

#[rstest]
#[case::t36(json!([{ "op": "replace", "path": "shoeSize", "value": 3 }]), RefusalKind::InvalidPath)]
#[case::bad_path(json!([{ "op": "replace", "path": "emails[", "value": 3 }]), RefusalKind::InvalidFilter)]
#[case::t37(json!([{ "op": "replace", "path": "title", "value": "x" }, { "op": "remove", "path": "userName" }]), RefusalKind::Mutability)]
#[case::required_null(json!([{ "op": "replace", "path": "userName", "value": null }]), RefusalKind::InvalidValue)]
#[case::required_blank(json!([{ "op": "replace", "value": { "userName": " " } }]), RefusalKind::InvalidValue)]
#[case::no_path(json!([{ "op": "remove" }]), RefusalKind::NoTarget)]
#[case::no_value(json!([{ "op": "add", "path": "title" }]), RefusalKind::InvalidValue)]
#[case::no_object(json!([{ "op": "add", "value": "x" }]), RefusalKind::InvalidValue)]
#[case::op(json!([{ "op": "move", "path": "title" }]), RefusalKind::InvalidSyntax)]
#[case::no_op(json!([{ "path": "title" }]), RefusalKind::InvalidSyntax)]
#[case::read_only(json!([{ "op": "add", "path": "groups", "value": [{ "value": "g" }] }]), RefusalKind::Mutability)]
#[case::read_only_meta(json!([{ "op": "replace", "path": "meta.created", "value": "2026-01-01T00:00:00Z" }]), RefusalKind::Mutability)]
#[case::id(json!([{ "op": "replace", "path": "id", "value": ID }]), RefusalKind::Mutability)]
#[case::other_id(json!([{ "op": "replace", "value": { "id": "other", "title": "t" } }]), RefusalKind::Mutability)]
#[case::wrong_type(json!([{ "op": "replace", "path": "name", "value": "x" }]), RefusalKind::InvalidValue)]
#[case::no_equality(json!([{ "op": "replace", "path": "emails[type ne \"home\" and type ne \"work\"].value", "value": "x" }]), RefusalKind::NoTarget)]
#[case::two_primaries(json!([{ "op": "replace", "path": "emails[value sw \"a\"].primary", "value": true },
    { "op": "add", "path": "emails", "value": [{ "value": "1", "primary": true }, { "value": "2", "primary": true }] }]), RefusalKind::InvalidValue)]
#[case::too_many(Value::Array(vec![json!({ "op": "remove", "path": "title" }); 1_001]), RefusalKind::InvalidSyntax)]
#[case::no_array(json!("x"), RefusalKind::InvalidSyntax)]
fn refusals(#[case] operations: Value, #[case] kind: RefusalKind) {
    let refusal = patched(&ada(), &operations, Mode::Compat).expect_err("is refused");
    assert_eq!(refusal.kind, kind, "{refusal}");
}

#[rstest]
#[case::t23(json!([{ "op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "1" }]), RefusalKind::NoTarget)]
#[case::remove(json!([{ "op": "remove", "path": "emails[type eq \"x\"].value" }]), RefusalKind::NoTarget)]
#[case::whole_value(json!([{ "op": "remove", "path": "emails[type eq \"work\"]" }]), RefusalKind::InvalidPath)]
#[case::several(json!([{ "op": "replace", "path": "emails[value sw \"a\"].display", "value": "x" }]), RefusalKind::InvalidFilter)]
#[case::no_path(json!([{ "op": "replace", "value": { "title": "x" } }]), RefusalKind::InvalidSyntax)]
#[case::capitals(json!([{ "op": "Replace", "path": "title", "value": "x" }]), RefusalKind::InvalidSyntax)]
#[case::stranger_in_operation(json!([{ "op": "add", "path": "title", "value": "x", "from": "y" }]), RefusalKind::InvalidSyntax)]
#[case::t35(json!([]), RefusalKind::InvalidSyntax)]
#[case::dotted(json!([{ "op": "replace", "value": { "name.givenName": "x" } }]), RefusalKind::InvalidSyntax)]
#[case::unqualified(json!([{ "op": "replace", "path": "manager", "value": { "value": "m" } }]), RefusalKind::InvalidPath)]
#[case::text_boolean(json!([{ "op": "replace", "path": "active", "value": "false" }]), RefusalKind::InvalidValue)]
fn strict_refusals(#[case] operations: Value, #[case] kind: RefusalKind) {
    let refusal = patched(&ada(), &operations, Mode::Strict).expect_err("is refused");
    assert_eq!(refusal.kind, kind, "{refusal}");
}

#[test]
fn strict_replaces_the_whole_of_a_complex_attribute() {
    let only_given = json!([{ "op": "replace", "path": "name", "value": { "givenName": "X" } }]);
    let strict = patched(&ada(), &only_given, Mode::Strict).expect("is applied");
    assert_eq!(strict["name"], json!({ "givenName": "X" }));
    assert_eq!(compat(only_given)["name"], json!({ "givenName": "X", "familyName": "Lovelace" }));
    let added = json!([{ "op": "add", "path": "name", "value": { "givenName": "X" } }]);
    let merged = patched(&ada(), &added, Mode::Strict).expect("is applied");
    assert_eq!(merged["name"], json!({ "givenName": "X", "familyName": "Lovelace" }));
}

fn group_patch(operations: Value) -> Result<Patch, Refusal> {
    parse(message(&operations).into(), built_in().group(), Mode::Compat)
}

const A: &str = "00000000-0000-0000-0000-00000000000a";
const B: &str = "00000000-0000-0000-0000-00000000000B";

fn delta(base: Base, add: &[&str], remove: &[&str]) -> MembershipDelta {
    let ids = |ids: &[&str]| ids.iter().map(|id| id.parse().expect("is a UUID")).collect();
    MembershipDelta { base, add: ids(add), remove: ids(remove), ..MembershipDelta::default() }
}

#[rstest]
#[case::t08(json!([{ "op": "replace", "value": { "members": [{ "value": A }] } }]), delta(Base::Clear, &[A], &[]))]
#[case::t10(json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": A }] }]), delta(Base::Keep, &[], &[A]))]
#[case::t10_listing_none(json!([{ "op": "Remove", "path": "members", "value": [] }]), delta(Base::Keep, &[], &[]))]
#[case::t11(json!([{ "op": "remove", "path": format!("members[value eq \"{A}\"]") }]), delta(Base::Keep, &[], &[A]))]
#[case::joined(json!([{ "op": "remove", "path": format!("members[value eq \"{A}\" or value eq \"{B}\"]") }]),
    delta(Base::Keep, &[], &[A, B]))]
#[case::t12(json!([{ "op": "remove", "path": "members" }]), delta(Base::Clear, &[], &[]))]
#[case::t13(json!([{ "op": "remove", "path": format!("members[value eq \"{A}\"]") }, { "op": "remove", "path": format!("members[value eq \"{B}\"]") }]),
    delta(Base::Keep, &[], &[A, B]))]
#[case::t14(json!([{ "op": "replace", "path": "members", "value": [] }]), delta(Base::Clear, &[], &[]))]
#[case::t15(json!([{ "op": "replace", "path": "members", "value": [{ "value": A }] }]), delta(Base::Clear, &[A], &[]))]
#[case::t16_twice(json!([{ "op": "add", "path": "members", "value": [{ "value": A }, { "value": A }] }]), delta(Base::Keep, &[A], &[]))]
#[case::t17(json!([{ "op": "add", "path": "members", "value": [{ "value": A, "displayName": "x", "display": null, "type": "User" }] }]),
    delta(Base::Keep, &[A], &[]))]
#[case::okta(json!([{ "op": "remove", "path": format!("members[value eq \"{B}\"]") }, { "op": "add", "path": "members", "value": [{ "value": A }] }]),
    delta(Base::Keep, &[A], &[B]))]
#[case::last_word(json!([{ "op": "add", "path": "members", "value": [{ "value": A }] }, { "op": "remove", "path": "members", "value": [{ "value": A }] }]),
    delta(Base::Keep, &[], &[A]))]
#[case::one_id_two_spellings(json!([{ "op": "add", "path": "members", "value": B },
        { "op": "remove", "path": format!("members[value eq \"{}\"]", B.to_lowercase()) }]),
    delta(Base::Keep, &[], &[B]))]
#[case::strangers(json!([{ "op": "add", "path": "members", "value": ["x", "y", "x"] }, { "op": "remove", "path": "members[value eq \"y\"]" }]),
    MembershipDelta { strangers: vec!["x".to_owned()], ..MembershipDelta::default() })]
fn members_become_a_delta(#[case] operations: Value, #[case] expected: MembershipDelta) {
    let patch = group_patch(operations.clone()).expect("is read");
    assert!(!patch.touches_document());
    assert_eq!(patch.membership.as_ref(), Some(&expected));
    let text = message(&operations).to_string();
    let body = Input::parse(text.as_bytes()).expect("is JSON");
    let as_text = parse(body, built_in().group(), Mode::Compat).expect("is read");
    assert_eq!(as_text.membership, Some(expected), "text and tree mean the same");
}

#[test]
fn t07_t09_a_rename_leaves_members_alone() {
    let patch = group_patch(json!([{ "op": "replace", "value": { "id": ID, "displayName": "n" } }])).expect("is read");
    assert_eq!(patch.membership, None);
    let registry = built_in();
    let mut group = json!({ "displayName": "o" }).as_object().expect("is an object").clone();
    patch.apply(registry.group(), ID, &mut group).expect("is applied");
    assert_eq!(group.get("displayName"), Some(&json!("n")));
    assert!(patch.leniencies.contains(&Leniency::IdInValue));
}

#[test]
fn t21_a_long_list_is_one_delta() {
    let members: Vec<_> = (0..150_000).map(|at| json!({ "value": uuid::Uuid::from_u128(at) })).collect();
    let patch = group_patch(json!([{ "op": "add", "path": "members", "value": members }])).expect("is read");
    assert_eq!(patch.membership.map(|delta| delta.add.len()), Some(150_000));
}

#[test]
fn members_can_go_by_type() {
    let patch = group_patch(json!([{ "op": "remove", "path": "members[type eq \"Group\"]" }])).expect("is read");
    assert_eq!(patch.membership.map(|delta| delta.remove_kinds), Some(vec![MemberKind::Group]));
}

#[rstest]
#[case(json!([{ "op": "remove", "path": "members[value sw \"a\"]" }]), RefusalKind::InvalidFilter)]
#[case(json!([{ "op": "replace", "path": "members[value eq \"a\"]", "value": {} }]), RefusalKind::InvalidPath)]
#[case(json!([{ "op": "replace", "path": "members[value eq \"a\"].value", "value": "b" }]), RefusalKind::Mutability)]
#[case(json!([{ "op": "add", "path": "members", "value": [{ "display": "x" }] }]), RefusalKind::InvalidValue)]
#[case(json!([{ "op": "add", "path": "members", "value": [{ "value": "a" }] }, { "op": "remove", "path": "members[type eq \"User\"]" }]), RefusalKind::InvalidValue)]
#[case(json!([{ "op": "replace", "path": "displayName", "value": "" }]), RefusalKind::InvalidValue)]
fn group_refusals(#[case] operations: Value, #[case] kind: RefusalKind) {
    let refusal = group_patch(operations).expect_err("is refused");
    assert_eq!(refusal.kind, kind, "{refusal}");
}

#[test]
fn t35_the_envelope_is_read_leniently() {
    let registry = built_in();
    let read = |body: Value, mode| parse(body.into(), registry.user(), mode);
    assert!(read(json!({ "schemas": ["URN:ietf:params:scim:api:messages:2.0:patchop"], "operations": [{ "OP": "remove", "path": "title" }] }), Mode::Strict).is_ok());
    assert!(read(json!({ "Operations": [] }), Mode::Compat).is_ok());
    assert!(read(json!({ "Operations": [] }), Mode::Strict).is_err());
    assert!(read(json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }), Mode::Compat).is_err());
    assert!(read(json!([]), Mode::Compat).is_err());
}

#[test]
fn passwords_never_reach_the_document() {
    let registry = built_in();
    let patch = parse(
        message(&json!([{ "op": "replace", "value": { "password": "s" } }])).into(),
        registry.user(),
        Mode::Compat,
    )
    .expect("is read");
    assert!(!patch.touches_document());
    assert!(matches!(patch.password, Some(Some(_))));
    assert!(!format!("{patch:?}").contains("\"s\""));
}

fn operation() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "title",
        "name",
        "name.givenName",
        "emails",
        "emails[type eq \"work\"]",
        "emails.type",
        "emails[type eq \"home\"].value",
        "emails[value sw \"a\"].primary",
        "emails[primary eq true].type",
        "manager",
        "active",
        ENTERPRISE,
        "schemas",
        "userName",
        "roles",
        "manager[value eq \"m\"].value",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            json!("a"),
            json!("work"),
            json!(true),
            json!("True"),
            json!(null),
            json!(""),
            json!([]),
            json!({}),
            json!({ "value": "a", "type": "work", "primary": true }),
            json!([{ "value": "b" }, "c"]),
            json!({ "givenName": "g", "familyName": null }),
            json!({ "department": "d", "manager": "m" })
        ]),
        any::<String>().prop_map(Value::from),
    ];
    let op = prop::sample::select(vec!["add", "remove", "replace", "Replace"]);
    (op, prop::option::of(path), prop::option::of(value))
        .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }))
}

proptest! {
    #[test]
    fn sequences_keep_documents_canonical(operations in prop::collection::vec(operation(), 1..6)) {
        let registry = built_in();
        let mut document = ada();
        for operation in operations {
            let Ok(changed) = patched(&document, &json!([operation]), Mode::Compat) else { continue };
            let again = accept::read(registry.user(), changed.clone().into(), Mode::Compat);
            let again = again.and_then(|received| received.create(registry.user())).map(Value::Object);
            let mut canonical = changed.clone();
            // Removing `active` is allowed; accepting such a document puts its default back.
            if let Value::Object(members) = &mut canonical { members.entry("active").or_insert(Value::Bool(true)); }
            prop_assert_eq!(again, Ok(canonical));
            document = changed;
        }
    }

    #[test]
    fn no_message_panics(value in accept::any_json(), path in "[a-zA-Z.\\[\\] \"=]{0,12}", op in "add|remove|replace") {
        for operation in [json!({ "op": op, "value": value }), json!({ "op": op, "path": path, "value": value }), value] {
            let _ = patched(&ada(), &json!([operation]), Mode::Compat);
            let _ = patched(&ada(), &json!([operation]), Mode::Strict);
            let _ = parse(operation.into(), built_in().group(), Mode::Compat);
        }
    }
}
