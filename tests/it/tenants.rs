//! The operator's work on tenants: settings that several people change at once, and what `convoke tenant leniencies` says
//! of what a tenant's identity provider does.

use std::thread::sleep;
use std::time::{Duration, Instant};

use convoke::model::tenant::Tenant;
use serde_json::{Value, json};

use crate::support::{Client, Program, Served, TestServer, database, sql};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_changed_at_once_are_all_kept() {
    let server = TestServer::start().await;
    let wanted = [
        "scim.mode=strict",
        "scim.unknown_members=skip",
        "scim.resurrect=false",
        "groups.name_unique=sibling",
        "groups.max_depth=7",
        "groups.max_children=77",
        "groups.primary_edge_confers_membership=false",
        "ids.style=prefixed",
    ];
    for _ in 0..5 {
        let slug = format!("t{}", rand::random::<u64>());
        let tenant = server.domain.create_tenant(&slug, None, None, false).await.unwrap();
        // Everybody has read the tenant as it was before anybody changed it.
        let changes = wanted.iter().map(|assignment| change(&server, &tenant, assignment));
        futures_util::future::join_all(changes).await;
        let all = wanted.iter().fold((*tenant.settings).clone(), |settings, one| settings.with(one).unwrap());
        assert_eq!(server.domain.tenant(&slug).await.unwrap().settings, all.into());
    }
}

async fn change(server: &TestServer, tenant: &Tenant, assignment: &str) {
    let settings = tenant.settings.with(assignment).unwrap();
    server.domain.set_settings(tenant, &settings).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_of_a_newer_release_is_left_alone() {
    let server = TestServer::start().await;
    let database = sql(server.database_url()).await;
    database.batch_execute("UPDATE tenants SET settings = settings || '{\"new.setting\": 1}'").await.unwrap();
    change(&server, &server.tenant, "groups.max_depth=7").await;
    let stored: String = database.query_one("SELECT settings::text FROM tenants", &[]).await.unwrap().get(0);
    let stored: Value = serde_json::from_str(&stored).unwrap();
    assert_eq!((&stored["new.setting"], &stored["groups.max_depth"]), (&json!(1), &json!(7)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_keyed_anew_by_what_is_stored_now() {
    let server = TestServer::start().await;
    change(&server, &server.tenant, "groups.name_unique=none").await;
    for _ in 0..2 {
        server.post("/scim/v2/Groups", &json!({ "displayName": "twins" })).await.expect(201);
    }
    // This one was read before names could be the same, and changes something else.
    change(&server, &server.tenant, "groups.max_depth=7").await;
    let now = server.domain.tenant("acme").await.unwrap();
    let back = now.settings.with("groups.name_unique=tenant").unwrap();
    let refused = server.domain.set_settings(&now, &back).await.unwrap_err().to_string();
    assert!(refused.contains("groups.name_unique"), "{refused}");
    assert_eq!(server.domain.tenant("acme").await.unwrap().settings, now.settings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_wait_for_a_database_that_is_away() {
    let server = TestServer::start().await;
    let database = sql(server.database_url()).await;
    server.get("/scim/v2/users").await.expect(200);
    database.batch_execute("ALTER TABLE leniency_uses RENAME TO gone").await.unwrap();
    assert!(server.domain.save_leniencies().await.is_err());
    server.get("/scim/v2/users").await.expect(200);
    database.batch_execute("ALTER TABLE gone RENAME TO leniency_uses").await.unwrap();
    for _ in 0..2 {
        server.domain.save_leniencies().await.unwrap();
    }
    let uses = server.domain.leniencies(&server.tenant).await.unwrap();
    assert_eq!((uses.len(), uses[0].rule.as_str(), uses[0].uses), (1, "endpoint-case", 2));
}

/// The lines of the list, and what is said about it.
fn leniencies(program: &Program) -> (Vec<Value>, String) {
    let ran = program.run(&["tenant", "leniencies", "acme", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    (ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), ran.stderr)
}

fn uses(lines: &[Value], rule: &str) -> i64 {
    lines.iter().find(|line| line["rule"] == rule).map_or(0, |line| line["uses"].as_i64().unwrap())
}

/// Requests of which each needs the same rule.
async fn lenient_requests(served: &Served, token: &str, count: usize) {
    let client = Client::new(served.base_url(), Some(token));
    for _ in 0..count {
        client.get("/scim/v2/users").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_of_several_servers_add_up_and_survive_a_stop() {
    let database = database().await;
    let (program, second) = (Program::on(&database.url), Program::on(&database.url));
    program.done(&["tenant", "create", "acme"]);
    let token = program.done(&["token", "create", "--tenant", "acme"]);
    let (lines, said) = leniencies(&program);
    assert!(lines.is_empty() && said.contains("acme can be strict"), "{lines:?} {said}");

    let (one, other) = (program.serve(&[]), second.serve(&[]));
    lenient_requests(&one, &token, 3).await;
    lenient_requests(&other, &token, 4).await;
    let begun = Instant::now();
    while uses(&leniencies(&program).0, "endpoint-case") < 7 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the servers write nothing while they run");
        sleep(Duration::from_millis(200));
    }
    // What came in since the last round is written at the end.
    lenient_requests(&one, &token, 2).await;
    assert_eq!((one.stop(), other.stop()), (0, 0));
    let (lines, said) = leniencies(&program);
    assert_eq!((lines.len(), uses(&lines, "endpoint-case")), (1, 9), "{lines:?}");
    assert_eq!((&lines[0]["in_strict"], &lines[0]["client"]), (&json!("refused"), &json!("Hand-written connectors")));
    assert!(said.contains("Rules in use: 1") && said.contains("would refuse"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_is_for_people_too_and_knows_rules_of_other_releases() {
    let database = database().await;
    let program = Program::on(&database.url);
    let id = program.done(&["tenant", "create", "acme"]);
    program.done(&["tenant", "create", "other"]);
    let rows = format!(
        "INSERT INTO leniency_uses VALUES ('{id}', 'members-not-asserted', 5, '2026-11-01T10:00:00Z'),
             ('{id}', 'of-tomorrow', 2, '2026-11-02T10:00:00Z')"
    );
    sql(&database.url).await.batch_execute(&rows).await.unwrap();
    let table = program.done(&["tenant", "leniencies", "acme"]);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("RULE") && lines[0].ends_with("IN STRICT"), "{table}");
    assert!(lines[1].starts_with("of-tomorrow") && lines[1].ends_with('-'), "{table}");
    assert!(lines[2].contains("  5  ") && lines[2].ends_with("the group has no members afterwards"), "{table}");
    assert_eq!(program.run(&["tenant", "leniencies", "other", "--json"]).stdout, "");
    program.done(&["tenant", "set", "acme", "scim.mode=strict"]);
    assert!(leniencies(&program).1.contains("acme is strict"));
    assert_eq!(program.run(&["tenant", "leniencies", "nobody"]).code, 1);
}
