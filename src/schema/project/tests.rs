use rstest::rstest;
use serde_json::{Value, json};

use super::{Holder, Parts, Projection};
use crate::schema::registry::tests::built_in;
use crate::schema::resource_type::ResourceType;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Value {
    json!({ "meta": { "resourceType": "User" }, "name": { "givenName": "Ada", "familyName": "Lovelace" }, "userName": "ada",
        "password": "secret", "id": "u1", "title": null,
        "emails": [{ "value": "a@b", "type": "work" }], ENTERPRISE: { "department": "R&D", "manager": { "value": "m" } } })
}

fn shown(attributes: Option<&str>, excluded: Option<&str>) -> Value {
    let registry = built_in();
    let projection = Projection::parse(attributes, excluded, registry.user()).expect("is one of them");
    written(&projection, registry.user(), &ada())
}

struct Whole<'a>(&'a Value);

impl Holder for Whole<'_> {
    fn extends(&self, urn: &str) -> bool {
        self.0.get(urn).is_some()
    }

    fn write(&self, extension: Option<&str>, attribute: &str, parts: &Parts, out: &mut Vec<u8>) {
        let held = extension.map_or(Some(self.0), |urn| self.0.get(urn));
        if let Some(value) = held.and_then(|held| held.get(attribute)) {
            parts.write(value, out);
        }
    }
}

fn written(projection: &Projection, resource_type: &ResourceType, resource: &Value) -> Value {
    let mut out = Vec::new();
    projection.layout(resource_type).write(&Whole(resource), &mut out);
    serde_json::from_slice(&out).expect("is JSON")
}

fn schemas() -> Value {
    json!(["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE])
}

#[test]
fn the_default_hides_secrets_and_orders_keys() {
    let resource = shown(None, None);
    let keys: Vec<_> = resource.as_object().expect("is an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["schemas", "id", "userName", "name", "emails", ENTERPRISE, "meta"]);
}

#[rstest]
#[case("USERNAME", json!({ "userName": "ada" }))]
#[case(" name.givenName ,,password, unknown", json!({ "name": { "givenName": "Ada" } }))]
#[case("urn:ietf:params:scim:schemas:core:2.0:User:emails.type", json!({ "emails": [{ "type": "work" }] }))]
#[case(ENTERPRISE, json!({ ENTERPRISE: { "department": "R&D", "manager": { "value": "m" } } }))]
#[case(&format!("{ENTERPRISE}:department"), json!({ ENTERPRISE: { "department": "R&D" } }))]
fn attributes_choose(#[case] attributes: &str, #[case] expected: Value) {
    let mut wanted = json!({ "schemas": schemas(), "id": "u1" });
    wanted.as_object_mut().expect("is an object").extend(expected.as_object().expect("is an object").clone());
    assert_eq!(shown(Some(attributes), None), wanted);
}

#[test]
fn excluded_attributes_go_and_always_stays() {
    let excluded = format!("id,schemas,emails,name.familyName,meta,{ENTERPRISE}");
    let expected = json!({ "schemas": schemas(), "id": "u1", "userName": "ada", "name": { "givenName": "Ada" } });
    assert_eq!(shown(None, Some(&excluded)), expected);
}

#[test]
fn both_exclude_each_other() {
    let registry = built_in();
    assert!(Projection::parse(Some("a"), Some("b"), registry.user()).is_err());
    assert!(Projection::parse(Some("a"), Some(" "), registry.user()).is_ok());
    assert!(Projection::from_lists(&["a".into()], &["b".into()], registry.user()).is_err());
}

#[rstest]
#[case::t46_default(None, None, true, false, false)]
#[case::t46_excluded(None, Some("members"), false, false, false)]
#[case::only(Some("displayName"), None, false, false, false)]
#[case::named(Some("Members"), None, true, false, true)]
#[case::sub_named(Some("members.display"), None, true, true, true)]
#[case::sub_excluded(None, Some("members.display"), true, false, false)]
fn members_are_loaded_only_when_wanted(
    #[case] attributes: Option<&str>,
    #[case] excluded: Option<&str>,
    #[case] wanted: bool,
    #[case] display: bool,
    #[case] named: bool,
) {
    let registry = built_in();
    let projection = Projection::parse(attributes, excluded, registry.group()).expect("is one of them");
    assert_eq!(projection.wants("members"), wanted);
    assert_eq!(projection.wants("members.display"), display);
    assert_eq!(projection.names("members"), named);
}

#[test]
fn t46_excluded_members_leave_no_key() {
    let registry = built_in();
    let projection = Projection::parse(None, Some("members"), registry.group()).expect("is one of them");
    let group = json!({ "displayName": "g", "members": [{ "value": "u1" }] });
    let shown = written(&projection, registry.group(), &group);
    assert!(shown["displayName"] == "g" && shown.get("members").is_none());
}

/// `display` of members is returned on request.
#[test]
fn what_a_write_gave_is_in_its_answer() {
    let registry = built_in();
    let shown = |projection: Projection| {
        let member = json!({ "value": "u1", "display": "Ada" });
        let group = json!({ "members": [member] });
        written(&projection, registry.group(), &group)["members"][0].get("display").is_some()
    };
    let parse =
        |attributes, excluded| Projection::parse(attributes, excluded, registry.group()).expect("is one of them");
    let usual = || parse(None, None);
    assert!(!shown(usual()) && shown(usual().of_whole()));
    assert!(shown(usual().of_parts(vec![(None, "members".to_owned())])));
    assert!(!shown(usual().of_parts(vec![(None, "displayName".to_owned())])));
    assert!(!shown(parse(None, Some("members.display")).of_whole()));
    assert!(!shown(parse(Some("members.value"), None).of_whole()));
}
