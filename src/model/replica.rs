//! How reads from a replica go, for monitoring.

/// What became of reads that could be made on a replica, since the start, and how it was when it was last asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReplicaUse {
    /// Reads made there.
    pub served: u64,
    /// Reads made on the primary because the replica had not come far enough, or was given time to catch up.
    pub behind: u64,
    /// Reads made on the primary because the replica failed, or had just before.
    pub failed: u64,
    /// Bytes of the write-ahead log it lacked when it was last asked.
    pub lag: u64,
    /// Whether it is being asked now; else it is left alone for a moment.
    pub usable: bool,
}
