//! The tests that settle the model under five APIs: what is written in one is read back through the others, whatever is
//! written at once ends as it must, walks see what stays, and a change costs what it changes. Each test names its item in
//! the contract's list of nine. Items 8 and 9 are columns of [`crate::native_table`].

mod costs;
mod graph;
mod mirror;
mod views;
mod walks;
mod writers;
mod writes;
