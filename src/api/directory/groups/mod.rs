//! Reading groups: lists, and one by its id. One file an endpoint, or a pair that differ in who asks.

mod list;
mod show;

pub(super) use list::List;
pub(super) use show::Show;
