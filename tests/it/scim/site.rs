//! One server of one test, with short words for what tests of SCIM need of it.

use std::collections::BTreeSet;

use convoke::model::principal::TenantScope;
use convoke::model::tenant::Tenant;
use serde_json::Value;
use tokio_postgres::types::{FromSqlOwned, ToSql};

use super::client::Client;
use crate::support::{Setup, TestServer, issue, sql};

/// A running server with a tenant and a database of its own.
pub(crate) struct Site {
    pub(crate) server: TestServer,
    /// SQL on the server's database, past the server.
    pub(crate) sql: Sql,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::set_up(Setup::default()).await
    }

    pub(crate) async fn set_up(setup: Setup) -> Self {
        let server = TestServer::start_with(setup).await;
        let sql = Sql::connect(server.database_url()).await;
        Self { server, sql }
    }

    /// A server whose tenant has these settings, as `KEY=VALUE`.
    pub(crate) async fn with<S: AsRef<str>>(settings: &[S]) -> Self {
        let mut site = Self::start().await;
        let tenant = &mut site.server.tenant;
        let changed = settings.iter().fold((*tenant.settings).clone(), |all, one| all.with(one.as_ref()).unwrap());
        site.server.domain.set_settings(tenant, &changed).await.unwrap();
        tenant.settings = changed.into();
        site
    }

    /// The scope in which tests call the verbs themselves.
    pub(crate) fn scope(&self) -> TenantScope {
        self.server.domain.operator(&self.server.tenant)
    }

    /// A token of the tenant with these scopes.
    pub(crate) async fn token(&self, scopes: &[&str]) -> String {
        self.token_in(&self.server.tenant, scopes).await
    }

    pub(crate) async fn token_in(&self, tenant: &Tenant, scopes: &[&str]) -> String {
        use convoke::model::principal::Reach;
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
        issue(&self.server.domain, Reach::Tenant(tenant.id), &scopes, &[]).await
    }

    /// A SCIM client of the tenant.
    pub(crate) async fn client(&self) -> Client {
        Client::new(&self.server.base_url, &self.token(&["scim"]).await)
    }
}

/// SQL on a test's database.
pub(crate) struct Sql(tokio_postgres::Client);

impl Sql {
    pub(crate) async fn connect(url: &str) -> Self {
        Self(sql(url).await)
    }

    /// The one value a query gives.
    pub(crate) async fn value<T: FromSqlOwned>(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> T {
        self.0.query_one(query, parameters).await.unwrap().get(0)
    }

    /// The first column of all rows.
    pub(crate) async fn column<T: FromSqlOwned>(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<T> {
        self.0.query(query, parameters).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// All rows.
    pub(crate) async fn rows(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> Vec<tokio_postgres::Row> {
        self.0.query(query, parameters).await.unwrap()
    }

    /// Everything a request could have written, as one text: equal before and after, nothing was.
    pub(crate) async fn traces(&self) -> String {
        self.value(
            "SELECT concat_ws(' ', (SELECT count(*) FROM users), (SELECT count(*) FROM groups),
                (SELECT count(*) FROM members), (SELECT count(*) FROM edges), (SELECT count(*) FROM events),
                (SELECT coalesce(sum(version), 0) FROM users), (SELECT coalesce(sum(version), 0) FROM groups),
                (SELECT count(*) FROM users WHERE deleted_at IS NOT NULL), (SELECT count(*) FROM dormant_members),
                (SELECT coalesce(sum(live), 0) FROM resource_counts))",
            &[],
        )
        .await
    }

    /// The members of a group, put together from its events alone.
    pub(crate) async fn members_retold(&self, group: &str) -> BTreeSet<String> {
        let query = "SELECT after::text FROM events
             WHERE resource = $1::text::uuid AND kind = 'group.members_changed' ORDER BY seq";
        let mut members = BTreeSet::new();
        for delta in self.column::<String>(query, &[&group]).await {
            let delta: Value = serde_json::from_str(&delta).unwrap();
            let ids = |key: &str| -> Vec<String> { serde_json::from_value(delta[key].clone()).unwrap_or_default() };
            for user in ids("removed_users") {
                assert!(members.remove(&user), "{user} leaves without having come");
            }
            for user in ids("added_users") {
                assert!(members.insert(user), "somebody comes twice");
            }
        }
        members
    }
}
