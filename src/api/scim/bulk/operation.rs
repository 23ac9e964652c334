//! One operation of a Bulk: `method`, `bulkId`, `version`, `path`, `data`. What cannot be read is kept as the operation's
//! failure, with whatever of it the answer has to repeat.

use poem::http::Method;
use serde_json::{Value, json};

use super::path::{self, Target};
use super::references;
use crate::api::scim::error::Error;
use crate::api::scim::message::{check_rest, take};
use crate::model::version::EntityTags;
use crate::schema::Document;
use crate::schema::accept::coerce::check_keys;
use crate::schema::leniency::{Leniency, Stance};
use crate::schema::refusal::{Refusal, shown, type_name};

/// The methods a Bulk knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Post,
    Put,
    Patch,
    Delete,
}

impl Verb {
    const ALL: [Self; 4] = [Self::Post, Self::Put, Self::Patch, Self::Delete];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    const fn method(self) -> Method {
        match self {
            Self::Post => Method::POST,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// An operation, readable or not.
#[derive(Debug)]
pub(super) struct Operation {
    /// The method as the answer repeats it, if there is one.
    pub(super) method: Option<String>,
    /// The client's name for it.
    pub(super) bulk_id: Option<String>,
    /// What it is about, if that much could be read.
    pub(super) target: Option<Target>,
    /// What to do, or why that cannot be told.
    pub(super) work: Result<Work, Error>,
}

impl Operation {
    /// The name other operations have for the resource that this one creates.
    pub(super) fn creates(&self) -> Option<&str> {
        self.bulk_id.as_deref().filter(|_| self.method.as_deref() == Some(Verb::Post.name()))
    }
}

/// What an operation does.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) verb: Verb,
    pub(super) target: Target,
    /// The precondition, as If-Match would have it.
    pub(super) version: Option<EntityTags>,
    /// The body of the single request; null for DELETE.
    pub(super) data: Value,
}

/// Reads one operation.
///
/// # Errors
/// It is no object: then there is nothing an answer could refer to, and the whole request is refused.
pub(super) fn read(sent: Value, base: &str, stance: &mut Stance) -> Result<Operation, Error> {
    let Value::Object(mut parts) = sent else {
        let found = type_name(&sent);
        return Err(Error::syntax(format!("an element of \"Operations\" must be an object, not {found}")));
    };
    let keys = check_keys(&parts);
    let (method, bulk_id) = (take(&mut parts, "method"), take(&mut parts, "bulkId"));
    let target = target(take(&mut parts, "path"), base, stance);
    let mut operation = Operation {
        method: method.as_ref().and_then(Value::as_str).map(shown),
        bulk_id: bulk_id.as_ref().and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned),
        target: target.as_ref().ok().cloned(),
        work: Err(Error::syntax("the operation cannot be read")),
    };
    let verb = verb(method, stance);
    if let Ok(verb) = verb {
        operation.method = Some(verb.name().to_owned());
    }
    operation.work = keys.map_err(Error::from).and_then(|()| work(verb?, bulk_id, target?, parts, stance));
    Ok(operation)
}

fn work(
    verb: Verb,
    bulk_id: Option<Value>,
    target: Target,
    mut parts: Document,
    stance: &mut Stance,
) -> Result<Work, Error> {
    check_bulk_id(verb, bulk_id)?;
    path::check_method(&target, &verb.method())?;
    let version = version(take(&mut parts, "version"), stance)?;
    let sent = take(&mut parts, "data");
    check_rest("an operation of a Bulk", &parts, stance)?;
    let data = match verb {
        Verb::Delete => Value::Null,
        _ => data(verb, sent, stance)?,
    };
    check_references(&data, &target, stance)?;
    // There is nothing yet whose version a POST could name.
    Ok(Work { verb, target, version: version.filter(|_| verb != Verb::Post), data })
}

fn verb(sent: Option<Value>, stance: &mut Stance) -> Result<Verb, Error> {
    let Some(Value::String(sent)) = sent else {
        return Err(Error::syntax("an operation must have \"method\": \"POST\", \"PUT\", \"PATCH\" or \"DELETE\""));
    };
    let unknown =
        || Refusal::syntax(format!("\"method\" is \"{}\"; it can be POST, PUT, PATCH or DELETE", shown(&sent)));
    let verb = Verb::ALL.into_iter().find(|verb| verb.name().eq_ignore_ascii_case(&sent)).ok_or_else(unknown)?;
    if verb.name() != sent {
        stance.tolerate(Leniency::MethodCase, unknown)?;
    }
    Ok(verb)
}

/// The prefix of a reference has one spelling; another one still means a reference, and never an id.
fn check_references(data: &Value, target: &Target, stance: &mut Stance) -> Result<(), Error> {
    let in_path = target.id.as_deref().is_some_and(references::is_misspelt);
    if in_path || references::holds_misspelt(data) {
        let refusal =
            || Refusal::value("a reference to another operation is written \"bulkId:\", in this case of letters");
        stance.tolerate(Leniency::BulkIdCase, refusal)?;
    }
    Ok(())
}

fn check_bulk_id(verb: Verb, sent: Option<Value>) -> Result<(), Error> {
    match sent {
        Some(Value::String(id)) if !id.is_empty() => Ok(()),
        None | Some(Value::Null | Value::String(_)) if verb != Verb::Post => Ok(()),
        None | Some(Value::Null | Value::String(_)) => {
            Err(Error::syntax("a POST in a Bulk must have a \"bulkId\": a text that no other operation has"))
        }
        Some(other) => Err(Error::syntax(format!("\"bulkId\" must be a string, not {}", type_name(&other)))),
    }
}

fn target(sent: Option<Value>, base: &str, stance: &mut Stance) -> Result<Target, Error> {
    match sent {
        Some(Value::String(text)) => path::read(&text, base, stance),
        Some(other) => Err(Error::syntax(format!("\"path\" must be a string, not {}", type_name(&other)))),
        None => Err(Error::syntax("an operation must have a \"path\", such as \"/Users\" or \"/Groups/{id}\"")),
    }
}

fn version(sent: Option<Value>, stance: &mut Stance) -> Result<Option<EntityTags>, Error> {
    match sent {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(tag)) if tag.trim().is_empty() => {
            let refusal = || Refusal::value("\"version\" is empty; leave it out");
            stance.tolerate(Leniency::EmptyStringUnassigns, refusal)?;
            Ok(None)
        }
        Some(Value::String(tag)) => {
            if !EntityTags::is_well_formed(&tag) {
                let refusal =
                    || Refusal::value(format!("\"version\" is \"{}\"; write it in quotes, as in W/\"3\"", shown(&tag)));
                stance.tolerate(Leniency::UnquotedEntityTag, refusal)?;
            }
            Ok(Some(EntityTags::parse(&tag)))
        }
        Some(other) => Err(Error::syntax(format!("\"version\" must be a string, not {}", type_name(&other)))),
    }
}

fn data(verb: Verb, sent: Option<Value>, stance: &mut Stance) -> Result<Value, Error> {
    let refusal = |found: &str| {
        Refusal::syntax(format!("a {} in a Bulk must have \"data\", an object; it is {found}", verb.name()))
    };
    match sent {
        Some(object @ Value::Object(_)) => Ok(object),
        Some(operations @ Value::Array(_)) if verb == Verb::Patch => {
            stance.tolerate(Leniency::OperationsWithoutMessage, || refusal("an array"))?;
            Ok(json!({ "Operations": operations }))
        }
        other => Err(refusal(other.as_ref().map_or("missing", type_name)).into()),
    }
}
