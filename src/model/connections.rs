//! The state of the connections to the database, for monitoring.

/// How many there are, and how many were wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// In use now.
    pub busy: u32,
    /// Open and free.
    pub idle: u32,
    /// Open at the most.
    pub most: u32,
    /// How often a request had to wait for one, since the start.
    pub waits: u64,
    /// How often a request was turned away because none came free in time, since the start.
    pub timeouts: u64,
}
