//! Who claims what, read from the sources of the tests and from the fixtures. A claim counts where the harness runs it: in
//! a test, or in a fixture. It does not judge whether the claim is true; that is for the test.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The tests that claim each line.
pub(super) type Claims = BTreeMap<String, BTreeSet<String>>;

/// All claims under `tests/it`.
pub(super) fn read() -> Claims {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut claims = Claims::new();
    for path in files(&root) {
        let name = path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
        let text = || fs::read_to_string(&path).expect("a file of ours");
        let found = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") if !name.starts_with("conformance/") => in_source(&module(&name), &text()),
            Some("json") if name.starts_with("fixtures/") => in_fixture(&name, &text()),
            _ => Vec::new(),
        };
        for (line, test) in found {
            claims.entry(line).or_default().insert(test);
        }
    }
    claims
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of ours").map(|entry| entry.expect("it can be read").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// `scim/refusals/routes.rs` is `scim::refusals::routes`.
fn module(name: &str) -> String {
    name.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

/// Claims are calls of `proves` with texts; they belong to the test whose head stands last before them.
pub(super) fn in_source(module: &str, text: &str) -> Vec<(String, String)> {
    let mut claims = Vec::new();
    for (at, _) in text.match_indices("proves(") {
        let lines = literals(&text[at..]);
        if lines.is_empty() {
            continue;
        }
        let test = enclosing_test(&text[..at])
            .unwrap_or_else(|| panic!("{module}: {lines:?} are claimed outside of a test, where nothing runs"));
        claims.extend(lines.into_iter().map(|line| (line, format!("{module}::{test}"))));
    }
    claims
}

/// The texts in a call, up to its closing parenthesis. Names of lines hold no parentheses and no quotes.
fn literals(call: &str) -> Vec<String> {
    let arguments = call.split(')').next().unwrap_or_default();
    arguments.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The function the text ends in, if it is a test. Those in `proptest!` are indented.
fn enclosing_test(before: &str) -> Option<&str> {
    let lines: Vec<&str> = before.lines().collect();
    let words = |line: &str| {
        line.split_whitespace().take_while(|word| word.starts_with("pub") || matches!(*word, "async")).count()
    };
    let name = |line: &'_ str| line.split_whitespace().nth(words(line)).is_some_and(|word| word == "fn");
    let at = lines.iter().rposition(|line| name(line))?;
    let attribute = lines.get(at.checked_sub(1)?)?.trim();
    let is_test = attribute == "#[test]" || attribute.starts_with("#[tokio::test");
    let head = lines[at].split_once("fn ")?.1;
    is_test.then(|| head.split('(').next().unwrap_or_default())
}

/// What a fixture's `proves` names.
fn in_fixture(name: &str, text: &str) -> Vec<(String, String)> {
    let fixture: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let lines = fixture["proves"].as_array().cloned().unwrap_or_default();
    let named = |line: &Value| line.as_str().expect("a line's number is a text").to_owned();
    lines.iter().map(|line| (named(line), name.to_owned())).collect()
}
