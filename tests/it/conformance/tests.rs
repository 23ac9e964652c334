//! The catalogue against the claims, and the table in the repository against both.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::catalogue::{self, Book};
use super::claims::{self, Claims, in_source};
use super::document;
use super::proof::{self, Proof};
use super::table::{self, Failures};

/// The environment variable that has the table written rather than judged.
const WRITE: &str = "CONVOKE_CONFORMANCE_WRITE";

#[test]
fn every_line_has_a_proof_or_a_reason() {
    let faults = faults(&catalogue::read(), &claims::read());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn faults(books: &[Book], claims: &Claims) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut faults = Vec::new();
    for (id, line) in books.iter().flat_map(Book::lines) {
        let fault = match (claims.contains_key(id), &line.left_out) {
            _ if !known.insert(id) => "is there twice",
            (false, None) => "has neither a test nor a reason to be left out",
            (true, Some(_)) => "is left out and has a test",
            _ => continue,
        };
        faults.push(format!("{id} {fault}: {}", line.says));
    }
    let unknown = claims.iter().filter(|(line, _)| !known.contains(line.as_str()));
    faults.extend(unknown.map(|(line, tests)| format!("{line} is in no catalogue, and is claimed by {tests:?}")));
    faults
}

/// That a line holds is in there only if every test passed; what a run gave is for the next test.
#[test]
fn the_table_is_that_of_these_lines_and_tests() {
    let wanted = table::render(&catalogue::read(), &claims::read(), &Failures::new());
    let found = fs::read_to_string(document()).unwrap_or_default();
    let (mut wanted, mut found) = (wanted.lines(), found.lines());
    loop {
        let (wanted, found) = (wanted.next(), found.next());
        assert_eq!(found, wanted, "docs/conformance.md is not current; `just conformance` makes it anew");
        if wanted.is_none() {
            break;
        }
    }
}

#[test]
#[ignore = "it judges what the other tests recorded: `just conformance` and CI run it after them"]
fn what_ran_is_what_the_table_says() {
    let (books, claims) = (catalogue::read(), claims::read());
    let failures = failures(&claims, &proof::recorded());
    let made = table::render(&books, &claims, &failures);
    if std::env::var_os(WRITE).is_some() {
        fs::write(document(), &made).unwrap();
    }
    assert!(failures.is_empty(), "not every claim held: {failures:#?}");
    assert_eq!(fs::read_to_string(document()).unwrap(), made);
}

/// Claims that did not hold: those whose test failed, those whose test never came to them, and those that nobody knew of.
fn failures(claims: &Claims, recorded: &[Proof]) -> Failures {
    let held: BTreeMap<(&str, &str), bool> =
        recorded.iter().map(|proof| ((proof.line.as_str(), proof.test.as_str()), proof.passed)).collect();
    let claimed = claims.iter().flat_map(|(line, tests)| tests.iter().map(move |test| (line.as_str(), test.as_str())));
    let unexpected =
        held.keys().copied().filter(|(line, test)| !claims.get(*line).is_some_and(|all| all.contains(*test)));
    let judged = claimed.filter_map(|claim| match held.get(&claim) {
        Some(true) => None,
        Some(false) => Some((claim, "failed")),
        None => Some((claim, "not run")),
    });
    let all = judged.chain(unexpected.map(|claim| (claim, "unexpected")));
    all.map(|((line, test), result)| ((line.to_owned(), test.to_owned()), result)).collect()
}

fn claims_of(entries: &[(&str, &str)]) -> Claims {
    let mut claims = Claims::new();
    for (line, test) in entries {
        claims.entry((*line).to_owned()).or_default().insert((*test).to_owned());
    }
    claims
}

#[test]
fn claims_are_read_from_tests_alone() {
    let source = "use x::proves;\n\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn one() {\n    let _proof = \
                  proves(&[\"1.1\",\n        \"1.2\"]);\n}\n\n#[test]\nfn two() {\n    row(\"GET\").proves(\"1.3\");\n}\n";
    let pair = |line: &str, test: &str| (line.to_owned(), test.to_owned());
    assert_eq!(in_source("m", source), [pair("1.1", "m::one"), pair("1.2", "m::one"), pair("1.3", "m::two")]);
    let helper = "#[test]\nfn one() {}\n\nfn helper() {\n    row().proves(\"1.1\");\n}\n";
    assert!(std::panic::catch_unwind(|| in_source("m", helper)).is_err());
}

#[test]
fn faults_of_the_catalogue_are_seen() {
    let book =
        |lines: &str| toml::from_str::<Book>(&format!("title = \"\"\nabout = \"\"\n[sections.a]\n{lines}")).unwrap();
    let line = |id: &str, more: &str| format!("\"{id}\" = {{ source = \"\", says = \"\"{more} }}\n");
    let told = |lines: &str, entries: &[(&str, &str)]| faults(&[book(lines)], &claims_of(entries)).join("; ");
    let reason = ", left_out = \"because\"";
    assert_eq!(told(&(line("1.1", "") + &line("1.2", reason)), &[("1.1", "t")]), "");
    assert!(told(&line("1.1", ""), &[]).contains("1.1 has neither"));
    assert!(told(&line("1.1", reason), &[("1.1", "t")]).contains("left out and has a test"));
    assert!(told("", &[("1.1", "t")]).contains("in no catalogue"));
    assert_eq!(faults(&[book(&line("1.1", reason)), book(&line("1.1", reason))], &Claims::new()).len(), 1);
}

#[test]
fn a_claim_holds_when_its_test_came_to_it_and_passed() {
    let claims = claims_of(&[("1.1", "a"), ("1.1", "b"), ("1.2", "a")]);
    let proof = |line: &str, test: &str, passed| Proof { line: line.to_owned(), test: test.to_owned(), passed };
    let found = failures(&claims, &[proof("1.1", "a", true), proof("1.1", "b", false), proof("1.3", "a", true)]);
    let found: Vec<_> = found.iter().map(|((line, test), result)| (line.as_str(), test.as_str(), *result)).collect();
    assert_eq!(found, [("1.1", "b", "failed"), ("1.2", "a", "not run"), ("1.3", "a", "unexpected")]);
}
