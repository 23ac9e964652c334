//! What operations ask. `/healthz`: the process answers. `/readyz`: the database does too, so traffic may come. `/metrics`:
//! what is counted and timed, for Prometheus.
//!
//! All three are open, as the programs that ask them expect: a load balancer has no token, and a scraper on another host
//! is no loopback. So they say nothing that is anybody's secret. The numbers name no tenant, no person and no path; how
//! often one tenant's identity provider needs a leniency is for `convoke tenant leniencies` to tell. Who would rather keep
//! the load of the server to himself closes `/metrics` at the proxy.

use poem::Response;
use poem::http::{StatusCode, header};

use super::Services;
use crate::metrics::MEDIA_TYPE;

/// Whether the process lives.
pub(super) fn alive() -> Response {
    answer(StatusCode::OK, "ok")
}

/// Whether requests can be served.
pub(super) async fn ready(services: &Services) -> Response {
    match services.domain.ping().await {
        Ok(()) => answer(StatusCode::OK, "ready"),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            answer(StatusCode::SERVICE_UNAVAILABLE, "database unavailable")
        }
    }
}

/// The numbers of this server. They come from memory: a server whose database is away still tells of it.
pub(super) fn numbers(services: &Services) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, MEDIA_TYPE)
        .header(header::CACHE_CONTROL, "no-store")
        .body(services.metrics.render(services.domain.connections(), services.domain.replica()))
}

fn answer(status: StatusCode, text: &str) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(serde_json::json!({ "status": text }).to_string())
}
