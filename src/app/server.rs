//! One run of the server. Order of starting: schemas, database, tables, listener, first tenant, ready file. Order of stopping:
//! no new connections, ten seconds for requests under way, counts kept in memory, connections to the database, the database.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::database::Database;
use super::ready_file::{self, Ready};
use super::signals::Signals;
use super::{Error, edge, first_start, housekeeping, upkeep};
use crate::api::{self, Services};
use crate::auth::{Authenticator, Trust};
use crate::config::Settings;
use crate::domain::Domain;
use crate::edge::listener::{Certificate, Listener};
use crate::schema::registry::Registry;
use crate::store::{self, Remember, Store};

/// How long requests under way may take to end once a stop has been asked for.
const DRAIN: Duration = Duration::from_secs(10);

/// Serves until a signal asks to stop. On the start that makes the first tenant `out` receives what a person needs.
///
/// # Errors
/// What kept it from starting, or [`Error::DatabaseLost`].
pub async fn serve(settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), Error> {
    let signals = Signals::listen()?;
    let schemas = super::schemas(settings)?;
    if let Some(path) = &settings.server.ready_file {
        ready_file::remove(path)?;
    }
    let database = tokio::select! {
        opened = Database::open(settings) => opened?,
        () = signals.stop() => return Ok(()),
    };
    let outcome = tokio::select! {
        outcome = Box::pin(run(settings, schemas, &database, &signals, out)) => outcome,
        () = database.lost() => Err(Error::DatabaseLost),
    };
    let closed = database.close().await;
    if outcome.is_ok() {
        tracing::info!("stopped");
    }
    outcome.and(closed)
}

async fn run(
    settings: &Settings,
    schemas: Arc<Registry>,
    database: &Database,
    signals: &Signals,
    out: &mut (dyn Write + Send),
) -> Result<(), Error> {
    let (services, listener) = tokio::select! {
        prepared = prepare(settings, schemas, database) => prepared?,
        () = signals.stop() => return Ok(()),
    };
    announce(settings, database, &services.domain, &listener, out).await?;
    let upkeep = upkeep::run(services.domain.clone());
    let certificate = listener.certificate().cloned();
    let serving =
        listener.serve(api::endpoint(services.clone()), services.metrics.clone(), stopping(signals.clone()), DRAIN);
    let ended = tokio::select! {
        ended = serving => ended.map_err(Error::from),
        () = upkeep => Ok(()),
        never = renew(signals, certificate) => match never {},
        () = signals.quick_stop() => Ok(()),
        never = housekeeping::keep(&services) => match never {},
    };
    housekeeping::finish(&services).await;
    services.domain.close();
    ended
}

/// Has the certificate's files looked at whenever a signal asks for it.
async fn renew(signals: &Signals, certificate: Option<Arc<Certificate>>) -> Infallible {
    let mut signals = signals.clone();
    loop {
        signals.hang_up().await;
        match &certificate {
            Some(certificate) => certificate.look(),
            None => tracing::info!("SIGHUP: nothing to reload; settings are read at the start"),
        }
    }
}

async fn stopping(signals: Signals) {
    signals.stop().await;
    tracing::info!(seconds = DRAIN.as_secs(), "stopping: requests under way may end");
}

async fn prepare(
    settings: &Settings,
    schemas: Arc<Registry>,
    database: &Database,
) -> Result<(Services, Listener), Error> {
    // First what costs nothing to find wrong.
    let certificate = edge::certificate(settings)?;
    let url = database.url().await?;
    for migration in store::migrate(&url).await? {
        tracing::info!(migration, "tables brought up to date");
    }
    let options = store::Options {
        url,
        max_connections: settings.database.max_connections.0,
        wait: super::WAIT,
        remember: Remember::up_to(settings.server.token_cache.0),
        row_security: settings.database.row_security.0,
        replica: super::replica(settings).map(str::to_owned),
    };
    let (store, domain) = super::domain(settings, schemas, &options).await?;
    let services = services(settings, store, domain);
    Ok((services, edge::listener(settings, certificate).await?))
}

fn services(settings: &Settings, store: Store, domain: Domain) -> Services {
    let public_url = settings.server.public_url.as_ref().map(|url| url.as_str().to_owned());
    let trust = Trust { issuer: public_url.clone(), issuers: settings.auth.issuers.0.clone() };
    let authenticator = Authenticator::new(store, domain.clock().clone(), trust);
    Services::new(domain, authenticator, edge::facades(settings, public_url))
}

/// Tells people and scripts. The token goes to people first: a script without its file can be started again, a token that
/// nobody saw is lost.
async fn announce(
    settings: &Settings,
    database: &Database,
    domain: &Domain,
    listener: &Listener,
    out: &mut (dyn Write + Send),
) -> Result<(), Error> {
    let (tenant, token) = first_start::tenant(domain, database.is_private()).await?;
    let ready = Ready { base_url: base_url(settings, listener), tenant, token };
    if let Some(text) = first_start::welcome(&ready, settings.database.data_dir.as_deref())
        && let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
    {
        tracing::warn!(%error, "the token of the first start could not be printed; `convoke token create` makes another");
    }
    if let Some(path) = &settings.server.ready_file {
        ready.write(path)?;
    }
    tracing::info!(url = ready.base_url, "listening");
    if let Some(path) = &settings.server.socket {
        tracing::info!(path = %path.display(), "listening on a socket");
    }
    Ok(())
}

fn base_url(settings: &Settings, listener: &Listener) -> String {
    if let Some(url) = &settings.server.public_url {
        return url.as_str().to_owned();
    }
    let scheme = if listener.certificate().is_some() { "https" } else { "http" };
    match listener.address() {
        Ok(address) => format!("{scheme}://{}", reachable(address)),
        Err(_) => format!("{scheme}://{}", settings.server.listen),
    }
}

/// The address itself, or this machine's own where the listener takes every address.
fn reachable(address: SocketAddr) -> SocketAddr {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let host = match address.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(host, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("0.0.0.0:80", "127.0.0.1:80")]
    #[case("[::]:80", "[::1]:80")]
    #[case("192.0.2.1:80", "192.0.2.1:80")]
    fn a_listener_on_every_address_is_reached_here(#[case] bound: SocketAddr, #[case] shown: &str) {
        assert_eq!(reachable(bound).to_string(), shown);
    }
}
