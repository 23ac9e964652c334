//! SCIM 2.0 (RFC 7643, RFC 7644).

pub mod patch;

use poem::{Request, Response};

use super::Services;

/// Where the facade is mounted, and what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    base: String,
    tenant: Option<String>,
    rest: Vec<String>,
}

impl Mount {
    pub(super) fn new(base: String, tenant: Option<&str>, rest: &[&str]) -> Self {
        Self { base, tenant: tenant.map(str::to_owned), rest: rest.iter().map(ToString::to_string).collect() }
    }

    pub(super) fn unknown(rest: &[&str]) -> Self {
        Self::new("/scim".to_owned(), None, rest)
    }
}

pub(super) fn internal_error() -> Response {
    Response::default()
}

pub(super) async fn call(_services: &Services, _mount: Mount, _request: Request) -> Response {
    Response::default()
}
