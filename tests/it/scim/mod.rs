//! SCIM over HTTP where a fixture does not reach: errors of every layer with proof that nothing was written, clients at
//! the level of bytes, sizes that are made rather than written down.

pub(crate) mod client;
mod refusals;
pub(crate) mod site;
