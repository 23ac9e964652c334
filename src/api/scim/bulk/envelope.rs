//! The BulkRequest message: `schemas`, `failOnErrors`, `Operations`. What is wrong here refuses the whole request before
//! anything is done; what is wrong within one operation is that operation's failure.

use std::collections::HashSet;

use serde_json::Value;

use super::MAX_OPERATIONS;
use super::operation::{self, Operation};
use crate::api::scim::error::Error;
use crate::api::scim::message::{check_rest, check_schemas, take};
use crate::schema::Document;
use crate::schema::accept::coerce::check_keys;
use crate::schema::leniency::Stance;
use crate::schema::refusal::{shown, type_name};

const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// A Bulk, ready to run.
#[derive(Debug)]
pub(super) struct Bulk {
    /// After so many failures the rest is left undone; at least 1.
    pub(super) fail_on_errors: Option<usize>,
    /// In the order of the request.
    pub(super) operations: Vec<Operation>,
}

/// Reads the message. `base` is the address the facade has for this client.
pub(super) fn read(mut message: Document, base: &str, stance: &mut Stance) -> Result<Bulk, Error> {
    check_keys(&message)?;
    check_schemas(take(&mut message, "schemas"), BULK_REQUEST, stance)?;
    let fail_on_errors = fail_on_errors(take(&mut message, "failOnErrors"))?;
    let operations = match take(&mut message, "Operations") {
        Some(Value::Array(operations)) => operations,
        Some(other) => {
            return Err(Error::syntax(format!("\"Operations\" must be an array, not {}", type_name(&other))));
        }
        None => return Err(Error::syntax("a Bulk must have \"Operations\", an array of operations")),
    };
    check_rest("a BulkRequest", &message, stance)?;
    if operations.len() > MAX_OPERATIONS {
        let detail = format!(
            "the Bulk has {} operations; maxOperations is {MAX_OPERATIONS}, so send several requests",
            operations.len()
        );
        return Err(Error::too_large(detail));
    }
    let operations =
        operations.into_iter().map(|sent| operation::read(sent, base, stance)).collect::<Result<Vec<_>, _>>()?;
    check_ids(&operations)?;
    Ok(Bulk { fail_on_errors, operations })
}

/// 0 is refused: it could mean to stop before the first operation, at the first failure, or never.
fn fail_on_errors(sent: Option<Value>) -> Result<Option<usize>, Error> {
    let sent = match sent {
        None | Some(Value::Null) => return Ok(None),
        Some(sent) => sent,
    };
    match sent.as_u64() {
        Some(limit) if limit > 0 => Ok(Some(usize::try_from(limit).unwrap_or(usize::MAX))),
        _ => Err(Error::syntax(format!(
            "\"failOnErrors\" must be a whole number of at least 1, not {}; leave it out to go on past every failure",
            shown(&sent)
        ))),
    }
}

/// Two operations of one bulkId: which one is meant by it would be a guess.
fn check_ids(operations: &[Operation]) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(operations.len());
    let mut ids = operations.iter().filter_map(|operation| operation.bulk_id.as_deref());
    match ids.find(|id| !seen.insert(*id)) {
        Some(id) => Err(Error::syntax(format!(
            "the bulkId \"{}\" is there twice; it must be unique within a Bulk (RFC 7644 section 3.7)",
            shown(id)
        ))),
        None => Ok(()),
    }
}
