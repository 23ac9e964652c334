//! What goes by keys reads what it names, whatever the database believes of its tables: of a tenant that is not like the
//! others, and of one that has just come.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use super::crowd::{Crowd, LARGE, NEWCOMER, Rows, SMALL, crowd, group, user};
use super::{eventually, patch};
use crate::support::{Program, TestServer, sql};

/// Requests of each kind that are made at once.
const MANY: usize = 16;

fn references(numbers: impl Iterator<Item = usize>) -> Value {
    numbers.map(|number| json!({ "value": user(number) })).collect()
}

/// What a synchronisation does all day: looks users up, makes a group of ten, puts three in and takes them out again.
async fn synchronise(server: &TestServer, newcomer: usize) {
    let get = async |path: String| {
        let found = server.get(&path).await.expect(200);
        assert!(found["totalResults"].as_i64().is_none_or(|total| total == 1), "{path}: {found}");
    };
    let by_id = (1..=MANY).map(|number| get(format!("/scim/v2/Users/{}", user(number * 5_000))));
    let by_name = (1..=MANY).map(|number| {
        let attribute = ["userName eq \"user", "externalId eq \"ext-", "displayName eq \"person "][number % 3];
        get(format!("/scim/v2/Users?filter={attribute}{}\"", number * 5_000))
    });
    let groups = (SMALL..SMALL + MANY).map(|number| get(format!("/scim/v2/Groups/{}", group(number))));
    join(join_all(by_id), join(join_all(by_name), join_all(groups))).await;
    let body = json!({ "displayName": format!("New {newcomer}"), "members": references(newcomer - 10..newcomer) });
    server.post("/scim/v2/Groups", &body).await.expect(201);
    for number in [SMALL, LARGE] {
        let path = format!("/scim/v2/Groups/{}?excludedAttributes=members", group(number));
        for op in ["add", "remove"] {
            let three = references(newcomer..newcomer + 3);
            server.patch(&path, &patch(&json!([{ "op": op, "path": "members", "value": three }]))).await.expect(200);
        }
    }
}

/// Everything together reads a hundredth of the users.
#[track_caller]
fn assert_few(rows: &Rows) {
    assert!(rows.values().all(|rows| rows.read <= 1_000), "{rows:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_large_tenant_among_small_ones_only_what_is_named_is_read() {
    let crowd = crowd().await;
    assert_few(&crowd.rows_touched(async |server| synchronise(server, NEWCOMER + 10).await).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_tenant_that_has_just_come_only_what_is_named_is_read() {
    let crowd = Crowd::awaited().await;
    let rows = crowd.rows_touched(async |server| {
        // These plans are made, and kept, while there is nothing to read.
        for path in ["Users", "Groups"] {
            server.get(&format!("/scim/v2/{path}/{}", user(1))).await.expect(404);
        }
        crowd.seed().await;
        eventually("the database has counted", async || {
            let refreshed = server.domain.refresh_statistics().await.unwrap();
            refreshed.iter().any(|table| table == "users")
        })
        .await;
        synchronise(server, NEWCOMER + 10).await;
    });
    assert_few(&rows.await);
}

/// Users numbered so come to the server's tenant, past the server; the database has counted them.
async fn come(server: &TestServer, from: usize, to: usize) {
    let users = format!(
        "INSERT INTO users (tenant_id, id, user_name, user_name_key, display_name, created_at, updated_at)
         SELECT '{}', gen_random_uuid(), 'u' || n, 'u' || n, repeat('x', 500), now(), now()
         FROM generate_series({from}, {to}) AS n",
        server.tenant.id
    );
    // A connection that ends has reported what it did.
    sql(server.database_url()).await.batch_execute(&users).await.unwrap();
    let counted = "SELECT n_live_tup >= $1 FROM pg_stat_user_tables WHERE relname = 'users'";
    let to = i64::try_from(to).unwrap();
    eventually("the database has counted", async || {
        sql(server.database_url()).await.query_one(counted, &[&to]).await.unwrap().get(0)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_are_made_anew_when_a_table_has_outgrown_them_and_not_before() {
    let server = TestServer::start().await;
    let refreshed = async || server.domain.refresh_statistics().await.unwrap();
    come(&server, 1, 400).await;
    assert_eq!(refreshed().await, Vec::<String>::new(), "few are read as a whole as fast");
    come(&server, 401, 600).await;
    assert_eq!(refreshed().await, ["users"]);
    assert_eq!(refreshed().await, Vec::<String>::new());
    come(&server, 601, 1_600).await;
    assert_eq!(refreshed().await, Vec::<String>::new(), "600 and 500 more would be twice as many");
    come(&server, 1_601, 1_800).await;
    assert_eq!(refreshed().await, ["users"]);
    sql(server.database_url()).await.batch_execute("SELECT pg_stat_reset()").await.unwrap();
    assert_eq!(refreshed().await, ["users"], "what was counted is lost, as in a crash");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_runs_sees_to_it_by_itself() {
    let server = TestServer::start().await;
    let program = Program::on(server.database_url());
    let _served = program.serve(&[]);
    come(&server, 1, 600).await;
    // The database itself does not look: tests keep it from that.
    let looked = "SELECT last_analyze IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'users'";
    eventually("the statistics are made anew", async || {
        sql(server.database_url()).await.query_one(looked, &[]).await.unwrap().get(0)
    })
    .await;
}
