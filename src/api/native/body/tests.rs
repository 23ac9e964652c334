use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Enum, Object, Union};
use serde_json::json;

use super::*;
use crate::api::native::refused::Step;
use crate::api::native::types::Timestamp;

#[derive(Enum)]
enum Sort {
    #[oai(rename = "SECURITY")]
    Security,
}

#[derive(Object)]
struct ById {
    #[oai(validator(min_length = 1))]
    user_id: String,
}

#[derive(Union)]
enum Member {
    Id(String),
    Object(ById),
}

#[derive(Object)]
struct Wanted {
    #[oai(validator(min_length = 1, max_length = 5))]
    name: String,
    description: MaybeUndefined<String>,
    sort: Option<Sort>,
    #[oai(validator(minimum(value = "1"), maximum(value = "9")))]
    size: Option<i64>,
    #[oai(validator(max_items = 3))]
    members: Option<Vec<Member>>,
    until: Option<Timestamp>,
    open: Option<bool>,
}

fn between(wanted: &Wanted) -> Vec<Fault> {
    let clash = wanted.size == Some(9) && wanted.open == Some(true);
    clash.then(|| Fault::field("size", "value_error", "9 cannot be open")).into_iter().collect()
}

/// A name is no word of ours.
fn beyond(value: &Value) -> Vec<Fault> {
    let bad = value["name"].as_str().is_some_and(|name| name.contains("ours") || name.contains("convoke"));
    bad.then(|| Fault::field("name", "value_error", "is ours")).into_iter().collect()
}

sent!(Wanted; beyond, between);

/// `loc` and kind of each fault.
fn told(body: &Value) -> Vec<(String, &'static str)> {
    match read::<Wanted>(body) {
        Ok(_) => Vec::new(),
        Err(Refused::Faults(faults)) => faults.iter().map(|fault| (way(&fault.loc), fault.kind)).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn way(steps: &[Step]) -> String {
    let words = steps.iter().map(|step| match step {
        Step::Name(name) => name.clone(),
        Step::Position(position) => position.to_string(),
    });
    words.collect::<Vec<_>>().join("/")
}

fn some(all: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    all.iter().map(|(way, kind)| ((*way).to_owned(), *kind)).collect()
}

#[test]
fn all_faults_of_a_body_are_told_at_once() {
    let body = json!({
        "name": "a longer one", "description": 7, "sort": "MAIL", "size": 10,
        "members": ["x", { "user_id": "" }, 3], "until": "yesterday", "open": "yes"
    });
    let expected = [
        ("body/name", "string_too_long"),
        ("body/description", "string_type"),
        ("body/sort", "enum"),
        ("body/size", "less_than_equal"),
        ("body/members/1/user_id", "string_too_short"),
        ("body/members/2", "string_type"),
        ("body/until", "datetime_parsing"),
        ("body/open", "bool_type"),
    ];
    assert_eq!(told(&body), some(&expected));
    assert_eq!(told(&json!({})), some(&[("body/name", "missing")]));
    assert_eq!(told(&json!([])), some(&[("body", "dict_type")]));
    assert_eq!(told(&json!({ "name": null })), some(&[("body/name", "string_type")]));
    assert_eq!(told(&json!({ "name": "   " })), some(&[("body/name", "string_too_short")]));
    let both = json!({ "name": "convoke", "size": 0 });
    assert_eq!(told(&both), some(&[("body/name", "string_too_long"), ("body/size", "greater_than_equal")]));
    let own = json!({ "name": "ours", "size": 0 });
    assert_eq!(told(&own), some(&[("body/size", "greater_than_equal"), ("body/name", "value_error")]));
    let four = json!({ "name": "a", "members": ["a", "b", "c", "d"] });
    assert_eq!(told(&four), some(&[("body/members", "too_long")]));
    assert_eq!(told(&json!({ "name": "a", "size": 9, "open": true })), some(&[("body/size", "value_error")]));
}

#[test]
fn what_fits_is_read_and_null_is_told_from_absent() {
    let body = json!({ "name": " ops ", "description": null, "sort": "SECURITY", "size": 3, "unknown": {},
                       "members": ["a", { "user_id": "b" }], "until": "2026-05-17T12:20:42+02:00", "open": null });
    let wanted: Wanted = read(&body).unwrap_or_else(|refused| panic!("{refused}"));
    assert!(wanted.description.is_null() && wanted.open.is_none() && wanted.sort.is_some() && wanted.until.is_some());
    assert_eq!(wanted.members.map(|all| all.len()), Some(2));
    let wanted: Wanted = read(&json!({ "name": "ops" })).unwrap_or_else(|refused| panic!("{refused}"));
    assert!(wanted.description.is_undefined());
}

#[test]
fn faults_of_a_long_list_are_cut() {
    let ids: Vec<Value> = (0..5_000).map(Value::from).collect();
    #[derive(Object)]
    struct Ids {
        ids: Vec<String>,
    }
    sent!(Ids);
    let Err(Refused::Faults(faults)) = read::<Ids>(&json!({ "ids": ids })) else { panic!("they are no texts") };
    assert_eq!(faults.len(), 100);
}

#[test]
fn json_is_known_by_its_media_type() {
    assert!(is_json("application/json") && is_json("Application/JSON; charset=utf-8"));
    assert!(!is_json("text/plain") && !is_json("application/x-www-form-urlencoded") && !is_json(""));
}
