//! From a checked filter to a condition in SQL. Fields with a column of their own are listed in [`columns`]; all others are
//! answered from the row's folded document, where equality is containment and so found by index.

mod along;
mod answerable;
mod columns;
mod compile;
mod condition;
mod document;
mod held;
mod holders;
mod json_path;
mod merged;
mod order;
mod relation;
mod scalar;
#[cfg(test)]
mod tests;

pub(in crate::store) use along::{Groups, HeldGroup, children, column, few_members, groups_of, live, nothing};
pub(crate) use answerable::unanswerable;
pub(crate) use condition::Condition;
pub use held::Held;
pub(in crate::store) use order::Expr;

pub(super) use columns::ColumnMap;
pub(crate) use columns::{GROUPS, USERS};
pub(super) use compile::{Given, compile};
pub(super) use merged::{Merged, Share, Slice};
pub(super) use order::{Order, sortable};
