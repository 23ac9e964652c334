//! The groups a user is in, as a condition on a list of groups.

use uuid::Uuid;

use super::condition::{Condition, Piece};
use crate::model::ids::UserId;

/// Which groups of a user are meant. Only memberships that hold now count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Held {
    /// Those the user is a member of.
    Directly(UserId),
    /// These and all groups above them.
    AtAnyDepth {
        /// The user.
        user: UserId,
        /// Whether edges to primary parents count.
        primary_edges: bool,
    },
}

impl Held {
    pub(in crate::store) fn condition(self, tenant: Uuid) -> Condition {
        let direct = |user: UserId| {
            [
                Piece::Sql("SELECT m.group_id FROM members m WHERE m.tenant_id = "),
                Piece::Uuid(tenant),
                Piece::Sql(" AND m.user_id = "),
                Piece::Uuid(user.uuid()),
                Piece::Sql(NOW),
            ]
        };
        let pieces = match self {
            Self::Directly(user) => {
                [Piece::Sql("groups.id IN (")].into_iter().chain(direct(user)).chain([Piece::Sql(")")]).collect()
            }
            Self::AtAnyDepth { user, primary_edges } => [Piece::Sql("groups.id IN (WITH RECURSIVE held (id) AS (")]
                .into_iter()
                .chain(direct(user))
                .chain([
                    Piece::Sql(
                        " UNION SELECT e.parent_id FROM held h JOIN edges e ON e.child_id = h.id AND e.tenant_id = ",
                    ),
                    Piece::Uuid(tenant),
                    Piece::Sql(" AND ("),
                    Piece::Boolean(primary_edges),
                    Piece::Sql(" OR NOT e.is_primary)) SELECT id FROM held)"),
                ])
                .collect(),
        };
        Condition::new(pieces)
    }
}

const NOW: &str =
    " AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())";
