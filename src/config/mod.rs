//! Settings: from flags, environment and an optional file, in that order of precedence, checked once at the start. A wrong
//! value stops the start with the place it came from and what would be right. Secrets are wrapped, and no message shows
//! one. Nothing else in the product asks the environment for settings.
//!
//! Every setting has one name in three spellings: `--max-body`, `CONVOKE_MAX_BODY` and the key `max_body`; the database's
//! address alone is `DATABASE_URL`, as everywhere else, with `DATABASE_REPLICA_URL` beside it, and those about credentials
//! and limits have no flag. Relative paths start at the working directory.

mod auth;
mod database;
mod edge;
mod error;
mod logging;
mod measure;
mod scalar;
mod server;
mod sources;
mod text;

use std::path::PathBuf;

pub use auth::{Auth, EncryptionKey, Issuers};
pub use database::{Database, DatabaseFlags};
pub use edge::{Edge, EdgeFlags};
pub use error::Error;
pub use logging::{Logging, LoggingFlags};
pub use measure::{Clients, HeadSize, Limit, Patience, Term};
pub use server::{Server, ServerFlags};
pub use sources::Environment;
pub use text::{
    ByteSize, Connections, ListenAddress, LogFilter, LogFormat, Network, Origin, PublicUrl, Switch, Tokens, Workers,
};

use sources::Sources;

/// One setting: its key in the file, its environment variable, and what its value must be.
struct Key {
    name: &'static str,
    variable: &'static str,
    expects: &'static str,
}

const RATE: &str = "a rate such as 250/s burst 5000 (/s, /min or /h), or off";
const TIMEOUT: &str = "a time from 100ms to 1day, such as 15s";

const KEYS: [Key; 38] = [
    Key { name: "listen", variable: "CONVOKE_LISTEN", expects: "HOST:PORT, such as 127.0.0.1:8080" },
    Key { name: "socket", variable: "CONVOKE_SOCKET", expects: "a path of at most 107 bytes" },
    Key { name: "public_url", variable: "CONVOKE_PUBLIC_URL", expects: "a URL such as https://id.example.com" },
    Key { name: "ready_file", variable: "CONVOKE_READY_FILE", expects: "a path" },
    Key { name: "max_body", variable: "CONVOKE_MAX_BODY", expects: "bytes, such as 8388608 or 8MiB, up to 1GiB" },
    Key { name: "schema_dir", variable: "CONVOKE_SCHEMA_DIR", expects: "the path of a folder" },
    Key { name: "token_cache", variable: "CONVOKE_TOKEN_CACHE", expects: "a number from 0 to 1000000" },
    Key { name: "workers", variable: "CONVOKE_WORKERS", expects: "a number from 1 to 1000" },
    Key { name: "tls_cert", variable: "CONVOKE_TLS_CERT", expects: "the path of a file in PEM" },
    Key { name: "tls_key", variable: "CONVOKE_TLS_KEY", expects: "the path of a file in PEM" },
    Key { name: "hsts", variable: "CONVOKE_HSTS", expects: "a time such as 365d; 0s for none" },
    Key {
        name: "trusted_proxies",
        variable: "CONVOKE_TRUSTED_PROXIES",
        expects: "addresses or networks such as 10.0.0.0/8, separated by commas",
    },
    Key {
        name: "cors_origins",
        variable: "CONVOKE_CORS_ORIGINS",
        expects: "origins such as https://console.example.com, separated by commas, or *",
    },
    Key {
        name: "tenant_host",
        variable: "CONVOKE_TENANT_HOST",
        expects: "a host name such as {tenant}.id.example.com",
    },
    Key { name: "tenant_rate", variable: "CONVOKE_TENANT_RATE", expects: RATE },
    Key { name: "credential_rate", variable: "CONVOKE_CREDENTIAL_RATE", expects: RATE },
    Key { name: "failed_address_rate", variable: "CONVOKE_FAILED_ADDRESS_RATE", expects: RATE },
    Key { name: "failed_id_rate", variable: "CONVOKE_FAILED_ID_RATE", expects: RATE },
    Key { name: "servers", variable: "CONVOKE_SERVERS", expects: "the number of servers, at least 1" },
    Key { name: "max_head", variable: "CONVOKE_MAX_HEAD", expects: "bytes, from 8KiB to 1MiB" },
    Key { name: "max_url", variable: "CONVOKE_MAX_URL", expects: "bytes, such as 32KiB" },
    Key { name: "max_clients", variable: "CONVOKE_MAX_CLIENTS", expects: "a number from 1 to 1000000" },
    Key {
        name: "max_clients_per_address",
        variable: "CONVOKE_MAX_CLIENTS_PER_ADDRESS",
        expects: "a number from 1 to 1000000",
    },
    Key { name: "head_timeout", variable: "CONVOKE_HEAD_TIMEOUT", expects: TIMEOUT },
    Key { name: "body_timeout", variable: "CONVOKE_BODY_TIMEOUT", expects: TIMEOUT },
    Key { name: "idle_timeout", variable: "CONVOKE_IDLE_TIMEOUT", expects: TIMEOUT },
    Key { name: "write_timeout", variable: "CONVOKE_WRITE_TIMEOUT", expects: TIMEOUT },
    Key {
        name: "database_url",
        variable: "DATABASE_URL",
        expects: "postgres://USER:PASSWORD@HOST/DATABASE, or key=value pairs",
    },
    Key {
        name: "database_replica_url",
        variable: "DATABASE_REPLICA_URL",
        expects: "postgres://USER:PASSWORD@HOST/DATABASE, or key=value pairs",
    },
    Key { name: "data_dir", variable: "CONVOKE_DATA_DIR", expects: "the path of a folder" },
    Key { name: "pg_bin", variable: "CONVOKE_PG_BIN", expects: "the folder that holds postgres and initdb" },
    Key { name: "cache_dir", variable: "CONVOKE_CACHE_DIR", expects: "the path of a folder" },
    Key { name: "max_connections", variable: "CONVOKE_MAX_CONNECTIONS", expects: "a number from 1 to 1000" },
    Key { name: "row_security", variable: "CONVOKE_ROW_SECURITY", expects: "true or false" },
    Key { name: "log", variable: "CONVOKE_LOG", expects: "a level or filter, such as info or warn,convoke=debug" },
    Key { name: "log_format", variable: "CONVOKE_LOG_FORMAT", expects: "text or json" },
    Key {
        name: "encryption_key",
        variable: "CONVOKE_ENCRYPTION_KEY",
        expects: "32 random bytes in base64, as `openssl rand -base64 32` makes them",
    },
    Key {
        name: "issuers",
        variable: "CONVOKE_ISSUERS",
        expects: "tables [[issuers]] with issuer and audiences, in the environment a JSON list of them",
    },
];

impl Key {
    fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }
}

/// What was given on the command line.
#[derive(Clone, Default)]
pub struct Flags {
    /// Path of the file, which must exist then.
    pub config: Option<String>,
    /// Flags of `serve`.
    pub server: ServerFlags,
    /// Flags about the database.
    pub database: DatabaseFlags,
    /// Flags about logs.
    pub logging: LoggingFlags,
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file that was read, if there is one.
    pub file: Option<PathBuf>,
    /// How it serves.
    pub server: Server,
    /// What reaches it from outside.
    pub edge: Edge,
    /// Where the data are.
    pub database: Database,
    /// What is logged, and how.
    pub logging: Logging,
    /// What is encrypted, and whose tokens are believed.
    pub auth: Auth,
}

impl Settings {
    /// Puts flags, environment and file together.
    ///
    /// # Errors
    /// The file cannot be read, has a key that is not one, or a value does not fit; the text names source and remedy.
    pub fn load(flags: &Flags, environment: &Environment) -> Result<Self, Error> {
        let sources = Sources::gather(flags, environment)?;
        let edge: Edge = sources.extract()?;
        error::check_pair(("tls_cert", edge.tls_cert.is_some()), ("tls_key", edge.tls_key.is_some()))?;
        Ok(Self {
            server: sources.extract()?,
            edge,
            database: sources.extract()?,
            logging: sources.extract()?,
            auth: sources.extract()?,
            file: sources.file,
        })
    }
}

/// Variables that look like ours and are not: most likely misspelt.
#[must_use]
pub fn unknown_variables(environment: &Environment) -> Vec<String> {
    // The first names the file itself; the second narrows the search for PostgreSQL and is read where it is searched.
    const OTHERS: [&str; 2] = [sources::CONFIG_VARIABLE, "CONVOKE_PG_SEARCH"];
    let known = |name: &str| OTHERS.contains(&name) || KEYS.iter().any(|key| key.variable == name);
    environment.names().filter(|name| name.starts_with("CONVOKE_") && !known(name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
