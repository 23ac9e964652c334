//! The protocol facades, one room each: they translate between their wire and the domain, and decide nothing. All share
//! one front door, which names the request, picks the facade by path, and lets no panic or stranger's path get out
//! without an answer in the right dialect.
//!
//! Two facades live under `/api/v1` and one of them under a tenant's path as well, so the front door picks by path
//! segments instead of nesting routers: the longest prefix would swallow what belongs to another.

pub mod accounts;
pub mod auth_admin;
pub mod context;
pub mod cors;
pub mod directory;
mod docs;
mod front;
mod gate;
mod health;
pub mod launch;
mod native;
mod oauth;
mod paths;
pub mod scim;
mod shield;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use poem::Endpoint;

use crate::auth::Authenticator;
use crate::domain::Domain;
use crate::edge::limits::{Limits, Rates};
use crate::edge::proxies::Proxies;
use crate::metrics::Metrics;
use crate::model::rate::Stopwatch;
use crate::model::tenant_hosts::TenantHosts;

/// What every facade works with. A copy is another handle to the same.
#[derive(Clone)]
pub struct Services(Arc<Shared>);

/// What all handles share.
pub struct Shared {
    /// The verbs.
    pub domain: Domain,
    /// Judges credentials.
    pub authenticator: Authenticator,
    /// How the facades behave.
    pub options: Options,
    /// What is counted and timed.
    pub metrics: Arc<Metrics>,
    /// Who asks how often.
    limits: Limits,
}

impl Deref for Services {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// How the facades behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address clients know the server by, without a slash at the end. Without it the request's own `Host` is used.
    pub public_url: Option<String>,
    /// Bytes a body may have.
    pub max_body: usize,
    /// How long a body may take to come, from the request's head on.
    pub body_timeout: Duration,
    /// Bytes that path and query of a request may have.
    pub max_url: usize,
    /// Proxies whose word is taken for where a request comes from.
    pub proxies: Proxies,
    /// What may be asked how often.
    pub rates: Rates,
    /// Tells the time by which that is counted.
    pub stopwatch: Stopwatch,
    /// Origins whose pages may read answers.
    pub cors: cors::Origins,
    /// How long a browser that came by TLS is to come by nothing else.
    pub hsts: Duration,
    /// Hosts that name a tenant.
    pub tenant_hosts: Option<TenantHosts>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: None,
            max_body: 8 * 1024 * 1024,
            body_timeout: Duration::from_secs(120),
            max_url: 32 * 1024,
            proxies: Proxies::default(),
            rates: Rates::default(),
            stopwatch: Stopwatch::system(),
            cors: cors::Origins::default(),
            hsts: Duration::from_secs(365 * 24 * 60 * 60),
            tenant_hosts: None,
        }
    }
}

impl Services {
    /// Puts the facades on a domain.
    #[must_use]
    pub fn new(domain: Domain, authenticator: Authenticator, options: Options) -> Self {
        let limits = Limits::new(&options.rates, &options.stopwatch);
        Self(Arc::new(Shared { domain, authenticator, options, metrics: Arc::new(Metrics::new()), limits }))
    }
}

/// The whole server as one endpoint.
pub fn endpoint(services: Services) -> impl Endpoint<Output = poem::Response> + 'static {
    front::Front::new(services)
}

/// Every route: the method and the path with its parameters in braces. Those of the native APIs are read from their documents, which are
/// what is mounted; the others from the tables by which the front door finds its way.
#[must_use]
pub fn routes() -> Vec<(String, String)> {
    let others = front::routes().into_iter().map(|(method, path)| (method.to_owned(), path));
    docs::routes().chain(others).collect()
}

/// The OpenAPI document of an API by its name, such as `directory`; `None` when there is none of that name.
#[must_use]
pub fn openapi_document(api: &str) -> Option<String> {
    docs::document(api)
}
