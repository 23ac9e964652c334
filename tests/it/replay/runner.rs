//! Sends the steps of a fixture and checks the answers. What it says of a failure is enough to see what went wrong
//! without a debugger: the step, the request as it was sent, what was expected, what came.

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use super::fixture::{Fixture, Step};
use super::matcher::differences;
use super::template::Names;
use crate::scim::rules;
use crate::support::Answer;

/// The server under test, and the credentials to use there.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Without a slash at the end.
    pub(super) base_url: String,
    /// The tenant's slug.
    pub(super) tenant: String,
    /// For SCIM.
    pub(super) scim_token: String,
    /// For the native APIs.
    pub(super) admin_token: String,
}

/// Sends everything; stops at the first answer that is not as expected.
pub(super) async fn run(fixture: &Fixture, target: &Target) -> Result<(), String> {
    // No User-Agent, as Microsoft Entra ID.
    let client = Client::new();
    let mut names = Names::default();
    names.set("tenant", target.tenant.as_str());
    names.set("base", format!("{}/scim/v2", target.base_url));
    for step in &fixture.steps {
        let rounds = step.repeat.as_ref().map_or(vec![None], |repeat| (repeat.from..=repeat.to).map(Some).collect());
        for round in rounds {
            if let (Some(repeat), Some(number)) = (&step.repeat, round) {
                names.set(repeat.var.clone(), number);
            }
            perform(step, target, &client, &mut names).await.map_err(|failure| match round {
                Some(number) => format!("step \"{}\", round {number}\n{failure}", step.name),
                None => format!("step \"{}\"\n{failure}", step.name),
            })?;
        }
    }
    Ok(())
}

async fn perform(step: &Step, target: &Target, client: &Client, names: &mut Names) -> Result<(), String> {
    let path = names.text(&step.path)?;
    let body = step.body.as_ref().map(|body| names.fill(body)).transpose()?.map(|body| match body {
        Value::String(text) => text,
        json => json.to_string(),
    });
    let shown = format!("{} {path}\n{}", step.method, body.as_deref().unwrap_or_default());
    let request = request(step, target, client, names, &path, body)?;
    let answer = Answer::of(request.send().await.map_err(|error| format!("{shown}\n{error}"))?).await;
    let complaints = complaints(step, names, &path, &answer)?;
    if !complaints.is_empty() {
        return Err(format!(
            "{}\n--- sent\n{shown}\n--- received\n{}\n{}",
            complaints.join("\n"),
            answer.status,
            brief(&answer.text)
        ));
    }
    for (name, pointer) in &step.save {
        let pointer = pointer.as_str().ok_or_else(|| format!("save.{name} must be a JSON pointer"))?;
        let value =
            answer.body.pointer(pointer).ok_or_else(|| format!("there is no {pointer} to save\n{}", answer.text))?;
        names.set(names.text(name)?, value.clone());
    }
    Ok(())
}

fn complaints(step: &Step, names: &Names, path: &str, answer: &Answer) -> Result<Vec<String>, String> {
    let mut complaints = Vec::new();
    if answer.status != step.expect.status {
        complaints.push(format!("expected status {}, found {}", step.expect.status, answer.status));
    }
    for (name, expected) in &step.expect.headers {
        let found = Some(answer.header(name)).filter(|text| !text.is_empty()).map(Value::from);
        let lines = differences(&names.fill(expected)?, found.as_ref());
        complaints.extend(lines.into_iter().map(|line| format!("header {name}: {line}")));
    }
    match &step.expect.json {
        Some(Value::String(word)) if word == "@empty" => {
            complaints.extend((!answer.text.is_empty()).then(|| "expected no body".to_owned()));
        }
        Some(expected) => complaints.extend(differences(&names.fill(expected)?, Some(&answer.body))),
        None => {}
    }
    if is_scim(path) {
        complaints.extend(rules::breaches(answer, &step.method));
    }
    Ok(complaints)
}

fn request(
    step: &Step,
    target: &Target,
    client: &Client,
    names: &Names,
    path: &str,
    body: Option<String>,
) -> Result<RequestBuilder, String> {
    let absolute = ["/api/", "/scim/", "/tenants/"].iter().any(|prefix| path.starts_with(prefix));
    let url =
        if absolute { format!("{}{path}", target.base_url) } else { format!("{}/scim/v2{path}", target.base_url) };
    let method: Method = step.method.parse().map_err(|_| format!("{} is no method", step.method))?;
    let mut request = client.request(method, url);
    let (token, media_type) = match is_scim(path) {
        true => (&target.scim_token, "application/scim+json"),
        false => (&target.admin_token, "application/json"),
    };
    if !step.headers.contains_key("authorization") {
        request = request.bearer_auth(token);
    }
    if body.is_some() && !step.headers.contains_key("content-type") {
        request = request.header("content-type", media_type);
    }
    for (name, value) in step.headers.iter().filter(|(_, value)| !value.is_null()) {
        let value = value.as_str().ok_or_else(|| format!("header {name} must be a text"))?;
        request = request.header(name, names.text(value)?);
    }
    Ok(match body {
        Some(body) => request.body(body),
        None => request,
    })
}

fn is_scim(path: &str) -> bool {
    !path.starts_with("/api/") || path.contains("/scim/")
}

/// Enough of a text to see what went wrong.
fn brief(text: &str) -> &str {
    &text[..text.char_indices().nth(4_000).map_or(text.len(), |(end, _)| end)]
}
