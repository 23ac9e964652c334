//! The section about serving.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::edge::EdgeFlags;
use super::scalar;
use super::text::{ByteSize, ListenAddress, PublicUrl, Tokens, Workers};

/// How it serves.
#[derive(Debug, Clone, Deserialize)]
pub struct Server {
    /// Where to listen.
    #[serde(default, deserialize_with = "scalar::value")]
    pub listen: ListenAddress,
    /// File of a Unix socket to answer on as well.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub socket: Option<PathBuf>,
    /// The address clients know the server by; without it, what each request says.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub public_url: Option<PublicUrl>,
    /// File to write once requests are answered.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub ready_file: Option<PathBuf>,
    /// Bytes a request's body may have.
    #[serde(default = "eight_mebibytes", deserialize_with = "scalar::value")]
    pub max_body: ByteSize,
    /// Folder of further SCIM schemas.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub schema_dir: Option<PathBuf>,
    /// Tokens remembered between requests at the most.
    #[serde(default, deserialize_with = "scalar::value")]
    pub token_cache: Tokens,
    /// Threads that work on requests.
    #[serde(default, deserialize_with = "scalar::value")]
    pub workers: Workers,
}

const fn eight_mebibytes() -> ByteSize {
    ByteSize(8 << 20)
}

/// The flags of this section.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Server")]
pub struct ServerFlags {
    /// Address to listen on; port 0 takes any free one [env: CONVOKE_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
    /// Unix socket to answer on as well, without TLS, for a proxy on this machine, which is believed like a trusted one
    /// [env: CONVOKE_SOCKET]
    #[arg(long, value_name = "PATH")]
    pub socket: Option<String>,
    /// Address clients know the server by, for links in answers; without it, the Host each request names [env:
    /// CONVOKE_PUBLIC_URL]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// File to write as JSON, by rename, once requests are answered [env: CONVOKE_READY_FILE]
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<String>,
    /// Largest request body, in bytes or as 8MiB [env: CONVOKE_MAX_BODY] [default: 8MiB]
    #[arg(long, value_name = "SIZE")]
    pub max_body: Option<String>,
    /// Folder with further SCIM schemas (*.json), beside the built-in ones [env: CONVOKE_SCHEMA_DIR]
    #[arg(long, value_name = "DIR")]
    pub schema_dir: Option<String>,
    /// Tokens to remember between requests; 0 asks the database on every request, as it must where the database is reached
    /// through a pool of transactions [env: CONVOKE_TOKEN_CACHE] [default: 10000]
    #[arg(long, value_name = "N")]
    pub token_cache: Option<String>,
    /// Threads that work on requests; as many as there are cores where the database has a machine of its own [env:
    /// CONVOKE_WORKERS] [default: half of the cores]
    #[arg(long, value_name = "N")]
    pub workers: Option<String>,
    /// Flags about the network.
    #[command(flatten)]
    pub edge: EdgeFlags,
}

impl ServerFlags {
    pub(super) fn given(&self) -> Vec<(&'static str, Option<&String>)> {
        let own = vec![
            ("listen", self.listen.as_ref()),
            ("socket", self.socket.as_ref()),
            ("public_url", self.public_url.as_ref()),
            ("ready_file", self.ready_file.as_ref()),
            ("max_body", self.max_body.as_ref()),
            ("schema_dir", self.schema_dir.as_ref()),
            ("token_cache", self.token_cache.as_ref()),
            ("workers", self.workers.as_ref()),
        ];
        own.into_iter().chain(self.edge.given()).collect()
    }

    /// These flags, and where one is not given, the other's.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            socket: self.socket.or(other.socket),
            public_url: self.public_url.or(other.public_url),
            ready_file: self.ready_file.or(other.ready_file),
            max_body: self.max_body.or(other.max_body),
            schema_dir: self.schema_dir.or(other.schema_dir),
            token_cache: self.token_cache.or(other.token_cache),
            workers: self.workers.or(other.workers),
            edge: self.edge.or(other.edge),
        }
    }

    /// The first flag that was given, if any was.
    #[must_use]
    pub fn first_given(&self) -> Option<String> {
        let given = self.given().into_iter().find(|(_, value)| value.is_some())?;
        Some(format!("--{}", given.0.replace('_', "-")))
    }
}
