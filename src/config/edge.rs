//! The section about the network's edge: TLS, proxies, browsers, and how much may be asked for at once and in the long
//! run. What is not given is decided by the room it is about. Limits have no flag: they are set once and for long.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;

use super::measure::{Clients, HeadSize, Limit, Patience, Term};
use super::scalar;
use super::text::{ByteSize, Network, Origin};
use crate::model::tenant_hosts::TenantHosts;

/// What reaches it from outside, and how much of it.
#[derive(Debug, Clone, Deserialize)]
pub struct Edge {
    /// File with the certificate and its chain, in PEM; with it TLS is spoken and nothing else.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub tls_cert: Option<PathBuf>,
    /// File with the certificate's private key, in PEM.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub tls_key: Option<PathBuf>,
    /// How long browsers that came by TLS are to come by nothing else.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub hsts: Option<Term>,
    /// Proxies whose word is taken for where a request comes from.
    #[serde(default, deserialize_with = "scalar::list")]
    pub trusted_proxies: Vec<Network>,
    /// Origins whose pages may read answers.
    #[serde(default, deserialize_with = "scalar::list")]
    pub cors_origins: Vec<Origin>,
    /// Hosts that name a tenant.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub tenant_host: Option<TenantHosts>,
    /// Requests of all credentials of one tenant.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub tenant_rate: Option<Limit>,
    /// Requests of one credential.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub credential_rate: Option<Limit>,
    /// Failed sign-ins from one address.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub failed_address_rate: Option<Limit>,
    /// Failed sign-ins that name one token or client.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub failed_id_rate: Option<Limit>,
    /// Servers that share the rates.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub servers: Option<NonZeroU32>,
    /// Bytes of a request's line and headers.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub max_head: Option<HeadSize>,
    /// Bytes of a request's path and query.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub max_url: Option<ByteSize>,
    /// Connections of clients at once.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub max_clients: Option<Clients>,
    /// Connections from one address at once.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub max_clients_per_address: Option<Clients>,
    /// How long the head of a request may take.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub head_timeout: Option<Patience>,
    /// How long the body of a request may take.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub body_timeout: Option<Patience>,
    /// How long a connection may be idle.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub idle_timeout: Option<Patience>,
    /// How long a client may take nothing of its answer.
    #[serde(default, deserialize_with = "scalar::optional")]
    pub write_timeout: Option<Patience>,
}

/// The flags of this section.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Network")]
pub struct EdgeFlags {
    /// Certificate and chain to serve TLS with, in PEM; read again when it changes, and at SIGHUP [env: CONVOKE_TLS_CERT]
    #[arg(long, value_name = "PATH")]
    pub tls_cert: Option<String>,
    /// The certificate's private key, in PEM [env: CONVOKE_TLS_KEY]
    #[arg(long, value_name = "PATH")]
    pub tls_key: Option<String>,
    /// Addresses or networks of proxies whose Forwarded and X-Forwarded-* headers are believed, comma-separated [env:
    /// CONVOKE_TRUSTED_PROXIES] [default: none]
    #[arg(long, value_name = "CIDRS")]
    pub trusted_proxies: Option<String>,
    /// Origins whose pages may read answers, comma-separated; * is any [env: CONVOKE_CORS_ORIGINS] [default: none]
    #[arg(long, value_name = "ORIGINS")]
    pub cors_origins: Option<String>,
    /// Host name that names a tenant by its slug, such as {tenant}.id.example.com [env: CONVOKE_TENANT_HOST]
    #[arg(long, value_name = "PATTERN")]
    pub tenant_host: Option<String>,
}

impl EdgeFlags {
    pub(super) fn given(&self) -> Vec<(&'static str, Option<&String>)> {
        vec![
            ("tls_cert", self.tls_cert.as_ref()),
            ("tls_key", self.tls_key.as_ref()),
            ("trusted_proxies", self.trusted_proxies.as_ref()),
            ("cors_origins", self.cors_origins.as_ref()),
            ("tenant_host", self.tenant_host.as_ref()),
        ]
    }

    /// These flags, and where one is not given, the other's.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            tls_cert: self.tls_cert.or(other.tls_cert),
            tls_key: self.tls_key.or(other.tls_key),
            trusted_proxies: self.trusted_proxies.or(other.trusted_proxies),
            cors_origins: self.cors_origins.or(other.cors_origins),
            tenant_host: self.tenant_host.or(other.tenant_host),
        }
    }
}
