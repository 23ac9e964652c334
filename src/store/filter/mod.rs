//! From a checked filter to a condition in SQL. Fields with a column of their own are listed in [`columns`]; all others are
//! answered from the row's folded document, where equality is containment and so found by index.

mod along;
mod answerable;
mod columns;
mod compile;
mod condition;
mod document;
mod held;
mod order;
#[cfg(test)]
mod tests;

pub(in crate::store) use along::{children, few_members, groups_of, live, nothing};
pub(crate) use answerable::unanswerable;
pub(crate) use condition::Condition;
pub use held::Held;

pub(super) use columns::ColumnMap;
pub(crate) use columns::{GROUPS, USERS};
pub(super) use compile::compile;
pub(super) use order::{Order, sortable};
