//! What is refused, one row each: the request, the status, the `scimType`, and what the detail must name. All rows run
//! against one server, each must leave a SCIM error body, and after each the database must be as it was.

use std::collections::HashMap;

use chrono::TimeDelta;
use convoke::domain::NewToken;
use convoke::model::principal::Reach;
use convoke::model::token::PresentedToken;
use secrecy::ExposeSecret;

use super::client::{Client, PATCH_OP};
use super::rules;
use super::site::Site;
use crate::conformance;
use crate::support::Answer;

mod bodies;
mod credentials;
mod queries;
mod routes;

/// One row. `{user}`, `{group}`, `{foreign_user}`, `{foreign_group}` and `{tenant}` are filled in.
struct Row {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    status: u16,
    scim_type: Option<&'static str>,
    /// Parts of the detail.
    names: Vec<&'static str>,
    /// A header of the answer and a part of its value.
    says: Option<(&'static str, &'static str)>,
    /// Lines of the catalogue it proves.
    proves: Vec<&'static str>,
}

fn row(method: &'static str, path: impl Into<String>, status: u16, scim_type: impl Into<Option<&'static str>>) -> Row {
    let (path, scim_type) = (path.into(), scim_type.into());
    Row {
        method,
        path,
        headers: Vec::new(),
        body: None,
        status,
        scim_type,
        names: Vec::new(),
        says: None,
        proves: Vec::new(),
    }
}

impl Row {
    fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn names(mut self, part: &'static str) -> Self {
        self.names.push(part);
        self
    }

    fn says(self, header: &'static str, part: &'static str) -> Self {
        Self { says: Some((header, part)), ..self }
    }

    fn proves(mut self, line: &'static str) -> Self {
        self.proves.push(line);
        self
    }
}

/// A PATCH body of one operation, as text: rows need to be able to get it wrong.
fn patch_body(operation: &str) -> String {
    format!("{{\"schemas\":[\"{PATCH_OP}\"],\"Operations\":[{operation}]}}")
}

/// A server with a user, a group with that user in it, the same in another tenant, and tokens of all sorts.
struct Scene {
    site: Site,
    names: HashMap<&'static str, String>,
}

impl Scene {
    async fn set() -> Self {
        let site = Site::start().await;
        let client = site.client().await;
        let other = site.server.domain.create_tenant("other", None, None, false).await.unwrap();
        let foreign = Client::new(&site.server.base_url, &site.token_in(&other, &["scim"]).await);
        let (user, foreign_user) = (client.user("user").await, foreign.user("stranger").await);
        let (group, foreign_group) = (client.group("group").await, foreign.group("strangers").await);
        let add = serde_json::json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]);
        assert_eq!(client.patch(&format!("/Groups/{group}"), add).await.status, 200);
        let expired = Self::issue(&site, Some(TimeDelta::milliseconds(1)), false).await;
        let revoked = Self::issue(&site, None, false).await;
        let id = PresentedToken::parse(&revoked).unwrap().id;
        site.server.domain.revoke_any_token(id).await.unwrap();
        let names = HashMap::from([
            ("{token}", site.token(&["scim"]).await),
            ("{reader}", site.token(&["scim:read"]).await),
            ("{elsewhere}", site.token(&["groups:write", "admin:write"]).await),
            ("{api_key}", Self::issue(&site, None, true).await),
            ("{expired}", expired),
            ("{revoked}", revoked),
            ("{user}", user),
            ("{group}", group),
            ("{foreign_user}", foreign_user),
            ("{foreign_group}", foreign_group),
            ("{tenant}", site.server.tenant.id.to_string()),
        ]);
        Self { site, names }
    }

    async fn issue(site: &Site, ttl: Option<TimeDelta>, api_key: bool) -> String {
        let scopes = vec!["scim".parse().unwrap()];
        let reach = Reach::Tenant(site.server.tenant.id);
        let new = NewToken { reach, scopes, roles: Vec::new(), user_name: None, name: "x".to_owned(), ttl, api_key };
        site.server.domain.issue_token(&new).await.unwrap().1.expose_secret().to_owned()
    }

    fn fill(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    async fn ask(&self, row: &Row) -> Answer {
        let path = self.fill(&row.path);
        let absolute = ["/scim", "/tenants", "/api"].iter().any(|prefix| path.starts_with(prefix));
        let url = if absolute { path } else { format!("/scim/v2{path}") };
        let mut request =
            reqwest::Client::new().request(row.method.parse().unwrap(), format!("{}{url}", self.site.server.base_url));
        if !row.headers.iter().any(|(name, _)| *name == "authorization") {
            request = request.bearer_auth(&self.names["{token}"]);
        }
        for (name, value) in row.headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, self.fill(value));
        }
        if let Some(body) = &row.body {
            let filled = std::str::from_utf8(body).map(|text| self.fill(text).into_bytes());
            request = request.body(filled.unwrap_or_else(|_| body.clone()));
        }
        Answer::of(request.send().await.unwrap()).await
    }

    /// Holds every row to what it says; reports all that fail, not the first.
    async fn hold(&self, rows: Vec<Row>) {
        assert!(!rows.is_empty());
        let mut failures = Vec::new();
        let mut before = self.site.sql.traces().await;
        for row in &rows {
            let answer = self.ask(row).await;
            let after = self.site.sql.traces().await;
            let mut wrong = complaints(row, &answer);
            if before != after {
                wrong.push(format!("something was written: {before} became {after}"));
                before = after;
            }
            conformance::record(&conformance::running_test(), &row.proves, wrong.is_empty());
            if !wrong.is_empty() {
                let body = row.body.as_ref().map(|body| String::from_utf8_lossy(&body[..body.len().min(200)]));
                let body = body.unwrap_or_default();
                failures.push(format!(
                    "{} {} {body}\n  {}\n{} {}",
                    row.method,
                    row.path,
                    wrong.join("\n  "),
                    answer.status,
                    answer.text
                ));
            }
        }
        assert!(failures.is_empty(), "{} of {} rows:\n\n{}", failures.len(), rows.len(), failures.join("\n\n"));
    }
}

fn complaints(row: &Row, answer: &Answer) -> Vec<String> {
    let mut wrong = rules::breaches(answer, row.method);
    if answer.status != row.status {
        wrong.push(format!("expected {}", row.status));
    }
    if answer.body["scimType"].as_str() != row.scim_type {
        wrong.push(format!("expected scimType {:?}", row.scim_type));
    }
    let detail = answer.body["detail"].as_str().unwrap_or_default();
    wrong.extend(row.names.iter().filter(|part| !detail.contains(**part)).map(|part| format!("must name {part}")));
    if detail.len() > 4_000 || detail.chars().any(char::is_control) {
        wrong.push("the detail is no sentence for an administrator".to_owned());
    }
    let unsaid = row.says.filter(|(header, part)| !answer.header(header).contains(part));
    wrong.extend(unsaid.map(|(header, part)| format!("{header} must say {part}, and is {:?}", answer.header(header))));
    wrong
}
