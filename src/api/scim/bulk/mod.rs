//! `/Bulk` (RFC 7644 section 3.7): many writes in one request.
//!
//! **Partial success is the rule.** Each operation is its own transaction, made by the very functions that serve the single
//! requests; what one of them is refused for never disturbs another, and no transaction is open longer than for one operation.
//! Only users that are created one behind the other are given to the domain together, which writes as many by one statement as
//! cannot be in each other's way, and says of each what it would say of it alone. A client that wants to stop early says
//! `failOnErrors`. What is wrong with the message as a whole is refused before anything is done.
//!
//! Operations run one after the other, in the order of the request. One that refers to a resource which the request
//! creates only further down (`bulkId:…`) waits for it; all others keep their places.
//! Where references form a ring, the first of the ring is created without them, and gets them as soon as the others are
//! there. Groups cannot contain each other: of a ring of memberships the operation that would close it is answered 409,
//! and its group exists without that member.
//!
//! A Bulk never contains a Bulk, a GET or `/Me`.

mod aside;
mod envelope;
mod execute;
mod operation;
mod order;
mod path;
mod references;
mod report;
mod run;
#[cfg(test)]
mod tests;

use poem::http::StatusCode;
use poem::{Request, Response};
use serde_json::{Value, json};

use self::run::Run;
use super::context::Call;
use super::error::Error;
use super::respond;
use crate::schema::leniency::Stance;

/// Most operations in one request.
pub(super) const MAX_OPERATIONS: usize = 1_000;

/// POST: 200 whenever the operations were processed, however many of them failed.
pub(super) async fn process(call: &Call, mut request: Request) -> Result<Response, Error> {
    let body = call.object(&mut request).await.map_err(|error| name_limit(call, error))?;
    let mut stance = Stance::new(call.mode());
    let bulk = envelope::read(body, &call.base, &mut stance)?;
    call.note(&stance.into_used());
    let reports = Box::pin(Run::new(call, bulk).execute()).await;
    let operations: Vec<Value> = reports.into_iter().map(report::Report::into_json).collect();
    Ok(respond::document(&json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"],
        "Operations": operations,
    })))
}

/// A body over the limit is refused with the limit's name (RFC 7644 section 3.7.4).
fn name_limit(call: &Call, error: Error) -> Error {
    if error.status() != StatusCode::PAYLOAD_TOO_LARGE {
        return error;
    }
    let limit = call.max_body();
    Error::too_large(format!("the Bulk exceeds maxPayloadSize ({limit} bytes); send it in several requests"))
}
