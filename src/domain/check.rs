//! Rules that verbs on users and on groups share: preconditions, keys that must fit an index, filters that can be answered.

use super::{Error, Result};
use crate::model::fold::fold;
use crate::model::version::{EntityTags, Version};
use crate::schema::refusal::Refusal;

/// Longest key an index takes, in bytes of UTF-8 after folding.
const MAX_KEY: usize = 2_000;

/// Refuses a filter over an attribute that the database cannot compare so.
pub(super) fn check_answerable(attribute: Option<String>) -> Result<()> {
    match attribute {
        Some(attribute) => Err(Refusal::filter(format!(
            "filter: \"{attribute}\" cannot be compared in this way; its \"value\" with eq can"
        ))
        .into()),
        None => Ok(()),
    }
}

/// Holds a precondition against the version at hand.
pub(super) fn check_version(precondition: Option<&EntityTags>, current: Version) -> Result<()> {
    match precondition {
        Some(tags) if !tags.matches(current) => Err(Error::VersionMismatch { current }),
        _ => Ok(()),
    }
}

/// Refuses a value whose key no index takes.
pub(super) fn check_key(attribute: &'static str, value: &str) -> Result<()> {
    if value.len().max(fold(value).len()) > MAX_KEY {
        return Err(Error::Invalid { attribute, reason: format!("is too long: at most {MAX_KEY} bytes of UTF-8 fit") });
    }
    Ok(())
}
