//! Walks through many groups while some of them go.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{TestServer, sql};

const GROUPS: usize = 20_000;
/// How many go during each walk.
const GONE: usize = 500;

const SEED: &str = "
    INSERT INTO groups (tenant_id, id, name, name_key, created_at, updated_at)
    SELECT t.id, ('018f0000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Group ' || n, 'group ' || n,
        timestamptz '2026-01-01' + n % 100 * interval '1 second', timestamptz '2026-01-01'
    FROM tenants t, generate_series(1, 20000) AS n;
    INSERT INTO resource_counts (tenant_id, kind, shard, live) SELECT id, 'group', 99, 20000 FROM tenants;
    ANALYZE groups;";

/// How an API is walked: its first page, what the next one takes, where the rows are and where the cursor.
struct Walk {
    api: &'static str,
    first: &'static str,
    cursor: &'static str,
    rows: &'static str,
    next: fn(&Value) -> Option<&str>,
}

const WALKS: [Walk; 3] = [
    Walk {
        api: "launch",
        first: "/api/admin/groups/?limit=250&include_total=false",
        cursor: "cursor",
        rows: "items",
        next: |page| page["next_cursor"].as_str(),
    },
    Walk {
        api: "accounts",
        first: "/api/v1/groups?limit=500",
        cursor: "after",
        rows: "groups",
        next: |page| page["pageInfo"]["endCursor"].as_str().filter(|_| page["pageInfo"]["hasNextPage"] == true),
    },
    Walk {
        api: "scim",
        first: "/scim/v2/Groups?count=200&excludedAttributes=members&cursor",
        cursor: "cursor",
        rows: "Resources",
        next: |page| page["nextCursor"].as_str(),
    },
];

fn id(number: usize) -> String {
    format!("018f0000-0000-7000-9000-{number:012x}")
}

/// Deletes these groups, through one API after the other.
async fn delete(server: &TestServer, groups: &[usize]) {
    let paths = ["/api/admin/groups", "/api/v1/groups", "/api/v1/admin/groups", "/scim/v2/Groups"];
    for number in groups {
        server.delete(&format!("{}/{}", paths[number % paths.len()], id(*number))).await.expect(204);
    }
}

/// Item 6: whoever stays is seen exactly once, whoever goes at most once, by every cursor there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_groups_while_five_hundred_go() {
    let server = TestServer::start().await;
    sql(server.database_url()).await.batch_execute(SEED).await.unwrap();
    let mut live: BTreeSet<String> = (1..=GROUPS).map(id).collect();
    for (round, walk) in WALKS.iter().enumerate() {
        // Every fortieth group, from all over the order.
        let doomed: Vec<usize> = (0..GONE).map(|number| number * (GROUPS / GONE) + round + 1).collect();
        let mut doomed = doomed.chunks(GONE / 25);
        let (mut seen, mut path) = (Vec::new(), walk.first.to_owned());
        loop {
            let going = doomed.next().unwrap_or_default();
            let (page, ()) = tokio::join!(server.get(&path), delete(&server, going));
            let page = page.expect(200);
            let rows = page[walk.rows].as_array().unwrap();
            seen.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            for number in going {
                live.remove(&id(*number));
            }
            let Some(next) = (walk.next)(&page) else { break };
            let first = walk.first.trim_end_matches("&cursor");
            path = format!("{first}&{}={next}", walk.cursor);
        }
        assert!(doomed.next().is_none(), "{}: all of them went during the walk", walk.api);
        let once: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(once.len(), seen.len(), "{}: nobody is seen twice", walk.api);
        assert!(live.is_subset(&once), "{}: {:?} stayed unseen", walk.api, live.difference(&once).take(3));
    }
}
