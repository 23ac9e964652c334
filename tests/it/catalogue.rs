//! The tables as the database has them: tenant first everywhere, and as the store believes them to be.

use std::collections::BTreeMap;

use crate::support::{database, sql};

/// Primary keys, unique indexes and foreign keys of every table that has a `tenant_id`: their columns in order, and for
/// foreign keys what they refer to.
const KEYS: &str = "
    WITH tenanted AS (
        SELECT attrelid AS id FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
        WHERE attname = 'tenant_id' AND NOT attisdropped AND relnamespace = 'public'::regnamespace
    )
    SELECT indrelid::regclass::text AS home, indexrelid::regclass::text AS name,
        ARRAY(SELECT pg_get_indexdef(indexrelid, place, true) FROM generate_series(1, indnkeyatts) AS place) AS columns,
        NULL AS target
    FROM pg_index JOIN tenanted ON indrelid = id WHERE indisunique
    UNION ALL
    SELECT conrelid::regclass::text, conname,
        ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
              JOIN pg_attribute ON attrelid = conrelid AND attnum = number ORDER BY place),
        confrelid::regclass::text
    FROM pg_constraint JOIN tenanted ON conrelid = id WHERE contype = 'f'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_of_tenant_data_begins_with_the_tenant() {
    let database = database().await;
    let rows = sql(&database.url).await.query(KEYS, &[]).await.unwrap();
    assert!(rows.len() > 20, "the query finds {} keys only", rows.len());
    for row in rows {
        let (home, name, columns): (String, String, Vec<String>) = (row.get(0), row.get(1), row.get(2));
        assert_eq!(columns[0], "tenant_id", "{name} of {home} is on {columns:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_stays_in_its_tenant() {
    const PAIRS: &str = "
        SELECT conrelid::regclass::text || '.' || conname, confrelid::regclass::text,
            (SELECT attname::text FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1])
        FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace";
    let database = database().await;
    let rows = sql(&database.url).await.query(PAIRS, &[]).await.unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let (name, target, first): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        // Reference tables, small and on every shard, are referred to by their own id.
        let expected = if ["tenants", "partners"].contains(&target.as_str()) { "id" } else { "tenant_id" };
        assert_eq!(first, expected, "{name} refers to {target}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_are_made_for_the_largest_tenant() {
    const AVERAGED: &str = "
        SELECT relname::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'tenant_id' AND NOT attisdropped AND relkind IN ('r', 'p')
            AND relnamespace = 'public'::regnamespace AND NOT coalesce('n_distinct=1' = ANY (attoptions), false)";
    let database = database().await;
    let client = sql(&database.url).await;
    let averaged = async || {
        let rows = client.query(AVERAGED, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
    };
    assert_eq!(averaged().await, Vec::<String>::new());
    client.batch_execute("CREATE TABLE breach (tenant_id uuid)").await.unwrap();
    assert_eq!(averaged().await, ["breach"], "the rule is told from its breach");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rule_is_told_from_its_breach() {
    let database = database().await;
    let client = sql(&database.url).await;
    let breach = "CREATE TABLE breach (tenant_id uuid, id uuid PRIMARY KEY, UNIQUE (id, tenant_id))";
    client.batch_execute(breach).await.unwrap();
    let rows = client.query(KEYS, &[]).await.unwrap();
    let broken = rows.iter().filter(|row| row.get::<_, Vec<String>>(2)[0] != "tenant_id").count();
    assert_eq!(broken, 2);
}

/// A table: its primary key, and its columns with their types in Diesel's words.
#[derive(Debug, PartialEq, Eq, Default)]
struct Table {
    key: Vec<String>,
    columns: Vec<(String, String)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_knows_the_tables_as_they_are() {
    let database = database().await;
    let found = tables_of(&database.url).await;
    let believed = tables_in(include_str!("../../src/store/tables.rs"));
    assert!(believed.len() >= 10, "{} tables were read", believed.len());
    for (name, table) in &believed {
        assert_eq!(Some(table), found.get(name), "{name}: left as in tables.rs, right as in the catalogue");
    }
}

/// Reads `diesel::table! { name (key) { column -> Type, } }`.
fn tables_in(source: &str) -> BTreeMap<String, Table> {
    let bodies = source.split("table! {").skip(1).filter_map(|rest| rest.split_once('{'));
    bodies
        .map(|(head, rest)| {
            let (name, key) = head.trim().trim_end_matches(')').split_once('(').expect("a name and a key");
            let lines = rest.split('}').next().unwrap_or_default().lines();
            let columns = lines.filter_map(|line| line.trim().trim_end_matches(',').split_once(" -> "));
            let table = Table {
                key: key.split(',').map(|column| column.trim().to_owned()).collect(),
                columns: columns.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect(),
            };
            (name.trim().to_owned(), table)
        })
        .collect()
}

async fn tables_of(url: &str) -> BTreeMap<String, Table> {
    const COLUMNS: &str = "
        SELECT attrelid::regclass::text, attname::text, format_type(atttypid, NULL), attnotnull,
            coalesce(attnum = ANY ((indkey::int2[])[0:indnkeyatts - 1]), false)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_index ON indrelid = attrelid AND indisprimary
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
        ORDER BY attrelid, attnum";
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in sql(url).await.query(COLUMNS, &[]).await.unwrap() {
        let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let kind = if row.get(3) { diesel_type(&kind) } else { format!("Nullable<{}>", diesel_type(&kind)) };
        let table = tables.entry(table).or_default();
        if row.get(4) {
            table.key.push(column.clone());
        }
        table.columns.push((column, kind));
    }
    tables
}

fn diesel_type(postgres: &str) -> String {
    let word = match postgres {
        "uuid" => "Uuid",
        "text" | "character varying" => "Text",
        "boolean" => "Bool",
        "jsonb" => "Jsonb",
        "bigint" => "Int8",
        "integer" => "Int4",
        "smallint" => "Int2",
        "bytea" => "Bytea",
        "timestamp with time zone" => "Timestamptz",
        "timestamp without time zone" => "Timestamp",
        "text[]" => "Array<Text>",
        other => panic!("{other} has no entry in this test's table of types"),
    };
    word.to_owned()
}
