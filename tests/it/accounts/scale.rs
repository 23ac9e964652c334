//! What everybody in a group at any depth costs: 200 groups ten levels deep, once over 10,000 memberships and once over a
//! million, in one database. What the planner does with the statement is looked at, and what the server answers.

use std::collections::BTreeSet;

use convoke::model::listing::{Cut, ResourceKind};
use convoke::store::effective::PAGE;
use serde_json::{Value, json};
use tokio_postgres::SimpleQueryMessage;
use uuid::Uuid;

use super::GROUPS;
use crate::support::{TestServer, sql};

/// Groups of each of the two graphs, its root included.
const GRAPH: i32 = 200;
/// Members a page, and one more to know whether there are more.
const ROWS: i64 = 51;

/// The groups of the small graph are numbered from 0, those of the large one from 1,000. Nine levels of 22 groups hang
/// below a root, each group below two of the level above, and one more at the end. Each user of a graph is in ten of
/// its groups. The commit is waited for, so that what is vacuumed right after counts as seen by everybody.
const SEED: &str = "
    SET synchronous_commit = on;
    SET session_replication_role = replica;
    CREATE FUNCTION group_id(n int) RETURNS uuid IMMUTABLE LANGUAGE sql AS
        $$ SELECT ('018f0000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid $$;
    CREATE FUNCTION user_id(n int) RETURNS uuid IMMUTABLE LANGUAGE sql AS
        $$ SELECT ('018f0000-0000-7000-a000-' || lpad(n::text, 12, '0'))::uuid $$;
    INSERT INTO users (tenant_id, id, user_name, user_name_key, created_at, updated_at)
        SELECT id, user_id(n), 'user ' || n, 'user ' || n, now(), now() FROM tenants, generate_series(0, 100999) AS n;
    INSERT INTO groups (tenant_id, id, name, name_key, created_at, updated_at, nested_groups)
        SELECT id, group_id(first + n), 'group ' || first + n, 'group ' || first + n, now(), now(), 1
        FROM tenants, unnest(ARRAY[0, 1000]) AS first, generate_series(0, 199) AS n;
    INSERT INTO edges (tenant_id, parent_id, child_id, added_at, added_by, source)
        SELECT DISTINCT id, group_id(first + greatest(n - above, 0)), group_id(first + n), now(), 'test', 'native'
        FROM tenants, unnest(ARRAY[0, 1000]) AS first, generate_series(1, 199) AS n, unnest(ARRAY[22, 23]) AS above;
    INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
        SELECT id, group_id(n), user_id((n + place * 20) % 1000 ), now(), 'test', 'native'
        FROM tenants, generate_series(0, 199) AS n, generate_series(0, 49) AS place;
    INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
        SELECT id, group_id(1000 + n), user_id(1000 + (n + place * 20) % 100000), now(), 'test', 'native'
        FROM tenants, generate_series(0, 199) AS n, generate_series(0, 4999) AS place;
    UPDATE groups g SET standing_members = CASE WHEN name_key LIKE 'group 1___' THEN 5000 ELSE 50 END;
    RESET session_replication_role;
    CREATE TABLE counted (group_id uuid);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO counted VALUES (NEW.group_id); RETURN NULL; END';
    CREATE TRIGGER note AFTER UPDATE ON effective_counts FOR EACH ROW EXECUTE FUNCTION note();";

struct Seeded {
    server: TestServer,
    sql: tokio_postgres::Client,
}

/// What a plan did.
#[derive(Debug)]
struct Plan {
    /// Pages of the database that were touched.
    buffers: i64,
    /// The most rows that any step gave, all its runs together.
    rows: i64,
    /// The tables that were read from one end to the other.
    scanned: BTreeSet<String>,
    /// Rows of the answer.
    answered: i64,
}

fn group(number: i32) -> Uuid {
    format!("018f0000-0000-7000-9000-{number:012}").parse().unwrap()
}

fn user(number: i32) -> Uuid {
    format!("018f0000-0000-7000-a000-{number:012}").parse().unwrap()
}

impl Seeded {
    async fn set_up() -> Self {
        let server = TestServer::start().await;
        let sql = sql(server.database_url()).await;
        sql.batch_execute(SEED).await.unwrap();
        for table in ["members", "users", "groups", "edges"] {
            sql.batch_execute(&format!("VACUUM (ANALYZE) {table}")).await.unwrap();
        }
        Self { server, sql }
    }

    /// What the statement of a page does, planned for these values or, as the server's own is after some runs, for any.
    async fn plan(&self, mode: &str, root: i32, after: Uuid) -> Plan {
        let tenant = self.server.tenant.id;
        let arguments = format!("'{tenant}', '{}', true, false, '{after}', {ROWS}, 0", group(root));
        let explain = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE page ({arguments})");
        self.sql.batch_execute(&format!("SET plan_cache_mode = {mode}")).await.unwrap();
        self.sql.simple_query(&explain).await.unwrap();
        // The first run also reads what the planner wants to know.
        let SimpleQueryMessage::Row(row) = &self.sql.simple_query(&explain).await.unwrap()[1] else {
            panic!("no plan")
        };
        let explained: Value = serde_json::from_str(row.get(0).unwrap()).unwrap();
        let top = &explained[0]["Plan"];
        let number = |node: &Value, key: &str| node[key].as_i64().unwrap_or_default();
        let mut plan = Plan {
            buffers: number(top, "Shared Hit Blocks") + number(top, "Shared Read Blocks"),
            rows: 0,
            scanned: BTreeSet::new(),
            answered: number(top, "Actual Rows"),
        };
        let mut nodes = vec![top];
        while let Some(node) = nodes.pop() {
            plan.rows = plan.rows.max(number(node, "Actual Rows") * number(node, "Actual Loops"));
            if node["Node Type"] == "Seq Scan" {
                plan.scanned.insert(node["Relation Name"].as_str().unwrap().to_owned());
            }
            nodes.extend(node["Plans"].as_array().into_iter().flatten());
        }
        plan
    }

    async fn members(&self, root: i32, query: &str) -> Value {
        self.server.get(&format!("{GROUPS}/{}/members?{query}", group(root))).await.expect(200)
    }

    async fn counted(&self) -> usize {
        self.sql.query("DELETE FROM counted RETURNING group_id", &[]).await.unwrap().len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_groups_over_a_million_memberships() {
    let seeded = Seeded::set_up().await;
    pages_cost_by_their_rows_and_the_groups(&seeded).await;
    the_server_walks_to_the_end(&seeded).await;
    the_count_is_made_once_a_state(&seeded).await;
    all_come_in_one_answer(&seeded).await;
}

async fn pages_cost_by_their_rows_and_the_groups(seeded: &Seeded) {
    seeded.sql.batch_execute(&format!("PREPARE page AS {PAGE}")).await.unwrap();
    for mode in ["force_custom_plan", "force_generic_plan"] {
        let small = seeded.plan(mode, 0, Uuid::nil()).await;
        let first = seeded.plan(mode, 1_000, Uuid::nil()).await;
        let last = seeded.plan(mode, 1_000, user(100_999 - 51)).await;
        for plan in [&small, &first, &last] {
            assert_eq!(plan.answered, ROWS, "{mode}: {plan:?}");
            // Neither the memberships nor the users are gone through; the few hundred rows of the others may be.
            assert!(!plan.scanned.contains("members") && !plan.scanned.contains("users"), "{mode}: {plan:?}");
            // No step ever sees more than what each group can contribute to the page: so nothing sorts the closure.
            assert!(plan.rows <= i64::from(GRAPH) * ROWS * 2, "{mode}: {plan:?}");
        }
        for plan in [&first, &last] {
            let grown = (plan.buffers * 100) / small.buffers;
            assert!((50..=130).contains(&grown), "{mode}: {plan:?} and {small:?}");
        }
    }
}

fn ids(page: &Value) -> Vec<String> {
    page["members"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn the_server_walks_to_the_end(seeded: &Seeded) {
    let (mut query, mut seen) = ("limit=90".to_owned(), Vec::new());
    loop {
        let page = seeded.members(0, &query).await;
        assert_eq!(page["count"], json!(1_000));
        seen.extend(ids(&page));
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        query = format!("limit=90&after={}", page["pageInfo"]["endCursor"].as_str().unwrap());
    }
    let everybody: Vec<String> = (0..1_000).map(|number| user(number).to_string()).collect();
    assert_eq!((seen, seeded.counted().await), (everybody, 1), "twelve pages, one count");

    let first = seeded.members(1_000, "limit=50").await;
    let expected: Vec<String> = (1_000..1_050).map(|number| user(number).to_string()).collect();
    assert_eq!((ids(&first), &first["count"]), (expected, &json!(100_000)));
    let root = group(1_000).to_string();
    let place = Cut { kind: ResourceKind::User, key: None, id: user(100_979), behind: true };
    let list = ["accounts members", &root, ""];
    let cursor = seeded.server.domain.seal_cut(&seeded.server.scope(), &list, &place).await.unwrap();
    let last = seeded.members(1_000, &format!("limit=50&after={cursor}")).await;
    let expected: Vec<String> = (100_980..101_000).map(|number| user(number).to_string()).collect();
    assert_eq!((ids(&last), &last["pageInfo"]["hasNextPage"]), (expected, &json!(false)));
    assert_eq!(seeded.counted().await, 1);
}

async fn the_count_is_made_once_a_state(seeded: &Seeded) {
    let (server, deepest, newcomer) = (&seeded.server, group(1_199).into(), user(0).into());
    let shown = async || server.get(&format!("{GROUPS}/{}", group(1_000))).await.expect(200)["member_count"].clone();
    assert_eq!((shown().await, seeded.counted().await), (json!(100_000), 0));
    server.join(deepest, &[newcomer]).await;
    assert_eq!((shown().await, shown().await, seeded.counted().await), (json!(100_001), json!(100_001), 1));
    server.leave(deepest, &[newcomer]).await;
    assert_eq!((shown().await, seeded.counted().await), (json!(100_000), 1));
    let list = server.get(&format!("{GROUPS}?search=group%20100&limit=500")).await.expect(200);
    let groups = list["groups"].as_array().unwrap();
    let root = groups.iter().find(|one| one["id"] == json!(group(1_000).to_string())).unwrap();
    assert_eq!((&root["member_count"], groups.len()), (&json!(100_000), 11));
    let counted = seeded.counted().await;
    assert!((1..groups.len()).contains(&counted), "all but the root, and those with nothing below: {counted}");
    server.get(&format!("{GROUPS}?search=group%20100&limit=500")).await.expect(200);
    assert_eq!(seeded.counted().await, 0);
}

async fn all_come_in_one_answer(seeded: &Seeded) {
    let all = seeded.members(0, "").await;
    let everybody: Vec<String> = (0..1_000).map(|number| user(number).to_string()).collect();
    assert_eq!((ids(&all), &all["count"]), (everybody, &json!(1_000)));
    let kinds = all["members"].as_array().unwrap().iter().filter(|one| one["membership_type"] == "direct");
    assert_eq!(kinds.count(), 50);
    let direct = seeded.members(1_000, "membership_type=direct").await;
    assert_eq!((ids(&direct).len(), &direct["count"]), (5_000, &json!(100_000)));
    assert!(ids(&direct).is_sorted());
}
