//! The lines of the RFCs that no client case holds the server to, one file a section or two of the catalogue
//! (`conformance/lines/protocol.toml`). Answers are compared by the matchers of the fixtures, and each is held to what
//! holds for all.

mod badge;
mod characteristics;
mod discovery;
mod endpoints;
mod errors;
mod filters;
mod headers;
mod identity;
mod lists;
mod patch;
mod profile;
mod projection;
mod representation;
mod security;
mod types;
mod writes;

use serde_json::Value;

use crate::replay::matcher::differences;
use crate::scim::client::Client;
use crate::scim::site::Site;
use crate::support::Answer;

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A server and a client of its tenant.
async fn start() -> (Site, Client) {
    let site = Site::start().await;
    let client = site.client().await;
    (site, client)
}

/// The same, strict.
async fn start_strict() -> (Site, Client) {
    let site = Site::with(&["scim.mode=strict"]).await;
    let client = site.client().await;
    (site, client)
}

/// Fails with every difference.
#[track_caller]
fn like(found: &Value, expected: &Value) {
    let differences = differences(expected, Some(found));
    assert!(differences.is_empty(), "{}\n{found:#}", differences.join("\n"));
}

/// A refusal of this kind whose detail names these parts.
#[track_caller]
fn refused(answer: Answer, status: u16, scim_type: &str, parts: &[&str]) {
    let shown = answer.text.clone();
    let body = answer.expect(status);
    assert_eq!(body["scimType"].as_str().unwrap_or_default(), scim_type, "{shown}");
    let detail = body["detail"].as_str().unwrap_or_default();
    assert!(parts.iter().all(|part| detail.contains(part)), "{parts:?}: {shown}");
}

/// The userName or displayName of each resource of a list.
fn names(list: &Value) -> Vec<&str> {
    let resources = list["Resources"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |resource: &'_ Value| if resource.get("userName").is_some() { "userName" } else { "displayName" };
    resources.iter().map(|resource| resource[name(resource)].as_str().unwrap_or_default()).collect()
}
