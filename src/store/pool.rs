//! The connections. Checking one out costs no round trip: a connection known to be dead is thrown away, and one that died
//! unnoticed fails the statement that finds out, never silently.

use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, PoolableConnection, RecyclingMethod,
};
use diesel_async::{AsyncPgConnection, pooled_connection::PoolError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::Error;

/// A connection on loan from the pool for as long as it is held.
pub(crate) type Loan = PooledConnection<'static, AsyncPgConnection>;

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct Options {
    /// A `postgres://` URL or `key=value` pairs, as libpq takes them.
    pub url: String,
    /// Connections at the most.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is told to come again.
    pub wait: Duration,
}

pub(super) async fn open(options: &Options) -> Result<Pool<AsyncPgConnection>, Error> {
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(establish);
    config.recycling_method = RecyclingMethod::CustomFunction(Box::new(|connection| {
        let broken = connection.is_broken();
        async move { if broken { Err(diesel::result::Error::BrokenTransactionManager) } else { Ok(()) } }.boxed()
    }));
    let manager = AsyncDieselConnectionManager::new_with_config(&options.url, config);
    let pool = Pool::builder()
        .max_size(options.max_connections)
        .connection_timeout(options.wait)
        .test_on_check_out(true)
        .build(manager)
        .await
        .map_err(|error: PoolError| Error::Unavailable(error.to_string()))?;
    Ok(pool)
}

/// Opens one connection: TLS where the URL or the server wants it, verified against the system's certificates.
pub(super) fn establish(url: &str) -> BoxFuture<'_, ConnectionResult<AsyncPgConnection>> {
    async move {
        let bad = |error: tokio_postgres::Error| ConnectionError::BadConnection(describe(&error));
        let config: tokio_postgres::Config = url.parse().map_err(bad)?;
        let (client, connection) = config.connect(tls()?).await.map_err(bad)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }
    .boxed()
}

fn tls() -> ConnectionResult<MakeRustlsConnect> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let refused = |error: rustls::Error| ConnectionError::BadConnection(format!("TLS cannot be set up: {error}"));
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(refused)?
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The error with its cause, which tokio-postgres keeps apart.
fn describe(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
