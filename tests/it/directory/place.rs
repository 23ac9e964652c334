//! A server with two tenants of a partner and a third of nobody's, and the requests tests make of it.

use convoke::domain::{GroupDraft, NewToken};
use convoke::model::group::{GroupRecord, GroupType};
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::MemberChange;
use convoke::model::principal::{Reach, Role, Scope, TenantScope};
use convoke::model::tenant::Tenant;
use convoke::model::user::UserRecord;
use poem::http::{HeaderMap, Method};
use secrecy::ExposeSecret;
use serde_json::{Map, Value};

use crate::support::TestServer;

/// A server, and what was put into it.
pub(super) struct Place {
    pub(super) server: TestServer,
    pub(super) tenant: Tenant,
    client: reqwest::Client,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
    pub(super) text: String,
}

impl Place {
    pub(super) async fn start() -> Self {
        let server = TestServer::start().await;
        let tenant = server.domain.create_tenant("north", None, Some("reseller"), false).await.unwrap();
        Self { server, tenant, client: reqwest::Client::new() }
    }

    /// A second tenant.
    pub(super) async fn tenant(&self, slug: &str, partner: Option<&str>) -> Tenant {
        self.server.domain.create_tenant(slug, None, partner, false).await.unwrap()
    }

    /// Changes a setting of the tenant.
    pub(super) async fn set(&mut self, assignment: &str) {
        let settings = self.tenant.settings.with(assignment).unwrap();
        self.server.domain.set_settings(&self.tenant, &settings).await.unwrap();
        self.tenant.settings = settings;
    }

    pub(super) fn scope(&self, tenant: &Tenant) -> TenantScope {
        self.server.domain.operator(tenant)
    }

    /// A token that reaches so far, with these scopes and roles.
    pub(super) async fn token(&self, reach: Reach, scopes: &[Scope], roles: &[Role]) -> String {
        let new = NewToken {
            reach,
            scopes: scopes.to_vec(),
            roles: roles.to_vec(),
            user_name: None,
            name: "test".to_owned(),
            ttl: None,
            api_key: false,
        };
        self.server.domain.issue_token(&new).await.unwrap().1.expose_secret().to_owned()
    }

    /// A token that may read everything, everywhere.
    pub(super) async fn reader(&self) -> String {
        self.token(Reach::Platform, &[Scope::AdminRead], &[]).await
    }

    pub(super) async fn user(&self, user_name: &str) -> UserId {
        let record = UserRecord {
            user_name: user_name.to_owned(),
            external_id: None,
            display_name: Some(user_name.to_uppercase()),
            active: None,
            email: None,
            attributes: Map::new(),
            search: Value::Object(Map::new()),
        };
        self.server.domain.create_user(&self.scope(&self.tenant), record).await.unwrap().resource.id
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
            attributes: Map::new(),
            search: Value::Object(Map::new()),
        };
        let members = MemberChange { add: users.iter().map(|id| id.uuid()).collect(), ..MemberChange::default() };
        let draft = GroupDraft { record, parent };
        self.server.domain.create_group(&self.scope(tenant), &draft, &members).await.unwrap().resource.id
    }

    /// Nests one group in another, with a tie that is not the primary one.
    pub(super) async fn nest(&self, parent: GroupId, child: GroupId) {
        let change = MemberChange { add: vec![child.uuid()], ..MemberChange::default() };
        self.server.domain.change_members(&self.scope(&self.tenant), parent, None, &change).await.unwrap();
    }

    pub(super) async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(Method::GET, Some(token), path, &[]).await
    }

    pub(super) async fn send(
        &self,
        method: Method,
        token: Option<&str>,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.client.request(method, format!("{}{path}", self.server.base_url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }
}

impl Answer {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// This field of each row.
    pub(super) fn column(&self, field: &str) -> Vec<&str> {
        let rows = self.body["data"].as_array().unwrap_or_else(|| panic!("no list: {}", self.text));
        rows.iter().map(|row| row[field].as_str().unwrap()).collect()
    }
}
