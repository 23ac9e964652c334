//! A connection that is made anew when the server has closed it, and that waits for no answer forever.

use std::time::Duration;

use serde_json::Value;

use super::http::{Call, Connection};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A way to a server.
pub(crate) struct Link {
    address: String,
    token: String,
    open: Option<Connection>,
}

impl Link {
    /// A way that is not open yet.
    pub(crate) fn to(address: &str, token: &str) -> Self {
        Self { address: address.to_owned(), token: token.to_owned(), open: None }
    }

    /// Makes a request that is to succeed; the body of its answer.
    ///
    /// # Errors
    /// Status and beginning of another answer, or what became of the connection.
    pub(crate) async fn send(&mut self, call: &Call) -> Result<bytes::Bytes, String> {
        let mut connection = match self.open.take() {
            Some(connection) => connection,
            None => Connection::try_open(&self.address, &self.token).await.map_err(|error| error.to_string())?,
        };
        let reply = tokio::time::timeout(PATIENCE, connection.send(call))
            .await
            .map_err(|_| format!("no answer in {} s", PATIENCE.as_secs()))?
            .map_err(|error| error.to_string())?;
        self.open = Some(connection);
        if reply.status.is_success() {
            return Ok(reply.body);
        }
        Err(format!("{} {}", reply.status.as_u16(), said(&reply.body)))
    }

    /// The same, with the answer as JSON.
    ///
    /// # Errors
    /// As [`Link::send`].
    pub(crate) async fn ask(&mut self, call: &Call) -> Result<Value, String> {
        let body = self.send(call).await?;
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }
}

/// What a refusal says about itself.
fn said(body: &[u8]) -> String {
    let detail =
        serde_json::from_slice::<Value>(body).ok().and_then(|body| Some(body.get("detail")?.as_str()?.to_owned()));
    let text = detail.unwrap_or_else(|| "without a detail".to_owned());
    text.chars().filter(|&letter| letter != '|' && letter != '\n').take(100).collect()
}
