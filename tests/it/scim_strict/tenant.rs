//! One tenant of one mode with a user, another one, and a group, made by requests that need no leniency.

use std::collections::BTreeMap;

use convoke::model::principal::Reach;
use convoke::model::tenant::Tenant;
use serde_json::{Value, json};

use super::requests::{Request, group_body, post, user_body};
use crate::scim::rules;
use crate::support::{Answer, TestServer, issue};

/// A tenant and a token for it.
pub(super) struct Room<'s> {
    pub(super) tenant: Tenant,
    server: &'s TestServer,
    http: reqwest::Client,
    token: String,
    names: Vec<(&'static str, String)>,
}

impl<'s> Room<'s> {
    /// A new tenant with its residents.
    pub(super) async fn furnished(server: &'s TestServer, slug: &str, strict: bool) -> Self {
        let mut room = Self::empty(server, slug, strict).await;
        let emails = json!([{ "value": "ada@work", "type": "work", "primary": true },
                            { "value": "ada@home", "type": "home" }]);
        let name = json!({ "givenName": "Ada", "familyName": "Lovelace" });
        let user = room
            .created(
                "/Users",
                &json!({ "userName": "ada", "title": "Countess", "active": true, "emails": emails, "name": name }),
            )
            .await;
        let other = room.created("/Users", &json!({ "userName": "bob" })).await;
        let group = json!({ "displayName": "staff", "members": [{ "value": user }, { "value": other }] });
        let group = room.created("/Groups", &group).await;
        room.names = vec![("{USER}", user.to_uppercase()), ("{user}", user), ("{other}", other), ("{group}", group)];
        room
    }

    /// A new tenant without anybody.
    pub(super) async fn empty(server: &'s TestServer, slug: &str, strict: bool) -> Self {
        let tenant = server.domain.create_tenant(slug, None, None, strict).await.unwrap();
        let token = issue(&server.domain, Reach::Tenant(tenant.id), &["scim".parse().unwrap()], &[]).await;
        Self { tenant, server, http: reqwest::Client::new(), token, names: Vec::new() }
    }

    async fn created(&self, path: &str, attributes: &Value) -> String {
        let body = if path == "/Users" { user_body(attributes) } else { group_body(attributes) };
        self.send(&post(path, &body)).await.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// The text with the ids of this tenant.
    pub(super) fn fill(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    /// Gives a text a name to be used in requests.
    pub(super) fn name(&mut self, name: &'static str, text: String) {
        self.names.push((name, text));
    }

    /// Sends a request and holds the answer to what all answers must keep to.
    pub(super) async fn send(&self, request: &Request) -> Answer {
        let answer = self.send_as_it_is(request).await;
        assert_eq!(rules::breaches(&answer, request.method), Vec::<String>::new(), "{request:?}: {}", answer.text);
        answer
    }

    /// Sends a request whose answer not everything holds for: an internal error, a page by cursor.
    pub(super) async fn send_as_it_is(&self, request: &Request) -> Answer {
        let url = format!("{}/scim/v2{}", self.server.base_url, self.fill(&request.path));
        let mut sent = self.http.request(request.method.parse().unwrap(), url);
        if !request.headers.iter().any(|(name, _)| *name == "authorization") {
            sent = sent.bearer_auth(&self.token);
        }
        if let Some(body) = &request.body {
            sent = sent.body(self.fill(body));
            if let Some(content_type) = request.content_type {
                sent = sent.header("content-type", content_type);
            }
        }
        for (name, value) in request.headers.iter().filter(|(_, value)| !value.is_empty()) {
            sent = sent.header(*name, self.fill(value));
        }
        Answer::of(sent.send().await.unwrap()).await
    }

    /// What is wrong with a refusal: the answer's own, or that of the last operation of a Bulk that failed.
    pub(super) fn complaints(
        &self,
        answer: &Answer,
        status: u16,
        scim_type: Option<&str>,
        names: &[&str],
    ) -> Vec<String> {
        let error = failed_operation(answer).unwrap_or(&answer.body);
        let mut wrong = Vec::new();
        let told = error["status"].as_str().and_then(|told| told.parse().ok());
        if told != Some(status) || error["scimType"].as_str() != scim_type {
            wrong.push(format!("expected {status} {scim_type:?}, found {} {}", answer.status, answer.text));
        }
        let detail = error["detail"].as_str().unwrap_or_default();
        let unnamed = names.iter().map(|part| self.fill(part)).filter(|part| !detail.contains(part.as_str()));
        wrong.extend(unnamed.map(|part| format!("the detail must name {part}, and is: {detail}")));
        wrong
    }

    /// What it is about, as it is now: to see whether a request did anything.
    pub(super) async fn read(&self, path: &str) -> Value {
        self.send(&super::requests::get(path)).await.expect(200)
    }

    /// Everything that was forgiven so far, by rule.
    pub(super) async fn forgiven(&self) -> BTreeMap<String, i64> {
        self.server.domain.save_leniencies().await.unwrap();
        let uses = self.server.domain.leniencies(&self.tenant).await.unwrap();
        uses.into_iter().map(|found| (found.rule, found.uses)).collect()
    }
}

/// The error of the last operation of a Bulk that failed.
pub(super) fn failed_operation(answer: &Answer) -> Option<&Value> {
    let operations = answer.body["Operations"].as_array()?;
    operations.iter().map(|operation| &operation["response"]).rfind(|response| response["detail"].is_string())
}
