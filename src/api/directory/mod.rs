//! (being built)
use poem::{Request, Response};

use super::Services;

/// The Directory API.
pub struct Directory {}

impl Directory {
    pub(super) fn new(_services: Services) -> Self {
        Self {}
    }

    pub(super) async fn call(&self, _request: Request) -> Response {
        Response::default()
    }
}

pub(super) fn internal_error() -> Response {
    Response::default()
}

pub(super) fn not_found() -> Response {
    Response::default()
}
