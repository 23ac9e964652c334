use chrono::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::api::directory::paging::CursorPagination;
use crate::api::native::written::assert_spelled_alike;
use crate::domain::GroupView;
use crate::model::group::{Group, GroupRecord};
use crate::model::ids::GroupNumber;
use crate::model::membership::{GroupLink, MemberDetail};
use crate::model::version::Version;

const GROUP: &str = "01980000-0000-7000-8000-000000000001";
const PARENT: &str = "01970000-0000-7000-8000-000000000002";

fn at(millis: i64) -> DateTime<Utc> {
    Utc.timestamp_millis_opt(1_779_020_442_000 + millis).unwrap()
}

fn group() -> Group {
    Group {
        id: GROUP.parse().unwrap(),
        num: GroupNumber(7),
        record: GroupRecord {
            name: "Platform".to_owned(),
            description: None,
            group_type: None,
            is_privileged: false,
            external_id: None,
            custom_attributes: None,
            attributes: serde_json::Map::new().into(),
            search: Value::Null,
        },
        parent: Some(PARENT.parse().unwrap()),
        source: "native".to_owned(),
        standing_members: 11,
        windowed_members: 1,
        nested_groups: 2,
        created_at: at(0),
        updated_at: at(0),
        version: Version(1),
    }
}

fn member(via: Vec<GroupLink>) -> MemberDetail {
    MemberDetail {
        user_id: UserId::from(Uuid::nil()),
        user_name: "ada".to_owned(),
        email: None,
        display_name: Some("Ada".to_owned()),
        active: false,
        added_at: at(5),
        expires_at: None,
        via,
    }
}

#[test]
fn a_group_is_written_as_the_contract_shows_it() {
    let names = ["Engineering".to_owned(), "R/D".to_owned()];
    let view = GroupView { group: group(), parent_path: Some(names.to_vec()) };
    let written = GroupResponse::new(Ids(IdStyle::Plain), view, Extras::default()).to_json().unwrap();
    let expected = json!({
        "id": GROUP, "name": "Platform", "description": null, "group_type": "SECURITY", "parent_group_id": PARENT,
        "parent_group_path": "/Engineering/R\\/D", "member_count": 12, "effective_member_count": null,
        "nested_group_count": 2, "members": null, "nested_groups": null, "custom_attributes": null,
        "created_at": "2026-05-17T12:20:42.000Z", "updated_at": null,
    });
    assert_eq!(written, expected);
}

#[test]
fn an_administrator_also_sees_whose_it_is_with_prefixes_where_the_tenant_wants_them() {
    let ids = Ids(IdStyle::Prefixed);
    let mut changed = group();
    (changed.parent, changed.updated_at) = (None, at(1));
    changed.record.custom_attributes = Some(serde_json::Map::from_iter([("cost".to_owned(), json!({ "centre": 7 }))]));
    let view = GroupView { group: changed, parent_path: None };
    let group = GroupResponse::new(ids, view, Extras::default());
    let tenant = TenantId::from(Uuid::nil());
    let written = AdminGroupResponse::new(ids, group, tenant, None).to_json().unwrap();
    assert_eq!(written["id"], json!(format!("grp_{GROUP}")));
    assert_eq!(written["tenant_id"], json!("tnt_00000000-0000-0000-0000-000000000000"));
    assert_eq!(written["partner_id"], Value::Null);
    assert_eq!(written["parent_group_path"], Value::Null);
    assert_eq!(written["custom_attributes"], json!({ "cost": { "centre": 7 } }));
    assert_eq!(written["updated_at"], json!("2026-05-17T12:20:42.001Z"));
}

#[test]
fn only_an_inherited_membership_says_through_what() {
    let direct = GroupMemberInfo::new(Ids(IdStyle::Plain), member(Vec::new())).to_json().unwrap();
    let expected = json!({
        "user_id": "00000000-0000-0000-0000-000000000000", "email": "", "display_name": "Ada",
        "membership_type": "DIRECT", "status": "inactive", "added_at": "2026-05-17T12:20:42.005Z", "expires_at": null,
    });
    assert_eq!(direct, expected);
    let link = GroupLink { id: GROUP.parse().unwrap(), name: "Platform".to_owned() };
    let inherited = GroupMemberInfo::new(Ids(IdStyle::Prefixed), member(vec![link])).to_json().unwrap();
    assert_eq!(inherited["membership_type"], "INHERITED");
    assert_eq!(inherited["via"], json!([{ "group_id": format!("grp_{GROUP}"), "name": "Platform" }]));
}

#[test]
fn meta_names_lists_that_were_cut_and_is_silent_otherwise() {
    let meta = Meta::new("r1", at(0));
    assert_eq!(meta.to_json().unwrap(), json!({ "request_id": "r1", "timestamp": "2026-05-17T12:20:42.000Z" }));
    let cut = Meta::new("r1", at(0)).cut(vec!["members".to_owned()]);
    assert_eq!(cut.to_json().unwrap()["truncated"], json!(["members"]));
}

#[test]
fn what_lists_are_made_of_is_spelled_alike_in_them() {
    assert_spelled_alike::<Meta>();
    assert_spelled_alike::<Pagination>();
    assert_spelled_alike::<CursorPagination>();
    assert_spelled_alike::<GroupListItem>();
    assert_spelled_alike::<AdminGroupListItem>();
    assert_spelled_alike::<GroupMemberInfo>();
    assert_spelled_alike::<NestedGroupInfo>();
    let link = GroupLink { id: GROUP.parse().unwrap(), name: "Platform".to_owned() };
    let inherited = GroupMemberInfo::new(Ids(IdStyle::Prefixed), member(vec![link]));
    assert_eq!(serde_json::to_value(&inherited).ok(), inherited.to_json());
    let cut = Meta::new("r1", at(0)).cut(vec!["members".to_owned()]);
    assert_eq!(serde_json::to_value(&cut).ok(), cut.to_json());
}
