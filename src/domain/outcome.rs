//! What verbs take and give that is more than a stored record.

use crate::model::grants::GrantChange;
use crate::model::group::{Group, GroupRecord};
use crate::model::ids::GroupId;
use crate::model::membership::MemberOutcome;

/// A created resource, and whether it is a deleted one that came back.
#[derive(Debug, Clone)]
pub struct Created<T> {
    /// The resource.
    pub resource: T,
    /// Whether it has the id of a deleted one.
    pub restored: bool,
}

/// A group as a caller wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupDraft {
    /// Its record.
    pub record: GroupRecord,
    /// Its primary parent.
    pub parent: Option<GroupId>,
    /// What of what it grants is to change.
    pub grants: GrantChange,
}

impl GroupDraft {
    /// The group as it is.
    #[must_use]
    pub fn keeping(group: &Group) -> Self {
        Self { record: group.record.clone(), parent: group.parent, grants: GrantChange::default() }
    }
}

/// A group after a change, and what the change came to.
pub type Modified = (Group, MemberOutcome);
