//! What was deleted long ago goes for good, once, however many servers tidy up.

use std::sync::Arc;
use std::time::Duration;

use convoke::domain::{Domain, Purged};
use convoke::model::clock::Clock;
use convoke::model::group::DeleteStrategy;
use convoke::schema::registry::Registry;
use convoke::store::{Options, Remember, Store};

use super::Desk;
use crate::support::Program;

impl Desk {
    /// Another server on the same database, so many days later.
    pub(super) async fn later(&self, days: i64) -> Domain {
        let url = self.site.server.database_url().to_owned();
        let store = Store::connect(&Options {
            url,
            max_connections: 4,
            wait: Duration::from_secs(10),
            remember: Remember::NOTHING,
            row_security: false,
            replica: None,
        })
        .await
        .unwrap();
        let system = Clock::system();
        let clock = Clock::from_fn(move || system.now() + chrono::TimeDelta::days(days));
        Domain::new(store, Arc::new(Registry::load(None).unwrap()), clock)
    }

    async fn rows_of(&self, id: impl ToString) -> i64 {
        let tables = [
            ("groups", "id"),
            ("users", "id"),
            ("members", "group_id"),
            ("members", "user_id"),
            ("dormant_members", "group_id"),
            ("dormant_members", "user_id"),
            ("dormant_edges", "child_id"),
            ("dormant_edges", "parent_id"),
            ("tokens", "user_id"),
        ];
        let counts =
            tables.map(|(table, column)| format!("(SELECT count(*) FROM {table} WHERE {column} = $1::text::uuid)"));
        self.site.sql.value(&format!("SELECT {}", counts.join(" + ")), &[&id.to_string()]).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_due_goes_with_all_its_traces() {
    let desk = Desk::set_up(&["groups.retention_days=10", "users.retention_days=20"]).await;
    let (user, kept) = (desk.user("user").await, desk.user("kept").await);
    let top = desk.group("top").await;
    let below = desk.group_below("below", top).await;
    let outside = desk.group("outside").await;
    desk.add(outside, &[below.uuid(), kept.uuid()]).await.unwrap();
    desk.add(below, &[user.uuid(), kept.uuid()]).await.unwrap();
    desk.delete_user(user).await;
    desk.delete_as(top, DeleteStrategy::Cascade).await.unwrap();
    assert_eq!(desk.later(9).await.purge().await.unwrap(), Purged::default());
    assert_eq!(desk.later(11).await.purge().await.unwrap(), Purged { groups: 2, users: 0 });
    for group in [top, below] {
        assert_eq!(desk.rows_of(group).await, 0);
        assert_eq!(desk.kinds(group).await.last().unwrap(), "group.purged");
    }
    assert!(desk.restore(top).await.is_err());
    assert_eq!(desk.later(21).await.purge().await.unwrap(), Purged { groups: 0, users: 1 });
    assert_eq!(desk.rows_of(user).await, 0);
    assert_eq!(desk.members(outside).await, [kept], "what lives stays");
    assert_eq!(desk.later(1_000).await.purge().await.unwrap(), Purged::default());
    desk.check_counters().await;
    desk.check_history().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_share_the_work() {
    let desk = Desk::set_up(&[]).await;
    let dead = "WITH dead AS (
            INSERT INTO groups (tenant_id, id, name, name_key, created_at, updated_at, deleted_at, deletion_id)
            SELECT t.id, gen_random_uuid(), n::text, n::text, now(), now(), now(), gen_random_uuid()
            FROM tenants t, generate_series(1, 420) n RETURNING tenant_id, id
        ), gone AS (
            INSERT INTO users (tenant_id, id, user_name, user_name_key, created_at, updated_at, deleted_at)
            SELECT t.id, gen_random_uuid(), n::text, n::text, now(), now(), now()
            FROM tenants t, generate_series(1, 420) n RETURNING tenant_id, id
        ) SELECT (SELECT count(*) FROM dead) + (SELECT count(*) FROM gone)";
    let made: i64 = desk.site.sql.value(dead, &[]).await;
    assert_eq!(made, 840);
    let (one, other) = (desk.later(31).await, desk.later(31).await);
    let both =
        tokio::join!(tokio::spawn(async move { one.purge().await }), tokio::spawn(async move { other.purge().await }));
    let (one, other) = (both.0.unwrap().unwrap(), both.1.unwrap().unwrap());
    // Whoever meets a batch that the other has in hand leaves it to the other.
    let rest = desk.later(31).await.purge().await.unwrap();
    assert_eq!((one.groups + other.groups + rest.groups, one.users + other.users + rest.users), (420, 420));
    assert_eq!((rest.groups, rest.users), (0, 0), "the two have done all of it");
    let told: Vec<i64> = desk
        .site
        .sql
        .column("SELECT count(DISTINCT resource) FROM events WHERE kind LIKE '%.purged' GROUP BY kind", &[])
        .await;
    let all: i64 = desk.site.sql.value("SELECT count(*) FROM events WHERE kind LIKE '%.purged'", &[]).await;
    assert_eq!((told, all), (vec![420, 420], 840), "each was told once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_tidies_up_by_itself() {
    let desk = Desk::set_up(&[]).await;
    let (group, user) = (desk.group("group").await, desk.user("user").await);
    desk.delete_group(group).await;
    desk.delete_user(user).await;
    for table in ["groups", "users"] {
        let aged = format!("UPDATE {table} SET deleted_at = now() - interval '31 days' WHERE deleted_at IS NOT NULL");
        desk.site.sql.rows(&aged, &[]).await;
    }
    let program = Program::on(desk.site.server.database_url());
    let served = tokio::task::spawn_blocking(move || (program.serve(&["--listen", "127.0.0.1:0"]), program));
    let (_server, _program) = served.await.unwrap();
    while desk.rows_of(group).await + desk.rows_of(user).await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(desk.kinds(group).await.last().unwrap(), "group.purged");
}
