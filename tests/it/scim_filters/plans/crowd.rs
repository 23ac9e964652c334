//! One tenant of 100,000 users and 5,000 groups, one of them with everybody in it, the groups in a tree. The rows go
//! straight into the tables: making them through the server is what other tests do.

use crate::support::{TestServer, sql};

/// Users, numbered from 1; all of them are in group 1.
pub(super) const USERS: u32 = 100_000;
/// Groups, numbered from 1. Each but the first has ten users and hangs below another.
pub(super) const GROUPS: u32 = 5_000;

/// The id of a user by its number.
pub(super) fn user(number: u32) -> String {
    format!("0190a000-0000-7000-8000-{number:012}")
}

/// The id of a group by its number.
pub(super) fn group(number: u32) -> String {
    format!("0190b000-0000-7000-8000-{number:012}")
}

/// A server on such a tenant. The database has looked at its tables and knows what is in them.
pub(super) async fn gather() -> TestServer {
    let server = TestServer::start().await;
    let tables = sql(server.database_url()).await;
    tables.batch_execute(ROWS).await.unwrap();
    tables.batch_execute("VACUUM ANALYZE users, groups, members, edges, resource_counts").await.unwrap();
    server
}

// Foreign keys hold by construction; not checking each row saves most of the time.
const ROWS: &str = "
SET session_replication_role = replica;
INSERT INTO users (tenant_id, id, user_name, user_name_key, external_id, display_name, display_name_key, attributes,
    search, created_at, updated_at)
SELECT t.id, ('0190a000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'U' || n, 'u' || n, 'ext-' || n,
    'Person ' || n, 'person ' || n, d.document, d.document,
    timestamptz '2026-01-01' + n * interval '1 second', timestamptz '2026-01-01' + n * interval '1 second'
FROM tenants t, generate_series(1, 100000) AS n, LATERAL (SELECT jsonb_build_object(
    'title', 'title ' || n % 10,
    'emails', jsonb_build_array(jsonb_build_object('type', 'work', 'value', 'u' || n || '@example.com'),
                                jsonb_build_object('type', 'home', 'value', 'h' || n || '@example.com'))
) AS document) d;
INSERT INTO groups (tenant_id, id, name, name_key, external_id, standing_members, nested_groups, created_at, updated_at)
SELECT t.id, ('0190b000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Group ' || n, 'group ' || n, 'ext-' || n,
    CASE n WHEN 1 THEN 100000 ELSE 10 END, (SELECT count(*) FROM generate_series(2, 5000) AS c WHERE c / 8 + 1 = n),
    timestamptz '2026-01-01' + n * interval '1 second', timestamptz '2026-01-01' + n * interval '1 second'
FROM tenants t, generate_series(1, 5000) AS n;
INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
SELECT t.id, ('0190b000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
    ('0190a000-0000-7000-8000-' || lpad(m::text, 12, '0'))::uuid, now(), 'test', 'scim'
FROM tenants t, generate_series(1, 5000) AS n,
    LATERAL generate_series(CASE n WHEN 1 THEN 1 ELSE n * 10 END, CASE n WHEN 1 THEN 100000 ELSE n * 10 + 9 END) AS m;
INSERT INTO edges (tenant_id, parent_id, child_id, added_at, added_by, source)
SELECT t.id, ('0190b000-0000-7000-8000-' || lpad((n / 8 + 1)::text, 12, '0'))::uuid,
    ('0190b000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, now(), 'test', 'scim'
FROM tenants t, generate_series(2, 5000) AS n WHERE n / 8 + 1 <> n;
INSERT INTO resource_counts (tenant_id, kind, shard, live)
SELECT id, 'user', 99, 100000 FROM tenants UNION ALL SELECT id, 'group', 99, 5000 FROM tenants;";
