//! How the Directory API writes things: envelopes, ids and times here, groups and members in files of their own. The
//! names and spellings are the contract's; nothing here decides.

mod group;
mod member;

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use poem_openapi::Object;
use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::Value;

pub(super) use group::{AdminGroupResponse, Extras, GroupListItem, GroupResponse};
pub(super) use member::{GroupMemberInfo, MemberListing, NestedGroupInfo};

use super::paging::Pagination;
use crate::model::ids::{GroupId, PartnerId, TenantId, UserId};
use crate::model::settings::IdStyle;

/// What the answer says of the request.
#[derive(Object)]
pub(super) struct Meta {
    /// The request's id: its own `X-Request-ID`, or one made for it.
    request_id: String,
    /// When it was answered.
    timestamp: Timestamp,
    /// Included lists that were cut at 1,000 rows; left out when none was.
    #[oai(skip_serializing_if_is_empty)]
    truncated: Vec<String>,
}

impl Meta {
    pub(super) fn new(request_id: &str, at: DateTime<Utc>) -> Self {
        Self { request_id: request_id.to_owned(), timestamp: Timestamp(at), truncated: Vec::new() }
    }

    /// Says which lists were cut.
    pub(super) fn cut(self, truncated: Vec<String>) -> Self {
        Self { truncated, ..self }
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
#[derive(Object)]
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

    fn user(self, id: UserId) -> String {
        self.print("usr", &id)
    }

    fn tenant(self, id: TenantId) -> String {
        self.print("tnt", &id)
    }

    fn partner(self, id: PartnerId) -> String {
        self.print("prt", &id)
    }
}

/// A time: RFC 3339 in UTC, to the millisecond, with `Z`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timestamp(pub(super) DateTime<Utc>);

impl Type for Timestamp {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "string_date-time".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "date-time")))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for Timestamp {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.to_rfc3339_opts(SecondsFormat::Millis, true).into())
    }
}

impl ParseFromJSON for Timestamp {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => Ok(Self(text.parse()?)),
            other => Err(ParseError::expected_type(other)),
        }
    }
}

#[cfg(test)]
mod tests;
