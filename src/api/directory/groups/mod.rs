//! Groups: lists, one by its id, and their life from creation to restore. One file an endpoint, or a pair that differ in
//! who asks.

mod create;
mod delete;
mod everywhere;
mod list;
mod restore;
mod show;
mod update;

pub(super) use create::Create;
pub(super) use delete::Delete;
pub(super) use everywhere::Everywhere;
pub(super) use list::List;
pub(super) use restore::Restore;
pub(super) use show::Show;
pub(super) use update::Update;
