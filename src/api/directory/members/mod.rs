//! Who is in a group: lists, and putting users in and out. One file an endpoint.

mod add;
mod change;
mod list;
mod remove;

pub(super) use add::Add;
pub(super) use change::Change;
pub(super) use list::{Direct, Effective};
pub(super) use remove::Remove;
