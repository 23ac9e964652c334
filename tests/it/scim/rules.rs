//! What must hold for every answer of the SCIM facade, whoever asked what.

use serde_json::{Value, json};

use crate::support::Answer;

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Rules this answer breaks.
pub(crate) fn breaches(answer: &Answer, method: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            breaches.push(format!("broken for every SCIM answer: {what}"));
        }
    };
    must(answer.status < 500 || answer.status == 501, "a request never ends in an internal error");
    if matches!(answer.status, 204 | 304) || method == "HEAD" {
        must(answer.text.is_empty(), "this answer has no body");
        return breaches;
    }
    must(answer.header("content-type").starts_with("application/scim+json"), "the media type is application/scim+json");
    must(answer.body.is_object(), "the body is a JSON object");
    must(!has_null(&answer.body), "nothing is null (Microsoft Entra ID, RFC 7643 section 2.5)");
    must(!answer.text.contains("\"password\":"), "a password is never returned");
    match answer.status {
        400.. => error(answer, &mut must),
        _ if answer.body["schemas"] == json!([LIST]) => list(&answer.body, &mut must),
        _ => resource(answer, &mut must),
    }
    breaches
}

fn error(answer: &Answer, must: &mut impl FnMut(bool, &str)) {
    let body = &answer.body;
    must(body["schemas"] == json!([ERROR]), "an error has the schema of errors");
    must(
        body["status"].as_str() == Some(&*answer.status.to_string()),
        "an error's status is a string, and the answer's own",
    );
    must(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "an error says what is wrong");
    must(answer.status != 401 || !answer.header("www-authenticate").is_empty(), "a 401 has a challenge");
}

fn list(body: &Value, must: &mut impl FnMut(bool, &str)) {
    let count = |name: &str| body[name].as_u64();
    let items = body["Resources"].as_array().map(|items| items.len() as u64);
    must(count("totalResults") >= items, "totalResults is an integer, not less than what is shown");
    must(count("itemsPerPage") == items, "itemsPerPage is the number of resources shown");
    // Pages asked for by cursor have none (RFC 9865 section 2).
    must(body.get("startIndex").is_none_or(|at| at.as_u64() >= Some(1)), "startIndex is an integer from 1");
}

fn resource(answer: &Answer, must: &mut impl FnMut(bool, &str)) {
    let body = &answer.body;
    must(body["schemas"].as_array().is_some_and(|list| !list.is_empty()), "a resource has schemas");
    let is_versioned = answer.headers.contains_key("etag");
    must(!is_versioned || body["id"].is_string(), "a resource has its id");
    for (header, member) in [("location", "location"), ("etag", "version")] {
        let shown = body["meta"][member].as_str().filter(|_| is_versioned);
        must(shown.is_none_or(|shown| shown == answer.header(header)), "Location and ETag are those in meta");
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
