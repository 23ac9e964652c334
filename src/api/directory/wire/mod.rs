//! How the Directory API writes things: envelopes and ids here, groups and members in files of their own. The
//! names and spellings are the contract's; nothing here decides.

pub(super) mod examples;
mod group;
mod member;
mod membership;
mod write;

use chrono::{DateTime, Utc};
use poem_openapi::Object;
use poem_openapi::types::{ParseFromJSON, ToJSON};
use serde::Serialize;

pub(super) use group::{AdminGroupListItem, AdminGroupResponse, Extras, GroupListItem, GroupResponse};
pub(super) use member::{GroupMemberInfo, MemberListing, NestedGroupInfo};
pub(super) use membership::{
    GroupMembershipUpdate, MembersAdd, MembersAdded, MembershipChanged, NestedGroupsAdd, NestedGroupsAdded,
};
pub(super) use write::{
    AdminGroupCreate, AdminGroupUpdate, DroppedEdge, GroupCreate, GroupUpdate, RestoredGroup, Wanted,
};

use super::paging::Pagination;
pub(super) use crate::api::native::types::{Nullable, Timestamp};
use crate::model::ids::{GroupId, PartnerId, TenantId, UserId};
use crate::model::settings::IdStyle;

/// What the answer says of the request.
#[derive(Object, Serialize)]
#[oai(example)]
pub(super) struct Meta {
    /// The request's id: its own `X-Request-ID`, or one made for it.
    request_id: String,
    /// When it was answered.
    timestamp: Timestamp,
    /// Included lists that were cut at 1,000 rows; left out when none was.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<Vec<String>>,
}

impl Meta {
    pub(super) fn new(request_id: &str, at: DateTime<Utc>) -> Self {
        Self { request_id: request_id.to_owned(), timestamp: Timestamp(at), truncated: None }
    }

    /// Says which lists were cut.
    pub(super) fn cut(self, truncated: Vec<String>) -> Self {
        Self { truncated: Some(truncated).filter(|names| !names.is_empty()), ..self }
    }
}

/// One resource.
#[derive(Object)]
pub(super) struct Single<T: ParseFromJSON + ToJSON> {
    /// The resource.
    pub(super) data: T,
    /// Of the request.
    pub(super) meta: Meta,
}

/// A page of a list.
#[derive(Object, Serialize)]
#[oai(rename = "List")]
pub(super) struct Listing<T: ParseFromJSON + ToJSON> {
    /// The rows.
    pub(super) data: Vec<T>,
    /// Where the page lies.
    pub(super) pagination: Pagination,
    /// Of the request.
    pub(super) meta: Meta,
}

/// Prints ids as the tenant wants them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids(pub(super) IdStyle);

impl Ids {
    fn print(self, prefix: &str, id: &impl ToString) -> String {
        match self.0 {
            IdStyle::Plain => id.to_string(),
            IdStyle::Prefixed => format!("{prefix}_{}", id.to_string()),
        }
    }

    pub(super) fn group(self, id: GroupId) -> String {
        self.print("grp", &id)
    }

    pub(super) fn user(self, id: UserId) -> String {
        self.print("usr", &id)
    }

    pub(super) fn tenant(self, id: TenantId) -> String {
        self.print("tnt", &id)
    }

    pub(super) fn partner(self, id: PartnerId) -> String {
        self.print("prt", &id)
    }
}

#[cfg(test)]
mod tests;
