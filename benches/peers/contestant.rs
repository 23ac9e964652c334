//! Who is compared, and how each is started and stopped.

use convoke::postgres::Cluster;
use tokio_postgres::NoTls;

use super::link::Link;
use super::peer::Peer;
use super::resident;
use super::site::Site;

/// A server that can be run here.
pub(crate) struct Contestant {
    /// As `install.sh` knows it.
    pub(crate) name: &'static str,
    /// Where its data is.
    pub(crate) data: Data,
}

/// Where a server has its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Data {
    Postgres,
    Memory,
}

impl Data {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Postgres => "Postgres",
            Self::Memory => "memory",
        }
    }
}

/// Ours is the first: the others are put in relation to it.
pub(crate) const CONTESTANTS: [Contestant; 7] = [
    Contestant { name: "convoke", data: Data::Postgres },
    Contestant { name: "django-scim2", data: Data::Postgres },
    Contestant { name: "scim2-server", data: Data::Memory },
    Contestant { name: "scimmy-routers", data: Data::Memory },
    Contestant { name: "scimgateway", data: Data::Memory },
    Contestant { name: "canaille", data: Data::Postgres },
    Contestant { name: "scim2-rs", data: Data::Memory },
];

/// A server that runs.
pub(crate) struct Running<'c> {
    pub(crate) contestant: &'c Contestant,
    /// Name and version.
    pub(crate) version: String,
    server: Server,
    database_url: String,
}

enum Server {
    Ours(Box<Site>),
    Theirs(Box<Peer>),
}

impl Contestant {
    /// Installs and starts it, on a database of its own if it uses one.
    ///
    /// # Errors
    /// Why it does not run.
    pub(crate) async fn start(&self, cluster: &Cluster) -> Result<Running<'_>, String> {
        cluster.ensure_database(self.name).await.unwrap();
        let url = cluster.url(self.name);
        let (version, server) = if self.name == "convoke" {
            (format!("convoke {}", env!("CARGO_PKG_VERSION")), Server::Ours(Box::new(Site::open(Some(&url)).await)))
        } else {
            let version = Peer::install(self.name).await?;
            (version, Server::Theirs(Box::new(Peer::start(self.name, &url).await?)))
        };
        Ok(Running { contestant: self, version, server, database_url: url })
    }
}

impl Running<'_> {
    /// A connection to it.
    pub(crate) fn link(&self) -> Link {
        match &self.server {
            Server::Ours(site) => Link::to(&site.address, &site.token),
            Server::Theirs(peer) => Link::to(&peer.address, &peer.token),
        }
    }

    /// What autovacuum does within minutes, of a database that has one.
    pub(crate) async fn settle(&self) {
        if self.contestant.data == Data::Postgres {
            let (client, connection) = tokio_postgres::connect(&self.database_url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute("VACUUM ANALYZE").await.unwrap();
        }
    }

    /// Memory it has, in mebibytes.
    pub(crate) fn resident_mib(&self) -> Option<u64> {
        match &self.server {
            Server::Ours(site) => site.resident_mib(),
            Server::Theirs(peer) => resident::mib(peer.process()),
        }
    }

    /// Ends it.
    pub(crate) async fn stop(self) {
        match self.server {
            Server::Ours(site) => site.close().await,
            Server::Theirs(peer) => peer.stop().await,
        }
    }
}
