//! `convoke migrate --distribute`, against stand-ins of the engine's functions that record what they are asked for; and
//! the tables as the catalogue has them, against the engine's rules.

use crate::support::{Program, database, sql};

/// What the engine gives a database, as far as the command sees it: its version, what is placed, and its functions. As the
/// engine does, they refuse a table that refers to one which is not placed.
const ENGINE: &str = "
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    VALUES (99990, 'citus', 10, 'public'::regnamespace, false, '12.1-1');
CREATE SCHEMA engine;
CREATE TABLE engine.calls (number serial, call text, sequential boolean);
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass, partmethod \"char\");
CREATE FUNCTION engine.placed(home regclass, method \"char\", call text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND home IN (conrelid, confrelid)) THEN
        RAISE EXCEPTION '% is bound by a foreign key', home;
    END IF;
    INSERT INTO pg_catalog.pg_dist_partition VALUES (home, method);
    INSERT INTO engine.calls (call, sequential)
        VALUES (call, current_setting('citus.multi_shard_modify_mode', true) = 'sequential');
END $$;
CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE sql AS $$
    SELECT engine.placed(table_name, 'n', format('reference %s', table_name)) $$;
CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text,
    distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default', shard_count int DEFAULT NULL)
    RETURNS void LANGUAGE sql AS $$
    SELECT engine.placed(table_name, 'h', format('%s by %s beside %s', table_name, distribution_column, colocate_with)) $$";

const FOREIGN_KEYS: &str = "
SELECT string_agg(conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid), E'\\n' ORDER BY conrelid, conname)
FROM pg_constraint WHERE contype = 'f'";

async fn text(url: &str, query: &str) -> String {
    sql(url).await.query_one(query, &[]).await.unwrap().get::<_, Option<String>>(0).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_placed_once_and_tenants_lie_together() {
    let database = database().await;
    let client = sql(&database.url).await;
    client.batch_execute(ENGINE).await.unwrap();
    let keys = text(&database.url, FOREIGN_KEYS).await;
    let program = Program::on(&database.url);
    let first = program.run(&["migrate", "--distribute"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(text(&database.url, FOREIGN_KEYS).await, keys, "foreign keys are back");
    let rows = client.query("SELECT call, sequential FROM engine.calls ORDER BY number", &[]).await.unwrap();
    let calls: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(rows.iter().all(|row| row.get::<_, bool>(1)));
    let (shared, tenants): (Vec<&str>, Vec<&str>) =
        calls.iter().map(String::as_str).partition(|call| call.starts_with("reference "));
    assert_eq!(calls[..shared.len()], shared, "shared tables come first");
    for table in ["partners", "tenants", "platform_tokens", "signing_keys", "platform_events"] {
        assert!(shared.contains(&format!("reference {table}").as_str()), "{shared:?}");
    }
    let anchor = tenants[0].split(' ').next().unwrap();
    assert_eq!(tenants[0], format!("{anchor} by tenant_id beside none"));
    for call in &tenants[1..] {
        assert!(call.ends_with(&format!(" by tenant_id beside {anchor}")), "{call}");
    }
    for call in &calls {
        let table = call.trim_start_matches("reference ").split(' ').next().unwrap();
        let line = first.stderr.lines().find(|line| line.starts_with(table));
        assert!(line.is_some_and(|line| !line.contains("already")), "{table}: {}", first.stderr);
    }
    let all = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> '__diesel_schema_migrations'";
    let all: i64 = client.query_one(all, &[]).await.unwrap().get(0);
    assert_eq!(i64::try_from(calls.len()).unwrap(), all, "no table is forgotten");

    let second = program.run(&["migrate", "--distribute"]);
    assert_eq!(second.code, 0, "{second:?}");
    let again: i64 = client.query_one("SELECT count(*) FROM engine.calls", &[]).await.unwrap().get(0);
    assert_eq!(again, all, "nothing is done twice");
    assert!(second.stderr.lines().filter(|line| line.contains("(already)")).count() == calls.len(), "{second:?}");

    // A table that a later release brings.
    client
        .batch_execute("CREATE TABLE later (tenant_id uuid NOT NULL, id uuid, PRIMARY KEY (tenant_id, id))")
        .await
        .unwrap();
    assert_eq!(program.run(&["migrate", "--distribute"]).code, 0);
    let last = text(&database.url, "SELECT call FROM engine.calls ORDER BY number DESC LIMIT 1").await;
    assert_eq!(last, format!("later by tenant_id beside {anchor}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_distributed_is_refused_with_the_remedy_and_stays() {
    let database = database().await;
    let client = sql(&database.url).await;
    let program = Program::on(&database.url);
    let refused = |arguments: &[&str], remedy: &str| {
        let ran = program.run(arguments);
        assert!(ran.code == 1 && ran.stderr.contains(remedy), "{remedy}: {ran:?}");
    };
    let distribute = ["migrate", "--distribute"];
    refused(&distribute, "CREATE EXTENSION citus");
    refused(&["migrate", "--distribute", "--row-security", "true"], "switch it off");
    refused(&["migrate", "--distribute", "--database-replica-url", "host=elsewhere"], "DATABASE_REPLICA_URL away");
    client.batch_execute(ENGINE).await.unwrap();
    client.batch_execute("UPDATE pg_extension SET extversion = '11.3-1' WHERE extname = 'citus'").await.unwrap();
    refused(&distribute, "12 or later is needed");
    client.batch_execute("UPDATE pg_extension SET extversion = '13.0-1' WHERE extname = 'citus'").await.unwrap();
    // One that cannot be placed takes all others back, and the foreign keys return.
    let keys = text(&database.url, FOREIGN_KEYS).await;
    let breaks =
        "CREATE OR REPLACE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN IF table_name = 'tenants'::regclass THEN RAISE EXCEPTION 'no room'; END IF; END $$";
    client.batch_execute(breaks).await.unwrap();
    refused(&distribute, "no room");
    assert_eq!(text(&database.url, FOREIGN_KEYS).await, keys);
    client.batch_execute("INSERT INTO pg_dist_partition VALUES ('users', 'n')").await.unwrap();
    refused(&distribute, "undistribute_table('users')");
    let private = Program::private().run(&distribute);
    assert!(private.code == 1 && private.stderr.contains("coordinator"), "{private:?}");
}

/// What the engine does not do for distributed tables, beside keys without the tenant, which the catalogue's own tests
/// look for: keys over expressions, exclusion constraints, triggers, actions that would write the tenant, sequences
/// smaller than bigint, and references from a shared table to a distributed one.
const OUTSIDE_THE_RULES: &str = "
WITH tenanted AS (
    SELECT c.oid AS id FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
        AND c.relnamespace = 'public'::regnamespace
)
SELECT 'key over an expression: ' || indexrelid::regclass FROM pg_index JOIN tenanted ON indrelid = id
WHERE indisunique AND indexprs IS NOT NULL
UNION ALL SELECT 'exclusion: ' || conname FROM pg_constraint JOIN tenanted ON conrelid = id WHERE contype = 'x'
UNION ALL SELECT 'trigger: ' || tgname FROM pg_trigger JOIN tenanted ON tgrelid = id WHERE NOT tgisinternal
UNION ALL SELECT 'action: ' || conname FROM pg_constraint JOIN tenanted ON conrelid = id
WHERE contype = 'f' AND (confdeltype IN ('n', 'd') OR confupdtype IN ('n', 'd', 'c'))
UNION ALL SELECT 'reference without the tenant in the same place: ' || conname
FROM pg_constraint k JOIN tenanted t ON k.conrelid = t.id
WHERE contype = 'f' AND confrelid IN (SELECT id FROM tenanted) AND NOT EXISTS (
    SELECT FROM unnest(conkey, confkey) AS pair (own, other)
    JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = own AND a.attname = 'tenant_id'
    JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = other AND b.attname = 'tenant_id')
UNION ALL SELECT 'shared refers to distributed: ' || conname FROM pg_constraint
WHERE contype = 'f' AND conrelid NOT IN (SELECT id FROM tenanted) AND confrelid IN (SELECT id FROM tenanted)
UNION ALL SELECT 'small sequence: ' || seqrelid::regclass FROM pg_sequence WHERE seqtypid <> 'bigint'::regtype
UNION ALL SELECT 'tenant may be absent: ' || attrelid::regclass FROM pg_attribute JOIN tenanted ON attrelid = id
WHERE attname = 'tenant_id' AND NOT attnotnull
UNION ALL SELECT 'shared table without a key: ' || c.relname FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indisprimary)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_fits_the_engine() {
    let database = database().await;
    let client = sql(&database.url).await;
    let found = async || {
        let rows = client.query(OUTSIDE_THE_RULES, &[]).await.unwrap();
        rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>()
    };
    assert_eq!(found().await, Vec::<String>::new());
    let misfits = "CREATE TABLE misfit (tenant_id uuid NOT NULL, id uuid NOT NULL, name text, PRIMARY KEY (tenant_id, id));
        CREATE UNIQUE INDEX misfit_name ON misfit (tenant_id, lower(name));
        CREATE TABLE shared (id uuid PRIMARY KEY, t uuid, i uuid, FOREIGN KEY (t, i) REFERENCES misfit (tenant_id, id))";
    client.batch_execute(misfits).await.unwrap();
    assert_eq!(found().await.len(), 2);
}
