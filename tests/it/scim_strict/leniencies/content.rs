//! Values, names of attributes, and filters.

use convoke::schema::leniency::Leniency;
use serde_json::{Value, json};

use super::{Row, Strict, filtered, path, row, syntax, value};
use crate::scim_strict::requests::{ENTERPRISE, SEARCH, USER, filter, patch, post, user_body};

pub(super) fn values() -> Vec<Row> {
    let user = |attributes: Value| post("/Users", &user_body(&attributes));
    let manager = format!("{ENTERPRISE}:manager");
    let replace = |path: &str, value: Value| patch(&json!([{ "op": "replace", "path": path, "value": value }]));
    vec![
        row(
            Leniency::BooleanAsString,
            user(json!({ "active": "False" })),
            201,
            value(&["active", "False", "true or false"]),
        ),
        row(
            Leniency::NumberAsString,
            post("/Users/.search", &json!({ "schemas": [SEARCH], "count": "10" })),
            200,
            syntax(&["count", "10", "whole number"]),
        ),
        row(Leniency::ScalarForString, user(json!({ "title": 42 })), 201, value(&["title", "a number", "a string"])),
        row(
            Leniency::SingleForArray,
            user(json!({ "emails": { "value": "a@b" } })),
            201,
            value(&["emails", "an object", "an array"]),
        ),
        row(
            Leniency::ArrayForSingle,
            replace(&manager, json!([{ "value": "m" }])),
            200,
            value(&["manager", "an array", "an object"]),
        ),
        row(
            Leniency::BareValueForComplex,
            replace(&manager, json!("m")),
            200,
            value(&["manager", "a string", "an object"]),
        ),
        row(
            Leniency::EmptyStringUnassigns,
            replace("title", json!("")),
            200,
            Strict::Differs { path: "/Users/{user}", at: "/title", compat: Value::Null, strict: json!("") },
        ),
        row(
            Leniency::NonCanonicalValue,
            user(json!({ "emails": [{ "value": "a@b", "type": "office" }] })),
            201,
            value(&["emails.type", "office", "work, home, other"]),
        ),
    ]
}

pub(super) fn names() -> Vec<Row> {
    let replace = |path: &str| patch(&json!([{ "op": "replace", "path": path, "value": "R&D" }]));
    vec![
        row(
            Leniency::UnqualifiedExtension,
            replace("department"),
            200,
            path(&["department", "write \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\""]),
        ),
        row(
            Leniency::DotAfterUrn,
            replace(&format!("{ENTERPRISE}.department")),
            200,
            path(&["department", "a colon, not a dot"]),
        ),
        row(
            Leniency::PathAsKey,
            post("/Users", &user_body(&json!({ "name.givenName": "Ada" }))),
            201,
            syntax(&["name.givenName", "User"]),
        ),
        row(
            Leniency::PathAsKey,
            post("/Users", &user_body(&json!({ USER: { "title": "Dr" } }))),
            201,
            syntax(&[USER, "leave it out"]),
        ),
    ]
}

pub(super) fn filters() -> Vec<Row> {
    vec![
        row(Leniency::SingleQuotedLiteral, filter("userName eq 'ada'"), 200, filtered(&["'ada'", "a quoted string"])),
        row(Leniency::UnquotedLiteral, filter("userName eq ada"), 200, filtered(&["ada", "a quoted string"])),
        row(Leniency::LiteralCase, filter("active eq True"), 200, filtered(&["True", "true, false or null"])),
        row(Leniency::MissingBlank, filter("userName eq\"ada\""), 200, filtered(&["\"ada\"", "a blank"])),
        row(
            Leniency::ValuePathCompared,
            filter("emails[type eq \"work\"].value eq \"ada@work\""),
            200,
            filtered(&["inside the brackets"]),
        ),
        row(
            Leniency::UnqualifiedExtension,
            filter("department eq \"R&D\""),
            200,
            filtered(&["write \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\""]),
        ),
        row(Leniency::BooleanAsString, filter("active eq \"true\""), 200, filtered(&["active", "true", "a boolean"])),
        row(Leniency::ScalarForString, filter("title eq 42"), 200, filtered(&["title", "42", "a string"])),
    ]
}
