//! Groups as they are written: what a client sends to create or change one, and the answer to a restore.

use std::collections::BTreeMap;

use poem_openapi::Object;
use poem_openapi::types::{Any, ParseFromJSON, ToJSON};
use serde_json::{Map, Value};

use super::group::TypeWord;
use super::{Ids, Meta};
use crate::api::directory::error::{Refusal, field};
use crate::api::directory::ids::{SentIds, UserRef};
use crate::api::native::body::sent;
use crate::api::native::limited::{Description, Name};
use crate::api::native::refused::Fault;
use crate::api::native::types::Clearable;
use crate::domain::{Error, Flaw, GroupChange, group_faults};
use crate::model::group::GroupType;
use crate::model::ids::{GroupId, UserId};
use crate::model::membership::{Edge, MemberChange};

/// A group to be created.
#[derive(Object)]
pub(in crate::api::directory) struct GroupCreate {
    /// Its name, unique without regard to case among the groups the tenant says; blanks around it are dropped.
    name: Name,
    /// Free text.
    description: Option<Description>,
    /// What it is for.
    group_type: Option<TypeWord>,
    /// Its primary parent.
    parent_group_id: Option<String>,
    /// Its first members.
    #[oai(validator(max_items = 10000))]
    initial_members: Option<Vec<UserRef>>,
    /// Free-form attributes: at most 64 KiB as JSON, nested at most 8 levels deep.
    custom_attributes: Option<BTreeMap<String, Any<Value>>>,
}

/// A group to be created, and in which tenant.
#[derive(Object)]
pub(in crate::api::directory) struct AdminGroupCreate {
    /// The tenant's id. It may be left out with a credential of one tenant.
    pub(in crate::api::directory) tenant_id: Option<String>,
    #[oai(flatten)]
    pub(in crate::api::directory) group: GroupCreate,
}

/// What of a group is to change. What is left out stays; null clears a field that can be empty.
#[derive(Object)]
pub(in crate::api::directory) struct GroupUpdate {
    /// Its name; null counts as left out.
    name: Option<Name>,
    /// Free text.
    description: Clearable<Description>,
    /// Its primary parent; null makes it a root.
    parent_group_id: Clearable<String>,
    /// All of its free-form attributes: at most 64 KiB as JSON, nested at most 8 levels deep.
    custom_attributes: Clearable<BTreeMap<String, Any<Value>>>,
}

/// What of a group is to change. What is left out stays; null clears a field that can be empty.
#[derive(Object)]
pub(in crate::api::directory) struct AdminGroupUpdate {
    #[oai(flatten)]
    group: GroupUpdate,
    /// What it is for; null counts as left out.
    group_type: Option<TypeWord>,
    /// The tenant's id. A group stays in its tenant, so there can be no other here.
    pub(in crate::api::directory) tenant_id: Option<String>,
}

sent!(GroupCreate; beyond);
sent!(AdminGroupCreate; beyond);
sent!(GroupUpdate; beyond);
sent!(AdminGroupUpdate; beyond);

/// What the domain says of the fields themselves.
fn beyond(body: &Value) -> Vec<Fault> {
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let change = GroupChange {
        name: text("name"),
        description: text("description").map(Some),
        custom_attributes: body["custom_attributes"].as_object().map(|custom| Some(custom.clone())),
        ..GroupChange::default()
    };
    let word = |flaw| match flaw {
        Flaw::TooShort => "string_too_short",
        Flaw::TooLong => "string_too_long",
        Flaw::TooDeep | Flaw::Forbidden => "value_error",
    };
    let fault = |fault: crate::domain::GroupFault| {
        Fault::field(field(fault.attribute), word(fault.flaw), format!("Input {}", fault.reason))
    };
    group_faults(&change).into_iter().map(fault).collect()
}

/// What a body asks for, in the domain's words, and where it named others.
pub(in crate::api::directory) struct Wanted {
    pub(in crate::api::directory) group: GroupChange,
    pub(in crate::api::directory) members: MemberChange,
    initial: SentIds,
    parent: SentIds,
}

impl From<GroupCreate> for Wanted {
    fn from(body: GroupCreate) -> Self {
        let initial = SentIds::users("initial_members", body.initial_members);
        let (users, malformed) = initial.sort_out::<UserId>();
        let add = users.into_iter().map(UserId::uuid).collect();
        let (parent, parent_group) = parent(body.parent_group_id.map(Some));
        let group = GroupChange {
            name: Some(body.name.0),
            description: body.description.map(|text| Some(text.0)),
            group_type: body.group_type.map(GroupType::from),
            parent: parent_group,
            custom_attributes: body.custom_attributes.map(|custom| Some(plain(custom))),
            ..GroupChange::default()
        };
        Self { group, members: MemberChange { add, malformed, ..MemberChange::default() }, initial, parent }
    }
}

impl From<GroupUpdate> for Wanted {
    fn from(body: GroupUpdate) -> Self {
        let (parent, parent_group) = parent(body.parent_group_id.0);
        let group = GroupChange {
            name: body.name.map(|name| name.0),
            description: body.description.0.map(|text| text.map(|text| text.0)),
            parent: parent_group,
            custom_attributes: body.custom_attributes.0.map(|custom| custom.map(plain)),
            ..GroupChange::default()
        };
        Self { group, members: MemberChange::default(), initial: SentIds::default(), parent }
    }
}

impl From<AdminGroupUpdate> for Wanted {
    fn from(body: AdminGroupUpdate) -> Self {
        let wanted = Self::from(body.group);
        let group = GroupChange { group_type: body.group_type.map(GroupType::from), ..wanted.group };
        Self { group, ..wanted }
    }
}

impl Wanted {
    /// The refusal, with each fault at its place in the body.
    pub(in crate::api::directory) fn refused(&self, error: Error) -> Refusal {
        let initial = |unknown: &[String]| self.initial.not_found::<UserId>("User", unknown);
        match error {
            Error::UnknownMembers(unknown) => initial(&unknown).into(),
            Error::UnknownParent { members, .. } => {
                let mut faults = self.parent.every_not_found("Group");
                faults.extend(initial(&members));
                faults.into()
            }
            other => other.into(),
        }
    }
}

/// The parent as it was sent, and as it is wanted. A text that can be no id is as good as one that names nobody.
fn parent(wanted: Option<Option<String>>) -> (SentIds, Option<Option<GroupId>>) {
    let id = wanted.as_ref().map(|text| text.as_ref().map(|text| text.parse().unwrap_or(GroupId::NOBODY)));
    (SentIds::one("parent_group_id", wanted.flatten()), id)
}

fn plain(custom: BTreeMap<String, Any<Value>>) -> Map<String, Value> {
    custom.into_iter().map(|(name, Any(value))| (name, value)).collect()
}

/// An edge between two groups.
#[derive(Object)]
pub(in crate::api::directory) struct DroppedEdge {
    /// The group above.
    parent_id: String,
    /// The group below.
    child_id: String,
}

impl DroppedEdge {
    pub(in crate::api::directory) fn new(ids: Ids, edge: Edge) -> Self {
        Self { parent_id: ids.group(edge.parent), child_id: ids.group(edge.child) }
    }
}

/// A group that came back.
#[derive(Object)]
pub(in crate::api::directory) struct RestoredGroup<T: ParseFromJSON + ToJSON> {
    /// The group.
    pub(in crate::api::directory) data: T,
    /// Edges that did not come back with it: they would close a ring by now or break a limit, or lead to a group that is
    /// deleted.
    pub(in crate::api::directory) dropped_edges: Vec<DroppedEdge>,
    /// Of the request.
    pub(in crate::api::directory) meta: Meta,
}
