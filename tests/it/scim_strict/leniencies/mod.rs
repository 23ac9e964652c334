//! Every rule of compat mode, by a request that needs it: compat answers it and counts it under exactly that name, strict
//! refuses it and says what to write instead, or does what the rule says strict does.

mod bulks;
mod content;
mod envelope;
mod patches;

use std::collections::{BTreeMap, BTreeSet};

use convoke::schema::leniency::{InStrict, Leniency};
use serde_json::Value;

use super::requests::Request;
use super::tenant::{Room, failed_operation};
use crate::support::TestServer;

/// One rule.
struct Row {
    rule: Leniency,
    request: Request,
    /// The status in compat.
    status: u16,
    /// Rules that the same request cannot but need as well.
    also: &'static [Leniency],
    strict: Strict,
}

/// What strict makes of it.
enum Strict {
    /// Refused: status, `scimType`, and what the detail names: attribute, value, remedy.
    Refused(u16, Option<&'static str>, &'static [&'static str]),
    /// Answered otherwise: what `path` shows at this pointer afterwards, in compat and in strict.
    Differs { path: &'static str, at: &'static str, compat: Value, strict: Value },
}

fn row(rule: Leniency, request: Request, status: u16, strict: Strict) -> Row {
    Row { rule, request, status, also: &[], strict }
}

impl Row {
    fn with(self, also: &'static [Leniency]) -> Self {
        Self { also, ..self }
    }
}

fn syntax(names: &'static [&'static str]) -> Strict {
    Strict::Refused(400, Some("invalidSyntax"), names)
}

fn value(names: &'static [&'static str]) -> Strict {
    Strict::Refused(400, Some("invalidValue"), names)
}

fn path(names: &'static [&'static str]) -> Strict {
    Strict::Refused(400, Some("invalidPath"), names)
}

fn filtered(names: &'static [&'static str]) -> Strict {
    Strict::Refused(400, Some("invalidFilter"), names)
}

fn rows() -> Vec<Row> {
    let all = [
        envelope::around_the_body(),
        envelope::schemas(),
        content::values(),
        content::names(),
        content::filters(),
        patches::patches(),
        bulks::bulks(),
    ];
    all.into_iter().flatten().collect()
}

#[test]
fn every_rule_has_a_row() {
    let shown: BTreeSet<Leniency> = rows().iter().map(|row| row.rule).collect();
    let missing: Vec<&Leniency> = Leniency::ALL.iter().filter(|rule| !shown.contains(rule)).collect();
    assert!(missing.is_empty(), "rules that nothing shows: {missing:?}");
    for row in rows() {
        let differs = matches!(row.strict, Strict::Differs { .. });
        assert_eq!(differs, matches!(row.rule.in_strict(), InStrict::Differs(_)), "{:?}", row.rule);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compat_counts_each_under_its_name_and_strict_refuses_it() {
    let server = TestServer::start().await;
    let mut failures = Vec::new();
    for (at, row) in rows().iter().enumerate() {
        let rule = row.rule.name();
        let compat = Room::furnished(&server, &format!("c{at}"), false).await;
        assert_eq!(compat.forgiven().await, BTreeMap::new(), "the tenant's own requests need no leniency");
        let strict = Room::furnished(&server, &format!("s{at}"), true).await;
        let mut wrong = in_compat(row, &compat).await;
        wrong.extend(in_strict(row, &strict).await);
        if !wrong.is_empty() {
            failures.push(format!("{rule}: {:?}\n  {}", row.request, wrong.join("\n  ")));
        }
    }
    assert!(failures.is_empty(), "{} rows:\n{}", failures.len(), failures.join("\n"));
}

async fn in_compat(row: &Row, room: &Room<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let answer = room.send(&row.request).await;
    if answer.status != row.status || failed_operation(&answer).is_some() {
        wrong.push(format!("compat: expected {}, found {} {}", row.status, answer.status, answer.text));
    }
    let all = row.also.iter().chain([&row.rule]);
    let expected: BTreeMap<String, i64> = all.map(|rule| (rule.name().to_owned(), 1)).collect();
    let found = room.forgiven().await;
    if found != expected {
        wrong.push(format!("compat: expected to be counted as {expected:?}, found {found:?}"));
    }
    if let Strict::Differs { path, at, compat, .. } = &row.strict {
        let shown = room.read(path).await;
        let held = shown.pointer(at).cloned().unwrap_or_default();
        wrong.extend((held != *compat).then(|| format!("compat: expected {compat} at {at}, found {held}")));
    }
    wrong
}

async fn in_strict(row: &Row, room: &Room<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let paths = ["/Users/{user}", "/Groups/{group}", "/Users?attributes=userName", "/Groups?attributes=displayName"];
    let before = everything(room, &paths).await;
    let answer = room.send(&row.request).await;
    match &row.strict {
        Strict::Refused(status, scim_type, names) => {
            wrong.extend(room.complaints(&answer, *status, *scim_type, names));
            let after = everything(room, &paths).await;
            let kept = row.rule == Leniency::BulkIdCase || before == after;
            wrong.extend((!kept).then(|| format!("strict: something was changed: {before:?} became {after:?}")));
        }
        Strict::Differs { path, at, strict, .. } => {
            let shown = room.read(path).await;
            let held = shown.pointer(at).cloned().unwrap_or_default();
            let same = answer.status == row.status && held == *strict;
            wrong.extend((!same).then(|| format!("strict: expected {strict} at {at}, found {held} {}", answer.text)));
        }
    }
    let forgiven = room.forgiven().await;
    wrong.extend((!forgiven.is_empty()).then(|| format!("strict: forgave {forgiven:?}")));
    wrong
}

async fn everything(room: &Room<'_>, paths: &[&str]) -> Vec<Value> {
    let mut all = Vec::new();
    for path in paths {
        all.push(room.read(path).await);
    }
    all
}
