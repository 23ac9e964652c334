//! The rows, by API. What a row expects stands in five groups, in the order of [`Case::ALL`](super::row::Case::ALL):
//! the request (happy, malformed, wrong type, unheard of, null), the ids (unknown and foreign, in the path, then in the
//! body), the credential (none, without the right), the state (conflict, stale `If-Match`), the form (slash, HEAD, method).

mod accounts;
mod auth_admin;
mod groups;
mod launch;
mod siblings;

use super::row::Row;

/// Every row.
pub(super) fn all() -> Vec<Row> {
    [groups::ROWS, siblings::ROWS, auth_admin::ROWS, launch::ROWS, accounts::ROWS].concat()
}
