//! The Auth-Admin API: groups by integer ids, and the users in them (`/auth/admin/group`). This file mounts it and documents
//! it; what a refusal looks like is said in `error`, who may come in, and into which tenant, in `auth`, how answers look
//! in `wire`. It decides nothing: the rules are the domain's.

mod auth;
mod error;
mod groups;
mod members;
mod wire;

use poem::{Request, Response};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use super::Services;
use super::native::document::shown;
use super::native::idempotency::Facade;
use super::native::room::{Failure, Room};

/// The Auth-Admin API, ready to answer.
pub struct AuthAdmin(Room);

/// How the document groups the endpoints.
#[derive(Tags)]
enum Tag {
    /// Groups of a tenant.
    Groups,
    /// The users in them.
    Users,
}

impl AuthAdmin {
    pub(super) fn new(services: Services) -> Self {
        Self(Room::new(service(), &document(), services))
    }
}

impl Facade for AuthAdmin {
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
    (groups::All, groups::One, members::Users)
}

fn service() -> OpenApiService<impl OpenApi + 'static, ()> {
    OpenApiService::new(endpoints(), "Convoke Auth-Admin API", env!("CARGO_PKG_VERSION")).description(ABOUT)
}

/// The OpenAPI document of exactly what is mounted.
pub(super) fn document() -> serde_json::Value {
    shown(&service().spec())
}

const ABOUT: &str = "\
Groups by integer ids, and the users in them.

* Every path works with and without a slash at its end, and every GET also as HEAD.
* Every request names its tenant by id: in the query of a GET and of the deletion of a group, in the body of the others; \
the other place is read as well. Two different ones are 400. Where `tenant_id` is not required, a credential of one tenant \
may leave it out.
* A group's `id` is a positive integer, never used twice. A user's is a UUID; `usr_` before it is accepted.
* Send `X-Request-ID` to name a request; it is echoed as a header. Without it one is made.
* A refusal is `{\"error\": \"text\"}`, with `details` where there is more to say.
* A group of another tenant is 404. A tenant the credential does not reach is 403, whether or not it exists.";
