//! The composition root: puts database, domain and facades together, for the server and for administrative commands. It
//! decides the order of starting and stopping, and nothing else.

mod checks;
mod database;
mod distribute;
mod edge;
mod error;
mod first_start;
mod housekeeping;
mod operator;
mod ready_file;
mod server;
mod signals;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret;

pub use checks::{Check, Verdict, check};
pub use distribute::{Distributed, distribute};
pub use error::Error;
pub use operator::{Operator, migrate, prepare_template};
pub use server::serve;

use crate::config::Settings;
use crate::domain::Domain;
use crate::model::clock::Clock;
use crate::schema::registry::Registry;
use crate::store::{self, Store};
pub use crate::store::{Placed, Placement};

/// How long a request waits for a connection to the database.
const WAIT: Duration = Duration::from_secs(5);

/// The OpenAPI document of an API, by its name; `None` when there is none of that name.
#[must_use]
pub fn openapi_document(api: &str) -> Option<String> {
    crate::api::openapi_document(api)
}

/// The SCIM schemas. They are read before anything is done: with a broken one no database is started or changed.
fn schemas(settings: &Settings) -> Result<Arc<Registry>, Error> {
    Ok(Arc::new(Registry::load(settings.server.schema_dir.as_deref())?))
}

/// Connects to a migrated database and puts the verbs on it.
async fn domain(
    settings: &Settings,
    schemas: Arc<Registry>,
    options: &store::Options,
) -> Result<(Store, Domain), Error> {
    let store = Store::connect(options).await?;
    let domain = Domain::new(store.clone(), schemas, Clock::system());
    let domain = match &settings.auth.encryption_key {
        Some(key) => domain.encrypting_with(key.bytes())?,
        None => domain,
    };
    Ok((store, domain))
}

/// The address of the replica, when the settings name one.
fn replica(settings: &Settings) -> Option<&str> {
    settings.database.database_replica_url.as_ref().map(ExposeSecret::expose_secret)
}

/// The address of the database that is there already, when the settings name one.
fn external(settings: &Settings) -> Option<&str> {
    settings.database.database_url.as_ref().map(ExposeSecret::expose_secret)
}
