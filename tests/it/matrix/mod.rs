//! Every route with every credential: what is expected follows from the table of rights and the table of routes, and from
//! nothing else. A route without a line fails.

mod credentials;
mod rights;
mod routes;
mod silence;

use std::collections::BTreeSet;

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;

use self::credentials::{Credential, From, Kind, Site};
use self::routes::{Place, Route};
use crate::support::{Answer, Client};

/// What an answer must be.
#[derive(Debug, PartialEq, Eq)]
struct Expected {
    status: u16,
    /// What the challenge must say.
    challenge: Option<&'static str>,
}

const fn plain(status: u16) -> Expected {
    Expected { status, challenge: None }
}

/// What follows from the tables. The order is the contract's: credential, right and tenant, and only then the request.
fn expected(route: &Route, who: &Credential) -> Expected {
    match route.place {
        Place::Nowhere => return plain(route.status),
        Place::Tokens => {
            let sends = who.header.as_ref().is_some_and(|(_, text)| text.starts_with("Bearer "));
            return if sends { Expected { status: 401, challenge: Some("Basic ") } } else { plain(route.status) };
        }
        _ => {}
    }
    let by_key = who.header.as_ref().is_some_and(|(name, _)| *name == "x-api-key");
    if matches!(who.kind, Kind::Invalid | Kind::Nothing) || (by_key && !route.key) {
        return Expected { status: 401, challenge: Some("Bearer ") };
    }
    // SCIM finds the tenant first, which the token tells or the path.
    match (route.place, who.from) {
        (Place::Own, From::Platform | From::Partner | From::OtherPartner) => return plain(400),
        (Place::Path, From::OtherTenant | From::OtherPartner) if route.path.contains("/scim/") => return plain(403),
        _ => {}
    }
    if !route.right.given_by(&who.scopes, &who.roles) {
        return Expected { status: 403, challenge: Some("insufficient_scope") };
    }
    let reaches = reaches(route.place, who.from) || (route.method == "POST" && LATE.contains(&route.path.as_str()));
    plain(if reaches { route.status } else { 403 })
}

/// Where the empty object that the matrix sends is refused (422) before it is told how far one must reach to make one.
const LATE: [&str; 3] = ["/api/v1/admin/partners", "/api/v1/admin/tenants", "/api/v1/admin/clients"];

fn reaches(place: Place, from: From) -> bool {
    match place {
        Place::Path | Place::Query | Place::Header => !matches!(from, From::OtherTenant | From::OtherPartner),
        Place::AboveTenants => !matches!(from, From::Tenant | From::OtherTenant),
        Place::AbovePartners => from == From::Platform,
        Place::Nowhere | Place::Tokens | Place::Own | Place::Reach => true,
    }
}

/// The path with ids put in: the tenant of the matrix, and things that are not there.
fn filled(route: &Route, site: &Site) -> String {
    const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    let of_tenant = !route.path.starts_with("/api/v1/admin/tenants/");
    let fill = |part: &str| match part {
        "{tenant}" => site.tenant.id.to_string(),
        "{tenant_id}" if of_tenant => site.tenant.id.to_string(),
        "{slug}" => site.tenant.slug.clone(),
        "{id}" if route.place == Place::Query => "2147483647".to_owned(),
        part if part.starts_with('{') => NOBODY.to_owned(),
        part => part.to_owned(),
    };
    let path = route.path.split('/').map(fill).collect::<Vec<_>>().join("/");
    match route.place {
        Place::Query => format!("{path}?tenant_id={}", site.tenant.id),
        _ => path,
    }
}

async fn send(site: &Site, client: &Client, route: &Route, who: &Credential) -> Answer {
    let tenant = site.tenant.id.to_string();
    let mut headers: Vec<(&str, &str)> = who.header.iter().map(|(name, text)| (*name, text.as_str())).collect();
    if route.place == Place::Header {
        headers.push(("x-tenant-id", &tenant));
    }
    let body = ["POST", "PUT", "PATCH"].contains(&route.method).then(|| json!({}));
    client.send(route.method.parse::<Method>().unwrap(), &filled(route, site), &headers, body.as_ref()).await
}

/// Asks everything of every route, and tells of all that is not as expected.
async fn check(site: &Site, credentials: &[Credential]) {
    let (routes, client) = (routes::all(), site.server.anonymous());
    let cases = credentials.iter().flat_map(|who| routes.iter().map(move |route| (route, who)));
    let faults = futures_util::stream::iter(cases).map(async |(route, who)| {
        let answer = send(site, &client, route, who).await;
        judge(route, who, &answer)
    });
    let faults: BTreeSet<String> = faults.buffer_unordered(8).filter_map(async |fault| fault).collect().await;
    assert!(!credentials.is_empty() && faults.is_empty(), "{}", faults.into_iter().collect::<Vec<_>>().join("\n"));
}

fn judge(route: &Route, who: &Credential, answer: &Answer) -> Option<String> {
    let (expected, challenge) = (expected(route, who), answer.header("www-authenticate"));
    let told = match expected.challenge {
        Some(part) => challenge.contains(part) && (who.kind != Kind::Nothing || !challenge.contains("error=")),
        None => challenge.is_empty(),
    };
    (answer.status != expected.status || !told).then(|| {
        let Credential { kind, from, scopes, roles, .. } = who;
        let (method, path, status, text) = (route.method, &route.path, answer.status, &answer.text);
        format!("{method} {path}: {status} instead of {expected:?} ({challenge}) for {kind:?} {from:?} {scopes:?} {roles:?}: {text}")
    })
}

#[test]
fn every_route_has_its_line_and_every_line_its_route() {
    let mounted = convoke::api::routes().into_iter().filter(|(method, _)| method != "HEAD");
    let mounted: BTreeSet<(String, String)> = mounted.collect();
    let listed: BTreeSet<(String, String)> =
        routes::all().into_iter().map(|route| (route.method.to_owned(), route.path)).collect();
    assert_eq!(mounted.difference(&listed).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "without a line");
    assert_eq!(listed.difference(&mounted).collect::<Vec<_>>(), Vec::<&(String, String)>::new(), "not mounted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_credential_opens_nothing() {
    let site = Site::start().await;
    check(&site, &site.invalid().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opaque_tokens_open_what_their_scopes_and_roles_say() {
    let site = Site::start().await;
    for from in [From::Platform, From::Partner, From::Tenant] {
        check(&site, &site.opaque(from).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_another_issuer_open_what_their_claims_say() {
    let site = Site::start().await;
    for from in [From::Platform, From::Partner, From::Tenant] {
        check(&site, &site.external(from)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_of_clients_open_what_their_scopes_say() {
    let site = Site::start().await;
    for from in [From::Platform, From::Tenant] {
        check(&site, &site.clients(from).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn api_keys_open_what_the_launch_contract_marks() {
    let site = Site::start().await;
    check(&site, &site.keys().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_every_right_elsewhere_has_none_here() {
    let site = Site::start().await;
    check(&site, &site.strangers().await).await;
}
