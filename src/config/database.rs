//! The section about the database: one that is there already, or a private one in a folder.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use secrecy::SecretString;
use serde::Deserialize;

use super::scalar;
use super::text::{Connections, Switch};

/// Where the data are.
#[derive(Debug, Clone, Deserialize)]
pub struct Database {
    /// A database that is there already; without it a private one is started.
    #[serde(default, deserialize_with = "address")]
    pub database_url: Option<SecretString>,
    /// A replica of it that may be read.
    #[serde(default, deserialize_with = "address")]
    pub database_replica_url: Option<SecretString>,
    /// Folder of the private database.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub data_dir: Option<PathBuf>,
    /// Folder with the programs of PostgreSQL.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub pg_bin: Option<PathBuf>,
    /// Folder that fetched programs are kept in.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub cache_dir: Option<PathBuf>,
    /// Connections the server holds at the most.
    #[serde(default, deserialize_with = "scalar::value")]
    pub max_connections: Connections,
    /// Whether the database holds a tenant's connections to its rows as well.
    #[serde(default, deserialize_with = "scalar::value")]
    pub row_security: Switch,
}

/// An address, whose text is never shown: it may hold a password.
struct Address(String);

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Ok(Self(text.to_owned()));
        }
        let pairs = !text.contains("://") && text.contains('=');
        if pairs { Ok(Self(text.to_owned())) } else { Err("the value is not the address of a Postgres database") }
    }
}

fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    scalar::value::<D, Address>(deserializer).map(|address| Some(address.0.into()))
}

/// The flags of this section. No `Debug`: the address may hold a password.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Database")]
pub struct DatabaseFlags {
    /// Postgres to use, as postgres://USER@HOST/DATABASE or key=value pairs; without it a private one is found or
    /// fetched, and started [env: DATABASE_URL]
    #[arg(long, value_name = "URL", global = true)]
    pub database_url: Option<String>,
    /// Streaming replica of it to make lists and other long reads on, where it has come far enough; without it everything
    /// is read from the database itself [env: DATABASE_REPLICA_URL]
    #[arg(long, value_name = "URL", global = true)]
    pub database_replica_url: Option<String>,
    /// Folder of the private Postgres [env: CONVOKE_DATA_DIR] [default: ~/.local/share/convoke; for root
    /// /var/lib/convoke]
    #[arg(long, value_name = "DIR", global = true)]
    pub data_dir: Option<String>,
    /// Folder that holds postgres and initdb, for the private Postgres [env: CONVOKE_PG_BIN]
    #[arg(long, value_name = "DIR", global = true)]
    pub pg_bin: Option<String>,
    /// Folder to keep a fetched PostgreSQL in [env: CONVOKE_CACHE_DIR] [default: ~/.cache/convoke; for root
    /// /var/cache/convoke]
    #[arg(long, value_name = "DIR", global = true)]
    pub cache_dir: Option<String>,
    /// Connections to the database at the most [env: CONVOKE_MAX_CONNECTIONS] [default: four a core, from 8 to 64]
    #[arg(long, value_name = "N", global = true)]
    pub max_connections: Option<String>,
    /// Whether the database itself keeps tenants apart as well, by row-level security: true or false [env:
    /// CONVOKE_ROW_SECURITY] [default: false]
    #[arg(long, value_name = "BOOL", global = true)]
    pub row_security: Option<String>,
}

impl DatabaseFlags {
    pub(super) fn given(&self) -> Vec<(&'static str, Option<&String>)> {
        vec![
            ("database_url", self.database_url.as_ref()),
            ("database_replica_url", self.database_replica_url.as_ref()),
            ("data_dir", self.data_dir.as_ref()),
            ("pg_bin", self.pg_bin.as_ref()),
            ("cache_dir", self.cache_dir.as_ref()),
            ("max_connections", self.max_connections.as_ref()),
            ("row_security", self.row_security.as_ref()),
        ]
    }
}
