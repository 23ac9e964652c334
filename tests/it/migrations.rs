//! Migrations go up, down and up again, and leave the same tables.

use convoke::store;

use crate::support::{database, sql};

/// Columns, indexes, constraints and sequences, one line each.
const SHAPE: &str = "
    SELECT format('%s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
                  pg_get_expr(adbin, adrelid)) COLLATE \"C\" AS line
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT format('sequence %s', relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
    UNION ALL SELECT format('%s %s', relname, reloptions) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND reloptions IS NOT NULL
    UNION ALL SELECT format('function %s', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('type %s', typname) FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    ORDER BY 1";

async fn shape(url: &str) -> Vec<String> {
    let rows = sql(url).await.query(SHAPE, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn down_leaves_nothing_and_up_again_the_same() {
    let database = database().await;
    let before = shape(&database.url).await;
    assert!(before.len() > 100, "{} lines only", before.len());

    let reverted = store::revert_all(&database.url).await.unwrap();
    assert!(!reverted.is_empty());
    let left: Vec<String> =
        shape(&database.url).await.into_iter().filter(|line| !line.contains("__diesel_schema_migrations")).collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(store::pending(&database.url).await.unwrap().len(), reverted.len());

    let applied = store::migrate(&database.url).await.unwrap();
    assert_eq!(applied.len(), reverted.len());
    assert_eq!(shape(&database.url).await, before);
    assert_eq!(store::migrate(&database.url).await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_start_at_once_take_turns() {
    let database = database().await;
    store::revert_all(&database.url).await.unwrap();
    let start = || {
        let url = database.url.clone();
        tokio::spawn(async move { store::migrate(&url).await.unwrap().len() })
    };
    let mut applied = Vec::new();
    for server in [start(), start(), start()] {
        applied.push(server.await.unwrap());
    }
    assert_eq!(applied.iter().filter(|count| **count > 0).count(), 1, "{applied:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_changes_nothing_and_tells_what_is_missing() {
    let database = database().await;
    let migrated = store::inspect(&database.url).await.unwrap();
    assert!(migrated.major >= 13 && migrated.missing.is_empty() && migrated.unknown.is_empty(), "{migrated:?}");
    assert_eq!(migrated.signing_keys, Some(0));

    store::revert_all(&database.url).await.unwrap();
    sql(&database.url).await.batch_execute("DROP TABLE __diesel_schema_migrations").await.unwrap();
    let empty = store::inspect(&database.url).await.unwrap();
    assert_eq!(empty.missing.len(), std::fs::read_dir("migrations").unwrap().count() - 1);
    assert_eq!((empty.signing_keys, shape(&database.url).await), (None, Vec::new()));
}
