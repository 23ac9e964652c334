//! What the server is held to, line by line, and which test proves it. The catalogue says what clients, RFCs and profiles
//! ask for; tests and fixtures claim lines by number; `docs/conformance.md` is made of both. A line that nobody proves and
//! nobody explains fails here, and so does a claim of a line that does not exist.

mod catalogue;
mod claims;
mod proof;
mod table;
mod tests;

use std::path::PathBuf;

pub(crate) use proof::{proves, record, running_test};

/// Where the table is.
fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md")
}
