//! SCIM over HTTP where a fixture does not reach: errors of every layer with proof that nothing was written, clients at
//! the level of bytes, sizes that are made rather than written down.

mod bytes;
pub(crate) mod client;
mod refusals;
pub(crate) mod rules;
pub(crate) mod site;
mod sizes;
