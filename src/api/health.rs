//! `/healthz`: the process answers. `/readyz`: the database does too, so traffic may come. Neither says more: both are open.

use poem::Response;
use poem::http::{StatusCode, header};

use super::Services;

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

fn answer(status: StatusCode, text: &str) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(serde_json::json!({ "status": text }).to_string())
}
