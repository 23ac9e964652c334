//! Every way in which a request can be refused, from whatever layer, by a request that is: status, `scimType`, and a detail
//! that names the attribute or parameter, the value, and the remedy. The ways are read from the sources, so a new one
//! without a row here fails.

mod rows;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use convoke::domain::NewToken;
use convoke::model::clock::Clock;
use convoke::model::principal::{Reach, Scope};
use convoke::model::token::PresentedToken;
use convoke::store::Remember;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::requests::{Request, get, group_body, patch_at, post, user_body};
use super::tenant::Room;
use crate::conformance::proves;
use crate::support::{Setup, TestServer, sql};

/// Ways that no request of this table can take, each with the reason.
const BEYOND: &[(&str, &str)] = &[
    ("BodyFault::Broken", "whoever breaks off a body is gone before the answer"),
    ("Denied::Deleted", "tests/it/siblings/tenants.rs: a deleted tenant refuses in every API"),
    ("Denied::PartnerSuspended", "tests/it/siblings/partners.rs: so does a suspended partner's"),
    ("domain::Error::Refused", "the kinds of refusal have rows of their own"),
    ("RefusalKind::Uniqueness", "tests/it/scim_schemas/uniqueness.rs: it takes a schema of the operator's"),
    ("domain::Error::NotAMember", "SCIM takes members out by PATCH, where one who is not in it is no error"),
    ("domain::Error::NotEmpty", "SCIM deletes as ORPHAN, which asks for no empty group"),
    ("domain::Error::ParentGone", "SCIM has no restore by hand"),
    ("domain::Error::Managed", "what a SCIM connection made is SCIM's to change"),
    ("domain::Error::Full", "tests/it/siblings/partners.rs: limits of a partner hold for SCIM too"),
    ("domain::Error::InTheWay", "it comes of changes to tenants and partners"),
    ("domain::Error::Beyond", "it comes of giving away rights"),
    ("domain::Error::Setting", "SCIM changes no settings"),
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

fn rows() -> Vec<Row> {
    let all = [
        rows::refusals_of_the_schemas(),
        rows::refusals_of_the_verbs(),
        rows::refusals_of_credentials(),
        rows::refusals_of_the_facade(),
    ];
    all.into_iter().flatten().collect()
}

/// Those that need a damaged database, a large resource, a slow client, or limits of their own; the last two are shown
/// for every protocol in `edge`.
const APART: &[&str] = &[
    "RefusalKind::TooMany",
    "Denied::Unavailable",
    "Error::busy",
    "Error::internal",
    "Error::url_too_long",
    "BodyFault::TooSlow",
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
    server
        .domain
        .revoke_token(&server.domain.operator(&room.tenant), PresentedToken::parse(&revoked).unwrap().id)
        .await
        .unwrap();
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
    let wanted = wanted.iter().fold((*room.tenant.settings).clone(), |all, one| all.with(one).unwrap());
    server.domain.set_settings(&room.tenant, &wanted).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_says_what_is_wrong_and_what_to_do() {
    let _proof = proves(&["15.1", "15.3", "S-19"]);
    let (server, late) = server().await;
    let mut room = Room::furnished(&server, "exact", true).await;
    credentials(&server, &mut room).await;
    nested_groups(&server, &mut room).await;
    let page = room.send_as_it_is(&get("/Users?count=1&cursor=")).await.expect(200);
    room.name("{cursor}", page["nextCursor"].as_str().unwrap().to_owned());
    late.store(25, Ordering::Relaxed);
    let mut failures = Vec::new();
    for row in rows() {
        let answer = room.send(&row.request).await;
        let wrong = room.complaints(&answer, row.status, row.scim_type, row.names);
        if !wrong.is_empty() {
            failures.push(format!("{} {} {}\n  {}", row.way, row.request.method, row.request.path, wrong.join("\n  ")));
        }
    }
    assert!(failures.is_empty(), "{} rows:\n{}", failures.len(), failures.join("\n"));
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
    let _proof = proves(&["15.5", "S-19", "2.22"]);
    let server = TestServer::start_with(Setup { remember: Some(Remember::NOTHING), ..Setup::default() }).await;
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
