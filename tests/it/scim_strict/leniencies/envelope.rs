//! What is around a body, and what a body says of its schemas.

use convoke::schema::leniency::Leniency;
use serde_json::json;

use super::{Row, Strict, filtered, row, syntax, value};
use crate::scim_strict::requests::{ENTERPRISE, SEARCH, USER, delete, get, post, user_body};

pub(super) fn around_the_body() -> Vec<Row> {
    let user = user_body(&json!({}));
    let gone = |names| Strict::Refused(404, None, names);
    let media = |names| Strict::Refused(415, None, names);
    vec![
        row(Leniency::NeedlessSlash, get("/Users/"), 200, gone(&["\"/Users/\"", "leave the needless slash"])),
        row(Leniency::NeedlessSlash, get("//Users"), 200, gone(&["\"//Users\"", "leave the needless slash"])),
        row(Leniency::EndpointCase, get("/users"), 200, gone(&["\"/users\"", "/Users"])),
        row(Leniency::IdSpelling, get("/Users/{USER}"), 200, gone(&["{USER}", "ids have case", "{user}"])),
        row(
            Leniency::JsonMediaType,
            post("/Users", &user).typed("application/json"),
            201,
            media(&["application/json", "send application/scim+json"]),
        ),
        row(
            Leniency::MissingMediaType,
            post("/Users", &user).typed(None),
            201,
            media(&["Content-Type", "send application/scim+json"]),
        ),
        row(Leniency::ParameterCase, get("/Users?STARTINDEX=1"), 200, value(&["STARTINDEX", "write startIndex"])),
        row(Leniency::EmptyParameter, get("/Users?sortBy="), 200, value(&["sortBy", "empty", "leave it out"])),
        row(
            Leniency::RepeatedParameter,
            get("/Users?attributes=userName&attributes=title"),
            200,
            value(&["attributes", "twice", "give it once"]),
        ),
        row(
            Leniency::UnquotedEntityTag,
            get("/Users/{user}").header("if-none-match", "1"),
            304,
            value(&["if-none-match", "\"1\"", "in quotes"]),
        ),
        row(
            Leniency::FilterOnWrite,
            delete("/Users/{other}?filter=userName%20pr"),
            204,
            filtered(&["DELETE", "leave \"filter\" out"]),
        ),
    ]
}

pub(super) fn schemas() -> Vec<Row> {
    let department = json!({ "department": "R&D" });
    vec![
        row(
            Leniency::MissingMessageSchema,
            post("/Users/.search", &json!({ "count": 1 })),
            200,
            syntax(&["schemas", SEARCH]),
        ),
        row(
            Leniency::MissingSchemas,
            post("/Users", &user_body(&json!({ "schemas": 42 }))),
            201,
            syntax(&["schemas", "a number", USER]),
        ),
        row(
            Leniency::RepeatedSchema,
            post("/Users", &user_body(&json!({ "schemas": [USER, USER] }))),
            201,
            syntax(&["schemas", USER, "name it once"]),
        ),
        row(
            Leniency::UnlistedExtension,
            post("/Users", &user_body(&json!({ ENTERPRISE: department }))),
            201,
            syntax(&["schemas", ENTERPRISE, "must contain"]),
        ),
        row(
            Leniency::UnknownAttribute,
            post("/Users", &user_body(&json!({ "shoeSize": 42 }))),
            201,
            syntax(&["shoeSize", "User"]),
        ),
        row(
            Leniency::UnknownSchema,
            post("/Users", &user_body(&json!({ "schemas": [USER, "urn:x:2.0User"] }))),
            201,
            syntax(&["schemas", "urn:x:2.0User", "leave it out"]),
        ),
        row(
            Leniency::PasswordDropped,
            post("/Users", &user_body(&json!({ "password": "secret-9" }))),
            201,
            syntax(&["password", "leave it out"]),
        ),
    ]
}
