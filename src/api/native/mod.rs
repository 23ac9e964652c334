//! What the native APIs share in reading requests: who asks, parameters and bodies with their limits, preconditions, which
//! methods a path takes. Each reading fails with a [`Refused`], which says what is wrong and knows no wire; the facade
//! that was called shapes it in its own words. Nothing here knows a single API, and nothing here decides a rule.
//!
//! An endpoint's signature is its contract: [`parameters::Asked`] for a query parameter, [`body::Sent`] for a body,
//! [`conditional::IfMatch`] for the precondition, and an extractor of the facade's own, made with [`caller::secured`], for
//! the right it takes. What they document is what they enforce.

pub(super) mod allow;
pub(super) mod body;
pub(super) mod caller;
pub(super) mod conditional;
pub(super) mod document;
pub(super) mod idempotency;
pub(super) mod limited;
pub(super) mod listing;
pub(super) mod parameters;
pub(super) mod refused;
pub(super) mod room;
pub(super) mod stream;
pub(super) mod types;
pub(super) mod written;
