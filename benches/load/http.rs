//! One keep-alive connection, with as little between it and the socket as there can be: the driver shares the machine with
//! what it measures.

use std::error::Error;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// A request to be made.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Bytes,
}

impl Call {
    /// A GET below the SCIM base.
    pub(crate) fn get(path: impl AsRef<str>) -> Self {
        Self::native(format!("/scim/v2{}", path.as_ref()))
    }

    /// A GET of any path.
    pub(crate) fn native(path: String) -> Self {
        Self { method: Method::GET, path, body: Bytes::new() }
    }

    /// Anything with a body, below the SCIM base.
    pub(crate) fn with(method: Method, path: impl AsRef<str>, body: &Value) -> Self {
        Self { method, path: format!("/scim/v2{}", path.as_ref()), body: body.to_string().into() }
    }
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    /// From the request to the first byte of the body, or to the end of an answer without one.
    pub(crate) first_byte: Duration,
}

/// A connection to a server.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    authorization: String,
}

impl Connection {
    /// Connects to a server that is there.
    pub(crate) async fn open(address: &str, token: &str) -> Self {
        Self::try_open(address, token).await.unwrap()
    }

    /// Connects.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) async fn try_open(address: &str, token: &str) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, address: address.to_owned(), authorization: format!("Bearer {token}") })
    }

    /// Makes a request and reads its answer to the end.
    pub(crate) async fn send(&mut self, call: &Call) -> hyper::Result<Reply> {
        let request = Request::builder()
            .method(&call.method)
            .uri(&call.path)
            .header("host", &self.address)
            .header("authorization", &self.authorization)
            .header("content-type", "application/scim+json")
            .body(Full::from(call.body.clone()))
            .unwrap();
        self.sender.ready().await?;
        let begun = Instant::now();
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let mut body = response.into_body();
        let first = body.frame().await.transpose()?;
        let first_byte = begun.elapsed();
        let first = first.and_then(|frame| frame.into_data().ok()).unwrap_or_default();
        let rest = body.collect().await?.to_bytes();
        // An answer in one piece, as most are, is not copied.
        let body = if rest.is_empty() { first } else { [first, rest].concat().into() };
        Ok(Reply { status, body, first_byte })
    }

    /// Makes a request that must succeed; its answer as JSON.
    pub(crate) async fn must(&mut self, call: &Call) -> Value {
        let Reply { status, body, .. } = self.send(call).await.unwrap();
        assert!(status.is_success(), "{} {}: {status} {}", call.method, call.path, String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap_or_default()
    }
}
