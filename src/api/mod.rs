//! (being built)

pub mod scim;
