//! What the interoperability profile forbids in a PATCH and RFC 7644 or its clients want: the words of the refusals, for
//! a strict tenant. Where they are spoken is where the rule of compat is.

use crate::schema::refusal::{Refusal, shown};

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
