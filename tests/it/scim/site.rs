//! One server of one test: its address, its tokens, its database, and the verbs behind it.

use convoke::domain::Domain;
use convoke::model::principal::TenantScope;
use convoke::model::tenant::Tenant;
use tokio_postgres::types::{FromSqlOwned, ToSql};

use super::client::Client;
use crate::support::TestServer;

/// A running server with a tenant and a database of its own.
pub(crate) struct Site {
    server: TestServer,
    /// SQL on the server's database, past the server.
    pub(crate) sql: Sql,
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A server whose tenant has these settings, as `KEY=VALUE`.
    pub(crate) async fn with(settings: &[String]) -> Self {
        let mut server = TestServer::start().await;
        let changed = settings.iter().fold(server.tenant.settings.clone(), |all, one| all.with(one).unwrap());
        server.domain.set_settings(&server.tenant, &changed).await.unwrap();
        server.tenant.settings = changed;
        let sql = Sql::connect(&server.database_url).await;
        Self { server, sql }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.server.base_url
    }

    pub(crate) fn domain(&self) -> &Domain {
        &self.server.domain
    }

    pub(crate) fn tenant(&self) -> &Tenant {
        &self.server.tenant
    }

    /// The scope in which tests call the verbs themselves.
    pub(crate) fn scope(&self) -> TenantScope {
        self.domain().operator(self.tenant())
    }

    /// A token of the tenant with these scopes.
    pub(crate) async fn token(&self, scopes: &[&str]) -> String {
        self.server.token(self.tenant(), scopes).await
    }

    /// A token of another tenant, which is created for it if need be.
    pub(crate) async fn foreign_token(&self, slug: &str, scopes: &[&str]) -> String {
        let tenant = match self.domain().tenant(slug).await {
            Ok(tenant) => tenant,
            Err(_) => self.domain().create_tenant(slug, None, None, false).await.unwrap(),
        };
        self.server.token(&tenant, scopes).await
    }

    /// A SCIM client of the tenant.
    pub(crate) async fn client(&self) -> Client {
        Client::new(self.base_url(), &self.token(&["scim"]).await)
    }
}

/// SQL on a test's database.
pub(crate) struct Sql(tokio_postgres::Client);

impl Sql {
    pub(crate) async fn connect(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        Self(client)
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
}
