//! The settings about the network's edge, as the rooms want them that they are about.

use std::sync::Arc;

use super::Error;
use crate::api;
use crate::api::cors::Origins;
use crate::config::Settings;
use crate::edge::limits::Rates;
use crate::edge::listener::{self, Certificate, Files, Listener};
use crate::edge::proxies::Proxies;

/// How the facades behave.
pub(super) fn facades(settings: &Settings, public_url: Option<String>) -> api::Options {
    let (edge, usual) = (&settings.edge, api::Options::default());
    api::Options {
        public_url,
        max_body: settings.server.max_body.0,
        body_timeout: edge.body_timeout.map_or(usual.body_timeout, |time| time.0),
        max_url: edge.max_url.map_or(usual.max_url, |size| size.0),
        proxies: proxies(settings),
        rates: rates(settings),
        cors: Origins::new(edge.cors_origins.iter().map(|origin| origin.0.clone())),
        hsts: edge.hsts.map_or(usual.hsts, |time| time.0),
        tenant_hosts: edge.tenant_host.clone(),
        stopwatch: usual.stopwatch,
    }
}

fn rates(settings: &Settings) -> Rates {
    let (edge, usual) = (&settings.edge, Rates::default());
    Rates {
        tenant: edge.tenant_rate.map_or(usual.tenant, |limit| limit.0),
        credential: edge.credential_rate.map_or(usual.credential, |limit| limit.0),
        failed_address: edge.failed_address_rate.map_or(usual.failed_address, |limit| limit.0),
        failed_id: edge.failed_id_rate.map_or(usual.failed_id, |limit| limit.0),
        servers: edge.servers.unwrap_or(usual.servers),
    }
}

fn proxies(settings: &Settings) -> Proxies {
    Proxies::new(settings.edge.trusted_proxies.iter().map(|proxy| proxy.0).collect())
}

/// The certificate to show, if there is to be TLS.
pub(super) fn certificate(settings: &Settings) -> Result<Option<Arc<Certificate>>, Error> {
    let (certificate, key) = (settings.edge.tls_cert.clone(), settings.edge.tls_key.clone());
    let files = certificate.zip(key).map(|(certificate, key)| Files { certificate, key });
    Ok(files.map(Certificate::load).transpose()?)
}

/// Binds the address, and the socket if there is to be one.
pub(super) async fn listener(settings: &Settings, certificate: Option<Arc<Certificate>>) -> Result<Listener, Error> {
    let (edge, usual) = (&settings.edge, listener::Options::default());
    let options = listener::Options {
        max_clients: edge.max_clients.map_or(usual.max_clients, |number| number.0),
        max_clients_per_address: edge.max_clients_per_address.map_or(usual.max_clients_per_address, |number| number.0),
        max_head: edge.max_head.map_or(usual.max_head, |size| size.0),
        head_timeout: edge.head_timeout.map_or(usual.head_timeout, |time| time.0),
        idle_timeout: edge.idle_timeout.map_or(usual.idle_timeout, |time| time.0),
        write_timeout: edge.write_timeout.map_or(usual.write_timeout, |time| time.0),
    };
    let address = settings.server.listen.to_string();
    let bound = Listener::bind(&address, options).await.map_err(|source| Error::Listen { address, source })?;
    let bound = match &settings.server.socket {
        Some(path) => bound.also_at(path).map_err(|source| Error::Socket { path: path.clone(), source })?,
        None => bound,
    };
    Ok(bound.behind(proxies(settings)).showing(certificate))
}
