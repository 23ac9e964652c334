//! The rows: one request for each way to be refused.

use serde_json::{Value, json};

use super::{Row, row};
use crate::scim_strict::requests::{
    ENTERPRISE, GROUP, OWN_GROUP, Request, USER, bulk, delete, filter, get, group_body, patch, patch_at, post, put,
    user_body,
};

const PNG: &str = "image/png";
const NOBODY: &str = "0190d3c4-8f4e-7d9a-b1c2-3d4e5f607182";

pub(super) fn refusals_of_the_schemas() -> Vec<Row> {
    let one = |operation: Value| patch(&json!([operation]));
    let replace = |path: &str, value: Value| one(json!({ "op": "replace", "path": path, "value": value }));
    vec![
        row("RefusalKind::InvalidFilter", filter("shoeSize eq 42"), 400, "invalidFilter", &["shoeSize", "/Schemas"]),
        row("RefusalKind::InvalidPath", replace("shoeSize", json!(42)), 400, "invalidPath", &["shoeSize", "/Schemas"]),
        row(
            "RefusalKind::InvalidSyntax",
            post("/Users", &user_body(&json!({ "shoeSize": 42 }))),
            400,
            "invalidSyntax",
            &["shoeSize", "leave it out"],
        ),
        row(
            "RefusalKind::InvalidValue",
            replace("active", json!(42)),
            400,
            "invalidValue",
            &["active", "42", "true or false"],
        ),
        row(
            "RefusalKind::Mutability",
            replace("meta.created", json!("2026-01-01T00:00:00Z")),
            400,
            "mutability",
            &["meta.created", "readOnly", "leave it out"],
        ),
        row(
            "RefusalKind::NoTarget",
            replace("ims[type eq \"icq\"].value", json!("1")),
            400,
            "noTarget",
            &["ims[type eq \"icq\"].value", "add one to \"ims\""],
        ),
    ]
}

pub(super) fn refusals_of_the_verbs() -> Vec<Row> {
    let add = |group: &str, member: &str| {
        let value = json!([{ "value": member }]);
        patch_at(&format!("/Groups/{group}"), &json!([{ "op": "add", "path": "members", "value": value }]))
    };
    let stale = |request: Request| request.header("if-match", "W/\"77\"");
    vec![
        row("domain::Error::NotFound", get(format!("/Users/{NOBODY}")), 404, None, &["User", NOBODY, "look it up"]),
        row(
            "domain::Error::Taken",
            post("/Users", &json!({ "schemas": [USER], "userName": "ADA" })),
            409,
            "uniqueness",
            &["userName", "ADA", "choose another"],
        ),
        row(
            "domain::Error::VersionMismatch",
            stale(delete("/Users/{user}")),
            412,
            None,
            &["version", "W/\"1\"", "read it again"],
        ),
        row(
            "domain::Error::UnknownMembers",
            add("{group}", NOBODY),
            400,
            "invalidValue",
            &["members", NOBODY, "leave them out"],
        ),
        row(
            "domain::Error::UnknownParent",
            post(
                "/Groups",
                &group_body(
                    &json!({ "schemas": [GROUP, OWN_GROUP], "displayName": "orphan", OWN_GROUP: { "parentGroup": { "value": NOBODY } } }),
                ),
            ),
            400,
            "invalidValue",
            &["parentGroup", NOBODY, "leave it out"],
        ),
        row(
            "domain::Error::Cycle",
            add("{child}", "{group}"),
            400,
            "invalidValue",
            &["members", "staff", "child", "take one"],
        ),
        row(
            "domain::Error::TooDeep",
            add("{child}", "{third}"),
            400,
            "invalidValue",
            &["members", "at most 2", "nest fewer"],
        ),
        row(
            "domain::Error::TooManyChildren",
            add("{group}", "{third}"),
            400,
            "invalidValue",
            &["members", "at most 1", "a group between"],
        ),
        row(
            "domain::Error::Invalid",
            post("/Groups", &group_body(&json!({ "displayName": "a\nb" }))),
            400,
            "invalidValue",
            &["displayName", "control characters"],
        ),
    ]
}

pub(super) fn refusals_of_credentials() -> Vec<Row> {
    let with = |credential: &str| get("/Users").header("authorization", credential);
    let elsewhere = |path: &str| Request { path: path.to_owned(), ..get("") };
    vec![
        row("Denied::Missing", with(""), 401, None, &["Authorization", "Bearer"]),
        row("Denied::NotBearer", with("Basic dXNlcjpwYXNz"), 401, None, &["Authorization", "Bearer <token>"]),
        row("Denied::Unknown", with("Bearer cvk_stranger"), 401, None, &["unknown", "pasted whole"]),
        row("Denied::Revoked", with("Bearer {revoked}"), 401, None, &["revoked on", "issue another"]),
        row("Denied::Expired", with("Bearer {expired}"), 401, None, &["expired on", "issue another"]),
        row("Denied::Jwt", with("Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0."), 401, None, &["signed JWT"]),
        row("Denied::ApiKey", with("Bearer {api_key}"), 401, None, &["API key", "bearer token"]),
        row(
            "Denied::Foreign",
            elsewhere("/../../tenants/other/scim/v2/Users"),
            403,
            None,
            &["tenant", "use a token of that tenant"],
        ),
        row(
            "Denied::NoSuchTenant",
            elsewhere("/../../tenants/nobody/scim/v2/Users").header("authorization", "Bearer {platform}"),
            404,
            None,
            &["Tenant not found", "in the path"],
        ),
        row("Denied::NeedsTenant", with("Bearer {platform}"), 400, "invalidValue", &["tenant", "in the path"]),
        row("Denied::Suspended", with("Bearer {suspended}"), 403, None, &["tenant is suspended"]),
        row(
            "Error::missing_scope",
            delete("/Users/{user}").header("authorization", "Bearer {reader}"),
            403,
            None,
            &["\"scim\"", "use one that has it"],
        ),
    ]
}

pub(super) fn refusals_of_the_facade() -> Vec<Row> {
    let large = format!("{{\"userName\":\"{}\"}}", "x".repeat(200_000));
    let delete_user = json!({ "method": "DELETE", "path": "/Users/{user}" });
    let clash = json!({ "schemas": [USER], "userName": "ada" });
    let friend =
        user_body(&json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "manager": { "value": "bulkId:a" } } }));
    let dependent = json!([{ "method": "POST", "bulkId": "a", "path": "/Users", "data": clash },
                           { "method": "POST", "bulkId": "b", "path": "/Users", "data": friend }]);
    let member = json!([{ "value": "{USER}" }]);
    vec![
        row(
            "Error::syntax",
            Request::new("POST", "/Users").body("{"),
            400,
            "invalidSyntax",
            &["not JSON", "send a JSON object"],
        ),
        row("Error::value", get("/Users?count=many"), 400, "invalidValue", &["count", "many", "a whole number"]),
        row("Error::cursor", get("/Users?cursor=x"), 400, "invalidCursor", &["cursor", "an empty cursor"]),
        row(
            "Error::expired_cursor",
            get("/Users?count=1&cursor={cursor}"),
            400,
            "expiredCursor",
            &["24 hours", "an empty cursor"],
        ),
        row(
            "Error::count",
            get("/Users?cursor=&count=many"),
            400,
            "invalidCount",
            &["count", "many", "a whole number"],
        ),
        row("Error::no_such_resource", get("/Groups/00919288"), 404, None, &["Group", "00919288", "look it up"]),
        row("Error::misspelt_id", get("/Users/{USER}"), 404, None, &["{USER}", "ids have case", "write {user}"]),
        row(
            "RefusalKind::InvalidValue",
            post("/Groups", &group_body(&json!({ "members": member }))),
            400,
            "invalidValue",
            &["members.value", "{USER}", "write {user}"],
        ),
        row("Error::needless_slash", get("/Users/"), 404, None, &["/Users/", "leave the needless slash"]),
        row(
            "Error::filter_on_write",
            delete("/Users/{user}?filter=x"),
            400,
            "invalidFilter",
            &["filter", "DELETE", "by its id"],
        ),
        row("Error::no_such_endpoint", get("/Devices"), 404, None, &["/Devices", "/Users, /Groups"]),
        row("Error::unknown_version", get("/../v1/Users"), 400, "invalidVers", &["v1", "/scim/v2"]),
        row("Error::method_not_allowed", delete("/Users"), 405, None, &["DELETE", "GET, HEAD, POST"]),
        row("Error::not_implemented", post("/Me", &json!({})), 501, None, &["POST /Me"]),
        row("Error::nobody", get("/Me"), 501, None, &["/Me", "/Users/{id}"]),
        row("Error::conflict", bulk(&dependent), 409, None, &["bulkId:a", "has failed", "send both again"]),
        row(
            "Error::too_large",
            bulk(&Value::Array(vec![delete_user; 1_001])),
            413,
            None,
            &["1001", "maxOperations is 1000", "several requests"],
        ),
        row(
            "BodyFault::TooLarge",
            Request::new("POST", "/Users").body(large),
            413,
            None,
            &["100000 bytes", "several requests"],
        ),
        row(
            "Error::unsupported_media_type",
            put("/Users/{user}", &json!({})).typed(PNG),
            415,
            None,
            &[PNG, "send application/scim+json"],
        ),
        row(
            "Error::malformed_version",
            delete("/Users/{user}").header("if-match", "1"),
            400,
            "invalidValue",
            &["if-match", "\"1\"", "in quotes"],
        ),
        row(
            "Error::filter_on_discovery",
            get("/Schemas?filter=id%20pr"),
            403,
            None,
            &["filter", "leave \"filter\" out"],
        ),
    ]
}
