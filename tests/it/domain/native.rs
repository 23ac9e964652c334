//! Groups field by field, as the native APIs write them.

use convoke::domain::{Error, GroupChange, UserChange};
use convoke::model::event::{Actor, Api};
use convoke::model::group::GroupType;
use convoke::model::ids::GroupId;
use convoke::model::membership::MemberChange;
use convoke::model::principal::TenantScope;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Desk, refusal};

fn named(name: &str) -> GroupChange {
    GroupChange { name: Some(name.to_owned()), ..GroupChange::default() }
}

fn users(ids: &[Uuid]) -> MemberChange {
    MemberChange { add: ids.to_vec(), ..MemberChange::default() }
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { unreachable!("tests give objects") };
    object
}

impl Desk {
    /// The same tenant, through one of the native APIs.
    pub(super) async fn through(&self, api: Api) -> TenantScope {
        let tenant = self.domain().tenant(&self.site.server.tenant.slug).await.unwrap();
        let actor = Actor { name: "token:test".to_owned(), api, request_id: "test".to_owned() };
        TenantScope::grant(tenant.id, actor, tenant.settings)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_created_with_parent_and_members_or_not_at_all() {
    let desk = Desk::set_up(&[]).await;
    let (user, parent) = (desk.user("user").await, desk.group("parent").await);
    let wanted = GroupChange {
        description: Some(Some("text".to_owned())),
        group_type: Some(GroupType::Distribution),
        parent: Some(Some(parent)),
        custom_attributes: Some(Some(object(json!({ "floor": 3 })))),
        ..named("  Group ")
    };
    let made = desk.domain().create_native_group(&desk.scope, &wanted, &users(&[user.uuid()])).await.unwrap();
    let group = desk.find(made.id).await;
    assert_eq!((group.record.name.as_str(), group.version.0, group.member_count()), ("Group", 1, 1));
    assert_eq!((group.parent, group.source.as_str()), (Some(parent), "native"));
    assert_eq!(group.record.custom_attributes, Some(object(json!({ "floor": 3 }))));
    assert_eq!(desk.children(parent).await, [(group.id, true)]);
    let filter = "filter=urn:ietf:params:scim:schemas:extension:convoke:2.0:Group:description%20eq%20%22Text%22";
    let found = desk.site.client().await.get(&format!("/Groups?{filter}")).await.expect(200);
    assert_eq!(found["totalResults"], 1, "SCIM finds it by what it was given here: {found}");
    desk.check_counters().await;
    desk.check_history().await;

    let traces = desk.site.sql.traces().await;
    let stranger = GroupId::generate(desk.domain().clock());
    let lost = GroupChange { parent: Some(Some(stranger)), ..named("lost") };
    let outcome = desk.domain().create_native_group(&desk.scope, &lost, &users(&[user.uuid(), parent.uuid()])).await;
    let (error, text) = refusal(outcome);
    let Error::UnknownParent { id, members } = error else { panic!("{text}") };
    assert_eq!((id, members), (stranger, vec![parent.to_string()]), "all that is unknown; a group is no user");
    let outcome = desk.domain().create_native_group(&desk.scope, &named("group"), &users(&[Uuid::nil()])).await;
    assert!(matches!(refusal(outcome).0, Error::UnknownMembers(_)), "the body is judged before the state");
    let outcome = desk.domain().create_native_group(&desk.scope, &named("GROUP"), &users(&[user.uuid()])).await;
    assert!(matches!(refusal(outcome).0, Error::Taken { .. }));
    for bad in ["", "  ", "a\u{7}b", &"x".repeat(257)] {
        let outcome = desk.domain().create_native_group(&desk.scope, &named(bad), &users(&[])).await;
        assert!(matches!(refusal(outcome).0, Error::Invalid { attribute: "displayName", .. }), "{bad:?}");
    }
    assert_eq!(desk.site.sql.traces().await, traces, "nothing of it was written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn absent_fields_stay_and_null_clears() {
    let desk = Desk::set_up(&[]).await;
    let parent = desk.group("parent").await;
    let wanted = GroupChange {
        description: Some(Some("text".to_owned())),
        parent: Some(Some(parent)),
        custom_attributes: Some(Some(object(json!({ "a": [1, null] })))),
        ..named("group")
    };
    let id = desk.domain().create_native_group(&desk.scope, &wanted, &users(&[])).await.unwrap().id;
    let change = async |wanted: GroupChange| desk.domain().change_group(&desk.scope, id, None, &wanted).await;
    let before = desk.find(id).await;
    change(GroupChange::default()).await.unwrap();
    change(wanted.clone()).await.unwrap();
    assert_eq!(desk.find(id).await, before, "nothing new, nothing changed");

    let privileged = change(GroupChange { is_privileged: Some(true), ..GroupChange::default() }).await.unwrap();
    assert!(privileged.record.is_privileged && privileged.version.0 == 2);
    let custom = object(json!({ "b": {} }));
    let replaced = GroupChange { custom_attributes: Some(Some(custom.clone())), ..GroupChange::default() };
    assert_eq!(change(replaced).await.unwrap().record.custom_attributes, Some(custom), "the whole object");
    let cleared = GroupChange {
        description: Some(None),
        parent: Some(None),
        custom_attributes: Some(None),
        ..GroupChange::default()
    };
    change(cleared).await.unwrap();
    let after = desk.find(id).await;
    assert_eq!((&after.record.description, &after.record.custom_attributes, after.parent), (&None, &None, None));
    assert_eq!(after.record.name, "group");
    let told: Vec<String> = desk
        .site
        .sql
        .column("SELECT before::text FROM events WHERE before ? 'custom_attributes' ORDER BY seq", &[])
        .await;
    assert_eq!(told.len(), 2, "what only the native APIs write is told too: {told:?}");
    let stranger =
        GroupChange { parent: Some(Some(GroupId::generate(desk.domain().clock()))), ..GroupChange::default() };
    assert!(matches!(refusal(change(stranger).await).0, Error::UnknownParent { .. }));
    let itself = GroupChange { parent: Some(Some(id)), ..GroupChange::default() };
    assert!(matches!(refusal(change(itself).await).0, Error::Cycle(_)));
    desk.check_counters().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_a_connection_is_left_alone_where_the_tenant_wants_that() {
    for locked in [false, true] {
        let desk = Desk::set_up(&[&format!("groups.lock_scim_managed={locked}")]).await;
        let (user, child) = (desk.user("user").await, desk.group("child").await);
        let client = desk.site.client().await;
        let managed: GroupId = client.group("managed").await.parse().unwrap();
        let native = desk.through(Api::Dir).await;
        let judge = |what: &str, outcome: convoke::domain::Result<()>| match outcome {
            Ok(()) => assert!(!locked, "{what}"),
            Err(Error::Managed { connection }) => assert!(locked && connection.starts_with("token:"), "{what}"),
            Err(other) => panic!("{what}: {other}"),
        };
        let rename = desk.domain().change_group(&native, managed, None, &named("mine")).await;
        judge("rename", rename.map(drop));
        let add = UserChange { add: vec![user], ..UserChange::default() };
        judge("add", desk.domain().change_users(&native, managed, None, &add).await.map(drop));
        judge("nest", desk.domain().nest_groups(&native, managed, None, &[child], &[]).await.map(drop));
        let hung = GroupChange { parent: Some(Some(managed)), ..GroupChange::default() };
        judge("hang", desk.domain().change_group(&native, child, None, &hung).await.map(drop));
        let described = GroupChange { description: Some(Some("text".to_owned())), ..GroupChange::default() };
        desk.domain().change_group(&native, managed, None, &described).await.unwrap();
        let own = desk.domain().create_native_group(&native, &named("own"), &users(&[])).await.unwrap();
        desk.domain().change_users(&native, own.id, None, &add).await.unwrap();
        let scim = desk.through(Api::Scim).await;
        desk.domain().change_users(&scim, managed, None, &add).await.unwrap();
        desk.check_counters().await;
    }
}
