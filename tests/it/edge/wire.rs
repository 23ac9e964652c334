//! Bytes on a socket, for what no HTTP client would send.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::TestServer;

/// Longer than any test's patience: what is not there by then does not come.
const FOREVER: Duration = Duration::from_secs(60);

/// A connection.
pub(super) struct Wire(TcpStream);

/// An answer in parts.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Value,
}

impl Wire {
    pub(super) async fn to(server: &TestServer) -> Self {
        let address = server.base_url.split("://").nth(1).unwrap();
        Self(TcpStream::connect(address).await.unwrap())
    }

    /// Sends; whether the server still takes it.
    pub(super) async fn send(&mut self, text: &str) -> bool {
        self.0.write_all(text.as_bytes()).await.is_ok()
    }

    /// Everything until the server closes.
    pub(super) async fn rest(mut self) -> String {
        let mut bytes = Vec::new();
        // A reset is an end as well.
        let _ = tokio::time::timeout(FOREVER, self.0.read_to_end(&mut bytes)).await.expect("the server closes");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// One answer that says its length.
    pub(super) async fn answer(&mut self) -> Parts {
        tokio::time::timeout(FOREVER, self.read()).await.expect("the server answers")
    }

    async fn read(&mut self) -> Parts {
        let mut bytes = Vec::new();
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = header(head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
                if body.len() >= length {
                    return Parts::of(head, body);
                }
            }
            let mut more = [0; 4096];
            let count = self.0.read(&mut more).await.expect("the connection holds");
            assert!(count > 0, "the server closed early: {text}");
            bytes.extend_from_slice(&more[..count]);
        }
    }
}

impl Parts {
    fn of(head: &str, body: &str) -> Self {
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Self { status, head: head.to_owned(), body: serde_json::from_str(body).unwrap_or_default() }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        header(&self.head, name).unwrap_or_default()
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
