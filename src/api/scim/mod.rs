//! (being built)

pub mod patch;
