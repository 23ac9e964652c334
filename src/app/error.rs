//! What can go wrong while starting, running and stopping. Requests never meet these.

use std::path::PathBuf;

use crate::edge::listener::TlsError;
use crate::schema::registry::SchemaError;
use crate::store::NotDistributed;
use crate::{domain, postgres, store};

/// Why a start, a run or a stop failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The private database.
    #[error(transparent)]
    Postgres(#[from] postgres::Error),
    /// The database, whosever it is.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The tables cannot be distributed.
    #[error("nothing was distributed: {0}")]
    NotDistributed(#[from] NotDistributed),
    /// A verb refused.
    #[error(transparent)]
    Domain(#[from] domain::Error),
    /// A schema file.
    #[error("the SCIM schemas cannot be loaded: {0}")]
    Schema(#[from] SchemaError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The socket in the file system cannot be listened on.
    #[error("cannot listen on the socket {}: {source}; choose another with --socket", path.display())]
    Socket {
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The ready file cannot be written or removed.
    #[error("the ready file {} cannot be written: {source}", .path.display())]
    ReadyFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The process cannot listen to signals.
    #[error("cannot listen to signals: {0}")]
    Signals(#[source] std::io::Error),
    /// The certificate's files are of no use.
    #[error("no TLS: {0}")]
    Tls(#[from] TlsError),
    /// The private database was lost and cannot be had back.
    #[error("the private database is lost for good; see postgres.log in the data directory")]
    DatabaseLost,
}
