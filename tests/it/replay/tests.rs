//! The runner itself: a fixture that shows nothing is refused, and a wrong answer is seen.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::matcher::differences;
use super::template::Names;

fn with_steps(steps: &Value) -> Result<Fixture, String> {
    Fixture::parse(&json!({ "source": "x", "about": "x", "steps": steps }).to_string())
}

#[test]
fn what_shows_nothing_is_refused() {
    let step = |expect: Value| json!([{ "name": "n", "method": "GET", "path": "/Users", "expect": expect }]);
    for (steps, reason) in [
        (json!([]), "without steps"),
        (json!([{ "name": "n", "method": "GET", "path": "/Users" }]), "expect"),
        (step(json!({})), "status"),
        (step(json!({ "status": 200 })), "what the body holds"),
        (step(json!({ "status": 201, "json": {} })), "met by any answer"),
        (step(json!({ "status": 200, "jsno": { "id": 1 } })), "jsno"),
        (
            json!([{ "name": "n", "method": "GET", "path": "/", "repeat": { "var": "i", "from": 2, "to": 1 },
                     "expect": { "status": 404 } }]),
            "never runs",
        ),
    ] {
        let refused = with_steps(&steps).unwrap_err();
        assert!(refused.contains(reason), "{steps}: {refused}");
    }
    assert!(with_steps(&step(json!({ "status": 204 }))).is_ok());
}

#[test]
fn names_are_filled_in() {
    let mut names = Names::default();
    names.set("i", 7);
    names.set("user7", "abc");
    names.set("flag", true);
    let fill = |value: Value| names.fill(&value);
    assert_eq!(fill(json!("{{i}}")), Ok(json!(7)));
    assert_eq!(fill(json!("u{{i+1}}@x")), Ok(json!("u8@x")));
    assert_eq!(fill(json!({ "{{user{{i}}}}": ["{{flag}}"] })), Ok(json!({ "abc": [true] })));
    assert_eq!(fill(json!("{{i*3%4:03}}")), Ok(json!("001")));
    let each = json!([0, { "@each": { "var": "n", "from": 1, "to": 2, "item": { "n": "{{n}}" } } }]);
    assert_eq!(fill(each), Ok(json!([0, { "n": 1 }, { "n": 2 }])));
    for wrong in ["{{unknown}}", "{{i", "{{user7+1}}", "{{i^2}}"] {
        assert!(fill(json!(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn matchers_match() {
    for (expected, found) in [
        (json!({ "a": 1 }), json!({ "a": 1, "b": 2 })),
        (json!({ "a": "@absent" }), json!({ "b": 2 })),
        (json!({ "a": "@uuid" }), json!({ "a": "0190d3c4-8f4e-7d9a-b1c2-3d4e5f607182" })),
        (json!({ "@unordered": [{ "v": 2 }, { "v": 1 }] }), json!([{ "v": 1, "w": 0 }, { "v": 2 }])),
        (json!({ "@contains": [2] }), json!([1, 2])),
        (json!({ "@length": 2 }), json!([1, 2])),
        (json!({ "@not": 3 }), json!(4)),
        (json!({ "@every": "@integer" }), json!([1, 2])),
        (json!({ "@text": "b" }), json!("abc")),
        (json!("@time"), json!("2026-01-01T00:00:00.000Z")),
    ] {
        assert_eq!(differences(&expected, Some(&found)), Vec::<String>::new(), "{expected} {found}");
    }
}

#[test]
fn differences_are_seen() {
    for (expected, found) in [
        (json!({ "a": 1 }), json!({ "a": "1" })),
        (json!({ "a": 1 }), json!({})),
        (json!({ "a": "@absent" }), json!({ "a": null })),
        (json!({ "a": "@uuid" }), json!({ "a": "abc" })),
        (json!([1]), json!([1, 2])),
        (json!({ "@unordered": [1, 1] }), json!([1, 2])),
        (json!({ "@unordered": [1] }), json!([1, 2])),
        (json!({ "@contains": [3] }), json!([1, 2])),
        (json!({ "@exactly": { "a": 1 } }), json!({ "a": 1, "b": 2 })),
        (json!({ "@not": 3 }), json!(3)),
        (json!({ "@every": "@integer" }), json!([1, "2"])),
        (json!("@nonsense"), json!(1)),
        (json!({ "@nonsense": 1 }), json!(1)),
        (json!("@integer"), json!(1.5)),
    ] {
        assert!(!differences(&expected, Some(&found)).is_empty(), "{expected} {found}");
    }
}
