//! What the interoperability profile forbids in a PATCH and RFC 7644 or its clients want: the words of the refusals, for
//! a strict tenant, and how a request is told apart that would come out otherwise there. Where they are spoken is where the
//! rule of compat is.

use serde_json::Value;

use crate::schema::definition::Attribute;
use crate::schema::refusal::{Refusal, shown};

/// Whether an object leaves out sub-attributes that a client may write: `replace` keeps them, and in strict removes them.
pub(super) fn leaves_some(attribute: &Attribute, value: &Value) -> bool {
    let Value::Object(members) = value else { return false };
    let named = |sub: &Attribute| members.keys().any(|key| key.eq_ignore_ascii_case(&sub.name));
    attribute.sub_attributes.iter().any(|sub| !sub.is_read_only() && !named(sub))
}

/// `remove` has no `value` in RFC 7644 section 3.5.2.2.
pub(super) fn remove_with_value(path: &str) -> Refusal {
    Refusal::syntax(format!(
        "remove of \"{}\" takes no \"value\"; say in the path what goes, as in members[value eq \"id\"]",
        shown(path)
    ))
}

/// A value filter in brackets and nothing behind it.
pub(super) fn bare_value_path(path: &str) -> Refusal {
    Refusal::path(format!(
        "path \"{}\" selects a whole value; name a sub-attribute behind the brackets, as in emails[type eq \"work\"].value",
        shown(path)
    ))
}

/// A value filter that selects more than one value.
pub(super) fn several_selected(path: &str) -> Refusal {
    Refusal::filter(format!(
        "path \"{}\" selects several values; make the filter select one, in an operation for each",
        shown(path)
    ))
}
