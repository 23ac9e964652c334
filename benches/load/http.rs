//! One keep-alive connection, with as little between it and the socket as there can be: the driver shares the machine with
//! what it measures.

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
    /// Below the SCIM base.
    pub(crate) path: String,
    pub(crate) body: Option<String>,
}

impl Call {
    /// A GET.
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }

    /// Anything with a body.
    pub(crate) fn with(method: Method, path: impl Into<String>, body: &Value) -> Self {
        Self { method, path: path.into(), body: Some(body.to_string()) }
    }
}

/// A connection to a server.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    authorization: String,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: &str, token: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        Self { sender, address: address.to_owned(), authorization: format!("Bearer {token}") }
    }

    /// Makes a request and reads its answer to the end.
    pub(crate) async fn send(&mut self, call: &Call) -> hyper::Result<(StatusCode, Bytes)> {
        let request = Request::builder()
            .method(&call.method)
            .uri(format!("/scim/v2{}", call.path))
            .header("host", &self.address)
            .header("authorization", &self.authorization)
            .header("content-type", "application/scim+json")
            .body(Full::from(call.body.clone().unwrap_or_default()))
            .unwrap();
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    /// Makes a request that must succeed; its answer as JSON.
    pub(crate) async fn must(&mut self, call: &Call) -> Value {
        let (status, body) = self.send(call).await.unwrap();
        assert!(status.is_success(), "{call:?}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap_or_default()
    }
}
