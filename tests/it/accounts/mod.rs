//! The Accounts-style API over HTTP: what its six endpoints answer, whom they let in, what their document says, and what
//! everybody in a group at any depth costs.

mod counts;
mod document;
mod groups;
mod members;
mod pages;
mod refusals;
mod scale;

const GROUPS: &str = "/api/v1/groups";
