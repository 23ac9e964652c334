//! Everything that needs a real database, the real listener or the real program, in one binary. Each test owns what it
//! works on, so all of them run at once.

mod catalogue;
mod cli;
mod directory;
mod layering;
mod migrations;
mod scim_lists;
mod support;
