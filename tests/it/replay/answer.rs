//! An answer, and what must hold for every answer of the SCIM facade, whoever asked what.

use std::fmt;

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::matcher::differences;

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body as it came.
    pub(crate) text: String,
    /// The body as JSON; null when it is none.
    pub(crate) json: Value,
}

impl Answer {
    /// Sends a request and reads the answer to its end.
    pub(crate) async fn receive(request: RequestBuilder) -> Result<Self, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let json = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self { status, headers, text, json })
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// What every SCIM answer must keep to and this one does not.
    pub(crate) fn breaches_of_scim(&self, method: &str) -> Vec<String> {
        let mut breaches = Vec::new();
        let mut must = |holds: bool, what: &str| {
            if !holds {
                breaches.push(format!("broken for every SCIM answer: {what}"));
            }
        };
        must(self.status < 500 || self.status == 501, "a request never ends in an internal error");
        if matches!(self.status, 204 | 304) || method == "HEAD" {
            must(self.text.is_empty(), "this answer has no body");
            return breaches;
        }
        let media_type = self.header("content-type").unwrap_or_default();
        must(media_type.starts_with("application/scim+json"), "the media type is application/scim+json");
        must(self.json.is_object(), "the body is a JSON object");
        must(!has_null(&self.json), "nothing is null (Microsoft Entra ID, RFC 7643 section 2.5)");
        must(!self.text.contains("\"password\":"), "a password is never returned");
        match self.status {
            400.. => must(self.is_scim_error(), "an error is a SCIM error with a string status and a detail"),
            _ if self.json["schemas"] == serde_json::json!([LIST]) => self.check_list(&mut must),
            _ => self.check_resource(&mut must),
        }
        breaches
    }

    /// Whether the body is a SCIM error that fits the status.
    pub(crate) fn is_scim_error(&self) -> bool {
        let expected = serde_json::json!({
            "schemas": [ERROR], "status": self.status.to_string(), "detail": "@string",
        });
        differences(&expected, Some(&self.json)).is_empty()
            && (self.status != 401 || self.headers.contains_key("www-authenticate"))
    }

    fn check_list(&self, must: &mut impl FnMut(bool, &str)) {
        let count = |name: &str| self.json[name].as_u64();
        let items = self.json["Resources"].as_array().map(|items| items.len() as u64);
        must(count("totalResults") >= items, "totalResults is an integer, not less than what is shown");
        must(count("itemsPerPage") == items, "itemsPerPage is the number of resources shown");
        must(count("startIndex") >= Some(1), "startIndex is an integer from 1");
    }

    fn check_resource(&self, must: &mut impl FnMut(bool, &str)) {
        if self.json.get("id").is_none() {
            return;
        }
        must(self.json["schemas"].as_array().is_some_and(|list| !list.is_empty()), "a resource has schemas");
        let location = &self.json["meta"]["location"];
        if location.is_string() {
            let sent = self.header("location").or_else(|| location.as_str().filter(|_| self.header("etag").is_none()));
            must(location.as_str() == sent, "Location is meta.location");
            let etag = self.header("etag").or_else(|| self.json["meta"]["version"].as_str());
            must(self.json["meta"]["version"].as_str() == etag, "ETag is meta.version");
        }
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.text.char_indices().nth(4_000).map_or(self.text.len(), |(end, _)| end);
        write!(f, "{}\n{}", self.status, &self.text[..end])
    }
}
