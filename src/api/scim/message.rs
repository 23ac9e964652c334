//! What the protocol's messages have in common (RFC 7644 section 3.1): a `schemas` that names the message, and keys in any
//! case. What is in a message is for others to read.

use serde_json::Value;

use crate::schema::Document;
use crate::schema::leniency::{Leniency, Stance};
use crate::schema::refusal::{Refusal, shown};

/// Takes an attribute out of a message, its name in any case.
pub(super) fn take(message: &mut Document, name: &str) -> Option<Value> {
    let key = message.keys().find(|key| key.eq_ignore_ascii_case(name))?.clone();
    message.remove(&key)
}

/// Refuses a message that says it is another; in strict, also one that says nothing.
pub(super) fn check_schemas(listed: Option<Value>, urn: &str, stance: &mut Stance) -> Result<(), Refusal> {
    let is_it = |listed: &Value| listed.as_str().is_some_and(|listed| listed.eq_ignore_ascii_case(urn));
    let refusal = || Refusal::syntax(format!("\"schemas\" must be an array with \"{urn}\""));
    match listed {
        Some(Value::Array(urns)) if urns.iter().any(is_it) => match urns.iter().find(|urn| !is_it(urn)) {
            Some(other) => {
                let other =
                    || Refusal::syntax(format!("\"schemas\" names {}; this message has \"{urn}\" alone", shown(other)));
                stance.tolerate(Leniency::UnknownSchema, other)
            }
            None if urns.len() > 1 => {
                let twice = || Refusal::syntax(format!("\"schemas\" names \"{urn}\" twice; name it once"));
                stance.tolerate(Leniency::RepeatedSchema, twice)
            }
            None => Ok(()),
        },
        Some(Value::Array(urns)) if !urns.is_empty() => Err(refusal()),
        _ => stance.tolerate(Leniency::MissingMessageSchema, refusal),
    }
}

/// What is left of a message when everything it can have has been taken out is ignored; strict refuses it.
pub(super) fn check_rest(what: &str, rest: &Document, stance: &mut Stance) -> Result<(), Refusal> {
    rest.keys().try_for_each(|key| unknown(what, key, stance))
}

/// An attribute that a message does not have.
pub(super) fn unknown(what: &str, key: &str, stance: &mut Stance) -> Result<(), Refusal> {
    let refusal = || Refusal::syntax(format!("{what} has no attribute \"{}\"; leave it out", shown(key)));
    stance.tolerate(Leniency::UnknownAttribute, refusal)
}
