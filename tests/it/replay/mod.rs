//! Replays of what identity providers really send. Each file under `fixtures/` is one conversation, named by its source,
//! and one test: every request goes over HTTP to a live server with a database of its own, and every answer is checked,
//! against what the file says and against what holds for all answers. A file that could pass without asking anything is
//! refused: no steps, a step without expectations, an expectation that any answer meets, a name nobody knows.
//!
//! A file names the lines of the catalogue (`conformance/lines`) that it holds the server to.

mod fixture;
pub(crate) mod matcher;
mod runner;
mod template;
mod tests;

use std::path::{Path, PathBuf};

use rstest::rstest;

use self::fixture::Fixture;
use self::runner::Target;
use crate::conformance;
use crate::scim::site::Site;

/// Replays one file against a fresh server.
async fn replay(fixture: &Fixture) -> Result<(), String> {
    let site = Site::with(&fixture.settings).await;
    let target = Target {
        base_url: site.server.base_url.clone(),
        tenant: site.server.tenant.slug.clone(),
        scim_token: site.token(&["scim"]).await,
        admin_token: site.token(&["admin:read", "groups:read"]).await,
    };
    runner::run(fixture, &target).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversation(#[files("tests/it/fixtures/**/*.json")] path: PathBuf) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
    let fixture = Fixture::read(&path).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let outcome = replay(&fixture).await;
    conformance::record(&name, &fixture.proves, outcome.is_ok());
    if let Err(failure) = outcome {
        panic!("{name}: {failure}");
    }
}
