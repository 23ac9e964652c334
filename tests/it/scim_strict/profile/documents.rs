//! Resources: what may be in them, what is unique, what becomes of them.

use serde_json::json;

use super::{Line, Step, done, hold, line, refused};
use crate::conformance::proves;
use crate::scim_strict::requests::{
    ENTERPRISE, GROUP, PATCH_OP, Request, USER, delete, filter, filter_at, get, group_body, patch, patch_at, post, put,
    user_body,
};

fn undefined() -> Vec<Line> {
    let syntax = |request: Request| refused(request, 400, "invalidSyntax");
    let extended = |attributes| user_body(&json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: attributes }));
    let one = |operation| patch(&json!([operation]));
    vec![
        line(
            "an undefined attribute is refused: POST",
            [
                syntax(post("/Users", &user_body(&json!({ "shoeSize": 42 })))),
                syntax(post("/Groups", &group_body(&json!({ "active": true })))),
            ],
        ),
        line(
            "an undefined attribute is refused: PUT",
            [syntax(put("/Users/{user}", &user_body(&json!({ "shoeSize": 42 }))))],
        ),
        line(
            "an undefined attribute is refused: of an extension, of a complex attribute, of a member",
            [
                syntax(post("/Users", &extended(json!({ "shoeSize": 42 })))),
                syntax(post("/Users", &user_body(&json!({ "name": { "shoeSize": 42 } })))),
                syntax(post("/Groups", &group_body(&json!({ "members": [{ "value": "{user}", "shoeSize": 42 }] })))),
            ],
        ),
        line(
            "an undefined attribute is refused: in a value of PATCH, in its message, in its operation",
            [
                syntax(one(json!({ "op": "add", "path": "name", "value": { "shoeSize": 42 } }))),
                syntax(one(json!({ "op": "add", "path": ENTERPRISE, "value": { "shoeSize": 42 } }))),
                syntax(one(json!({ "op": "add", "path": "title", "value": "Dr", "shoeSize": 42 }))),
                syntax(
                    Request::new("PATCH", "/Users/{user}").body(
                        json!({ "schemas": [PATCH_OP], "shoeSize": 42,
                "Operations": [{ "op": "add", "path": "title", "value": "Dr" }] })
                        .to_string(),
                    ),
                ),
            ],
        ),
        line(
            "an undefined schema is refused: in schemas, as a key, in a PATCH",
            [
                syntax(post("/Users", &user_body(&json!({ "schemas": [USER, "urn:example:2.0:User"] })))),
                syntax(post("/Users", &user_body(&json!({ "urn:example:2.0:User": {} })))),
                syntax(one(json!({ "op": "add", "path": "schemas", "value": ["urn:example:2.0:User"] }))),
            ],
        ),
        line(
            "an undefined attribute in a path of PATCH is refused (invalidPath: RFC 7644 table 9)",
            [refused(one(json!({ "op": "replace", "path": "shoeSize", "value": 42 })), 400, "invalidPath")],
        ),
        line(
            "attributes of an extension are named by its URN",
            [
                syntax(post("/Users", &user_body(&json!({ "department": "R&D" })))),
                refused(one(json!({ "op": "add", "path": "department", "value": "R&D" })), 400, "invalidPath"),
                done(one(json!({ "op": "add", "path": format!("{ENTERPRISE}:department"), "value": "R&D" })), 200),
            ],
        ),
        line(
            "schemas is there, and a list",
            [
                syntax(post("/Users", &json!({ "userName": "new" }))),
                syntax(post("/Users", &json!({ "schemas": 42, "userName": "new" }))),
                syntax(post("/Users", &json!({ "schemas": [], "userName": "new" }))),
                syntax(post("/Groups", &json!({ "schemas": [GROUP, 42], "displayName": "new" }))),
            ],
        ),
        line(
            "keys that differ only in case are refused (RFC 7643 section 2.1)",
            [
                syntax(post("/Users", &user_body(&json!({ "USERNAME": "new" })))),
                syntax(post(
                    "/Groups",
                    &group_body(&json!({ "members": [{ "value": "{user}", "Value": "{other}" }] })),
                )),
            ],
        ),
        line(
            "of a typed attribute only the published types are taken",
            [
                refused(
                    post("/Users", &user_body(&json!({ "emails": [{ "value": "a@b", "type": "office" }] }))),
                    400,
                    "invalidValue",
                ),
                refused(
                    one(json!({ "op": "add", "path": "roles", "value": [{ "value": "r", "type": "court" }] })),
                    400,
                    "invalidValue",
                ),
                done(post("/Users", &user_body(&json!({ "emails": [{ "value": "a@b", "type": "WORK" }] }))), 201),
            ],
        ),
        line(
            "IPSIE: a password is refused, and cannot be searched",
            [
                syntax(post("/Users", &user_body(&json!({ "password": "secret-9" })))),
                refused(one(json!({ "op": "replace", "path": "password", "value": "secret-9" })), 400, "invalidPath"),
                refused(filter("password pr"), 400, "invalidFilter"),
            ],
        ),
        line(
            "bodies are application/scim+json",
            [
                refused(post("/Users", &user_body(&json!({}))).typed("application/json"), 415, None),
                refused(post("/Users", &user_body(&json!({}))).typed("text/plain"), 415, None),
                refused(post("/Users", &user_body(&json!({}))).typed(None), 415, None),
                done(post("/Users", &user_body(&json!({}))).typed("application/scim+json; charset=utf-8"), 201),
            ],
        ),
    ]
}

fn identity() -> Vec<Line> {
    let named = |name: &str, external: &str| user_body(&json!({ "userName": name, "externalId": external }));
    vec![
        line(
            "id has case: in an address, in a filter, as a member",
            [
                refused(get("/Users/{USER}"), 404, None),
                done(filter("id eq \"{USER}\""), 200).shows("/totalResults", 0),
                done(filter("id eq \"{user}\""), 200).shows("/totalResults", 1),
                done(filter_at("Groups", "members[value eq \"{USER}\"]"), 200).shows("/totalResults", 0),
                refused(
                    post("/Groups", &group_body(&json!({ "members": [{ "value": "{USER}" }] }))),
                    400,
                    "invalidValue",
                ),
            ],
        ),
        line(
            "externalId has case: two that differ in it are two",
            [
                done(post("/Users", &named("one", "ABC-123")), 201).save("{one}"),
                done(post("/Users", &named("two", "abc-123")), 201),
                done(filter("externalId eq \"ABC-123\""), 200)
                    .shows("/totalResults", 1)
                    .shows("/Resources/0/id", "{one}"),
                done(filter("externalId eq \"Abc-123\""), 200).shows("/totalResults", 0),
            ],
        ),
        line(
            "userName has no case: in a filter as in uniqueness",
            [
                done(filter("userName eq \"ADA\""), 200).shows("/totalResults", 1).shows("/Resources/0/id", "{user}"),
                refused(post("/Users", &named("Ada", "x")), 409, "uniqueness"),
            ],
        ),
        line(
            "a resource is addressed by its id and nothing else",
            [
                done(get("/Users/{user}"), 200).shows("/userName", "ada"),
                refused(get("/Users/ada"), 404, None),
                refused(get("/Groups/staff"), 404, None),
                refused(get("/Users/{group}"), 404, None),
            ],
        ),
        line(
            "what must be unique is 409 uniqueness: POST, PATCH, PUT; users and groups",
            [
                refused(post("/Users", &named("bob", "x")), 409, "uniqueness"),
                refused(patch(&json!([{ "op": "replace", "path": "userName", "value": "BOB" }])), 409, "uniqueness"),
                refused(put("/Users/{user}", &named("bob", "x")), 409, "uniqueness"),
                refused(post("/Groups", &group_body(&json!({ "displayName": "Staff" }))), 409, "uniqueness"),
                done(post("/Groups", &group_body(&json!({ "displayName": "new" }))), 201).save("{new}"),
                refused(
                    patch_at("/Groups/{new}", &json!([{ "op": "replace", "path": "displayName", "value": "STAFF" }])),
                    409,
                    "uniqueness",
                ),
            ],
        ),
    ]
}

fn after_deletion(endpoint: &'static str, id: &'static str, body: &serde_json::Value) -> Vec<Step> {
    let path = format!("{endpoint}/{id}");
    let gone = |request: Request| refused(request, 404, None);
    vec![
        done(delete(path.clone()), 204),
        gone(get(path.clone())),
        gone(delete(path.clone())),
        gone(put(path.clone(), body)),
        gone(patch_at(&path, &json!([{ "op": "replace", "path": "displayName", "value": "x" }]))),
        done(filter_at(endpoint.trim_start_matches('/'), &format!("id eq \"{id}\"")), 200).shows("/totalResults", 0),
        done(post(endpoint, body), 201),
    ]
}

fn lifecycle() -> Vec<Line> {
    let active = |flag: bool| patch(&json!([{ "op": "replace", "path": "active", "value": flag }]));
    let user = user_body(&json!({ "userName": "ada" }));
    let group = group_body(&json!({ "displayName": "staff" }));
    let if_match = |request: Request| request.header("if-match", "W/\"77\"");
    vec![
        line(
            "PATCH deletes nothing: a deactivated user stays, is found, and can be reactivated (IPSIE AL1)",
            [
                done(active(false), 200).shows("/active", false),
                done(get("/Users/{user}"), 200).shows("/active", false),
                done(filter("userName eq \"ada\""), 200).shows("/Resources/0/active", false),
                done(active(true), 200).shows("/active", true),
            ],
        ),
        line(
            "DELETE deletes: 404 to everything, in no list, the userName is free",
            after_deletion("/Users", "{user}", &user),
        ),
        line("DELETE deletes: a group likewise", after_deletion("/Groups", "{group}", &group)),
        line(
            "DELETE deletes: a user is in no group any more",
            [
                done(delete("/Users/{user}"), 204),
                done(get("/Groups/{group}"), 200).shows("/members/0/value", "{other}").shows("/members/1", json!(null)),
            ],
        ),
        line(
            "preconditions may be ignored or refused; here they are honoured (see the documentation of the mode)",
            [
                refused(if_match(active(false)), 412, None),
                refused(if_match(delete("/Users/{user}")), 412, None),
                done(get("/Users/{user}").header("if-none-match", "W/\"1\""), 304),
            ],
        ),
        line(
            "PUT clears what it leaves out, members as well",
            [
                done(put("/Users/{user}", &user), 200).shows("/title", json!(null)).shows("/emails", json!(null)),
                done(put("/Groups/{group}", &group), 200),
                done(get("/Groups/{group}"), 200).shows("/members", json!(null)),
            ],
        ),
        line(
            "IPSIE: a group can be made empty, with an externalId",
            [done(post("/Groups", &group_body(&json!({ "externalId": "g-1" }))), 201).shows("/externalId", "g-1")],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_in_them() {
    let _proof = proves(&["I-6", "I-7", "I-9", "S-13"]);
    hold("documents", undefined()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_tells_them_apart() {
    let _proof = proves(&["I-5", "I-8", "I-25"]);
    hold("identity", identity()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_becomes_of_them() {
    let _proof = proves(&["I-22", "I-23", "S-8", "S-10", "S-16"]);
    hold("lifecycle", lifecycle()).await;
}
