//! The protocol facades, one room each.

pub mod scim;
