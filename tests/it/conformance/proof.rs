//! How a test says what it proves. A claim is text in the source or in a fixture, so that [`super::claims`] can read who
//! claims what without running anything; when the tests run with `CONVOKE_PROOFS` naming a folder, each claim also leaves
//! a line there with what became of it. Without that variable nothing is written.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

/// The environment variable that names the folder for results.
pub(crate) const FOLDER: &str = "CONVOKE_PROOFS";
/// The file in that folder: a line of the catalogue, a test and `passed` or `failed`, with tabs between.
const FILE: &str = "proofs.tsv";

/// What became of one claim in one run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Proof {
    pub(super) line: String,
    pub(super) test: String,
    pub(super) passed: bool,
}

/// A test that claims lines of the catalogue; what became of it is known when it ends.
#[must_use = "the claim is judged when this is dropped, so the test keeps it until its end"]
pub(crate) struct Claim(&'static [&'static str]);

/// Claims lines for the test that runs. To be kept from the start of the test: `let _proof = proves(&["T02"]);`.
pub(crate) const fn proves(lines: &'static [&'static str]) -> Claim {
    Claim(lines)
}

impl Drop for Claim {
    fn drop(&mut self) {
        record(&running_test(), self.0, !std::thread::panicking());
    }
}

/// The test harness names its threads after the tests.
pub(crate) fn running_test() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}

/// Leaves what became of a claim, if somebody collects it.
pub(crate) fn record<L: AsRef<str>>(test: &str, lines: &[L], passed: bool) {
    let Some(folder) = folder() else { return };
    let result = if passed { "passed" } else { "failed" };
    let text: String = lines.iter().map(|line| format!("{}\t{test}\t{result}\n", line.as_ref())).collect();
    fs::create_dir_all(&folder).expect("the folder for results can be made");
    let file = OpenOptions::new().create(true).append(true).open(folder.join(FILE));
    // In one write: other tests append at the same time.
    file.and_then(|mut file| file.write_all(text.as_bytes())).expect("results can be written");
}

/// Everything that was left in the folder. A claim that was left more than once has passed if it always has.
pub(super) fn recorded() -> Vec<Proof> {
    let folder = folder().unwrap_or_else(|| panic!("{FOLDER} must name the folder the tests recorded in"));
    let text = fs::read_to_string(folder.join(FILE)).expect("the tests have run and recorded");
    let mut proofs: Vec<Proof> = text.lines().map(read).collect();
    // A failure sorts before a success of the same claim.
    proofs.sort();
    proofs.dedup_by(|later, earlier| later.line == earlier.line && later.test == earlier.test);
    proofs
}

fn read(line: &str) -> Proof {
    let fields: Vec<&str> = line.split('\t').collect();
    let [line, test, result] = fields[..] else { panic!("\"{line}\" is no record of a proof") };
    Proof { line: line.to_owned(), test: test.to_owned(), passed: result == "passed" }
}

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}
