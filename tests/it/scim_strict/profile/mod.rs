//! draft-zollner-scim-interop-profile-01, and what the IPSIE profile adds to it: a row for each line that binds a server,
//! on a strict tenant. The line stands in each row in our words.
//!
//! Without a row, because they bind clients or what is around the server: that clients send a User-Agent, use no PUT and no
//! operators but `eq` and `and`, and send no preconditions; TLS 1.2; that Basic is not recommended (there is none). Not
//! there yet: IPSIE's rate limits with 429.

mod discovery;
mod documents;
mod lists;
mod patches;

use serde_json::Value;

use super::requests::Request;
use super::tenant::Room;
use crate::support::TestServer;

/// One line of a profile.
struct Line {
    line: &'static str,
    steps: Vec<Step>,
}

/// One request, and what must come of it.
struct Step {
    request: Request,
    status: u16,
    scim_type: Option<&'static str>,
    shows: Vec<(&'static str, Value)>,
    save: Option<&'static str>,
}

fn line(line: &'static str, steps: impl IntoIterator<Item = Step>) -> Line {
    Line { line, steps: steps.into_iter().collect() }
}

fn refused(request: Request, status: u16, scim_type: impl Into<Option<&'static str>>) -> Step {
    Step { request, status, scim_type: scim_type.into(), shows: Vec::new(), save: None }
}

fn done(request: Request, status: u16) -> Step {
    refused(request, status, None)
}

impl Step {
    /// What the answer has at a JSON pointer; null when it has nothing there.
    fn shows(mut self, at: &'static str, value: impl Into<Value>) -> Self {
        self.shows.push((at, value.into()));
        self
    }

    /// Names the id in the answer.
    fn save(self, name: &'static str) -> Self {
        Self { save: Some(name), ..self }
    }
}

/// Holds a strict tenant to every line; each has a tenant of its own.
async fn hold(topic: &str, lines: Vec<Line>) {
    assert!(!lines.is_empty());
    let server = TestServer::start().await;
    let mut failures = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let mut room = Room::furnished(&server, &format!("{topic}{at}"), true).await;
        if let Err(wrong) = walk(line, &mut room).await {
            failures.push(format!("{}\n  {wrong}", line.line));
        }
    }
    assert!(failures.is_empty(), "{} of {} lines:\n{}", failures.len(), lines.len(), failures.join("\n"));
}

async fn walk(line: &Line, room: &mut Room<'_>) -> Result<(), String> {
    for step in &line.steps {
        let answer = room.send(&step.request).await;
        let sent = format!("{} {} {:?}", step.request.method, step.request.path, step.request.body);
        let found = format!("{} {}", answer.status, answer.text);
        if answer.status != step.status || answer.body["scimType"].as_str() != step.scim_type {
            return Err(format!("{sent}\n  expected {} {:?}, found {found}", step.status, step.scim_type));
        }
        for (at, value) in &step.shows {
            let shown = answer.body.pointer(at).cloned().unwrap_or_default();
            if shown != filled(room, value) {
                return Err(format!("{sent}\n  expected {value} at {at}, found {found}"));
            }
        }
        if let Some(name) = step.save {
            room.name(name, answer.body["id"].as_str().unwrap().to_owned());
        }
    }
    Ok(())
}

fn filled(room: &Room<'_>, value: &Value) -> Value {
    match value {
        Value::String(text) => room.fill(text).into(),
        other => other.clone(),
    }
}
