//! One tenant of 100,000 users, twenty newcomers and 5,000 groups, among a thousand small ones whose averages say nothing of
//! it; made once for all tests of this folder, which take turns at it. The rows go straight into the tables: making them
//! through the server is what other tests do.

use std::collections::BTreeMap;
use std::time::Duration;

use convoke::model::principal::TenantScope;
use convoke::model::tenant::Tenant;
use convoke::postgres::keeper::Database;
use convoke::store::Remember;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use super::eventually;
use super::wire::{Cost, Wire};
use crate::scim::site::Sql;
use crate::support::{Client, Setup, TestServer, sql};

/// The group with everybody in it, but those hired since.
pub(crate) const LARGE: usize = 1;
/// A group with ten users in it, as most have.
pub(crate) const SMALL: usize = 2;
/// A group with a hundred users in it.
pub(crate) const HUNDRED: usize = 3;
/// Users in the large group: those numbered from 1.
pub(crate) const EVERYBODY: usize = 100_000;
/// The first of twenty users who are in no group yet.
pub(crate) const NEWCOMER: usize = EVERYBODY + 1;

static CROWD: OnceCell<Mutex<Crowd>> = OnceCell::const_new();

/// The tenant, without a server.
pub(crate) struct Crowd {
    database: Database,
    tenant: Tenant,
    token: String,
}

/// A server on it, over a wire that counts.
pub(crate) struct Staged {
    pub(crate) server: TestServer,
    pub(crate) wire: Wire,
}

/// Rows of each table that were read and written, counted by the database itself.
pub(crate) type Rows = BTreeMap<String, Touched>;

/// Rows of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    /// Entries of indexes and rows of the table that were looked at.
    pub(crate) read: i64,
    /// Rows inserted, updated and deleted.
    pub(crate) written: i64,
}

/// The id of a user by number, from 1.
pub(crate) fn user(number: usize) -> String {
    format!("018f0000-0000-7000-8000-{number:012x}")
}

/// The id of a group by number, from 1.
pub(crate) fn group(number: usize) -> String {
    format!("018f0000-0000-7000-9000-{number:012x}")
}

/// The tenant, for one test at a time.
pub(crate) async fn crowd() -> MutexGuard<'static, Crowd> {
    CROWD.get_or_init(async || Mutex::new(Crowd::gather().await)).await.lock().await
}

impl Staged {
    /// A server that remembers credentials for as long as the test lasts, once it does.
    pub(crate) async fn on(url: &str, tenant: &Tenant, token: &str) -> Self {
        Self::differing(url, tenant, token, Setup::default()).await
    }

    async fn differing(url: &str, tenant: &Tenant, token: &str, setup: Setup) -> Self {
        let wire = Wire::to(url).await;
        let remember = Some(Remember { tokens: 100, lasts: Duration::from_secs(3600) });
        let server = TestServer::on(wire.url(), tenant, token, &Setup { remember, ..setup }).await;
        let stage = Self { server, wire };
        eventually("credentials are remembered", async || stage.remembers(&stage.server).await).await;
        stage
    }

    /// Whether the client's credential is judged without asking the database.
    pub(crate) async fn remembers(&self, client: &Client) -> bool {
        self.wire.reset();
        client.get("/scim/v2/ServiceProviderConfig").await.expect(200);
        self.wire.cost().statements.is_empty()
    }

    /// What `work` costs once everything it needs has been prepared: it is done twice, and the second time counts.
    pub(crate) async fn cost(&self, mut work: impl AsyncFnMut(&TestServer)) -> Cost {
        work(&self.server).await;
        self.wire.reset();
        work(&self.server).await;
        self.wire.cost()
    }
}

impl Crowd {
    async fn gather() -> Self {
        let crowd = Self::awaited().await;
        crowd.seed().await;
        let sql = sql(&crowd.database.url).await;
        sql.batch_execute(OTHERS).await.unwrap();
        sql.batch_execute("VACUUM ANALYZE users, groups, members, edges, resource_counts").await.unwrap();
        crowd
    }

    /// The tenant before anybody has come.
    pub(crate) async fn awaited() -> Self {
        let server = TestServer::start().await;
        let (tenant, token) = (server.tenant.clone(), server.token.clone());
        Self { database: server.abandon(), tenant, token }
    }

    /// Everybody comes. The database is not told to take note of it.
    pub(crate) async fn seed(&self) {
        sql(&self.database.url).await.batch_execute(SEED).await.unwrap();
    }

    /// A server of its own, over a wire of its own.
    pub(crate) async fn stage(&self) -> Staged {
        self.stage_with(Setup::default()).await
    }

    async fn stage_with(&self, setup: Setup) -> Staged {
        Staged::differing(&self.database.url, &self.tenant, &self.token, setup).await
    }

    /// SQL on the database, past every server.
    pub(crate) async fn sql(&self) -> Sql {
        Sql::connect(&self.database.url).await
    }

    /// The scope in which the verbs themselves are called.
    pub(crate) fn scope(&self, server: &TestServer) -> TenantScope {
        server.domain.operator(&self.tenant)
    }

    /// What rows `work` touches on a server of its own. No other may be on the database meanwhile.
    pub(crate) async fn rows_touched(&self, work: impl AsyncFnOnce(&TestServer)) -> Rows {
        self.rows_touched_with(Setup::default(), work).await
    }

    /// The same, on a server that differs.
    pub(crate) async fn rows_touched_with(&self, setup: Setup, work: impl AsyncFnOnce(&TestServer)) -> Rows {
        let sql = self.sql().await;
        alone(&sql).await;
        let before = counted(&sql).await;
        let stage = self.stage_with(setup).await;
        work(&stage.server).await;
        drop(stage);
        alone(&sql).await;
        let mut touched = counted(&sql).await;
        for (table, rows) in &mut touched {
            (rows.read, rows.written) = (rows.read - before[table].read, rows.written - before[table].written);
        }
        touched.retain(|_, rows| *rows != Touched::default());
        touched
    }
}

/// Waits until no other connection is there: only then have all of them reported what they did.
async fn alone(sql: &Sql) {
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    eventually("other connections end", async || sql.value::<i64>(others, &[]).await == 0).await;
}

async fn counted(sql: &Sql) -> Rows {
    let rows = sql.rows(COUNTED, &[]).await;
    let touched = |row: &tokio_postgres::Row| (row.get(0), Touched { read: row.get(1), written: row.get(2) });
    rows.iter().map(touched).collect()
}

// Tables of credentials are left out: what they cost is counted elsewhere.
const COUNTED: &str = "
SELECT relname::text, (seq_tup_read + coalesce(idx_tup_fetch, 0) + coalesce((SELECT sum(idx_tup_read)
        FROM pg_stat_user_indexes i WHERE i.relid = t.relid), 0))::bigint, n_tup_ins + n_tup_upd + n_tup_del
FROM pg_stat_user_tables t WHERE relname IN ('users', 'groups', 'members', 'edges', 'events', 'resource_counts')";

// Foreign keys are not checked row by row while this runs. Group 1 has everybody, group 3 a hundred, the others ten.
const SEED: &str = "
SET session_replication_role = replica;
SET synchronous_commit = off;
INSERT INTO users (tenant_id, id, user_name, user_name_key, external_id, display_name, display_name_key, email,
    attributes, search, created_at, updated_at)
SELECT t.id, ('018f0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'User' || n, 'user' || n, 'ext-' || n,
    'Person ' || n, 'person ' || n, 'user' || n || '@example.com', document, document,
    timestamptz '2026-01-01' + n * interval '1 second', timestamptz '2026-01-01' + n * interval '1 second'
FROM tenants t, generate_series(1, 100020) AS n, LATERAL (SELECT jsonb_build_object(
    'name', jsonb_build_object('givenName', 'person', 'familyName', 'number ' || n),
    'emails', jsonb_build_array(jsonb_build_object('type', 'work', 'value', 'user' || n || '@example.com'))
) AS document) d;
INSERT INTO groups (tenant_id, id, name, name_key, external_id, standing_members, created_at, updated_at)
SELECT t.id, ('018f0000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, 'Group ' || n, 'group ' || n, 'ext-' || n,
    CASE n WHEN 1 THEN 100000 WHEN 3 THEN 100 ELSE 10 END,
    timestamptz '2026-01-01' + n * interval '1 second', timestamptz '2026-01-01' + n * interval '1 second'
FROM tenants t, generate_series(1, 5000) AS n;
INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
SELECT t.id, ('018f0000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid,
    ('018f0000-0000-7000-8000-' || lpad(to_hex(m), 12, '0'))::uuid, timestamptz '2026-01-01' + n * interval '1 second',
    'test', 'scim'
FROM tenants t, generate_series(1, 5000) AS n, LATERAL generate_series(CASE WHEN n < 4 THEN 1 ELSE n * 10 END,
    (CASE WHEN n < 4 THEN 0 ELSE n * 10 - 1 END) + CASE n WHEN 1 THEN 100000 WHEN 3 THEN 100 ELSE 10 END) AS m;
INSERT INTO resource_counts (tenant_id, kind, shard, live)
SELECT id, 'user', 99, 100020 FROM tenants UNION ALL SELECT id, 'group', 99, 5000 FROM tenants;";

// A thousand tenants of twenty users and five groups of four, of which one is in another. They are there for the statistics
// alone and can be asked for nothing: no table names them as tenants.
const OTHERS: &str = "
SET session_replication_role = replica;
INSERT INTO users (tenant_id, id, user_name, user_name_key, display_name, display_name_key, created_at, updated_at)
SELECT md5('t' || t)::uuid, md5('u' || t || '-' || n)::uuid, 'u' || n, 'u' || n, 'd' || n, 'd' || n, now(), now()
FROM generate_series(1, 1000) AS t, generate_series(1, 20) AS n;
INSERT INTO groups (tenant_id, id, name, name_key, standing_members, created_at, updated_at)
SELECT md5('t' || t)::uuid, md5('g' || t || '-' || n)::uuid, 'g' || n, 'g' || n, 4, now(), now()
FROM generate_series(1, 1000) AS t, generate_series(1, 5) AS n;
INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
SELECT md5('t' || t)::uuid, md5('g' || t || '-' || g)::uuid, md5('u' || t || '-' || n)::uuid, now(), 'test', 'scim'
FROM generate_series(1, 1000) AS t, generate_series(1, 5) AS g, generate_series(g, g + 3) AS n;
INSERT INTO edges (tenant_id, parent_id, child_id, added_at, added_by, source)
SELECT md5('t' || t)::uuid, md5('g' || t || '-1')::uuid, md5('g' || t || '-2')::uuid, now(), 'test', 'scim'
FROM generate_series(1, 1000) AS t;";
