//! The front door. It names the request, counts and times it, trims a trailing slash (clients send both forms of every
//! path, and a redirect would lose their Authorization header), picks the facade, turns HEAD into a GET without its body,
//! keeps a write going when its client hangs up, and answers a panic as the facade answers an internal error.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use poem::http::uri::Scheme;
use poem::http::{HeaderValue, Method, StatusCode, Uri};
use poem::{Addr, Body, Endpoint, Request, Response};
use tracing::Instrument;

use super::accounts::{self, Accounts};
use super::auth_admin::{self, AuthAdmin};
use super::context::{RequestId, TrailingSlash, header, host, in_time, is_https};
use super::directory::{self, Directory};
use super::gate::HostTenant;
use super::launch::{self, Launch};
use super::native::idempotency::{self, Facade as _};
use super::native::room::Failure;
use super::paths::parameters;
use super::scim::{self, Mount};
use super::{Options, Services, docs, health, oauth, shield};
use crate::edge::proxies::Peer;
use crate::metrics::{Answered, Facade};
use crate::model::redact::redact;

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Destination {
    Alive,
    Ready,
    Numbers,
    Scim(Mount),
    Directory,
    Launch,
    AuthAdmin,
    Accounts,
    OAuth(oauth::Destination),
    Docs,
    OpenApi(String),
    Nowhere,
}

impl Destination {
    /// Who answers there.
    const fn facade(&self) -> Facade {
        match self {
            Self::Alive | Self::Ready | Self::Numbers => Facade::Operations,
            Self::Scim(_) => Facade::Scim,
            Self::Directory => Facade::Directory,
            Self::AuthAdmin => Facade::AuthAdmin,
            Self::Launch => Facade::Launch,
            Self::Accounts => Facade::Accounts,
            Self::OAuth(_) => Facade::OAuth,
            Self::Docs | Self::OpenApi(_) => Facade::Docs,
            Self::Nowhere => Facade::None,
        }
    }
}

/// The server's one endpoint.
pub(super) struct Front {
    rooms: Arc<Rooms>,
}

struct Rooms {
    services: Services,
    directory: Directory,
    launch: Launch,
    auth_admin: AuthAdmin,
    accounts: Accounts,
}

impl Front {
    pub(super) fn new(services: Services) -> Self {
        let rooms = Rooms {
            directory: Directory::new(services.clone()),
            auth_admin: AuthAdmin::new(services.clone()),
            launch: Launch::new(services.clone()),
            accounts: Accounts::new(services.clone()),
            services,
        };
        Self { rooms: Arc::new(rooms) }
    }
}

impl Endpoint for Front {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let id = request_id(&request);
        let method = request.method().clone();
        let path = request.uri().path();
        let span = tracing::info_span!("request", request.id = %id, http.method = %method, http.path = %redact(path));
        let options = &self.rooms.services.options;
        let origin = options.cors.allowed(request.headers());
        let preflight = options.cors.preflight(&request);
        receive(options, &id, &mut request);
        let https = is_https(&request);
        let destination = destination(request.uri().path());
        let facade = destination.facade();
        let mut response = match preflight {
            Some(response) => response,
            None => Box::pin(self.answer(destination, request, &method)).instrument(span.clone()).await,
        };
        if method == Method::HEAD {
            response.set_body(Body::empty());
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-request-id", id);
        }
        shield::cover(response.headers_mut(), https.then_some(options.hsts));
        options.cors.open(origin, response.headers_mut());
        let (status, duration) = (response.status().as_u16(), started.elapsed());
        self.rooms.services.metrics.answered(&Answered { facade, method: method.as_str(), status, duration });
        let latency = duration.as_secs_f64() * 1000.0;
        span.in_scope(|| tracing::info!(http.status = status, http.latency_ms = latency, "answered"));
        Ok(response)
    }
}

impl Front {
    async fn answer(&self, destination: Destination, mut request: Request, method: &Method) -> Response {
        let rooms = Arc::clone(&self.rooms);
        let longest = rooms.services.options.max_url;
        if request.uri().path_and_query().is_some_and(|url| url.as_str().len() > longest) {
            return rooms.url_too_long(destination.facade(), longest);
        }
        // A token request proves itself by its body, and waits where that is read.
        let facade = destination.facade();
        let by_body = facade == Facade::OAuth;
        if !by_body {
            rooms.services.queue(&mut request).await;
        }
        let work = AssertUnwindSafe(async move { rooms.dispatch(destination, request).await }).catch_unwind();
        let outcome = if method.is_safe() || by_body {
            work.await.ok()
        } else {
            // A client that hangs up must not cut a write in two: it runs to its end on its own.
            tokio::spawn(work.in_current_span()).await.ok().and_then(Result::ok)
        };
        outcome.unwrap_or_else(|| {
            tracing::error!("a handler panicked");
            match facade {
                Facade::Scim => scim::internal_error(),
                Facade::AuthAdmin => auth_admin::internal_error(),
                Facade::Launch => launch::internal_error(),
                Facade::Accounts => accounts::internal_error(),
                Facade::OAuth => oauth::internal_error(),
                _ => directory::internal_error(),
            }
        })
    }
}

impl Rooms {
    fn url_too_long(&self, facade: Facade, limit: usize) -> Response {
        let native = |room: &dyn Fn(Failure) -> Response| {
            room(Failure::Client(StatusCode::URI_TOO_LONG, format!("the URL is longer than {limit} bytes")))
        };
        match facade {
            Facade::Scim => scim::url_too_long(limit),
            Facade::OAuth => oauth::url_too_long(limit),
            Facade::AuthAdmin => native(&|failure| self.auth_admin.fail(failure)),
            Facade::Launch => native(&|failure| self.launch.fail(failure)),
            Facade::Accounts => native(&|failure| self.accounts.fail(failure)),
            _ => native(&|failure| self.directory.fail(failure)),
        }
    }

    /// Each way has a box of its own: what a request goes through would be as large as the largest of them.
    async fn dispatch(&self, destination: Destination, request: Request) -> Response {
        match destination {
            Destination::Alive => health::alive(),
            Destination::Ready => Box::pin(health::ready(&self.services)).await,
            Destination::Numbers => health::numbers(&self.services),
            Destination::Scim(mount) => Box::pin(scim::call(&self.services, mount, request)).await,
            Destination::Directory => Box::pin(idempotency::once(&self.services, &self.directory, request)).await,
            Destination::AuthAdmin => Box::pin(idempotency::once(&self.services, &self.auth_admin, request)).await,
            Destination::Launch => Box::pin(idempotency::once(&self.services, &self.launch, request)).await,
            Destination::Accounts => Box::pin(idempotency::once(&self.services, &self.accounts, request)).await,
            Destination::OAuth(what) => Box::pin(oauth::call(&self.services, &what, request)).await,
            Destination::Docs => docs::explorer(),
            Destination::OpenApi(api) => docs::serve(&api),
            Destination::Nowhere => directory::not_found(),
        }
    }
}

/// Notes down what the facades need to know and the request does not say by itself.
fn receive(options: &Options, id: &str, request: &mut Request) {
    let peer = match &request.remote_addr().0 {
        Addr::SocketAddr(address) => Peer::At(address.ip()),
        Addr::Unix(_) => Peer::Local,
        Addr::Custom(..) => Peer::Unknown,
    };
    let client = options.proxies.client(peer, *request.scheme() == Scheme::HTTPS, request.headers());
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(RequestId(id.to_owned()));
    let tenant = options.tenant_hosts.as_ref().and_then(|hosts| hosts.tenant(host(request)?));
    if let Some(slug) = tenant {
        request.extensions_mut().insert(HostTenant(slug));
    }
    if trim_slash(request) {
        request.extensions_mut().insert(TrailingSlash);
    }
    if request.method() == Method::HEAD {
        request.set_method(Method::GET);
    }
    let body = request.take_body();
    // One that is known to be empty has come.
    let body = if body.is_empty() { body } else { in_time(body, options.body_timeout) };
    request.set_body(body);
}

/// The client's own, unless it is of no use, or a secret that must not get into logs and events.
fn request_id(request: &Request) -> String {
    let usable = |text: &&str| {
        let short = (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
        short && matches!(redact(text), Cow::Borrowed(_))
    };
    match header(request.headers(), "x-request-id").filter(usable) {
        Some(id) => id.to_owned(),
        // A version 4 one from the process' own generator: it is no record's id and needs no order, and no secret.
        None => uuid::Builder::from_random_bytes(rand::random()).into_uuid().to_string(),
    }
}

/// Whether there was one to trim.
fn trim_slash(request: &mut Request) -> bool {
    let path = request.uri().path();
    let trimmed = path.trim_end_matches('/');
    if trimmed.len() == path.len() || trimmed.is_empty() {
        return false;
    }
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    if let Ok(uri) = format!("{trimmed}{query}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    true
}

/// What the Directory API has above tenants.
const ABOVE: [&str; 6] = ["groups", "partners", "tenants", "tokens", "clients", "events"];
/// What it has in one.
const IN_TENANT: [&str; 5] = ["groups", "users", "tokens", "clients", "events"];

/// Where a path leads, by the value of its parameter.
type Leads = fn(&str) -> Destination;

/// What has a path of its own, with its method and where it leads.
const ALONE: [(&str, &str, Leads); 9] = [
    ("healthz", "GET", |_| Destination::Alive),
    ("readyz", "GET", |_| Destination::Ready),
    ("metrics", "GET", |_| Destination::Numbers),
    ("docs", "GET", |_| Destination::Docs),
    ("openapi/{file}", "GET", |file| Destination::OpenApi(file.to_owned())),
    (".well-known/jwks.json", "GET", |_| Destination::OAuth(oauth::Destination::Keys)),
    (".well-known/oauth-authorization-server", "GET", |_| Destination::OAuth(oauth::Destination::Metadata)),
    ("api/v1/platform/oauth/token", "POST", |_| Destination::OAuth(oauth::Destination::PlatformToken)),
    ("api/v1/auth/tenants/{slug}/oauth/token", "POST", |slug| {
        Destination::OAuth(oauth::Destination::TenantToken(slug.to_owned()))
    }),
];

/// Where SCIM is mounted: the tenant is the token's, or the one that the path names.
const MOUNTS: [&str; 3] = ["scim", "tenants/{tenant}/scim", "api/v1/tenants/{tenant}/scim"];

fn destination(path: &str) -> Destination {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let alone = || {
        ALONE.into_iter().find_map(|(pattern, _, to)| {
            let parameters = parameters(pattern, &segments, str::eq)?;
            Some(to(parameters.first().copied().unwrap_or_default()))
        })
    };
    // No path is both.
    if let Some(destination) = MOUNTS.into_iter().find_map(|mount| below(mount, &segments)).or_else(alone) {
        return destination;
    }
    match segments.as_slice() {
        ["api", "admin", "groups", ..] => Destination::Launch,
        ["api", "v1", "admin", what, ..] if ABOVE.contains(what) => Destination::Directory,
        ["api", "v1", "tenants", _, what, ..] if IN_TENANT.contains(what) => Destination::Directory,
        ["api", "v1", "groups", ..] => Destination::Accounts,
        ["auth", "admin", "group", ..] => Destination::AuthAdmin,
        _ => Destination::Nowhere,
    }
}

/// What is asked of SCIM, if the path is below this mount.
fn below(mount: &str, segments: &[&str]) -> Option<Destination> {
    let (named, rest) = segments.split_at_checked(mount.split('/').count())?;
    let tenant = parameters(mount, named, str::eq)?.first().copied();
    let before = mount.strip_suffix("/scim").map(|before| before.replace("{tenant}", tenant.unwrap_or_default()));
    let before = before.map_or_else(String::new, |before| format!("/{before}"));
    Some(Destination::Scim(Mount::new(&before, tenant, rest)))
}

/// Every route there is but those of the native APIs, which their documents list: method and path.
pub(super) fn routes() -> Vec<(&'static str, String)> {
    let alone = ALONE.into_iter().map(|(pattern, method, _)| (method, format!("/{pattern}")));
    let scim = MOUNTS.into_iter().flat_map(|mount| {
        scim::routes()
            .flat_map(move |(path, methods)| methods.iter().map(move |method| (*method, format!("/{mount}/v2/{path}"))))
    });
    alone.chain(scim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_room() {
        let scim = |path| matches!(destination(path), Destination::Scim(_));
        assert!(scim("/scim/v2/Users") && scim("/scim/v2") && scim("/tenants/demo/scim/v2/Users"));
        assert!(scim("/api/v1/tenants/demo/scim/v2/Groups/x") && scim("/scim/v1/Users"));
        for path in [
            "/api/v1/tenants/demo/groups",
            "/api/v1/tenants/demo/groups/x",
            "/api/v1/admin/groups/x/members",
            "/api/v1/admin/events",
        ] {
            assert_eq!(destination(path), Destination::Directory, "{path}");
        }
        for path in ["/api/v1/groups", "/api/v1/groups/x/members"] {
            assert_eq!(destination(path), Destination::Accounts, "{path}");
        }
        for path in ["/auth/admin/group", "/auth/admin/group/7/users"] {
            assert_eq!(destination(path), Destination::AuthAdmin, "{path}");
        }
        for path in ["/", "/api/v1/tenants/demo", "/api/v1/admin", "/tenants/demo", "/v2/Users"] {
            assert_eq!(destination(path), Destination::Nowhere, "{path}");
        }
    }

    #[test]
    fn a_trailing_slash_goes_and_the_query_stays() {
        let mut request = Request::builder().uri(Uri::from_static("/scim/v2/Users/?count=1")).finish();
        trim_slash(&mut request);
        assert_eq!(request.uri().to_string(), "/scim/v2/Users?count=1");
    }
}
