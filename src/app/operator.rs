//! What administrative commands work with: the verbs, on the same database as the server, whether or not one runs.

use std::sync::Arc;

use super::{Error, database, external};
use crate::config::Settings;
use crate::domain::Domain;
use crate::postgres::{self, Access, Holder};
use crate::schema::registry::Registry;
use crate::store::{self, Remember};

/// An administrative command needs few connections: it does one thing after the other.
const CONNECTIONS: u32 = 2;

/// The verbs, until [`Operator::close`].
pub struct Operator {
    domain: Domain,
    access: Reached,
}

/// A database reached for one command.
enum Reached {
    External(String),
    Private(Access),
}

impl Reached {
    async fn open(settings: &Settings) -> Result<Self, Error> {
        match external(settings) {
            Some(url) => Ok(Self::External(url.to_owned())),
            None => Ok(Self::Private(postgres::attach_or_start(database::private(settings, Holder::Command)).await?)),
        }
    }

    fn url(&self) -> &str {
        match self {
            Self::External(url) => url,
            Self::Private(access) => access.url(),
        }
    }

    async fn close(self) -> Result<(), Error> {
        match self {
            Self::External(_) => Ok(()),
            Self::Private(access) => Ok(access.release().await?),
        }
    }
}

impl Operator {
    /// Reaches the database, starting it for the command when no server runs, and brings its tables up to date.
    ///
    /// # Errors
    /// The database cannot be found, started, reached or migrated, or a schema is broken.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        let schemas = super::schemas(settings)?;
        let access = Reached::open(settings).await?;
        match Self::connect(settings, schemas, access.url()).await {
            Ok(domain) => Ok(Self { domain, access }),
            Err(error) => access.close().await.and(Err(error)),
        }
    }

    async fn connect(settings: &Settings, schemas: Arc<Registry>, url: &str) -> Result<Domain, Error> {
        store::migrate(url).await?;
        let options = store::Options {
            url: url.to_owned(),
            max_connections: CONNECTIONS,
            wait: super::WAIT,
            remember: Remember::NOTHING,
            row_security: settings.database.row_security.0,
            replica: None,
        };
        let (_, domain) = super::domain(settings, schemas, &options).await?;
        Ok(domain)
    }

    /// The verbs.
    #[must_use]
    pub const fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Ends the use; a database that was started for it is stopped.
    ///
    /// # Errors
    /// It does not stop.
    pub async fn close(self) -> Result<(), Error> {
        drop(self.domain);
        self.access.close().await
    }
}

/// Brings the tables up to date; returns the names of the migrations applied.
///
/// # Errors
/// The database cannot be found, started or reached, or a migration fails.
pub async fn migrate(settings: &Settings) -> Result<Vec<String>, Error> {
    let access = Reached::open(settings).await?;
    let applied = store::migrate(access.url()).await;
    access.close().await?;
    Ok(applied?)
}

/// Makes the tables in the database that the databases of tests are copied from.
///
/// # Errors
/// A migration fails.
pub async fn prepare_template(url: &str) -> Result<(), Error> {
    store::migrate(url).await?;
    Ok(())
}
