//! `docs/native-apis.md` is run: every command on its page is given to a shell, against a server of its own, and what the
//! server answers must be what the page shows, but for ids, times, cursors and secrets, which have stand-ins there. Every
//! endpoint of the served documents has its section. `CONVOKE_DOCS_WRITE=1` writes the answers into the page instead of
//! comparing them.

mod page;
mod reader;
mod stand_ins;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use convoke::model::principal::{Reach, Role, Scope};

use self::page::{Page, Part};
use self::reader::Reader;
use crate::native_table::document::Document;
use crate::support::{TestServer, issue};

/// When set, the answers are written into the page.
const WRITE: &str = "CONVOKE_DOCS_WRITE";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/native-apis.md")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_what_the_server_answers() {
    let server = TestServer::start().await;
    server.domain.create_scope_set(&server.tenant, "Operator", &["forms:submit".to_owned()]).await.unwrap();
    let root = issue(&server.domain, Reach::Platform, &[], &[Role::SuperAdmin]).await;
    let token = issue(&server.domain, Reach::Tenant(server.tenant.id), &Scope::ALL, &[Role::TenantAdmin]).await;
    let tenant = server.tenant.id.to_string();
    let documents = Document::all(&server).await;
    let given = [("BASE", server.base_url.as_str()), ("TOKEN", &token), ("ROOT_TOKEN", &root), ("TENANT", &tenant)];

    let written = std::fs::read_to_string(file()).unwrap();
    let mut page = Page::parse(&written);
    let mut reader = Reader::new(&documents, &given);
    for part in &mut page.parts {
        match part {
            Part::Text(line) => reader.read(line),
            Part::Command { command, answer } => *answer = tokio::task::block_in_place(|| reader.run(command)),
        }
    }
    let shown: BTreeSet<String> = reader.sections().collect();
    let served: BTreeSet<String> = documents.iter().flat_map(Document::endpoints).collect();
    assert_eq!(shown, served, "a section for every endpoint that is served, and no other");

    let page = page.to_string();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(file(), page).unwrap();
    } else {
        let first = written.lines().zip(page.lines()).find(|(old, new)| old != new);
        assert!(written == page, "the page is not what the server answers: {first:?}; {WRITE}=1 writes it");
    }
}
