//! Rules that verbs on users and on groups share: preconditions, keys that must fit an index, filters that can be answered.

use super::{Error, Result};
use crate::model::fold::fold;
use crate::model::tenant::is_slug;
use crate::model::version::{EntityTags, Version};
use crate::schema::refusal::Refusal;

/// Longest key an index takes, in bytes of UTF-8 after folding.
const MAX_KEY: usize = 2_000;

/// Longest name of a partner, a tenant or a credential, in characters.
const LONGEST_NAME: usize = 256;

/// Refuses a filter over an attribute that the database has no place for.
pub(super) fn check_answerable(attribute: Option<String>) -> Result<()> {
    match attribute {
        Some(attribute) => Err(Refusal::filter(format!("filter: \"{attribute}\" cannot be searched")).into()),
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

/// The name trimmed, if it can be one (native-API contract, section 1.5).
pub(super) fn check_name(attribute: &'static str, name: &str) -> Result<String> {
    let name = name.trim();
    let refuse = |reason: String| Err(Error::Invalid { attribute, reason });
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
        return refuse(format!("must have 1 to {LONGEST_NAME} characters"));
    }
    if name.chars().any(char::is_control) {
        return refuse("must not contain control characters".to_owned());
    }
    check_key(attribute, name)?;
    Ok(name.to_owned())
}

/// Refuses what cannot be a slug.
pub(super) fn check_slug(attribute: &'static str, slug: &str) -> Result<()> {
    if is_slug(slug) {
        return Ok(());
    }
    Err(Error::Invalid { attribute, reason: "must have 1 to 63 of a-z, 0-9 and inner hyphens".to_owned() })
}
