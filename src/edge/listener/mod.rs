//! Connections: accepted up to a number, with TLS where there is a certificate, spoken to in HTTP/1.1 and HTTP/2, and
//! closed when they are silent for too long. On a stop no new ones are taken, and those that are there may end what they
//! have begun. What is asked and answered passes through unread.

mod connection;
mod local;
mod places;
mod pulse;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use poem::{Addr, Endpoint, EndpointExt, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

pub use self::tls::{Certificate, Files, TlsError};

use self::connection::{Connection, Ends};
use self::local::LocalSocket;
use self::places::{Place, Places};
use self::pulse::Patience;
use super::proxies::Proxies;
use crate::metrics::Metrics;

/// How long to wait when the system has no more connections to give (EMFILE and the like).
const BREATHER: Duration = Duration::from_millis(100);

/// What connections may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Connections at once.
    pub max_clients: u32,
    /// Connections at once from one address. Addresses of trusted proxies speak for many and are not counted.
    pub max_clients_per_address: u32,
    /// Bytes of a request's line and headers, at least 8 KiB.
    pub max_head: usize,
    /// From the begin of a request, or of a connection, to the end of the request's head.
    pub head_timeout: Duration,
    /// Between an answer and the next request.
    pub idle_timeout: Duration,
    /// Without the client taking a byte of its answer.
    pub write_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_clients: 1_000,
            max_clients_per_address: 500,
            max_head: 64 * 1024,
            head_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(75),
            write_timeout: Duration::from_secs(30),
        }
    }
}

impl Options {
    const fn patience(&self) -> Patience {
        Patience { head: self.head_timeout, idle: self.idle_timeout, write: self.write_timeout }
    }
}

/// A bound address, and perhaps a socket in the file system, that nobody is answered on yet.
pub struct Listener {
    socket: TcpListener,
    local: Option<LocalSocket>,
    options: Options,
    proxies: Proxies,
    certificate: Option<Arc<Certificate>>,
}

impl Listener {
    /// Binds an address, `HOST:PORT`.
    ///
    /// # Errors
    /// It cannot be bound.
    pub async fn bind(address: &str, options: Options) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        Ok(Self { socket, local: None, options, proxies: Proxies::default(), certificate: None })
    }

    /// With a socket in the file system, spoken to without TLS, at a path of at most 107 bytes.
    ///
    /// # Errors
    /// It cannot be bound.
    pub fn also_at(self, path: &Path) -> io::Result<Self> {
        Ok(Self { local: Some(LocalSocket::bind(path)?), ..self })
    }

    /// With proxies that speak for many.
    #[must_use]
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// With TLS, if there is a certificate.
    #[must_use]
    pub fn showing(self, certificate: Option<Arc<Certificate>>) -> Self {
        Self { certificate, ..self }
    }

    /// The address it is bound to.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// What it shows, if it speaks TLS.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Arc<Certificate>> {
        self.certificate.as_ref()
    }

    /// Has `endpoint` answer until `stop` is there, and then for at most `drain` what is under way.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub async fn serve<E>(
        self,
        endpoint: E,
        metrics: Arc<Metrics>,
        stop: impl Future<Output = ()>,
        drain: Duration,
    ) -> Result<(), TlsError>
    where
        E: Endpoint<Output = Response> + 'static,
    {
        let tls = self.certificate.as_ref().map(Certificate::acceptor).transpose()?;
        let connection = Arc::new(Connection::new(endpoint.boxed(), tls, metrics, &self.options));
        let places = Places::new(self.options.max_clients, self.options.max_clients_per_address);
        let (stopping, stopped) = watch::channel(false);
        let watching = async {
            match &self.certificate {
                Some(certificate) => certificate.watch().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.accept(&connection, &places, &stopped) => {}
            () = watching => {}
            () = stop => {}
        }
        drop((self.socket, self.local));
        // The error is that no connection is there to be told.
        let _ = stopping.send(true);
        places.emptied(drain).await;
        Ok(())
    }

    async fn accept(&self, connection: &Arc<Connection>, places: &Places, stopped: &watch::Receiver<bool>) {
        loop {
            let place = places.free().await;
            match self.arrival().await {
                Ok(Arrival::Network(stream, remote)) => {
                    let counted = Some(remote.ip().to_canonical()).filter(|address| !self.proxies.vouch(*address));
                    let Some(place) = places.give(place, counted) else {
                        tracing::warn!("a connection is refused: its address has as many as it may");
                        continue;
                    };
                    let Ok(local) = stream.local_addr() else { continue };
                    // Answers are small and written whole: waiting for more to send with them only delays them.
                    let _ = stream.set_nodelay(true);
                    let ends = Ends { local: Addr::SocketAddr(local), remote: Addr::SocketAddr(remote) };
                    begin(connection, place, stream, ends, stopped);
                }
                Ok(Arrival::Local(stream)) => {
                    let (Ok(local), Ok(remote)) = (stream.local_addr(), stream.peer_addr()) else { continue };
                    let Some(place) = places.give(place, None) else { continue };
                    begin(connection, place, stream, Ends { local: local.into(), remote: remote.into() }, stopped);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(BREATHER).await;
                }
            }
        }
    }

    async fn arrival(&self) -> io::Result<Arrival> {
        let at_file = async {
            match &self.local {
                Some(local) => local.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            arrived = self.socket.accept() => arrived.map(|(stream, remote)| Arrival::Network(stream, remote)),
            arrived = at_file => arrived.map(Arrival::Local),
        }
    }
}

/// A connection that has just been made.
enum Arrival {
    /// From an address.
    Network(TcpStream, SocketAddr),
    /// By the socket in the file system.
    Local(UnixStream),
}

fn begin<S>(connection: &Arc<Connection>, place: Place, stream: S, ends: Ends, stopped: &watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (connection, stopped) = (Arc::clone(connection), stopped.clone());
    tokio::spawn(async move {
        connection.metrics.connected(1.0);
        connection.serve(stream, ends, stopped).await;
        connection.metrics.connected(-1.0);
        drop(place);
    });
}

/// A client that was gone before it was answered says nothing about the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
