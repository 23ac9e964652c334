//! Every way in which a request can be refused, from whatever layer, by a request that is: status, `scimType`, and a detail
//! that names the attribute or parameter, the value, and the remedy. The ways are read from the sources, so a new one
//! without a row here fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use convoke::domain::NewToken;
use convoke::model::clock::Clock;
use convoke::model::principal::{Reach, Scope};
use convoke::model::token::PresentedToken;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::requests::{
    ENTERPRISE, Request, USER, bulk, delete, filter, get, group_body, patch, patch_at, post, put, user_body,
};
use super::tenant::{Room, failed_operation};
use crate::support::{Setup, TestServer, sql};

/// Ways that no request of this table can take, each with the reason.
const BEYOND: &[(&str, &str)] = &[
    ("BodyFault::Broken", "whoever breaks off a body is gone before the answer"),
    ("domain::Error::Refused", "the kinds of refusal have rows of their own"),
];

/// The ways there are, as `Enum::Variant` or `Error::constructor`.
fn ways() -> BTreeSet<String> {
    let variants = |path: &str, name: &str, shown: &str| -> Vec<String> {
        let source = std::fs::read_to_string(path).unwrap();
        let body = source.split(&format!("pub enum {name} {{\n")).nth(1).unwrap().split("\n}").next().unwrap();
        let lines = body.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
        let names = lines.map(|line| line.trim().split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned());
        names.filter(|name| !name.is_empty()).map(|name| format!("{shown}::{name}")).collect()
    };
    let source = std::fs::read_to_string("src/api/scim/error.rs").unwrap();
    let constructors = source.split("fn ").skip(1).filter(|rest| rest.split('{').next().unwrap().contains("-> Self"));
    let named = constructors.map(|rest| rest.split('(').next().unwrap()).filter(|name| !is_helper(name));
    let mut all: BTreeSet<String> = named.map(|name| format!("Error::{name}")).collect();
    all.extend(variants("src/schema/refusal.rs", "RefusalKind", "RefusalKind"));
    all.extend(variants("src/domain/error.rs", "Error", "domain::Error"));
    all.extend(variants("src/auth/denied.rs", "Denied", "Denied"));
    all.extend(variants("src/api/context.rs", "BodyFault", "BodyFault"));
    assert!(all.len() > 40, "{all:?}");
    all
}

/// Those that make no refusal of their own.
fn is_helper(name: &str) -> bool {
    ["new", "with_header", "with_detail"].contains(&name)
}

/// One refusal.
struct Row {
    way: &'static str,
    request: Request,
    status: u16,
    scim_type: Option<&'static str>,
    /// What the detail names.
    names: &'static [&'static str],
}

fn row(
    way: &'static str,
    request: Request,
    status: u16,
    scim_type: impl Into<Option<&'static str>>,
    names: &'static [&'static str],
) -> Row {
    Row { way, request, status, scim_type: scim_type.into(), names }
}

const PNG: &str = "image/png";
const NOBODY: &str = "0190d3c4-8f4e-7d9a-b1c2-3d4e5f607182";

fn refusals_of_the_schemas() -> Vec<Row> {
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

fn refusals_of_the_verbs() -> Vec<Row> {
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

fn refusals_of_credentials() -> Vec<Row> {
    let with = |credential: &str| get("/Users").header("authorization", credential);
    let elsewhere = |path: &str| Request { path: path.to_owned(), ..get("") };
    vec![
        row("Denied::Missing", with(""), 401, None, &["Authorization", "Bearer"]),
        row("Denied::NotBearer", with("Basic dXNlcjpwYXNz"), 401, None, &["Authorization", "Bearer <token>"]),
        row("Denied::Unknown", with("Bearer cvk_stranger"), 401, None, &["unknown", "pasted whole"]),
        row("Denied::Revoked", with("Bearer {revoked}"), 401, None, &["revoked on", "issue another"]),
        row("Denied::Expired", with("Bearer {expired}"), 401, None, &["expired on", "issue another"]),
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

fn refusals_of_the_facade() -> Vec<Row> {
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
            "Error::misspelt_member",
            post("/Groups", &group_body(&json!({ "members": member }))),
            400,
            "invalidValue",
            &["members.value", "{USER}", "write {user}"],
        ),
        row("Error::trailing_slash", get("/Users/"), 404, None, &["/Users/", "leave the slash"]),
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
            "Error::filter_on_discovery",
            get("/Schemas?filter=id%20pr"),
            403,
            None,
            &["filter", "leave \"filter\" out"],
        ),
    ]
}

fn rows() -> Vec<Row> {
    let all = [refusals_of_the_schemas(), refusals_of_the_verbs(), refusals_of_credentials(), refusals_of_the_facade()];
    all.into_iter().flatten().collect()
}

/// Those that need a damaged database, or a large resource.
const APART: &[&str] = &[
    "RefusalKind::TooMany",
    "Denied::Unavailable",
    "Error::busy",
    "Error::internal",
    "domain::Error::Busy",
    "domain::Error::Internal",
];

#[test]
fn every_way_has_a_row() {
    let rows = rows();
    let shown: BTreeSet<String> = rows
        .iter()
        .map(|row| row.way)
        .chain(APART.iter().copied())
        .chain(BEYOND.iter().map(|(way, _)| *way))
        .map(str::to_owned)
        .collect();
    assert_eq!(shown, ways(), "left: what this file shows, right: what the sources have");
}

/// A server whose clock a test can put forward, with tight limits.
async fn server() -> (TestServer, Arc<AtomicI64>) {
    let late = Arc::new(AtomicI64::new(0));
    let ahead = Arc::clone(&late);
    let clock = Clock::from_fn(move || -> DateTime<Utc> {
        Clock::system().now() + TimeDelta::hours(ahead.load(Ordering::Relaxed))
    });
    let api = convoke::api::Options { max_body: 100_000, ..convoke::api::Options::default() };
    (TestServer::start_with(Setup { api, clock: Some(clock), ..Setup::default() }).await, late)
}

async fn token(server: &TestServer, reach: Reach, scope: Scope, ttl: Option<TimeDelta>, api_key: bool) -> String {
    let scopes = vec![scope];
    let new = NewToken { reach, scopes, roles: Vec::new(), user_name: None, name: "x".to_owned(), ttl, api_key };
    server.domain.issue_token(&new).await.unwrap().1.expose_secret().to_owned()
}

async fn credentials(server: &TestServer, room: &mut Room<'_>) {
    let own = Reach::Tenant(room.tenant.id);
    let revoked = token(server, own, Scope::Scim, None, false).await;
    server.domain.revoke_token(PresentedToken::parse(&revoked).unwrap().id).await.unwrap();
    let suspended = server.domain.create_tenant("suspended", None, None, false).await.unwrap();
    let of_suspended = token(server, Reach::Tenant(suspended.id), Scope::Scim, None, false).await;
    let statement = "UPDATE tenants SET status = 'SUSPENDED' WHERE slug = 'suspended'";
    sql(server.database_url()).await.batch_execute(statement).await.unwrap();
    server.domain.create_tenant("other", None, None, false).await.unwrap();
    room.name("{revoked}", revoked);
    room.name("{suspended}", of_suspended);
    room.name("{expired}", token(server, own, Scope::Scim, Some(TimeDelta::milliseconds(1)), false).await);
    room.name("{api_key}", token(server, own, Scope::Scim, None, true).await);
    room.name("{reader}", token(server, own, Scope::ScimRead, None, false).await);
    room.name("{platform}", token(server, Reach::Platform, Scope::Scim, None, false).await);
}

/// Two more groups, the first one a child of the room's own, and limits that they use up.
async fn nested_groups(server: &TestServer, room: &mut Room<'_>) {
    for (name, slot) in [("child", "{child}"), ("third", "{third}")] {
        let created = room.send(&post("/Groups", &group_body(&json!({ "displayName": name })))).await.expect(201);
        room.name(slot, created["id"].as_str().unwrap().to_owned());
    }
    let below = json!([{ "op": "add", "path": "members", "value": [{ "value": "{child}" }] }]);
    room.send(&patch_at("/Groups/{group}", &below)).await.expect(200);
    let wanted = ["groups.max_depth=2", "groups.max_children=1"];
    let wanted = wanted.iter().fold(room.tenant.settings.clone(), |all, one| all.with(one).unwrap());
    server.domain.set_settings(&room.tenant, &wanted).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_says_what_is_wrong_and_what_to_do() {
    let (server, late) = server().await;
    let mut room = Room::furnished(&server, "exact", true).await;
    credentials(&server, &mut room).await;
    nested_groups(&server, &mut room).await;
    let page = room.send_as_it_is(&get("/Users?count=1&cursor=")).await.expect(200);
    room.name("{cursor}", page["nextCursor"].as_str().unwrap().to_owned());
    late.store(25, Ordering::Relaxed);
    let mut failures = Vec::new();
    for row in rows() {
        let wrong = unlike(&row, &room).await;
        if !wrong.is_empty() {
            failures.push(format!("{} {} {}\n  {}", row.way, row.request.method, row.request.path, wrong.join("\n  ")));
        }
    }
    assert!(failures.is_empty(), "{} rows:\n{}", failures.len(), failures.join("\n"));
}

async fn unlike(row: &Row, room: &Room<'_>) -> Vec<String> {
    let answer = room.send(&row.request).await;
    let error = failed_operation(&answer).unwrap_or(&answer.body);
    let mut wrong = Vec::new();
    if error["status"] != row.status.to_string() || error["scimType"].as_str() != row.scim_type {
        wrong.push(format!("expected {} {:?}, found {} {}", row.status, row.scim_type, answer.status, answer.text));
    }
    let detail = error["detail"].as_str().unwrap_or_default();
    let unnamed = row.names.iter().map(|part| room.fill(part)).filter(|part| !detail.contains(part.as_str()));
    wrong.extend(unnamed.map(|part| format!("the detail must name {part}, and is: {detail}")));
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_much_work_is_refused() {
    let server = TestServer::start().await;
    let room = Room::empty(&server, "exact", true).await;
    let emails: Vec<Value> = (0..2_000).map(|at| json!({ "value": format!("{at}@x") })).collect();
    let user = room.send(&post("/Users", &user_body(&json!({ "emails": emails })))).await.expect(201);
    let path = "emails[value eq \"1@x\" and not (value eq \"2@x\" or value eq \"3@x\")].display";
    let operations = vec![json!({ "op": "replace", "path": path, "value": "d" }); 400];
    let id = user["id"].as_str().unwrap();
    let answer = room.send(&patch_at(&format!("/Users/{id}?attributes=id"), &Value::Array(operations))).await;
    assert_eq!((answer.status, answer.body["scimType"].as_str()), (400, Some("tooMany")), "{}", answer.text);
    assert!(answer.body["detail"].as_str().unwrap().contains("send fewer operations"), "{}", answer.text);
}

/// What is wrong with the database is told to the log alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_does_not_do_is_told_in_general() {
    let server = TestServer::start().await;
    let room = Room::furnished(&server, "exact", true).await;
    let database = sql(server.database_url()).await;
    database
        .batch_execute(
            "CREATE FUNCTION in_the_way() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = 'serialization_failure'; END $$;
             CREATE TRIGGER in_the_way BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION in_the_way()",
        )
        .await
        .unwrap();
    let busy = room.send_as_it_is(&post("/Users", &user_body(&json!({})))).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "1"), "{}", busy.text);
    database.batch_execute("ALTER TABLE users RENAME TO gone").await.unwrap();
    let internal = room.send_as_it_is(&get("/Users/{user}")).await;
    database.batch_execute("ALTER TABLE tokens RENAME TO gone_too").await.unwrap();
    let unavailable = room.send_as_it_is(&get("/Users")).await;
    assert_eq!((internal.status, unavailable.status), (500, 503), "{} {}", internal.text, unavailable.text);
    for answer in [&busy, &internal, &unavailable] {
        let body = &answer.body;
        assert_eq!(body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(body["status"], answer.status.to_string());
        let detail = body["detail"].as_str().unwrap();
        assert!(["try again", "server's log"].iter().any(|remedy| detail.contains(remedy)), "{detail}");
        assert!(!["secret", "users", "tokens", "gone"].iter().any(|inside| answer.text.contains(inside)), "{detail}");
    }
}
