//! What the document shows as examples: one small organisation, written by the same code as real answers.

use chrono::{DateTime, Utc};
use poem_openapi::types::Example;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::group::{AdminGroupListItem, AdminGroupResponse, Extras, GroupListItem, GroupResponse};
use super::member::{GroupMemberInfo, NestedGroupInfo};
use super::{Ids, Meta};
use crate::domain::{GroupView, OwnedGroup};
use crate::model::group::{Group, GroupRecord, GroupType};
use crate::model::ids::GroupNumber;
use crate::model::membership::{MemberDetail, NestedGroup};
use crate::model::settings::IdStyle;
use crate::model::version::Version;

const PLAIN: Ids = Ids(IdStyle::Plain);

/// A UUIDv7 that differs in its last digit.
pub(in crate::api::directory) const fn uuid(last: u128) -> Uuid {
    Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + last)
}

pub(in crate::api::directory) fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_779_020_442, 0).unwrap_or_default()
}

fn group() -> Group {
    let record = GroupRecord {
        name: "Platform".to_owned(),
        description: Some("Runs what the others build on".to_owned()),
        group_type: Some(GroupType::Security),
        is_privileged: false,
        external_id: None,
        custom_attributes: Some(Map::from_iter([("cost_centre".to_owned(), Value::from("4711"))])),
        attributes: Map::new().into(),
        search: Value::Null,
    };
    Group {
        id: uuid(2).into(),
        num: GroupNumber(2),
        record,
        parent: Some(uuid(1).into()),
        source: "native".to_owned(),
        standing_members: 12,
        windowed_members: 0,
        nested_groups: 2,
        created_at: at(),
        updated_at: at(),
        version: Version(1),
    }
}

impl Example for Meta {
    fn example() -> Self {
        Self::new("7f0c2a9e-1d55-4c6e-9d0b-3f8a52c1e6b4", at())
    }
}

impl Example for GroupListItem {
    fn example() -> Self {
        Self::new(PLAIN, &group())
    }
}

impl Example for AdminGroupListItem {
    fn example() -> Self {
        let (tenant, partner) = (uuid(8).into(), Some(uuid(9).into()));
        Self::new(&OwnedGroup { group: group(), tenant, partner, id_style: IdStyle::Plain })
    }
}

impl Example for GroupResponse {
    fn example() -> Self {
        let view = GroupView { group: group(), parent_path: Some(vec!["Engineering".to_owned()]) };
        Self::new(PLAIN, view, Extras::default())
    }
}

impl Example for AdminGroupResponse {
    fn example() -> Self {
        Self::new(PLAIN, GroupResponse::example(), uuid(8).into(), Some(uuid(9).into()))
    }
}

impl Example for GroupMemberInfo {
    fn example() -> Self {
        let member = MemberDetail {
            user_id: uuid(3).into(),
            user_name: "ada".to_owned(),
            email: Some("ada@example.com".to_owned()),
            display_name: Some("Ada".to_owned()),
            active: true,
            added_at: at(),
            expires_at: None,
            via: Vec::new(),
        };
        Self::new(PLAIN, member)
    }
}

impl Example for NestedGroupInfo {
    fn example() -> Self {
        let group = NestedGroup {
            id: uuid(4).into(),
            name: "Databases".to_owned(),
            group_type: GroupType::Security,
            member_count: 3,
            is_primary: true,
        };
        Self::new(PLAIN, group)
    }
}
