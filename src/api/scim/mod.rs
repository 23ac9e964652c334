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
pub mod members;
mod message;
pub mod patch;
pub mod payload;
mod plain;
mod query;
mod respond;
mod route;
mod search;
mod users;

use std::future::ready;

use futures_util::future::BoxFuture;
use poem::http::Method;
use poem::{Request, Response};

use self::context::Call;
use self::error::Error;
use self::list::Reach;
use self::route::Route;
use super::Services;
use super::context::{RequestId, TrailingSlash, origin};
use super::gate::HostTenant;
use crate::domain::{Operation, may};
use crate::model::event::Api;
use crate::schema::leniency::Leniency;

/// The version of the protocol, as it stands in paths.
const VERSION: &str = "v2";

/// Where the facade is mounted, and what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    base: String,
    tenant: Option<String>,
    rest: Vec<String>,
    /// Needless slashes before the rest: a base URL with one at its end, joined with a path that begins with one.
    doubled: usize,
    foreign_version: Option<String>,
}

impl Mount {
    /// What stands before `/scim`, and the segments behind it. A path without a version means the newest; of one with a
    /// version that is not there only the refusal is served (RFC 7644 section 3.13).
    pub(super) fn new(before: &str, tenant: Option<&str>, segments: &[&str]) -> Self {
        let (version, rest) = match segments.split_first() {
            Some((first, rest)) if is_version(first) => (*first, rest),
            _ => (VERSION, segments),
        };
        // A base URI with slashes at its end comes without them.
        let doubled = rest.iter().take_while(|segment| segment.is_empty()).count();
        Self {
            base: format!("{before}/scim/{VERSION}"),
            tenant: tenant.map(str::to_owned),
            rest: rest.iter().skip(doubled).map(ToString::to_string).collect(),
            doubled,
            foreign_version: (version != VERSION).then(|| version.to_owned()),
        }
    }
}

/// `v` and a number.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()))
}

/// Every path behind a base path, with its methods.
pub(super) fn routes() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    Route::all()
}

/// The answer to a panic.
pub(super) fn internal_error() -> Response {
    Error::internal().into_response()
}

/// The answer to a request whose path and query are longer than `limit` bytes.
pub(super) fn url_too_long(limit: usize) -> Response {
    Error::url_too_long(limit).into_response()
}

/// Answers a request.
pub(super) async fn call(services: &Services, mount: Mount, request: Request) -> Response {
    match serve(services, mount, request).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn serve(services: &Services, mount: Mount, mut request: Request) -> Result<Response, Error> {
    let who = services.admit(&request).await?;
    if let Some(version) = &mount.foreign_version {
        return Err(Error::unknown_version(version));
    }
    let segments: Vec<&str> = mount.rest.iter().map(String::as_str).collect();
    let (route, exact) = Route::parse(&segments).ok_or_else(|| Error::no_such_endpoint(&segments))?;
    route.check_method(request.method())?;
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let host = request.extensions().get::<HostTenant>();
    let scope = services.scope(&who, mount.tenant.as_deref(), host, (Api::Scim, &request_id)).await?;
    let operation = if route.reads(request.method()) { Operation::ScimRead } else { Operation::ScimWrite };
    if !may(&who.principal, operation) {
        return Err(Error::missing_scope(operation));
    }
    let base = format!("{}{}", origin(services.options.public_url.as_deref(), &request), mount.base);
    let call = Call::new(services.clone(), scope, base, &mut request)?.by(who.principal.user);
    let outcome = match check_form(&call, &mount, (&route, exact), &request) {
        Ok(()) => dispatch(&call, route, request).await,
        Err(error) => Err(error),
    };
    call.settle();
    outcome
}

/// What compat forgives in the first line of a request. The route comes with whether its path was spelled exactly.
fn check_form(call: &Call, mount: &Mount, (route, exact): (&Route, bool), request: &Request) -> Result<(), Error> {
    let segments: Vec<&str> = mount.rest.iter().map(String::as_str).collect();
    let trailing = request.extensions().get::<TrailingSlash>().is_some();
    // The base URI itself is written with a slash as often as without.
    if *route != Route::Root && (trailing || mount.doubled > 0) {
        let (before, behind) = ("/".repeat(mount.doubled), if trailing { "/" } else { "" });
        let refusal = || Error::needless_slash(&format!("{before}/{}{behind}", segments.join("/")));
        call.tolerate(Leniency::NeedlessSlash, refusal)?;
    }
    if !exact {
        call.tolerate(Leniency::EndpointCase, || Error::no_such_endpoint(&segments))?;
    }
    if request.method() != Method::GET && call.query.get("filter").is_some() {
        call.tolerate(Leniency::FilterOnWrite, || Error::filter_on_write(request.method()))?;
    }
    Ok(())
}

/// What a handler keeps while it waits is in a box of its own: a request would be as large as the largest of them.
async fn dispatch(call: &Call, route: Route, request: Request) -> Result<Response, Error> {
    let method = request.method().clone();
    let work: BoxFuture<'_, Result<Response, Error>> = match (&route, method) {
        (Route::Users, Method::POST) => Box::pin(users::create(call, request)),
        (Route::Users, _) => Box::pin(list::answer(call, &call.query, Reach::Users)),
        (Route::User(id), Method::PUT) => Box::pin(users::replace(call, id, request)),
        (Route::User(id), Method::PATCH) => Box::pin(users::modify(call, id, request)),
        (Route::User(id), Method::DELETE) => Box::pin(users::delete(call, id)),
        (Route::User(id), _) => Box::pin(users::read(call, id)),
        (Route::Groups, Method::POST) => Box::pin(groups::create(call, request)),
        (Route::Groups, _) => Box::pin(list::answer(call, &call.query, Reach::Groups)),
        (Route::Group(id), Method::PUT) => Box::pin(groups::replace(call, id, request)),
        (Route::Group(id), Method::PATCH) => Box::pin(groups::modify(call, id, request)),
        (Route::Group(id), Method::DELETE) => Box::pin(groups::delete(call, id)),
        (Route::Group(id), _) => Box::pin(groups::read(call, id)),
        (Route::Root, _) => Box::pin(list::answer(call, &call.query, Reach::All)),
        (Route::Search(reach), _) => Box::pin(search::search(call, *reach, request)),
        (Route::ServiceProviderConfig, _) => Box::pin(ready(discovery::service_provider_config(call))),
        (Route::ResourceTypes(name), _) => Box::pin(ready(discovery::resource_types(call, name.as_deref()))),
        (Route::Schemas(urn), _) => Box::pin(ready(discovery::schemas(call, urn.as_deref()))),
        (Route::Bulk, _) => Box::pin(bulk::process(call, request)),
        (Route::Me, _) => Box::pin(me::serve(call, request)),
    };
    work.await
}
