//! The audit trail: every change tells who did what through which API in which request; it is read newest first, by filters
//! that indexes answer; and it never tells a secret.

use std::time::Duration;

use convoke::model::principal::{Role, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::place::{PARTNERS, Place, TENANTS, TOKENS, USERS, column, faults, id, reason, told};
use crate::scim::site::Sql;
use crate::support::{Client, Setup};

const OF_TENANT: &str = "/api/v1/tenants/acme/events";
const ABOVE: &str = "/api/v1/admin/events";

async fn kinds(client: &Client, path: &str) -> Vec<String> {
    column(&client.get(path).await.expect(200), "kind")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_with_who_and_how() {
    let place = Place::start().await;
    let ada = place.user("ada").await;
    let path = format!("{USERS}/{ada}");
    let headers = [("x-request-id", "change-1")];
    place.root.send(Method::PATCH, &path, &headers, Some(&json!({ "title": "T" }))).await.expect(200);
    place.root.patch(&path, &json!({ "title": "T" })).await.expect(200);
    place.root.delete(&path).await.expect(204);
    place.root.post(&format!("{path}/restore"), &json!({})).await.expect(200);
    let trail = place.root.get(&format!("{OF_TENANT}?resource={ada}")).await.expect(200);
    assert_eq!(column(&trail, "kind"), ["user.restored", "user.deleted", "user.changed", "user.created"]);
    let change = &trail["data"][2];
    assert!(change["actor"].as_str().unwrap().starts_with("token:"));
    let expected = json!({
        "seq": change["seq"], "at": change["at"], "actor": change["actor"], "api": "dir", "request_id": "change-1",
        "kind": "user.changed", "resource": ada, "before": { "title": null }, "after": { "title": "T" },
    });
    assert_eq!(*change, expected);
    assert_eq!(
        kinds(&place.root, &format!("{OF_TENANT}?resource=usr_{ada}&request_id=change-1")).await,
        ["user.changed"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_combine_and_pages_follow_each_other() {
    let place = Place::start().await;
    let scim = place.tenant(&[Scope::Scim], &[]).await;
    for number in 0..5 {
        place.user(&format!("dir-{number}")).await;
        scim.post("/scim/v2/Users", &json!({ "userName": format!("scim-{number}") })).await.expect(201);
    }
    let actor =
        place.root.get(&format!("{OF_TENANT}?api=scim&per_page=1")).await.expect(200)["data"][0]["actor"].clone();
    let actor = actor.as_str().unwrap();
    let count = async |query: &str| kinds(&place.root, &format!("{OF_TENANT}?per_page=500&{query}")).await.len();
    assert_eq!(count("kind=user.created").await, 10);
    assert_eq!(count("kind=user.created&api=dir").await, 5);
    assert_eq!(count(&format!("actor={actor}")).await, 5);
    assert_eq!(count(&format!("actor={actor}&api=dir")).await, 0);
    assert_eq!(count("resource=nothing").await, 0);
    let all = place.root.get(&format!("{OF_TENANT}?per_page=500&kind=user.created")).await.expect(200);
    let times = column(&all, "at");
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let (newest, oldest) = (&times[0], &times[9]);
    assert_eq!(count(&format!("kind=user.created&since={newest}&until={newest}")).await, 0);
    assert_eq!(count(&format!("kind=user.created&since={oldest}")).await, 10);
    let before_newest = times.iter().filter(|time| *time < newest).count();
    assert_eq!(count(&format!("kind=user.created&until={newest}")).await, before_newest);

    let mut walked = Vec::new();
    let mut path = format!("{OF_TENANT}?kind=user.created&per_page=3");
    loop {
        let page = place.root.get(&path).await.expect(200);
        walked.extend(column(&page, "seq"));
        let Some(next) = page["pagination"]["next_cursor"].as_str() else { break };
        // What happens meanwhile is newer and does not move the rest.
        place.user(&format!("later-{}", walked.len())).await;
        path = format!("{OF_TENANT}?kind=user.created&per_page=4&after={next}");
    }
    assert_eq!(walked, column(&all, "seq"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_filters_and_cursors_are_refused() {
    let place = Place::start().await;
    for (query, way, kind) in [
        ("kind=user.made", "query.kind", "enum"),
        ("api=DIR", "query.api", "enum"),
        ("since=yesterday", "query.since", "datetime_parsing"),
        ("until=2026-01-01", "query.until", "datetime_parsing"),
        ("per_page=501", "query.per_page", "less_than_equal"),
        ("after=x", "query.after", "value_error"),
    ] {
        for path in [OF_TENANT, ABOVE] {
            assert_eq!(
                faults(place.root.get(&format!("{path}?{query}")).await),
                told(&[(way, kind)]),
                "{path}?{query}"
            );
        }
    }
    let page = place.root.get(&format!("{OF_TENANT}?per_page=1")).await.expect(200);
    let cursor = page["pagination"]["next_cursor"].as_str().unwrap();
    place.root.get(&format!("{OF_TENANT}?after={cursor}")).await.expect(200);
    let (_, south) = place.server.other_tenant("south").await;
    let bad = told(&[("query.after", "value_error")]);
    assert_eq!(faults(place.root.get(&format!("{OF_TENANT}?api=dir&after={cursor}")).await), bad);
    assert_eq!(faults(south.get(&format!("/api/v1/tenants/south/events?after={cursor}")).await), bad);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_what() {
    let place = Place::start().await;
    let (one, partner) = place.partner("one", json!({})).await;
    place.partner("two", json!({})).await;
    place.tenant_of(&one, "ours").await;
    let auditor = place.tenant(&[], &[Role::Auditor]).await;
    auditor.get(OF_TENANT).await.expect(200);
    let own = kinds(&auditor, ABOVE).await;
    assert!(own.contains(&"tenant.created".to_owned()) && !own.contains(&"partner.created".to_owned()), "{own:?}");
    auditor.get(USERS).await.expect(403);
    auditor.get(&format!("{ABOVE}?tenant_id=ours")).await.expect(403);
    for stranger in [place.tenant(&[Scope::UsersWrite], &[]).await, place.tenant(&[], &[Role::Viewer]).await] {
        stranger.get(OF_TENANT).await.expect(403);
        stranger.get(ABOVE).await.expect(403);
    }

    let seen = kinds(&partner, ABOVE).await;
    assert_eq!(seen, ["tenant.created", "token.issued", "partner.created"], "its own partner's");
    assert_eq!(kinds(&place.root, &format!("{ABOVE}?partner_id={one}")).await, seen);
    assert_eq!(kinds(&place.root, &format!("{ABOVE}?partner_id=nobody")).await, [""; 0]);
    assert!(kinds(&place.root, ABOVE).await.len() > seen.len());
    partner.get(&format!("{ABOVE}?tenant_id=ours")).await.expect(200);
    partner.get(&format!("{ABOVE}?tenant_id=acme")).await.expect(403);
    assert_eq!(reason(place.root.get(&format!("{ABOVE}?tenant_id=nowhere")).await, 404), "Tenant not found");
    let both = place.root.get(&format!("{ABOVE}?tenant_id=ours&partner_id={one}")).await;
    assert_eq!(faults(both), told(&[("query.partner_id", "value_error")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_above_tenants_is_told_there() {
    let place = Place::start().await;
    let (partner, _) = place.partner("one", json!({})).await;
    let (tenant, _) = place.tenant_of(&partner, "ours").await;
    let path = format!("{TENANTS}/{tenant}");
    place
        .root
        .patch(&path, &json!({ "settings": { "scim.mode": "strict", "groups.max_depth": 32 } }))
        .await
        .expect(200);
    place.root.delete(&path).await.expect(204);
    place.root.post(&format!("{path}/restore"), &json!({})).await.expect(200);
    let trail = place.root.get(&format!("{ABOVE}?resource={tenant}")).await.expect(200);
    assert_eq!(column(&trail, "kind"), ["tenant.restored", "tenant.deleted", "tenant.changed", "tenant.created"]);
    let change = &trail["data"][2];
    let delta = [&change["before"], &change["after"]].map(Clone::clone);
    let settings = |mode: &str| json!({ "settings": { "scim.mode": mode } });
    assert_eq!(delta, [settings("compat"), settings("strict")], "only what changed");
    let own = kinds(&place.root, &format!("/api/v1/tenants/ours/events?resource={tenant}")).await;
    assert_eq!(own, ["tenant.restored", "tenant.deleted", "tenant.changed", "tenant.created"]);

    let path = format!("{PARTNERS}/{partner}");
    place.root.patch(&path, &json!({ "max_tenants": 5 })).await.expect(200);
    let trail = place.root.get(&format!("{ABOVE}?resource=prt_{partner}")).await.expect(200);
    assert_eq!(column(&trail, "kind"), ["partner.changed", "partner.created"]);
    assert_eq!(trail["data"][0]["after"], json!({ "max_tenants": 5 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_told_of_and_their_secrets_are_not() {
    let place = Place::start().await;
    let sql = Sql::connect(place.server.database_url()).await;
    let mut secrets = Vec::new();
    for (base, scope) in [
        (TOKENS, "groups:read"),
        ("/api/v1/admin/tokens", "admin:read"),
        ("/api/v1/tenants/acme/clients", "groups:read"),
        ("/api/v1/admin/clients", "admin:read"),
    ] {
        let key = [("idempotency-key", base)];
        let body = json!({ "name": "n", "scopes": [scope] });
        let made = place.root.send(Method::POST, base, &key, Some(&body)).await.expect(201);
        secrets.push(made["data"]["secret"].as_str().unwrap().to_owned());
        let path = format!("{base}/{}", id(&made));
        if base.ends_with("clients") {
            let rotated = place.root.post(&format!("{path}/rotate"), &json!({})).await.expect(200);
            secrets.push(rotated["data"]["secret"].as_str().unwrap().to_owned());
        }
        place.root.delete(&path).await.expect(204);
        let trail = if base.contains("acme") { OF_TENANT } else { ABOVE };
        let told = place.root.get(&format!("{trail}?resource={}", id(&made))).await.expect(200);
        let expected: &[&str] = match base.ends_with("clients") {
            true => &["client.revoked", "client.rotated", "client.registered"],
            false => &["token.revoked", "token.issued"],
        };
        assert_eq!(column(&told, "kind"), expected, "{base}");
        assert_eq!(told["data"].as_array().unwrap().last().unwrap()["after"]["scopes"], json!([scope]));
    }
    let everything: String = sql
        .value(
            "SELECT concat((SELECT string_agg(e::text, '') FROM events e),
                (SELECT string_agg(e::text, '') FROM platform_events e),
                (SELECT string_agg(concat(k::text, encode(k.body, 'escape')), '') FROM idempotency_keys k))",
            &[],
        )
        .await;
    assert!(everything.contains("token.issued") && everything.contains("client.rotated"));
    for secret in secrets {
        assert!(!everything.contains(&secret[4..]), "a secret is kept");
    }
}

/// Events of long ago, so many that no page may read them all.
const MANY: i64 = 20_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_reads_what_it_shows_whatever_it_looks_for() {
    let place = Place::start_with(Setup { connections: Some(1), ..Setup::default() }).await;
    let ada = place.user("ada").await;
    let sql = Sql::connect(place.server.database_url()).await;
    let tenant = place.server.tenant.id.to_string();
    sql.rows(
        "INSERT INTO events (tenant_id, at, actor, api, request_id, kind, resource)
         SELECT $1::text::uuid, now() + n * interval '1 second', 'token:busy', 'scim', gen_random_uuid()::text,
             'group.members_changed', gen_random_uuid() FROM generate_series(1, $2::bigint) AS n",
        &[&tenant, &MANY],
    )
    .await;
    sql.rows("ANALYZE events", &[]).await;
    let created = place.root.get(&format!("{OF_TENANT}?resource={ada}")).await.expect(200)["data"][0].clone();
    let text = |key: &str| created[key].as_str().unwrap().to_owned();
    // Each looks for what lies behind all the others.
    let rare = [
        format!("resource={ada}"),
        format!("actor={}", text("actor")),
        "kind=user.created".to_owned(),
        "api=dir".to_owned(),
        format!("request_id={}", text("request_id")),
        format!("until={}", text("at")),
        String::new(),
    ];
    let read = "SELECT ARRAY[seq_tup_read, idx_tup_fetch + (SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes
        WHERE relname = 'events'), (SELECT sum(idx_scan)::bigint FROM pg_stat_user_indexes WHERE relname = 'events')]
        FROM pg_stat_user_tables WHERE relname = 'events'";
    // The counters come late, and with the next transaction of the one connection there is.
    let settled = async |least: i64| -> Vec<i64> {
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            place.root.get("/readyz").await.expect(200);
            let now: Vec<i64> = sql.value(read, &[]).await;
            if now[2] >= least {
                return now;
            }
        }
        panic!("the database does not say what it read");
    };
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let before = settled(1).await;
    for query in &rare {
        let page = place.root.get(&format!("{OF_TENANT}?per_page=5&{query}")).await.expect(200);
        let found = page["data"].as_array().unwrap().len();
        assert!((1..=5).contains(&found), "{query}: {found}");
    }
    let wanted = i64::try_from(rare.len()).unwrap();
    let after = settled(before[2] + wanted).await;
    assert_eq!(after[0], before[0], "no row was found by reading all of them");
    let cost = after[1] - before[1];
    assert!(cost < 500, "{cost} rows were read for {wanted} pages of 5");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_lines_changes_are_told_as_the_operators() {
    let place = Place::start().await;
    let tenant = &place.server.tenant;
    let settings = tenant.settings.with("groups.max_depth=9").unwrap();
    place.server.domain.set_settings(tenant, &settings).await.unwrap();
    let trail = place.root.get(&format!("{OF_TENANT}?resource={}&kind=tenant.changed", tenant.id)).await.expect(200);
    let told = &trail["data"][0];
    assert_eq!((&told["actor"], &told["api"]), (&json!("operator"), &json!("system")));
    assert_eq!(told["after"], json!({ "settings": { "groups.max_depth": 9 } }));
    let issued = place.root.get(&format!("{OF_TENANT}?kind=token.issued")).await.expect(200);
    assert_eq!(issued["data"][0]["after"]["name"], Value::from("test"));
}
