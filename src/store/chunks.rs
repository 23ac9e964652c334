//! Answers of any length: the rows of one statement in chunks, read as fast as they are taken, as one state of the
//! database. Nothing here holds more than a few chunks.

use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::TryStreamExt;
use futures_util::stream::{BoxStream, StreamExt};
use tokio::sync::mpsc;

use super::error::Error;
use super::transaction::TenantTx;

/// Rows in chunks, none of them empty.
pub type Chunks<T> = BoxStream<'static, Result<Vec<T>, Error>>;

const ROWS_A_CHUNK: usize = 512;
const CHUNKS_AHEAD: usize = 4;

impl TenantTx {
    /// The answer of a query. The connection is kept until the stream ends or is dropped.
    pub(super) fn chunks<Row, Item, Q>(self, query: Q) -> Chunks<Item>
    where
        Q: LoadQuery<'static, AsyncPgConnection, Row> + RunQueryDsl<AsyncPgConnection> + Send + 'static,
        Row: Send + 'static,
        Item: From<Row> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
        tokio::spawn(async move {
            if let Err(error) = self.send(query, &sender).await {
                // Nobody listens any more when this fails, and then nobody has to know.
                let _ = sender.send(Err(error)).await;
            }
        });
        futures_util::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|chunk| (chunk, receiver))
        })
        .boxed()
    }

    async fn send<Row, Item, Q>(
        mut self,
        query: Q,
        sender: &mpsc::Sender<Result<Vec<Item>, Error>>,
    ) -> Result<(), Error>
    where
        Q: LoadQuery<'static, AsyncPgConnection, Row> + RunQueryDsl<AsyncPgConnection> + Send + 'static,
        Row: Send + 'static,
        Item: From<Row> + Send + 'static,
    {
        let rows = query.internal_load(self.connection()).await?;
        let mut chunks = std::pin::pin!(rows.map_ok(Item::from).try_chunks(ROWS_A_CHUNK));
        while let Some(chunk) = chunks.next().await {
            if sender.send(chunk.map_err(|error| error.1.into())).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}
