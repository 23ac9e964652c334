//! What the attributes of a group may be: names, descriptions, custom attributes. Every fault is found, not only the first.

use serde_json::{Map, Value};

use super::super::Error;
use super::super::check::check_key;
use super::{Flaw, GroupFault};
use crate::model::group::{GroupRecord, MAX_CUSTOM_ATTRIBUTES, MAX_CUSTOM_DEPTH, MAX_DESCRIPTION, MAX_NAME};

/// The faults of a record that is about to be stored.
pub(super) fn faults_of_record(record: &GroupRecord) -> impl Iterator<Item = GroupFault> {
    let description = record.description.as_deref().and_then(fault_of_description);
    let custom = record.custom_attributes.as_ref().and_then(fault_of_custom_attributes);
    [fault_of_name(&record.name), description, custom].into_iter().flatten()
}

fn fault(attribute: &'static str, flaw: Flaw, reason: impl Into<String>) -> Option<GroupFault> {
    Some(GroupFault { attribute, flaw, reason: reason.into() })
}

/// What is wrong with a name.
pub(super) fn fault_of_name(name: &str) -> Option<GroupFault> {
    let length = name.chars().count();
    if name.trim() != name || length < 1 {
        return fault("displayName", Flaw::TooShort, format!("must have 1 to {MAX_NAME} characters"));
    }
    if length > MAX_NAME {
        return fault("displayName", Flaw::TooLong, format!("must have 1 to {MAX_NAME} characters, not {length}"));
    }
    if name.chars().any(char::is_control) {
        return fault("displayName", Flaw::Forbidden, "must not contain control characters");
    }
    match check_key("displayName", name) {
        Err(Error::Invalid { attribute, reason }) => fault(attribute, Flaw::TooLong, reason),
        _ => None,
    }
}

/// What is wrong with a description.
pub(super) fn fault_of_description(text: &str) -> Option<GroupFault> {
    let length = text.chars().count();
    if length > MAX_DESCRIPTION {
        let reason = format!("must have at most {MAX_DESCRIPTION} characters, not {length}");
        return fault("description", Flaw::TooLong, reason);
    }
    if text.contains('\0') {
        return fault("description", Flaw::Forbidden, NO_NUL);
    }
    None
}

/// The database stores no such character, in no kind of text.
const NO_NUL: &str = "must not contain the character U+0000";

/// What is wrong with custom attributes.
pub(super) fn fault_of_custom_attributes(custom: &Map<String, Value>) -> Option<GroupFault> {
    let refuse = |flaw, reason: String| fault("custom_attributes", flaw, reason);
    let levels = 1 + custom.values().map(depth).max().unwrap_or(0);
    if levels > MAX_CUSTOM_DEPTH {
        return refuse(Flaw::TooDeep, format!("must be nested at most {MAX_CUSTOM_DEPTH} levels deep, not {levels}"));
    }
    let bytes = serde_json::to_vec(custom).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_CUSTOM_ATTRIBUTES {
        let reason = format!("must have at most {MAX_CUSTOM_ATTRIBUTES} bytes as JSON, not {bytes}");
        return refuse(Flaw::TooLong, reason);
    }
    if custom.iter().any(|(name, value)| name.contains('\0') || has_nul(value)) {
        return refuse(Flaw::Forbidden, NO_NUL.to_owned());
    }
    None
}

/// Levels of objects and lists. The parser has bounded them already, so recursion is safe.
fn depth(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Array(items) => items.iter().any(has_nul),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn custom(value: Value) -> Option<GroupFault> {
        let Value::Object(members) = value else { unreachable!("tests give objects") };
        fault_of_custom_attributes(&members)
    }

    #[test]
    fn names_have_limits() {
        for good in ["a", "Ä b", &"é".repeat(256)] {
            assert_eq!(fault_of_name(good), None, "{good}");
        }
        for bad in ["", " a", "a ", "a\nb", "a\0", &"é".repeat(257)] {
            assert!(fault_of_name(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn custom_attributes_have_eight_levels_and_64_kib() {
        let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({ "a": inner }));
        assert_eq!(custom(nested(8)), None);
        assert!(custom(nested(9)).unwrap().reason.contains("not 9"));
        assert!(custom(json!({ "a": [[[[[[[["too deep"]]]]]]]] })).is_some());
        let sized = |bytes: usize| json!({ "a": "x".repeat(bytes - 8) });
        assert_eq!(custom(sized(64 * 1024)), None);
        assert!(custom(sized(64 * 1024 + 1)).unwrap().reason.contains("not 65537"));
    }

    #[test]
    fn what_no_database_stores_is_refused() {
        for bad in [json!({ "a\0": 1 }), json!({ "a": { "b\0": 1 } }), json!({ "a": ["\0"] })] {
            assert!(custom(bad.clone()).is_some(), "{bad}");
        }
        assert!(fault_of_description("a\0").is_some() && fault_of_description("a\n").is_none());
    }
}
