//! The whole server, in this process.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use convoke::api::{self, Services};
use convoke::auth::{Authenticator, Trust};
use convoke::domain::{Domain, NewToken};
use convoke::edge::listener::{self, Certificate, Listener};
use convoke::model::clock::Clock;
use convoke::model::issuer::ExternalIssuer;
use convoke::model::principal::{Reach, Role, Scope};
use convoke::model::tenant::Tenant;
use convoke::postgres::keeper::Database;
use convoke::schema::registry::Registry;
use convoke::store::{self, Remember, Store};
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;

use super::client::Client;
use super::database::database;

/// How the server of a test differs from the usual one.
#[derive(Default)]
pub(crate) struct Setup {
    /// Settings of its tenant, each as `KEY=VALUE`.
    pub(crate) settings: &'static [&'static str],
    /// How the facades behave.
    pub(crate) api: api::Options,
    /// What connections may take.
    pub(crate) listener: listener::Options,
    /// What it shows; with it, it speaks TLS.
    pub(crate) certificate: Option<Arc<Certificate>>,
    /// Folder of further schemas.
    pub(crate) schema_dir: Option<PathBuf>,
    /// What tells the time; the system's clock when not given.
    pub(crate) clock: Option<Clock>,
    /// Connections to the database at the most; 4 when not given.
    pub(crate) connections: Option<u32>,
    /// Issuers of JWTs that it trusts besides itself.
    pub(crate) issuers: Vec<ExternalIssuer>,
    /// What it remembers of credentials; 100 tokens when not given.
    pub(crate) remember: Option<Remember>,
    /// Whether the database keeps tenants apart as well.
    pub(crate) row_security: bool,
    /// A replica that it may read.
    pub(crate) replica: Option<String>,
}

/// A running server with tenant `acme`. Requests made on it carry a token of that tenant with every scope.
pub(crate) struct TestServer {
    /// Where it listens, without a path.
    pub(crate) base_url: String,
    /// The token.
    pub(crate) token: String,
    /// The tenant.
    pub(crate) tenant: Tenant,
    /// The verbs, for what a test would rather not do over HTTP.
    pub(crate) domain: Domain,
    client: Client,
    task: JoinHandle<()>,
    database_url: String,
    /// Unless another server's.
    database: Option<Database>,
}

impl TestServer {
    /// Starts the usual one.
    pub(crate) async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    /// Starts one that differs.
    pub(crate) async fn start_with(setup: Setup) -> Self {
        let database = database().await;
        let mut server = Self::first_on(&database.url, setup).await;
        server.database = Some(database);
        server
    }

    /// Starts one on a migrated database of somebody else that has no tenant yet.
    pub(crate) async fn first_on(url: &str, setup: Setup) -> Self {
        let (services, domain) = services(url, &setup).await;
        let (options, certificate) = (setup.listener, setup.certificate);
        let tenant = domain.create_tenant("acme", None, None, false).await.expect("a first tenant");
        let tenant = configured(&domain, tenant, setup.settings).await;
        let token = issue(&domain, Reach::Tenant(tenant.id), &Scope::ALL, &[]).await;
        let listener = Listener::bind("127.0.0.1:0", options).await.expect("a free port").showing(certificate);
        Self::listen(listener, services, domain, (tenant, token), url.to_owned()).await
    }

    /// Starts one on a database that has a tenant with such a token already: another server's, or one left behind.
    pub(crate) async fn on(url: &str, tenant: &Tenant, token: &str, setup: &Setup) -> Self {
        let (services, domain) = services(url, setup).await;
        let listener = Listener::bind("127.0.0.1:0", setup.listener).await.expect("a free port");
        Self::listen(listener, services, domain, (tenant.clone(), token.to_owned()), url.to_owned()).await
    }

    async fn listen(
        listener: Listener,
        services: Services,
        domain: Domain,
        (tenant, token): (Tenant, String),
        database_url: String,
    ) -> Self {
        let scheme = if listener.certificate().is_some() { "https" } else { "http" };
        let base_url = format!("{scheme}://{}", listener.address().expect("it is bound"));
        let task = tokio::spawn(async move {
            let metrics = services.metrics.clone();
            let never = std::future::pending();
            let served = listener.serve(api::endpoint(services), metrics, never, Duration::ZERO).await;
            served.expect("the listener lives");
        });
        let client = Client::new(&base_url, Some(&token));
        Self { base_url, token, tenant, domain, client, task, database_url, database: None }
    }

    /// Stops it and leaves the database behind.
    pub(crate) fn abandon(mut self) -> Database {
        self.database.take().expect("the server that made the database leaves it")
    }

    /// A client with a new token of the tenant.
    pub(crate) async fn client_with(&self, scopes: &[Scope], roles: &[Role]) -> Client {
        self.client_for(Reach::Tenant(self.tenant.id), scopes, roles).await
    }

    /// A client with a new token.
    pub(crate) async fn client_for(&self, reach: Reach, scopes: &[Scope], roles: &[Role]) -> Client {
        self.client.with_token(&issue(&self.domain, reach, scopes, roles).await)
    }

    /// Another tenant, and a client with every scope in it.
    pub(crate) async fn other_tenant(&self, slug: &str) -> (Tenant, Client) {
        let tenant = self.domain.create_tenant(slug, None, None, false).await.expect("another tenant");
        let client = self.client_for(Reach::Tenant(tenant.id), &Scope::ALL, &[]).await;
        (tenant, client)
    }

    /// Address of the database, for looking behind the server's back.
    pub(crate) fn database_url(&self) -> &str {
        &self.database_url
    }
}

impl Deref for TestServer {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn services(url: &str, setup: &Setup) -> (Services, Domain) {
    let clock = setup.clock.clone().unwrap_or_else(Clock::system);
    let options = store::Options {
        url: url.to_owned(),
        max_connections: setup.connections.unwrap_or(4),
        wait: Duration::from_secs(10),
        remember: setup.remember.unwrap_or(Remember::up_to(100)),
        row_security: setup.row_security,
        replica: setup.replica.clone(),
    };
    let store = Store::connect(&options).await.expect("the test's database answers");
    let schemas = Registry::load(setup.schema_dir.as_deref()).expect("the schemas load");
    let domain = Domain::new(store.clone(), Arc::new(schemas), clock.clone());
    let trust = Trust { issuer: setup.api.public_url.clone(), issuers: setup.issuers.clone() };
    (Services::new(domain.clone(), Authenticator::new(store, clock, trust), setup.api.clone()), domain)
}

async fn configured(domain: &Domain, tenant: Tenant, settings: &[&str]) -> Tenant {
    let wanted = settings.iter().try_fold((*tenant.settings).clone(), |settings, assignment| settings.with(assignment));
    domain.set_settings(&tenant, &wanted.expect("settings as documented")).await.expect("settings are written");
    domain.tenant(&tenant.slug).await.expect("the tenant is still there")
}

/// Makes a token and gives its text.
pub(crate) async fn issue(domain: &Domain, reach: Reach, scopes: &[Scope], roles: &[Role]) -> String {
    let token = NewToken {
        reach,
        scopes: scopes.to_vec(),
        roles: roles.to_vec(),
        user_name: None,
        name: "test".to_owned(),
        ttl: None,
        api_key: false,
    };
    let (_, secret) = domain.issue_token(&token).await.expect("a token");
    secret.expose_secret().to_owned()
}
