//! The form of a fixture file. What is misspelt or missing is refused when the file is read, before anything is sent.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

/// One conversation of a client with the server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fixture {
    /// Who sends this, and where that is written down.
    pub(super) source: String,
    /// What it shows.
    pub(super) about: String,
    /// Lines of the catalogue it proves.
    #[serde(default)]
    pub(super) proves: Vec<String>,
    /// Settings of the tenant, as `KEY=VALUE`.
    #[serde(default)]
    pub(super) settings: Vec<String>,
    /// The requests, in order.
    pub(super) steps: Vec<Step>,
}

/// One request and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// What the client does.
    pub(super) name: String,
    /// The HTTP method.
    pub(super) method: String,
    /// Below the SCIM base, unless it starts with `/api/`, `/scim/` or `/tenants/`.
    pub(super) path: String,
    /// Headers beside the usual ones; null leaves a usual one out.
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
    /// JSON, or text that is sent as it is.
    pub(super) body: Option<Value>,
    /// Sends the step once for each number.
    pub(super) repeat: Option<Repeat>,
    /// What the answer must be.
    pub(super) expect: Expect,
    /// Names for parts of the answer, by JSON pointer.
    #[serde(default)]
    pub(super) save: Map<String, Value>,
}

/// A loop over one step.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Repeat {
    /// The loop variable.
    pub(super) var: String,
    /// Its first value.
    pub(super) from: i64,
    /// Its last value.
    pub(super) to: i64,
}

/// What an answer must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    /// The status.
    pub(super) status: u16,
    /// Headers, each by a matcher.
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
    /// The body, by a matcher; `"@empty"` for none.
    pub(super) json: Option<Value>,
}

impl Fixture {
    /// Reads and checks a file.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        Self::parse(&text)
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fixture: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if fixture.source.trim().is_empty() || fixture.about.trim().is_empty() {
            return Err("a fixture says where it comes from and what it shows".to_owned());
        }
        if fixture.steps.is_empty() {
            return Err("a fixture without steps shows nothing".to_owned());
        }
        for step in &fixture.steps {
            step.check().map_err(|reason| format!("step \"{}\": {reason}", step.name))?;
        }
        Ok(fixture)
    }
}

impl Step {
    fn check(&self) -> Result<(), String> {
        if self.repeat.as_ref().is_some_and(|repeat| repeat.from > repeat.to) {
            return Err("the loop never runs".to_owned());
        }
        // A bare 200 is met by any answer at all; 201, 204, 404 and the like at least say what happened.
        match &self.expect.json {
            None if self.expect.status == 200 && self.expect.headers.is_empty() => {
                Err("a 200 must say what the body holds".to_owned())
            }
            Some(json) if is_hollow(json) => Err("the expected body is met by any answer".to_owned()),
            _ => Ok(()),
        }
    }
}

fn is_hollow(json: &Value) -> bool {
    match json {
        Value::Object(members) => members.is_empty(),
        Value::Null => true,
        _ => false,
    }
}
