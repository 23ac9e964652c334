//! The Launch API: groups of one tenant with the scopes they grant (`/api/admin/groups`). This file mounts it and documents
//! it; what a refusal looks like is said in `error`, who may come in in `auth`, how answers look in `wire`, which filters a
//! list takes in `filters`. It decides nothing: the rules are the domain's.

mod auth;
mod error;
mod filters;
mod groups;
mod members;
mod wire;

use poem::http::StatusCode;
use poem::{Request, Response};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use super::Services;
use super::native::caller;
use super::native::document::{shown, with_slashes};
use super::native::idempotency::Facade;
use super::native::room::{Failure, Room};
use crate::api::gate::Turned;
use crate::auth::Authenticated;

/// The Launch API, ready to answer.
pub struct Launch(Room);

/// How the document groups the endpoints.
#[derive(Tags)]
enum Tag {
    /// Groups and what they grant.
    Groups,
    /// Who is in a group.
    Members,
}

impl Launch {
    pub(super) fn new(services: Services) -> Self {
        Self(Room::new(service(), &document(), services))
    }
}

impl Facade for Launch {
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

    async fn admit(&self, services: &Services, request: &Request) -> Result<Authenticated, Turned> {
        caller::admit_with_key(services, request).await
    }
}

/// The answer when a handler broke. It says nothing of the cause.
pub(super) fn internal_error() -> Response {
    error::plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

fn endpoints() -> impl OpenApi + 'static {
    (groups::List, groups::Filters, groups::Show, groups::Write, members::Members)
}

fn service() -> OpenApiService<impl OpenApi + 'static, ()> {
    OpenApiService::new(endpoints(), "Convoke Launch API", env!("CARGO_PKG_VERSION")).description(ABOUT)
}

/// The OpenAPI document of exactly what is mounted.
pub(super) fn document() -> serde_json::Value {
    with_slashes(filters::documented(shown(&service().spec()), COLLECTION), &[COLLECTION])
}

const COLLECTION: &str = "/api/admin/groups";

const ABOUT: &str = "\
Groups of one tenant, the scopes they grant, and who is in them.

* Every path works with and without a slash at its end, and every GET also as HEAD.
* The tenant is the credential's own. A credential of several tenants names one with `X-Tenant-ID`, by id or slug.
* Ids are UUIDs; `grp_`, `usr_` and `tnt_` before them are accepted. A text that can be no id is answered as an id that \
does not exist.
* A refusal is `{\"detail\": \"text\"}`; one of a parameter or a body is 422 with `{\"detail\": [{\"loc\", \"msg\", \
\"type\"}]}`, which names every fault; `loc` leads to the value.
* A group of another tenant is 404.";
