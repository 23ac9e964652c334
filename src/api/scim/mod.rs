//! SCIM 2.0.

pub mod patch;
