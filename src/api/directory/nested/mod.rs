//! Groups within groups: lists in both directions, and edges one by one. One file an endpoint.

mod add;
mod list;
mod parents;
mod remove;

pub(super) use add::Nest;
pub(super) use list::Nested;
pub(super) use parents::Parents;
pub(super) use remove::Unnest;
