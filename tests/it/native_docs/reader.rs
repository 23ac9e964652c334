//! Reads a page as somebody would who tries all of it: follows the sections, runs the commands, keeps what is to be kept.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use super::stand_ins::StandIns;
use crate::native_table::document::Document;

/// Headers of an answer that a page shows.
const SHOWN: [&str; 4] = ["ETag", "Location", "Link", "Idempotency-Replayed"];
/// Options that make of any curl one without habits of its own, whose answer can be read whole.
const QUIETLY: &str = "--disable --noproxy '*' --silent --show-error --include";
/// What the shell prints behind an answer, to know what was asked for.
const ASKED: &str = "\\n%{method} %{url}";

/// Somebody who reads.
pub(super) struct Reader<'a> {
    documents: &'a [Document],
    variables: BTreeMap<String, String>,
    stand_ins: StandIns,
    /// The endpoints whose sections were read; the last is the one that is being read.
    sections: Vec<String>,
    /// The endpoint of the section has been shown.
    demonstrated: bool,
    last: Value,
}

/// What curl wrote.
struct Answer<'a> {
    status: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a str,
    method: &'a str,
    path: &'a str,
}

impl<'a> Reader<'a> {
    /// Somebody who was given these variables.
    pub(super) fn new(documents: &'a [Document], given: &[(&str, &str)]) -> Self {
        let variables = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (sections, demonstrated, last) = (Vec::new(), true, Value::Null);
        Self { documents, variables, stand_ins: StandIns::new(given[0].1), sections, demonstrated, last }
    }

    /// The endpoints that have a section with a command.
    pub(super) fn sections(self) -> impl Iterator<Item = String> {
        assert!(self.demonstrated, "{:?} is not shown", self.sections.last());
        self.sections.into_iter()
    }

    /// A line of text: a heading that names an endpoint opens its section; what is to be kept is.
    pub(super) fn read(&mut self, line: &str) {
        if let Some(heading) = line.strip_prefix("### ") {
            assert!(self.demonstrated, "{:?} is not shown", self.sections.last());
            self.sections.push(heading.to_owned());
            self.demonstrated = false;
        } else if let Some((path, name)) = line.strip_prefix("Keep `").and_then(|rest| rest.split_once("` as `")) {
            let pointer = format!("/{}", path.replace('.', "/"));
            let value = self.last.pointer(&pointer).unwrap_or_else(|| panic!("no {path} in {}", self.last));
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.variables.insert(name.trim_end_matches("`.").to_owned(), value);
        }
    }

    /// Runs a command; its answer as the page is to show it, empty for one that is no request.
    pub(super) fn run(&mut self, command: &str) -> String {
        if !command.starts_with("curl ") {
            self.define(command);
            return String::new();
        }
        let noted = command.replacen("curl ", &format!("curl {QUIETLY} --write-out '{ASKED}' "), 1);
        let output = Command::new("sh").arg("-c").arg(noted).envs(&self.variables).output();
        let output = output.expect("there is a shell, and curl");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("answers are text");
        let base = self.variables["BASE"].clone();
        let answer = Answer::parse(&text, &base);
        self.judge(command, &answer);
        self.last = serde_json::from_str(answer.body).unwrap_or_default();
        self.stand_ins.render(answer.status, &shown(&answer), &self.last)
    }

    /// `NAME=value` lines, of which those that the test was given stay as given.
    fn define(&mut self, lines: &str) {
        for (name, value) in lines.lines().filter_map(|line| line.split_once('=')) {
            let value = value.trim_matches('"').to_owned();
            let value =
                self.variables.iter().fold(value, |text, (name, value)| text.replace(&format!("${name}"), value));
            self.variables.entry(name.to_owned()).or_insert(value);
        }
    }

    /// The first command of a section asks the section's endpoint; every answer is as its document has it.
    fn judge(&mut self, command: &str, answer: &Answer<'_>) {
        let fitting = |endpoint: &String| fits(endpoint, answer.method, answer.path);
        if !self.demonstrated {
            let section = self.sections.last().expect("a section");
            assert!(fitting(section), "{section}: {command} asks for {} {}", answer.method, answer.path);
            self.demonstrated = true;
        }
        let status = answer.status.split(' ').next().and_then(|status| status.parse().ok()).expect("a status");
        let body = serde_json::from_str(answer.body).unwrap_or_default();
        let mut found = self
            .documents
            .iter()
            .flat_map(|document| document.endpoints().into_iter().map(move |endpoint| (document, endpoint)));
        // A literal path is listed before one with a parameter in its place, so the closest comes first.
        let closest = found
            .by_ref()
            .filter(|(_, endpoint)| fitting(endpoint))
            .min_by_key(|(_, endpoint)| endpoint.matches('{').count());
        if let Some((document, endpoint)) = closest {
            assert_eq!(document.contradictions(&endpoint, status, &body), [""; 0], "{command}");
        }
    }
}

impl<'a> Answer<'a> {
    fn parse(text: &'a str, base: &str) -> Self {
        let (text, asked) = text.rsplit_once('\n').expect("what was asked for");
        let (method, url) = asked.split_once(' ').expect("a method and an address");
        let path = url.strip_prefix(base).expect("the test's own server").split('?').next().unwrap_or_default();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split_once(' ')).expect("a status line").1;
        let headers = lines.filter_map(|line| line.split_once(": ")).collect();
        Self { status, headers, body, method, path }
    }
}

fn shown(answer: &Answer<'_>) -> Vec<(&'static str, String)> {
    let value = |name: &str| answer.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
    SHOWN.into_iter().filter_map(|name| Some((name, value(name)?.1.to_owned()))).collect()
}

/// Whether a request is one for an endpoint.
fn fits(endpoint: &str, method: &str, path: &str) -> bool {
    let Some((wanted, template)) = endpoint.split_once(' ') else { return false };
    let segments = |path: &str| path.trim_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (template, path) = (segments(template), segments(path));
    let alike = template.iter().zip(&path).all(|(part, given)| part.starts_with('{') || part == given);
    wanted == method && template.len() == path.len() && alike
}
