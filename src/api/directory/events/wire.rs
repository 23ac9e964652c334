//! Events as the API shows them.

use poem_openapi::Object;
use poem_openapi::types::{Any, Example};
use serde_json::{Value, json};

use crate::api::directory::wire::{Meta, examples};
use crate::api::native::types::{Nullable, Timestamp};
use crate::model::event::{Api, Kind, Recorded};

/// A page of the audit trail.
#[derive(Object)]
pub(super) struct EventListing {
    /// The events, newest first.
    pub(super) data: Vec<EventResponse>,
    /// How to read on.
    pub(super) pagination: Onward,
    /// Of the request.
    pub(super) meta: Meta,
}

/// How to read on in a list that is not counted.
#[derive(Object)]
pub(super) struct Onward {
    /// Rows a page has at the most.
    pub(super) per_page: i64,
    /// Send it as `after` to read on; null on the last page.
    pub(super) next_cursor: Nullable<String>,
}

/// Something that happened.
#[derive(Object)]
#[oai(rename = "Event", example)]
pub(super) struct EventResponse {
    /// Its number among the events of its tenant, or of the platform. Numbers rise; gaps mean nothing.
    seq: i64,
    /// When.
    at: Timestamp,
    /// Who: `token:<id>`, `client:<id>`, or `operator` for the command line.
    actor: String,
    /// Through what: `scim`, `dir`, `auth`, `launch`, `acct`, or `system` for the command line and background work.
    api: String,
    /// In which request.
    request_id: String,
    /// What, such as `group.created`.
    kind: String,
    /// The id of what it happened to.
    resource: String,
    /// What the change took away: all of what was deleted, the changed attributes otherwise.
    before: Nullable<Any<Value>>,
    /// What the change put in its place.
    after: Nullable<Any<Value>>,
}

impl From<Recorded> for EventResponse {
    fn from(event: Recorded) -> Self {
        Self {
            seq: event.seq,
            at: Timestamp(event.at),
            actor: event.actor,
            api: event.api,
            request_id: event.request_id,
            kind: event.kind,
            resource: event.resource.to_string(),
            before: event.before.map(Any).into(),
            after: event.after.map(Any).into(),
        }
    }
}

impl Example for EventResponse {
    fn example() -> Self {
        let event = Recorded {
            seq: 42,
            at: examples::at(),
            actor: format!("token:{}", examples::uuid(7)),
            api: Api::Dir.to_string(),
            request_id: "7f0c2a9e-1d55-4c6e-9d0b-3f8a52c1e6b4".to_owned(),
            kind: Kind::UserChanged.as_str().to_owned(),
            resource: examples::uuid(3),
            before: Some(json!({ "title": null })),
            after: Some(json!({ "title": "Countess" })),
        };
        event.into()
    }
}
