//! One table for every endpoint of the four native APIs and every kind of thing that can be right or wrong with a request.
//! The endpoints are those of the documents the server serves: one without a row fails, and so does a row without one. A
//! case that is none for an endpoint is given a reason in its row, and the reason is checked. Items 8 and 9 of the
//! contract's tests (another tenant's ids; slashes, null, unknown fields, unknown ids, malformed bodies) are columns here.

pub(crate) mod document;
mod row;
mod rows;
mod scene;
pub(crate) mod shape;
mod walk;

use std::collections::BTreeSet;
use std::sync::Arc;

use convoke::model::principal::{Reach, Role, Scope};
use tokio::task::JoinSet;

use self::document::Document;
use self::scene::Land;
use self::walk::Stage;
use crate::support::{Setup, TestServer};

/// Rows that are walked at a time.
const SIDE_BY_SIDE: usize = 4;

/// A tenant in which everything that can clash does: groups of a provider are left to it, and children of one parent
/// must differ in their names.
async fn stage(server: &TestServer) -> Stage {
    let root = server.client_for(Reach::Platform, &[], &[Role::SuperAdmin]).await;
    let (south, foreign) = server.other_tenant("south").await;
    let own = Land {
        tenant: server.tenant.id.to_string(),
        client: server.client_with(&Scope::ALL, &[Role::TenantAdmin]).await,
        root: root.clone(),
        mark: "north",
    };
    let foreign = Land { tenant: south.id.to_string(), client: foreign, root, mark: "secret-of-south" };
    let readers = [Scope::Scim, Scope::AdminRead, Scope::GroupsRead, Scope::UsersRead];
    let (tenant, platform) = (Reach::Tenant(server.tenant.id), Reach::Platform);
    let powerless = [
        [
            server.client_for(tenant, &[Scope::Scim], &[]).await,
            server.client_for(tenant, &readers, &[Role::Viewer]).await,
        ],
        [
            server.client_for(platform, &[Scope::Scim], &[]).await,
            server.client_for(platform, &readers, &[Role::Viewer]).await,
        ],
    ];
    Stage { own, foreign, powerless, documents: Document::all(server).await }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_in_every_case() {
    let settings = &["groups.lock_scim_managed=true", "groups.name_unique=sibling"];
    let server = TestServer::start_with(Setup { settings, connections: Some(8), ..Setup::default() }).await;
    let stage = Arc::new(stage(&server).await);
    let rows = rows::all();

    let served: BTreeSet<String> = stage.documents.iter().flat_map(Document::endpoints).collect();
    let told: BTreeSet<String> = rows.iter().map(|row| row.endpoint.to_owned()).collect();
    assert_eq!(told, served, "a row for every endpoint that is served, and no other");
    assert_eq!(told.len(), rows.len(), "one row each");

    let mut walks = JoinSet::new();
    for rows in rows.chunks(rows.len().div_ceil(SIDE_BY_SIDE)) {
        walks.spawn(Arc::clone(&stage).walk(rows.to_vec()));
    }
    let faults: Vec<String> = walks.join_all().await.into_iter().flatten().collect();
    assert!(faults.is_empty(), "{}\n{} faults", faults.join("\n"), faults.len());
}
