//! The server's database: the one the settings name, or a private one that is started and stopped with the server.

use super::Error;
use crate::config::Settings;
use crate::postgres::{self, Cluster, DATABASE, Durability, Holder};

/// A database that is there to be used.
pub(super) enum Database {
    /// Somebody else's; its address.
    External(String),
    /// Ours.
    Private(Cluster),
}

impl Database {
    /// Reaches or starts it.
    pub(super) async fn open(settings: &Settings) -> Result<Self, Error> {
        if let Some(url) = super::external(settings) {
            return Ok(Self::External(url.to_owned()));
        }
        let cluster = postgres::start(private(settings, Holder::Server)).await?;
        Ok(Self::Private(cluster))
    }

    /// Its address, once the database itself has been made.
    pub(super) async fn url(&self) -> Result<String, Error> {
        match self {
            Self::External(url) => Ok(url.clone()),
            Self::Private(cluster) => {
                cluster.ensure_database(DATABASE).await?;
                Ok(cluster.url(DATABASE))
            }
        }
    }

    pub(super) const fn is_private(&self) -> bool {
        matches!(self, Self::Private(_))
    }

    /// Waits until it is lost for good. Somebody else's never is: each request tries anew.
    pub(super) async fn lost(&self) {
        match self {
            Self::External(_) => std::future::pending().await,
            Self::Private(cluster) => cluster.lost().await,
        }
    }

    /// Stops it, if it is ours.
    pub(super) async fn close(self) -> Result<(), Error> {
        match self {
            Self::External(_) => Ok(()),
            Self::Private(cluster) => Ok(cluster.stop().await?),
        }
    }
}

/// What the settings say about the private database.
pub(super) fn private(settings: &Settings, holder: Holder) -> postgres::Options {
    postgres::Options {
        data_dir: settings.database.data_dir.clone(),
        bin_dir: settings.database.pg_bin.clone(),
        cache_dir: settings.database.cache_dir.clone(),
        durability: Durability::Durable,
        holder,
    }
}
