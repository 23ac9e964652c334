//! SCIM 2.0 (RFC 7643, RFC 7644): what identity providers speak. A request goes: credential, route, scope and right,
//! then one handler that translates into one verb of the domain. Everything that is refused on the way, by whatever layer,
//! leaves as a SCIM error.

mod bulk;
mod context;
mod cursor;
mod discovery;
mod error;
mod groups;
mod list;
mod me;
mod members;
mod message;
pub mod patch;
mod payload;
mod query;
mod respond;
mod route;
mod search;
mod users;

use poem::http::Method;
use poem::{Request, Response};

use self::context::Call;
use self::error::Error;
use self::list::Reach;
use self::route::Route;
use super::Services;
use super::context::{RequestId, header, origin};
use crate::domain::{Operation, may};
use crate::model::event::Api;

/// Where the facade is mounted, and what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    base: String,
    tenant: Option<String>,
    rest: Vec<String>,
    known_version: bool,
}

impl Mount {
    pub(super) fn new(base: String, tenant: Option<&str>, rest: &[&str]) -> Self {
        let rest = rest.iter().map(ToString::to_string).collect();
        Self { base, tenant: tenant.map(str::to_owned), rest, known_version: true }
    }

    /// A path below `/scim` without a version this server has.
    pub(super) fn unknown(rest: &[&str]) -> Self {
        Self { known_version: false, ..Self::new("/scim".to_owned(), None, rest) }
    }
}

/// The answer to a panic.
pub(super) fn internal_error() -> Response {
    Error::internal().into_response()
}

/// Answers a request.
pub(super) async fn call(services: &Services, mount: Mount, request: Request) -> Response {
    match serve(services, mount, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn serve(services: &Services, mount: Mount, request: Request) -> Result<Response, Error> {
    let who = services.authenticator.authenticate(header(request.headers(), "authorization")).await?;
    if !mount.known_version {
        return Err(Error::unknown_version(&mount.rest));
    }
    let segments: Vec<&str> = mount.rest.iter().map(String::as_str).collect();
    let route = Route::parse(&segments).ok_or_else(|| Error::no_such_endpoint(&mount.rest))?;
    route.check_method(request.method())?;
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let scope = services.authenticator.scope(&who, mount.tenant.as_deref(), Api::Scim, &request_id).await?;
    let operation = if route.reads(request.method()) { Operation::ScimRead } else { Operation::ScimWrite };
    if !may(&who.principal, operation) {
        return Err(Error::missing_scope(operation));
    }
    let base = format!("{}{}", origin(services.options.public_url.as_deref(), &request), mount.base);
    let call = Call::new(services.clone(), scope, base, &request)?.by(who.principal.user);
    dispatch(&call, route, request).await
}

async fn dispatch(call: &Call, route: Route, request: Request) -> Result<Response, Error> {
    let method = request.method().clone();
    match (route, method) {
        (Route::Users, Method::POST) => users::create(call, request).await,
        (Route::Users, _) => list::answer(call, &call.query, Reach::Users).await,
        (Route::User(id), Method::PUT) => users::replace(call, &id, request).await,
        (Route::User(id), Method::PATCH) => users::modify(call, &id, request).await,
        (Route::User(id), Method::DELETE) => users::delete(call, &id).await,
        (Route::User(id), _) => users::read(call, &id).await,
        (Route::Groups, Method::POST) => groups::create(call, request).await,
        (Route::Groups, _) => list::answer(call, &call.query, Reach::Groups).await,
        (Route::Group(id), Method::PUT) => groups::replace(call, &id, request).await,
        (Route::Group(id), Method::PATCH) => groups::modify(call, &id, request).await,
        (Route::Group(id), Method::DELETE) => groups::delete(call, &id).await,
        (Route::Group(id), _) => groups::read(call, &id).await,
        (Route::Root, _) => list::answer(call, &call.query, Reach::All).await,
        (Route::Search(reach), _) => search::search(call, reach, request).await,
        (Route::ServiceProviderConfig, _) => discovery::service_provider_config(call),
        (Route::ResourceTypes(name), _) => discovery::resource_types(call, name.as_deref()),
        (Route::Schemas(urn), _) => discovery::schemas(call, urn.as_deref()),
        (Route::Bulk, _) => bulk::process(call, request).await,
        (Route::Me, _) => me::serve(call, request).await,
    }
}
