//! Answers: one resource or a list, with the headers that go with them.

use poem::http::{StatusCode, header};
use poem::{Body, Response};
use serde::Serialize;
use serde_json::Value;

use super::context::Call;
use super::error::{Error, MEDIA_TYPE};
use crate::model::version::Version;
use crate::schema::project::push;

/// What an answer about one resource says in its headers.
pub(super) struct Headers {
    /// The status.
    pub(super) status: StatusCode,
    /// The resource's address, equal to its `meta.location`.
    pub(super) location: String,
    /// Its version.
    pub(super) version: Version,
}

/// One resource.
pub(super) fn resource(headers: Headers, body: Body) -> Response {
    Response::builder()
        .status(headers.status)
        .header(header::CONTENT_TYPE, MEDIA_TYPE)
        .header(header::LOCATION, headers.location)
        .header(header::ETAG, headers.version.etag())
        .body(body)
}

/// 304, when the client already has this version (RFC 7644 section 3.14).
pub(super) fn not_modified(call: &Call, version: Version) -> Result<Option<Response>, Error> {
    let known = call.if_none_match()?.filter(|tags| tags.matches(version));
    Ok(known
        .map(|_| Response::builder().status(StatusCode::NOT_MODIFIED).header(header::ETAG, version.etag()).finish()))
}

/// 204.
pub(super) fn no_content() -> Response {
    Response::builder().status(StatusCode::NO_CONTENT).finish()
}

/// A document that is no resource of a client's: discovery.
pub(super) fn document(value: &Value) -> Response {
    body(Body::from(value.to_string()))
}

/// A 200 with a body that is ready, or that is still being written.
pub(super) fn body(body: Body) -> Response {
    Response::builder().status(StatusCode::OK).header(header::CONTENT_TYPE, MEDIA_TYPE).body(body)
}

/// What a ListResponse says beside its resources (RFC 7644 section 3.4.2, RFC 9865 section 2).
#[derive(Serialize)]
pub(super) struct ListHead {
    #[serde(rename = "totalResults")]
    pub(super) total: i64,
    /// Resources on this page.
    #[serde(rename = "itemsPerPage")]
    pub(super) items: usize,
    /// Only on pages asked for by index.
    #[serde(rename = "startIndex", skip_serializing_if = "Option::is_none")]
    pub(super) start_index: Option<i64>,
    #[serde(rename = "previousCursor", skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<String>,
    #[serde(rename = "nextCursor", skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

/// The same, behind the URN that says what it is.
#[derive(Serialize)]
struct Marked<'h> {
    schemas: [&'static str; 1],
    #[serde(flatten)]
    head: &'h ListHead,
}

impl ListHead {
    /// The ListResponse up to its resources, which are to be written behind it and closed with `]}`.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        push(&Marked { schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], head: self }, &mut text);
        text.pop();
        text.extend_from_slice(b",\"Resources\":[");
        text
    }
}

/// Writes resources one behind the other.
pub(super) fn push_all(out: &mut Vec<u8>, resources: &[Value]) {
    for (position, resource) in resources.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        push(resource, out);
    }
}
