//! Replays of what identity providers really send. Each file under `fixtures/` is one conversation, named by its source,
//! and one test: every request goes over HTTP to a live server with a database of its own, and every answer is checked,
//! against what the file says and against what holds for all answers. A file that could pass without asking anything is
//! refused: no steps, a step without expectations, an expectation that any answer meets, a name nobody knows.
//!
//! File names carry the number of the client case they hold the server to. Cases that no file holds: T19, T51, T58, T60
//! are rows of `scim/refusals`; T20 is `concurrency.rs`; T45 and the large half of T21 are `scim/sizes.rs`; the bytes of
//! T56 are `scim/bytes.rs`; T66 is beside T58. Not asked yet: T61 (no rate limit), and of T66 the last administrator.

mod fixture;
mod matcher;
mod runner;
mod template;
mod tests;

use std::path::{Path, PathBuf};

use rstest::rstest;

use self::fixture::Fixture;
use self::runner::Target;
use crate::scim::site::Site;

/// Replays one file against a fresh server.
async fn replay(path: &Path) -> Result<(), String> {
    let fixture = Fixture::read(path)?;
    let site = Site::with(&fixture.settings).await;
    let target = Target {
        base_url: site.server.base_url.clone(),
        tenant: site.server.tenant.slug.clone(),
        scim_token: site.token(&["scim"]).await,
        admin_token: site.token(&["admin:read", "groups:read"]).await,
    };
    runner::run(&fixture, &target).await
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversation(#[files("tests/it/fixtures/**/*.json")] path: PathBuf) {
    if let Err(failure) = replay(&path).await {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&path);
        panic!("{}: {failure}", name.display());
    }
}
