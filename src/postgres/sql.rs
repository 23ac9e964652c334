//! The few statements this room sends itself: is the server there, does a database exist, make it. Everything else about
//! the content of databases belongs to others.

use std::path::Path;
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use super::error::Error;
use super::{PORT, USER};

/// A server on this machine's own socket answers at once or never.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection string in the form `key=value`, which alone can name the directory of a socket.
pub(super) fn url(socket_dir: &Path, database: &str) -> String {
    with_database(&server(socket_dir), database)
}

/// The connection string of a server, without the database.
pub(super) fn server(socket_dir: &Path) -> String {
    format!("host={} user={USER} port={PORT}", socket_dir.display())
}

/// Completes what [`server`] gave.
pub(super) fn with_database(server: &str, database: &str) -> String {
    format!("{server} dbname='{}'", database.replace('\\', r"\\").replace('\'', r"\'"))
}

/// Connects, and has the connection served in the background for as long as the client lives.
///
/// # Errors
/// [`Error::Sql`] when the server is not there, refuses or is silent for 10 s.
pub(super) async fn connect(url: &str) -> Result<Client, Error> {
    let connecting = tokio::time::timeout(PATIENCE, tokio_postgres::connect(url, NoTls)).await;
    let (client, connection) = connecting
        .map_err(|_elapsed| Error::Sql { action: "let us in", reason: "no answer within 10 s".to_owned() })?
        .map_err(Error::sql("let us in"))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection to the private database ended");
        }
    });
    Ok(client)
}

/// Makes the database unless it is there; true when it was made.
///
/// # Errors
/// [`Error::Sql`] when the server cannot be reached or refuses.
pub(super) async fn ensure_database(client: &Client, name: &str) -> Result<bool, Error> {
    const ACTION: &str = "create a database";
    let known =
        client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await.map_err(Error::sql(ACTION))?;
    if known.is_some() {
        return Ok(false);
    }
    match client.batch_execute(&format!("CREATE DATABASE {}", quoted(name))).await {
        Ok(()) => Ok(true),
        // Somebody else made it in between.
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => Ok(false),
        Err(error) => Err(Error::sql(ACTION)(error)),
    }
}

/// The directory of the cluster behind a connection.
///
/// # Errors
/// [`Error::Sql`] when the server does not answer.
pub(super) async fn data_directory(client: &Client) -> Result<String, Error> {
    let row = client.query_one("SHOW data_directory", &[]).await.map_err(Error::sql("say where its data are"))?;
    Ok(row.get(0))
}

/// An identifier in double quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::Host;

    use super::*;

    #[test]
    fn the_connection_string_is_read_back_as_meant() {
        let config: tokio_postgres::Config = url(Path::new("/var/lib/convoke/run"), r"it's \ odd").parse().unwrap();
        assert_eq!(config.get_hosts(), [Host::Unix("/var/lib/convoke/run".into())]);
        assert_eq!((config.get_user(), config.get_ports()), (Some(USER), &[PORT][..]));
        assert_eq!(config.get_dbname(), Some(r"it's \ odd"));
    }

    #[test]
    fn names_cannot_break_out_of_their_quotes() {
        assert_eq!(quoted(r#"a"b"#), r#""a""b""#);
    }
}
