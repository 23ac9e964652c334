//! The Directory API: groups for administrators (`/api/v1/admin/groups`) and for the programs of one tenant
//! (`/api/v1/tenants/{tenant_id}/groups`). This file mounts it and documents it; what a refusal looks like is said in
//! `error`, who may come in in `auth`, how answers look in `wire`. It decides nothing: the rules are the domain's.

mod auth;
mod error;
mod groups;
mod members;
mod nested;
mod paging;
mod wire;

use poem::endpoint::BoxEndpoint;
use poem::http::StatusCode;
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use super::Services;
use super::native::allow::Allowed;
use super::native::document::{with_slashes, without_impossible_refusals};

/// The Directory API, ready to answer.
pub struct Directory {
    endpoint: BoxEndpoint<'static, Response>,
    allowed: Allowed,
}

/// How the document groups the endpoints.
#[derive(Tags)]
enum Tag {
    /// Groups of every tenant within the credential's reach: platform, partner and tenant administrators.
    Administration,
    /// Groups of the tenant named in the path, by its id or its slug.
    Tenant,
}

impl Directory {
    pub(super) fn new(services: Services) -> Self {
        let endpoint = service().into_endpoint().data(services).boxed();
        Self { endpoint, allowed: Allowed::of(&document()) }
    }

    /// Answers a request; a refusal of whatever layer in the API's own words.
    pub(super) async fn call(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        match self.endpoint.call(request).await {
            Ok(response) => response,
            Err(error) => error::render(error, || self.allowed.at(&path)),
        }
    }
}

/// The answer when a handler broke. It says nothing of the cause.
pub(super) fn internal_error() -> Response {
    error::plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// The answer where nothing is.
pub(super) fn not_found() -> Response {
    error::plain(StatusCode::NOT_FOUND, "Not Found")
}

fn endpoints() -> impl OpenApi + 'static {
    (groups::List, groups::Show, members::Direct, members::Effective, nested::Nested)
}

fn service() -> OpenApiService<impl OpenApi + 'static, ()> {
    OpenApiService::new(endpoints(), "Convoke Directory API", env!("CARGO_PKG_VERSION")).description(ABOUT)
}

/// The OpenAPI document of exactly what is mounted.
pub(super) fn document() -> serde_json::Value {
    let document = serde_json::from_str(&service().spec()).unwrap_or_default();
    with_slashes(without_impossible_refusals(document), &["/api/v1/admin/groups"])
}

const ABOUT: &str = "\
Groups, their members and their nesting.

* Every path works with and without a slash at its end, and every GET also as HEAD.
* Ids are UUIDs; `grp_`, `usr_` and `tnt_` before them are accepted. A text that can be no id is answered as an id that \
does not exist.
* Send `X-Request-ID` to name a request; it is echoed as a header and as `meta.request_id`. Without it one is made.
* A refusal is `{\"detail\": \"text\"}`; one of a parameter or a body is 422 with `{\"detail\": [{\"loc\", \"msg\", \
\"type\"}]}`, where `loc` leads to the value.
* A group of another tenant is 404. A tenant the credential does not reach is 403, whether or not it exists.";
