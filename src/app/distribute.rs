//! `convoke migrate --distribute`: the tables spread over the nodes of a cluster, once they are up to date.

use super::{Error, migrate};
use crate::config::Settings;
use crate::store::{self, NotDistributed, Placed};

/// What was done.
#[derive(Debug)]
pub struct Distributed {
    /// The names of the migrations applied before.
    pub migrated: Vec<String>,
    /// Every table, and where its rows lie.
    pub tables: Vec<Placed>,
}

/// Brings the tables up to date and distributes them.
///
/// # Errors
/// As [`migrate`], and [`Error::NotDistributed`] with what to do.
pub async fn distribute(settings: &Settings) -> Result<Distributed, Error> {
    let refused = |text: &str| Err(Error::NotDistributed(NotDistributed::Refused(text.to_owned())));
    let Some(url) = super::external(settings) else {
        return refused(
            "the private database is one node; give the address of a cluster's coordinator as DATABASE_URL",
        );
    };
    if settings.database.row_security.0 {
        return refused("row_security holds a session to its tenant, which other nodes do not hear of; switch it off");
    }
    if settings.database.database_replica_url.is_some() {
        return refused("a replica follows one node and not the cluster; take DATABASE_REPLICA_URL away");
    }
    let migrated = migrate(settings).await?;
    Ok(Distributed { migrated, tables: store::distribute(url).await? })
}
