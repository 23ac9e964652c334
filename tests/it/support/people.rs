//! Users and groups of a test's tenant, made by the verbs: for tests of how an API shows what is there, not of how it came.

use convoke::domain::{GroupChange, UserChange};
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::{MemberChange, MemberKinds};
use convoke::model::principal::TenantScope;
use convoke::model::user::UserRecord;
use serde_json::{Map, Value};

use super::server::TestServer;

impl TestServer {
    /// The scope in which all of this is made.
    pub(crate) fn scope(&self) -> TenantScope {
        self.domain.operator(&self.tenant)
    }

    /// A user of this name, with an address at example.com.
    pub(crate) async fn user(&self, name: &str) -> UserId {
        let record = UserRecord {
            user_name: name.to_owned(),
            external_id: None,
            display_name: Some(name.to_uppercase()),
            active: None,
            email: Some(format!("{name}@example.com")),
            attributes: Map::new().into(),
            search: Value::Object(Map::new()),
        };
        self.domain.create_user(&self.scope(), record).await.expect("a user").resource.id
    }

    /// A group of this name with these users in it.
    pub(crate) async fn group(&self, name: &str, users: &[UserId]) -> GroupId {
        let wanted = GroupChange { name: Some(name.to_owned()), ..GroupChange::default() };
        let users = MemberChange { add: users.iter().map(|id| id.uuid()).collect(), ..MemberChange::default() };
        self.domain.create_native_group(&self.scope(), &wanted, &users).await.expect("a group").id
    }

    /// Puts groups below another, by edges that are not primary.
    pub(crate) async fn nest(&self, parent: GroupId, children: &[GroupId]) {
        let add = children.iter().map(|id| id.uuid()).collect();
        let change = MemberChange { add, kinds: MemberKinds::Groups, ..MemberChange::default() };
        self.domain.change_members(&self.scope(), parent, None, &change).await.expect("edges");
    }

    /// Puts users into a group.
    pub(crate) async fn join(&self, group: GroupId, users: &[UserId]) {
        let change = UserChange { add: users.to_vec(), ..UserChange::default() };
        self.domain.change_users(&self.scope(), group, None, &change).await.expect("members");
    }

    /// Takes users out of a group.
    pub(crate) async fn leave(&self, group: GroupId, users: &[UserId]) {
        let change = UserChange { remove: users.to_vec(), ..UserChange::default() };
        self.domain.change_users(&self.scope(), group, None, &change).await.expect("fewer members");
    }
}
