//! The PatchOp message itself: `schemas`, `Operations`, and in each operation `op`, `path` and `value`. What they mean is
//! for others.

use serde_json::Value;

use super::profile::remove_with_value;
use crate::api::scim::message::{check_schemas, unknown};
use crate::schema::{
    accept::coerce::check_names,
    input::Input,
    leniency::{Leniency, Stance},
    refusal::{Refusal, shown, type_name},
};

/// The schema of the message.
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// Most operations in one request. One operation may list many more members.
pub const MAX_OPERATIONS: usize = 1_000;

/// What an operation is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Remove,
    Replace,
}

impl Verb {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

/// One operation as sent.
#[derive(Debug)]
pub(super) struct Request<'b> {
    pub(super) verb: Verb,
    pub(super) path: Option<String>,
    /// `None` when there is no such key; null is a value.
    pub(super) value: Option<Input<'b>>,
}

type Parts<'b> = Vec<(String, Input<'b>)>;

/// Reads the message. Keys are attribute names and have any case (RFC 7643 section 2.1).
pub(super) fn read<'b>(body: Input<'b>, stance: &mut Stance) -> Result<Vec<Request<'b>>, Refusal> {
    let mut message = parts(body, "a PATCH body")?;
    let schemas = take(&mut message, "schemas").map(Input::into_value).transpose()?;
    check_schemas(schemas, PATCH_OP, stance)?;
    let operations = match take(&mut message, "Operations") {
        Some(operations) if operations.is_array() => operations,
        Some(other) => {
            let found = other.into_value()?;
            return Err(Refusal::syntax(format!("\"Operations\" must be an array, not {}", type_name(&found))));
        }
        None => return Err(Refusal::syntax("a PATCH body must have \"Operations\", an array of operations")),
    };
    check_rest("a PatchOp", &message, stance)?;
    let mut requests = Vec::new();
    operations.each(&mut |operation| {
        if requests.len() == MAX_OPERATIONS {
            let detail = format!(
                "\"Operations\" has too many operations; at most {MAX_OPERATIONS} are accepted, so send several requests"
            );
            return Err(Refusal::syntax(detail));
        }
        requests.push(request(operation, stance)?);
        Ok(())
    })?;
    if requests.is_empty() {
        let refusal = || Refusal::syntax("\"Operations\" must have at least one operation");
        stance.tolerate(Leniency::EmptyOperations, refusal)?;
    }
    Ok(requests)
}

fn parts<'b>(sent: Input<'b>, what: &str) -> Result<Parts<'b>, Refusal> {
    let wrong = |other: Value| Refusal::syntax(format!("{what} must be an object, not {}", type_name(&other)));
    let parts = sent.into_members()?.map_err(wrong)?;
    check_names(parts.iter().map(|(key, _)| key.as_str()))?;
    Ok(parts)
}

fn take<'b>(parts: &mut Parts<'b>, name: &str) -> Option<Input<'b>> {
    let at = parts.iter().position(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(parts.swap_remove(at).1)
}

fn check_rest(what: &str, rest: &Parts<'_>, stance: &mut Stance) -> Result<(), Refusal> {
    rest.iter().try_for_each(|(key, _)| unknown(what, key, stance))
}

fn request<'b>(operation: Input<'b>, stance: &mut Stance) -> Result<Request<'b>, Refusal> {
    let mut parts = parts(operation, "an operation")?;
    let verb = verb(take(&mut parts, "op").map(Input::into_value).transpose()?, stance)?;
    let path = match take(&mut parts, "path").map(Input::into_value).transpose()? {
        None | Some(Value::Null) => {
            let refusal =
                || Refusal::syntax("an operation has no \"path\"; name the attribute in it, one operation each");
            stance.tolerate(Leniency::PathlessOperation, refusal)?;
            None
        }
        Some(Value::String(path)) if path.trim().is_empty() => {
            stance.tolerate(Leniency::EmptyPath, || Refusal::path("\"path\" is empty; name the attribute in it"))?;
            None
        }
        Some(Value::String(path)) => Some(path),
        Some(other) => return Err(Refusal::path(format!("\"path\" must be a string, not {}", type_name(&other)))),
    };
    let value = take(&mut parts, "value");
    check_rest("an operation", &parts, stance)?;
    if verb == Verb::Remove && value.as_ref().is_some_and(|value| !value.is_null()) {
        let refusal = || remove_with_value(path.as_deref().unwrap_or_default());
        stance.tolerate(Leniency::RemoveWithValue, refusal)?;
    }
    Ok(Request { verb, path, value })
}

fn verb(op: Option<Value>, stance: &mut Stance) -> Result<Verb, Refusal> {
    let Some(Value::String(op)) = op else {
        return Err(Refusal::syntax("an operation must have \"op\": \"add\", \"remove\" or \"replace\""));
    };
    let known = [Verb::Add, Verb::Remove, Verb::Replace].into_iter().find(|verb| verb.name().eq_ignore_ascii_case(&op));
    let unknown = || Refusal::syntax(format!("\"op\" is \"{}\"; it can be add, remove or replace", shown(&op)));
    let verb = known.ok_or_else(unknown)?;
    if verb.name() != op {
        let refusal = || {
            Refusal::syntax(format!(
                "\"op\" is \"{}\"; it is written \"{}\" (RFC 7644 section 3.5.2)",
                shown(&op),
                verb.name()
            ))
        };
        stance.tolerate(Leniency::CapitalisedOperation, refusal)?;
    }
    Ok(verb)
}
