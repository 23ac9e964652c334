//! Answers: one resource or a list, with the headers that go with them.

use poem::http::{StatusCode, header};
use poem::{Body, Response};
use serde_json::{Value, json};

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
pub(super) struct ListHead {
    pub(super) total: i64,
    /// Resources on this page.
    pub(super) items: usize,
    /// Only on pages asked for by index.
    pub(super) start_index: Option<i64>,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

impl ListHead {
    /// The ListResponse up to its resources, which are to be written behind it and closed with `]}`.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut head = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": self.total,
            "itemsPerPage": self.items,
        });
        if let Some(start_index) = self.start_index {
            head["startIndex"] = start_index.into();
        }
        for (name, cursor) in [("previousCursor", &self.previous), ("nextCursor", &self.next)] {
            if let Some(cursor) = cursor {
                head[name] = cursor.as_str().into();
            }
        }
        let mut head = head.to_string().into_bytes();
        head.pop();
        head.extend_from_slice(b",\"Resources\":[");
        head
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
