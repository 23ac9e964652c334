//! The Accounts-style API: groups with everybody in them at any depth (`/api/v1/groups`). This file mounts it and documents
//! it; what a refusal looks like is said in `error`, who may come in in `auth`, how answers look in `wire`, how lists are
//! cut in `paging`. It decides nothing: the rules are the domain's.

mod auth;
mod error;
mod groups;
mod list;
mod members;
mod paging;
mod wire;

use poem::{Request, Response};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use super::Services;
use super::native::document::shown;
use super::native::idempotency::Facade;
use super::native::room::{Failure, Room};

/// The Accounts-style API, ready to answer.
pub struct Accounts(Room);

/// How the document groups the endpoints.
#[derive(Tags)]
enum Tag {
    /// Groups of a tenant.
    Groups,
    /// Who is in them, directly or through groups below.
    Members,
}

impl Accounts {
    pub(super) fn new(services: Services) -> Self {
        Self(Room::new(service(), &document(), services))
    }
}

impl Facade for Accounts {
    /// A refusal of whatever layer comes in the API's own words.
    async fn call(&self, request: Request) -> Response {
        self.0.call(request).await.unwrap_or_else(error::render)
    }

    fn fail(&self, failure: Failure) -> Response {
        error::render(failure)
    }

    fn internal_error(&self) -> Response {
        internal_error()
    }
}

/// The answer when a handler broke. It says nothing of the cause.
pub(super) fn internal_error() -> Response {
    error::internal()
}

fn endpoints() -> impl OpenApi + 'static {
    (list::All, groups::One, members::Members)
}

fn service() -> OpenApiService<impl OpenApi + 'static, ()> {
    OpenApiService::new(endpoints(), "Convoke Accounts-style Groups API", env!("CARGO_PKG_VERSION")).description(ABOUT)
}

/// The OpenAPI document of exactly what is mounted.
pub(super) fn document() -> serde_json::Value {
    shown(&service().spec())
}

const ABOUT: &str = "\
Groups, and everybody in them at any depth.

* Every path works with and without a slash at its end, and every GET also as HEAD.
* Ids are UUIDs; `grp_` or `grp-` before them is accepted. A text that can be no id is answered as an id that does not \
exist.
* The tenant is the credential's own. A credential of several tenants names one in `X-Tenant-ID`, by its id or slug.
* Send `X-Request-ID` to name a request; it is echoed as a header. Without it one is made.
* A refusal is `{\"error\": {\"code\", \"message\", \"details\"}}`. `details` is there when there is more to say: for a \
parameter or a body it lists each fault as `{\"field\", \"message\"}`.
* A group of another tenant is 404.
* `member_count` counts everybody in the group or in one below it, each once. It is the `count` of the members endpoint.";
