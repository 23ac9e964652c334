//! A server with a tenant of a partner, and what tests put into it.

use convoke::domain::GroupDraft;
use convoke::model::group::{GroupRecord, GroupType};
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::MemberChange;
use convoke::model::principal::{Reach, Role, Scope, TenantScope};
use convoke::model::tenant::Tenant;
use convoke::model::user::UserRecord;
use serde_json::{Map, Value};

use crate::support::{Answer, Client, TestServer};

/// A server, and what was put into it.
pub(super) struct Place {
    pub(super) server: TestServer,
    pub(super) tenant: Tenant,
}

impl Place {
    pub(super) async fn start() -> Self {
        let server = TestServer::start().await;
        let tenant = server.domain.create_tenant("north", None, Some("reseller"), false).await.expect("a tenant");
        Self { server, tenant }
    }

    /// A second tenant.
    pub(super) async fn tenant(&self, slug: &str, partner: Option<&str>) -> Tenant {
        self.server.domain.create_tenant(slug, None, partner, false).await.expect("a tenant")
    }

    /// Changes a setting of the tenant.
    pub(super) async fn set(&mut self, assignment: &str) {
        let settings = self.tenant.settings.with(assignment).expect("a setting as documented");
        self.server.domain.set_settings(&self.tenant, &settings).await.expect("settings are written");
        self.tenant.settings = settings.into();
    }

    pub(super) fn scope(&self, tenant: &Tenant) -> TenantScope {
        self.server.domain.operator(tenant)
    }

    /// A client whose token reaches so far, with these scopes and roles.
    pub(super) async fn client(&self, reach: Reach, scopes: &[Scope], roles: &[Role]) -> Client {
        self.server.client_for(reach, scopes, roles).await
    }

    /// A client that may read everything, everywhere.
    pub(super) async fn reader(&self) -> Client {
        self.client(Reach::Platform, &[Scope::AdminRead], &[]).await
    }

    pub(super) async fn user(&self, user_name: &str) -> UserId {
        let record = UserRecord {
            user_name: user_name.to_owned(),
            external_id: None,
            display_name: Some(user_name.to_uppercase()),
            active: None,
            email: None,
            attributes: Map::new().into(),
            search: Value::Object(Map::new()),
        };
        self.server.domain.create_user(&self.scope(&self.tenant), record).await.expect("a user").resource.id
    }

    pub(super) async fn group(&self, name: &str, parent: Option<GroupId>, users: &[UserId]) -> GroupId {
        self.group_of(&self.tenant, name, GroupType::Security, parent, users).await
    }

    pub(super) async fn group_of(
        &self,
        tenant: &Tenant,
        name: &str,
        group_type: GroupType,
        parent: Option<GroupId>,
        users: &[UserId],
    ) -> GroupId {
        let record = GroupRecord {
            name: name.to_owned(),
            description: None,
            group_type: Some(group_type),
            is_privileged: false,
            external_id: None,
            custom_attributes: None,
            attributes: Map::new().into(),
            search: Value::Object(Map::new()),
        };
        let members = MemberChange { add: users.iter().map(|id| id.uuid()).collect(), ..MemberChange::default() };
        let draft = GroupDraft { record, parent, grants: Default::default() };
        self.server.domain.create_group(&self.scope(tenant), &draft, &members).await.expect("a group").resource.id
    }

    /// Nests one group in another, with a tie that is not the primary one.
    pub(super) async fn nest(&self, parent: GroupId, child: GroupId) {
        let change = MemberChange { add: vec![child.uuid()], ..MemberChange::default() };
        self.server.domain.change_members(&self.scope(&self.tenant), parent, None, &change).await.expect("an edge");
    }
}

/// This field of each row.
pub(super) fn column<'a>(answer: &'a Answer, field: &str) -> Vec<&'a str> {
    let rows = answer.body["data"].as_array().expect("a list of rows");
    rows.iter().map(|row| row[field].as_str().expect("a text in each row")).collect()
}
