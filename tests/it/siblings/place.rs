//! A server with those who ask it.

use convoke::model::principal::{Reach, Role, Scope};
use serde_json::{Value, json};

use crate::support::{Answer, Client, Setup, TestServer};

pub(super) const PARTNERS: &str = "/api/v1/admin/partners";
pub(super) const TENANTS: &str = "/api/v1/admin/tenants";
pub(super) const USERS: &str = "/api/v1/tenants/acme/users";
pub(super) const TOKENS: &str = "/api/v1/tenants/acme/tokens";

/// A server with tenant `acme`, which nobody owns.
pub(super) struct Place {
    pub(super) server: TestServer,
    /// Who may do everything everywhere.
    pub(super) root: Client,
}

impl Place {
    pub(super) async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    pub(super) async fn start_with(setup: Setup) -> Self {
        let server = TestServer::start_with(setup).await;
        let root = server.client_for(Reach::Platform, &[], &[Role::SuperAdmin]).await;
        Self { server, root }
    }

    pub(super) async fn platform(&self, scopes: &[Scope]) -> Client {
        self.server.client_for(Reach::Platform, scopes, &[]).await
    }

    /// A client of the tenant.
    pub(super) async fn tenant(&self, scopes: &[Scope], roles: &[Role]) -> Client {
        self.server.client_with(scopes, roles).await
    }

    /// A partner, and a client of its administrator.
    pub(super) async fn partner(&self, slug: &str, body: Value) -> (String, Client) {
        let mut body = body;
        body["slug"] = slug.into();
        let id = id(&self.root.post(PARTNERS, &body).await.expect(201));
        let client = self.server.client_for(Reach::Partner(id.parse().unwrap()), &[], &[Role::PartnerAdmin]).await;
        (id, client)
    }

    /// A tenant of the partner, and a client of its administrator.
    pub(super) async fn tenant_of(&self, partner: &str, slug: &str) -> (String, Client) {
        let body = json!({ "slug": slug, "partner_id": partner });
        let id = id(&self.root.post(TENANTS, &body).await.expect(201));
        let client =
            self.server.client_for(Reach::Tenant(id.parse().unwrap()), &Scope::ALL, &[Role::TenantAdmin]).await;
        (id, client)
    }

    pub(super) async fn user(&self, user_name: &str) -> String {
        id(&self.root.post(USERS, &json!({ "user_name": user_name })).await.expect(201))
    }
}

/// The id of the resource in a body.
pub(super) fn id(body: &Value) -> String {
    body["data"]["id"].as_str().expect("a resource with an id").to_owned()
}

/// This field of each row.
pub(super) fn column(body: &Value, field: &str) -> Vec<String> {
    let rows = body["data"].as_array().expect("a list of rows");
    rows.iter().map(|row| row[field].as_str().map_or_else(|| row[field].to_string(), str::to_owned)).collect()
}

/// Where the faults of a refused request are, and of which kind, sorted.
#[track_caller]
pub(super) fn faults(answer: Answer) -> Vec<(String, String)> {
    let body = answer.expect(422);
    let way = |loc: &Value| {
        let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
        loc.as_array().unwrap().iter().map(step).collect::<Vec<_>>().join(".")
    };
    let fault = |fault: &Value| (way(&fault["loc"]), fault["type"].as_str().unwrap().to_owned());
    let mut faults: Vec<_> = body["detail"].as_array().expect("a list of faults").iter().map(fault).collect();
    faults.sort();
    faults
}

/// Faults as a test writes them.
pub(super) fn told(faults: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut told: Vec<_> = faults.iter().map(|(way, kind)| ((*way).to_owned(), (*kind).to_owned())).collect();
    told.sort();
    told
}

/// The text of a refusal with that status.
#[track_caller]
pub(super) fn reason(answer: Answer, status: u16) -> String {
    let body = answer.expect(status);
    body["detail"].as_str().expect("a text").to_owned()
}
