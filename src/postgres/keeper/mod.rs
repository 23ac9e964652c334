//! One throwaway database server shared by all tests of a run, and a database of its own for every test, cloned from a
//! template in tens of milliseconds.
//!
//! Some test runners give each test a process and none of them says when the last test is over. So the server belongs to
//! a *keeper*: a process of its own that the first test starts and that ends itself, with all its data, once nobody has
//! used it for 20 s. What the template holds is the caller's business. Not for anything but tests: nothing it keeps
//! survives.
//!
//! | in the keeper's directory | what |
//! |---|---|
//! | `start.lock` | held while somebody starts or ends the keeper |
//! | `keeper.lock` | held by the keeper as long as it lives |
//! | `use.lock` | shared by every [`Database`] there is |
//! | `url` | how the server is reached; appears when the template is ready |
//! | `keeper.log` | what the keeper says |
//! | `data/` | the data directory |

mod client;
mod home;
mod process;

pub use client::{Database, fresh_database};
pub use process::run;

/// The database that every test's database is a copy of.
const TEMPLATE: &str = "template_convoke";
/// Start of the name of a test's database; the test's process number and a count follow.
const PREFIX: &str = "t_";

#[cfg(test)]
mod tests;
