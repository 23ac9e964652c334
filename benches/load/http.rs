//! One keep-alive connection, with as little between it and the socket as there can be: the driver shares the machine with
//! what it measures, and pgbench, which stands beside it, costs next to nothing.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{Method, StatusCode};
use httparse::{EMPTY_HEADER, Status};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// Headers in an answer at the most.
const HEADERS: usize = 64;
/// Bytes to make room for when more are to be read.
const PIECE: usize = 16 * 1024;

/// A request to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// What bytes go over.
trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A connection to a server.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    /// What has come and was not made use of yet.
    buffer: BytesMut,
    /// Headers that every request has.
    headers: String,
    /// The request that is sent.
    request: Vec<u8>,
}

/// How the end of a body is known (RFC 9112 section 6.3).
enum Ends {
    After(usize),
    InChunks,
    WithConnection,
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
    pub(crate) async fn try_open(address: &str, token: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream, address, token))
    }

    /// Connects to a server's socket in the file system, where it is called by this address all the same.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) async fn open_at(socket: &Path, address: &str, token: &str) -> io::Result<Self> {
        Ok(Self::over(UnixStream::connect(socket).await?, address, token))
    }

    fn over(stream: impl Stream + 'static, address: &str, token: &str) -> Self {
        let headers =
            format!("host: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/scim+json\r\n");
        Self { stream: Box::new(stream), buffer: BytesMut::new(), headers, request: Vec::new() }
    }

    /// Makes a request and reads its answer to the end.
    ///
    /// # Errors
    /// The connection is gone, or what came is no HTTP. It is of no use from then on.
    pub(crate) async fn send(&mut self, call: &Call) -> io::Result<Reply> {
        let Call { method, path, body } = call;
        self.request.clear();
        for part in [method.as_str(), " ", path, " HTTP/1.1\r\n", &self.headers] {
            self.request.extend_from_slice(part.as_bytes());
        }
        if !body.is_empty() || *method != Method::GET {
            self.request.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        self.request.extend_from_slice(b"\r\n");
        self.request.extend_from_slice(body);
        let begun = Instant::now();
        self.stream.write_all(&self.request).await?;
        let (status, ends) = self.head().await?;
        if self.buffer.is_empty() && !matches!(ends, Ends::After(0)) {
            self.more().await?;
        }
        let first_byte = begun.elapsed();
        let body = match ends {
            Ends::After(length) => self.take(length).await?,
            Ends::InChunks => self.chunks().await?,
            Ends::WithConnection => {
                while self.more().await.is_ok() {}
                self.buffer.split().freeze()
            }
        };
        Ok(Reply { status, body, first_byte })
    }

    /// Makes a request that must succeed; its answer as JSON.
    pub(crate) async fn must(&mut self, call: &Call) -> Value {
        let Reply { status, body, .. } = self.send(call).await.unwrap();
        assert!(status.is_success(), "{} {}: {status} {}", call.method, call.path, String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap_or_default()
    }

    async fn head(&mut self) -> io::Result<(StatusCode, Ends)> {
        loop {
            if let Some((length, status, ends)) = head(&self.buffer)? {
                let _ = self.buffer.split_to(length);
                return Ok((status, ends));
            }
            self.more().await?;
        }
    }

    /// A body in chunks, put together.
    async fn chunks(&mut self) -> io::Result<Bytes> {
        let mut body = Vec::new();
        loop {
            let (begin, length) = match httparse::parse_chunk_size(&self.buffer).map_err(invalid)? {
                Status::Complete(chunk) => chunk,
                Status::Partial => {
                    self.more().await?;
                    continue;
                }
            };
            let length = usize::try_from(length).map_err(io::Error::other)?;
            let chunk = self.take(begin + length + 2).await?;
            if length == 0 {
                return Ok(body.into());
            }
            body.extend_from_slice(&chunk[begin..begin + length]);
        }
    }

    /// The next bytes, as soon as there are so many.
    async fn take(&mut self, length: usize) -> io::Result<Bytes> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn more(&mut self) -> io::Result<()> {
        self.buffer.reserve(PIECE);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// How long the head of an answer is, its status, and how its body ends; nothing while it has not come whole.
fn head(buffer: &[u8]) -> io::Result<Option<(usize, StatusCode, Ends)>> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let Status::Complete(length) = response.parse(buffer).map_err(invalid)? else { return Ok(None) };
    let status = StatusCode::from_u16(response.code.unwrap_or_default()).map_err(invalid)?;
    let header = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    let ends = match header("content-length").map(str::parse) {
        _ if status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED => Ends::After(0),
        _ if header("transfer-encoding").is_some() => Ends::InChunks,
        Some(length) => Ends::After(length.map_err(invalid)?),
        None => Ends::WithConnection,
    };
    Ok(Some((length, status, ends)))
}

#[expect(clippy::needless_pass_by_value, reason = "what errors are mapped with takes them")]
fn invalid(error: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}
