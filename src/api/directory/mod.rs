//! The Directory API: groups for administrators (`/api/v1/admin/groups`) and for the programs of one tenant
//! (`/api/v1/tenants/{tenant_id}/groups`), and what administrators need beside them: partners, tenants, users, credentials
//! and the audit trail. This file mounts it and documents it; what a refusal looks like is said in `error`, who may come in
//! in `auth`, how answers look in `wire` and beside their handlers. It decides nothing: the rules are the domain's.

mod answers;
mod auth;
mod clients;
mod cursor;
mod error;
mod events;
mod groups;
mod ids;
mod members;
mod nested;
mod paging;
mod partners;
mod rights;
mod tenants;
mod tokens;
mod users;
mod wire;

use poem::http::StatusCode;
use poem::{Request, Response};
use poem_openapi::{OpenApi, OpenApiService, Tags};

use super::Services;
use super::native::document::{shown, with_slashes, without_conflicts};
use super::native::idempotency::Facade;
use super::native::room::{Failure, Room};

/// The Directory API, ready to answer.
pub struct Directory(Room);

/// How the document groups the endpoints.
#[derive(Tags)]
enum Tag {
    /// Groups of every tenant within the credential's reach: platform, partner and tenant administrators.
    Administration,
    /// Groups of the tenant named in the path, by its id or its slug.
    Tenant,
    /// Who owns tenants, and how many they may have.
    Partners,
    /// Tenants as a whole: their names, settings, suspension, deletion.
    Tenants,
    /// Users of the tenant named in the path: the same that SCIM provisions.
    Users,
    /// Tokens, API keys and OAuth clients.
    Credentials,
    /// What happened, by whom, when.
    Audit,
}

impl Directory {
    pub(super) fn new(services: Services) -> Self {
        Self(Room::new(service(), &document(), services))
    }
}

impl Facade for Directory {
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
    error::plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// The answer where nothing is.
pub(super) fn not_found() -> Response {
    error::plain(StatusCode::NOT_FOUND, "Not Found")
}

fn endpoints() -> impl OpenApi + 'static {
    let of_groups = (groups::List, groups::Everywhere, groups::Create, groups::Show, groups::Update);
    let of_lives = (groups::Delete, groups::Restore);
    let of_members = (members::Direct, members::Add, members::Remove, members::Change, members::Effective);
    let of_edges = (nested::Nested, nested::Nest, nested::Unnest, nested::Parents);
    let of_tenants = (partners::Partners, tenants::Tenants, users::List, users::Show, users::Write);
    let of_credentials = (tokens::Tokens, tokens::AdminTokens, clients::Clients, clients::AdminClients);
    (of_groups, of_lives, of_members, of_edges, of_tenants, of_credentials, events::Events)
}

fn service() -> OpenApiService<impl OpenApi + 'static, ()> {
    OpenApiService::new(endpoints(), "Convoke Directory API", env!("CARGO_PKG_VERSION")).description(ABOUT)
}

/// The OpenAPI document of exactly what is mounted.
pub(super) fn document() -> serde_json::Value {
    with_slashes(without_conflicts(shown(&service().spec()), NEVER_REFUSED), &["/api/v1/admin/groups"])
}

/// What no state of things refuses.
const NEVER_REFUSED: &[(&str, &str)] = &[
    ("patch", "/api/v1/admin/partners/{partner_id}"),
    ("delete", "/api/v1/admin/tenants/{tenant_id}"),
    ("delete", "/api/v1/tenants/{tenant_id}/users/{user_id}"),
    ("delete", "/api/v1/tenants/{tenant_id}/tokens/{token_id}"),
    ("delete", "/api/v1/admin/tokens/{token_id}"),
    ("delete", "/api/v1/tenants/{tenant_id}/clients/{client_id}"),
    ("delete", "/api/v1/admin/clients/{client_id}"),
];

const ABOUT: &str = "\
Groups, their members and their nesting; and what is around them: partners, tenants, users, tokens, the audit trail.

* Every path works with and without a slash at its end, and every GET also as HEAD.
* Ids are UUIDs; `grp_`, `usr_` and `tnt_` before them are accepted. A text that can be no id is answered as an id that \
does not exist.
* Send `X-Request-ID` to name a request; it is echoed as a header and as `meta.request_id`. Without it one is made.
* A refusal is `{\"detail\": \"text\"}`; one of a parameter or a body is 422 with `{\"detail\": [{\"loc\", \"msg\", \
\"type\"}]}`, which names every fault; `loc` leads to the value.
* A group's answers carry its version as `ETag`. A write with `If-Match` happens only while the group has one of the \
versions named there, else it is 412.
* A group of another tenant is 404. A tenant the credential does not reach is 403, whether or not it exists.";
