#![expect(clippy::needless_pass_by_value, reason = "cases read best with the JSON they are about in place")]

use proptest::prelude::*;
use rstest::rstest;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{MemberList, Received, read};
use crate::schema::{
    Document, Mode,
    leniency::Leniency,
    refusal::{Refusal, RefusalKind},
    registry::tests::built_in,
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn object(value: Value) -> Document {
    value.as_object().expect("is an object").clone()
}

fn received(body: Value) -> Received {
    read(built_in().user(), body.into(), Mode::Compat).expect("is read")
}

fn user(body: Value) -> Result<Document, Refusal> {
    read(built_in().user(), body.into(), Mode::Compat)?.create(built_in().user())
}

fn stored(body: Value) -> Value {
    Value::Object(user(body).expect("is accepted"))
}

#[test]
fn core_attributes_may_stand_under_their_urn() {
    let under = |value: Value| json!({ "userName": "a", "title": "Dr", USER: value });
    let document = stored(under(json!({ "active": "False", "title": "Mr", "stranger": 1 })));
    assert_eq!(document, json!({ "userName": "a", "active": false, "title": "Dr" }));
    assert_eq!(stored(under(Value::Null)), stored(json!({ "userName": "a", "title": "Dr" })));
    for (value, kind) in [
        (json!("x"), RefusalKind::InvalidValue),
        (json!({ "title": "a", "Title": "b" }), RefusalKind::InvalidSyntax),
        (json!({ "active": 5 }), RefusalKind::InvalidValue),
    ] {
        assert_eq!(user(under(value)).unwrap_err().kind, kind);
    }
    assert!(received(under(json!({}))).leniencies.contains(&Leniency::PathAsKey));
}

#[test]
fn t03_text_booleans_become_booleans() {
    let document =
        stored(json!({ "userName": "a", "active": "True", "roles": [{ "value": "Admin", "primary": "True" }] }));
    assert_eq!(document["active"], true);
    assert_eq!(document["roles"][0]["primary"], true);
}

#[test]
fn t28_a_bare_manager_becomes_an_object() {
    let document = stored(json!({ "userName": "a", ENTERPRISE: { "manager": "m1" } }));
    assert_eq!(document[ENTERPRISE]["manager"], json!({ "value": "m1" }));
}

#[test]
fn t33_json_in_text_is_stored_as_sent() {
    let role = "{\"id\":\"1\",\"value\":\"Admin\"}";
    let document = stored(json!({ "userName": "a", "roles": [{ "value": role, "display/displayName": "Admin" }] }));
    assert_eq!(document["roles"], json!([{ "value": role }]));
}

#[test]
fn t52_what_entra_and_okta_post_is_accepted() {
    let body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/User"],
        "id": "mine", "meta": { "resourceType": "User" }, "groups": [], "USERNAME": " Ada ", "title": null, "emails": [],
        "password": "s3cret", "department": null, "manager": null, "favouriteColour": "green",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": { "department": "x" },
        "name": { "givenName": "Ada", "familyName": null } });
    let accepted = received(body.clone());
    let expected = json!({ "userName": " Ada ", "name": { "givenName": "Ada" }, "active": true });
    assert_eq!(stored(body), expected);
    assert_eq!(accepted.password.map(|secret| secret.expose_secret().to_owned()).as_deref(), Some("s3cret"));
    assert!(accepted.leniencies.contains(&Leniency::UnknownSchema));
}

#[test]
fn keys_are_found_in_every_spelling() {
    let document = stored(json!({ "userName": "a", "department": "R&D", "name.givenName": "Ada",
        (format!("{ENTERPRISE}:employeeNumber")): 7, "emails": { "Value": "a@b" } }));
    let expected = json!({ "userName": "a", "name": { "givenName": "Ada" }, "emails": [{ "value": "a@b" }],
        ENTERPRISE: { "department": "R&D", "employeeNumber": "7" }, "active": true });
    assert_eq!(document, expected);
}

#[rstest]
#[case(json!({ "displayName": "x" }), RefusalKind::InvalidValue, "userName")]
#[case(json!({ "userName": "  " }), RefusalKind::InvalidValue, "userName")]
#[case(json!({ "userName": "a", "UserName": "b" }), RefusalKind::InvalidSyntax, "twice")]
#[case(json!({ "userName": "a", "name": "Ada" }), RefusalKind::InvalidValue, "name")]
#[case(json!({ "userName": "a", "active": "maybe" }), RefusalKind::InvalidValue, "active")]
#[case(json!({ "userName": ["a", "b"] }), RefusalKind::InvalidValue, "one value")]
#[case(json!({ "userName": "a\0" }), RefusalKind::InvalidValue, "U+0000")]
#[case(json!({ "userName": "a".repeat(70_000) }), RefusalKind::InvalidValue, "65536")]
#[case(json!({ "userName": "a", "emails": [{ "value": "1", "primary": true }, { "value": "2", "primary": "true" }] }),
    RefusalKind::InvalidValue, "primary")]
#[case(json!({ "userName": "a", "emails": vec!["x"; 10_001] }), RefusalKind::InvalidValue, "10000")]
#[case(json!({ "userName": "a", ENTERPRISE: 3 }), RefusalKind::InvalidValue, "enterprise")]
#[case(json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "userName": "a" }), RefusalKind::InvalidSyntax, "schemas")]
fn broken_bodies_name_the_attribute(#[case] body: Value, #[case] kind: RefusalKind, #[case] reason: &str) {
    let refusal = user(body).expect_err("is refused");
    assert_eq!(refusal.kind, kind);
    assert!(refusal.detail.contains(reason), "{refusal}");
}

#[rstest]
#[case(json!({ "userName": "a" }))]
#[case(json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "colour": "red" }))]
#[case(json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "manager": "m" }))]
#[case(json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:x"], "userName": "a" }))]
fn strict_mode_wants_the_letter(#[case] body: Value) {
    let registry = built_in();
    let refusal = read(registry.user(), body.into(), Mode::Strict).expect_err("is refused");
    assert_eq!(refusal.kind, RefusalKind::InvalidSyntax);
}

#[test]
fn the_same_value_is_kept_once() {
    let document = stored(json!({ "userName": "a", "emails": [
        { "value": "x", "type": "work" }, { "value": "x", "type": "work", "display": "X" }, { "value": "x", "type": "home" }] }));
    assert_eq!(document["emails"].as_array().map(Vec::len), Some(2));
}

#[test]
fn members_are_taken_out() {
    let registry = built_in();
    let accept = |body: Value| read(registry.group(), body.into(), Mode::Compat).expect("is accepted");
    let [one, two, three] = [1, 2, 3].map(uuid::Uuid::from_u128);
    let full = accept(json!({ "displayName": "g", "members": [{ "value": one, "$ref": null, "display": "x" },
        two.to_string().to_uppercase(), { "value": format!("usr_{one}") }, { "value": "nobody" }, "nobody",
        { "$ref": format!("https://host/Users/{three}"), "type": "user" }] }));
    let expected = MemberList { ids: vec![one, two, three], strangers: vec!["nobody".to_owned()] };
    assert_eq!(full.members, Some(expected));
    assert!(!full.document.contains_key("members"));
    assert_eq!(accept(json!({ "displayName": "g", "members": null })).members, Some(MemberList::default()));
    assert_eq!(accept(json!({ "displayName": "g" })).members, None);
}

#[test]
fn t53_t54_put_clears_what_is_left_out_but_not_active() {
    let registry = built_in();
    let current = object(json!({ "userName": "a", "title": "x", "active": false, "externalId": "e" }));
    let body = received(json!({ "id": "u", "meta": {}, "groups": [{ "value": "g" }], "userName": "b" }));
    let document = body.replace(registry.user(), &current).expect("is accepted");
    assert_eq!(Value::Object(document), json!({ "userName": "b", "active": false }));
}

/// Arbitrary JSON, with keys that mean something now and then.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("work")),
    ];
    let key = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "userName",
            "name",
            "name.givenName",
            "emails",
            "value",
            "type",
            "primary",
            "manager",
            "id",
            "schemas",
            ENTERPRISE,
            "active",
            "members",
            "password",
            "$ref",
            "emails[type eq \"work\"].value",
            "[",
            "meta"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_panics_and_what_is_accepted_is_canonical(body in any_json(), name in "[a-z]{1,5}") {
        let mut body = body.as_object().cloned().unwrap_or_default();
        body.retain(|key, _| !key.eq_ignore_ascii_case("userName"));
        body.insert("userName".to_owned(), name.into());
        if let Ok(document) = user(Value::Object(body)) {
            let again = user(Value::Object(document.clone())).expect("stays accepted");
            prop_assert_eq!(again, document);
        }
    }
}
