//! The protocol facades, one room each: they translate between their wire and the domain, and decide nothing. All share
//! one front door, which names the request, picks the facade by path, and lets no panic or stranger's path get out
//! without an answer in the right dialect.
//!
//! Two facades live under `/api/v1` and one of them under a tenant's path as well, so the front door picks by path
//! segments instead of nesting routers: the longest prefix would swallow what belongs to another.

pub mod accounts;
pub mod auth_admin;
pub mod context;
pub mod directory;
mod docs;
mod front;
mod health;
pub mod launch;
mod native;
mod oauth;
mod paths;
pub mod scim;

use std::sync::Arc;

use poem::Endpoint;

use crate::auth::Authenticator;
use crate::domain::Domain;
use crate::metrics::Metrics;

/// What every facade works with.
#[derive(Clone)]
pub struct Services {
    /// The verbs.
    pub domain: Domain,
    /// Judges credentials.
    pub authenticator: Authenticator,
    /// How the facades behave.
    pub options: Arc<Options>,
    /// What is counted and timed.
    pub metrics: Arc<Metrics>,
}

/// How the facades behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address clients know the server by, without a slash at the end. Without it the request's own `Host` is used.
    pub public_url: Option<String>,
    /// Bytes a body may have.
    pub max_body: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { public_url: None, max_body: 8 * 1024 * 1024 }
    }
}

impl Services {
    /// Puts the facades on a domain.
    #[must_use]
    pub fn new(domain: Domain, authenticator: Authenticator, options: Options) -> Self {
        Self { domain, authenticator, options: Arc::new(options), metrics: Arc::new(Metrics::new()) }
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
