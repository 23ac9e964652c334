//! A SCIM client that says little: enough for tests that make their requests rather than write them down.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::rules;
use crate::support::Answer;

/// The URN of a PATCH body.
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Sends requests with one token.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    pub(crate) fn new(base_url: &str, token: &str) -> Self {
        Self { http: reqwest::Client::new(), base: format!("{base_url}/scim/v2"), token: token.to_owned() }
    }

    /// The absolute address of a path below the SCIM base.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request below the SCIM base, with the token.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        self.http.request(method, self.url(path)).bearer_auth(&self.token)
    }

    /// Sends a request and holds the answer to what all answers must keep to.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.send_with(method, path, &[], body).await
    }

    /// The same with headers.
    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(rules::breaches(&answer, method), Vec::<String>::new(), "{method} {path}: {}", answer.text);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    /// PATCH with these operations.
    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        self.send("PATCH", path, Some(&json!({ "schemas": [PATCH_OP], "Operations": operations }))).await
    }

    /// Creates a user; its id.
    pub(crate) async fn user(&self, user_name: &str) -> String {
        self.created("/Users", json!({ "userName": user_name })).await
    }

    /// Creates a group; its id.
    pub(crate) async fn group(&self, name: &str) -> String {
        self.created("/Groups", json!({ "displayName": name })).await
    }

    /// Creates a resource; its id.
    pub(crate) async fn created(&self, path: &str, body: Value) -> String {
        self.post(path, &body).await.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// The ids in a group's `members`, sorted.
    pub(crate) async fn members(&self, group: &str) -> Vec<String> {
        let answer = self.get(&format!("/Groups/{group}")).await;
        let members = answer.expect(200)["members"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<String> = members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}
