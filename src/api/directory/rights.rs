//! What it takes to get at what lies beside groups.

use super::auth::Access;
use crate::domain::Operation;

/// Reading users.
pub(super) struct ReadingUsers;

impl Access for ReadingUsers {
    const IN_TENANT: Operation = Operation::UsersRead;
    const AS_ADMIN: Operation = Operation::AdminRead;
}

/// Writing users.
pub(super) struct WritingUsers;

impl Access for WritingUsers {
    const IN_TENANT: Operation = Operation::UsersWrite;
    const AS_ADMIN: Operation = Operation::AdminWrite;
}

/// Looking at partners, tenants and credentials.
pub(super) struct Inspecting;

impl Access for Inspecting {
    const IN_TENANT: Operation = Operation::AdminRead;
    const AS_ADMIN: Operation = Operation::AdminRead;
}

/// Changing partners, tenants and credentials.
pub(super) struct Administering;

impl Access for Administering {
    const IN_TENANT: Operation = Operation::AdminWrite;
    const AS_ADMIN: Operation = Operation::AdminWrite;
}

/// Reading the audit trail.
pub(super) struct Auditing;

impl Access for Auditing {
    const IN_TENANT: Operation = Operation::EventsRead;
    const AS_ADMIN: Operation = Operation::EventsRead;
}
