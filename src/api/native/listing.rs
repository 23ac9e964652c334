//! Objects with one list that can be of any length, such as `{"users": [...], "count": 3}`: written as the rows are read,
//! never whole in memory. What is around the list comes of the documented type, so both are the same.

use std::io;
use std::marker::PhantomData;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::Fuse;
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};

use crate::domain::{Chunks, Error};

/// An answer of the type `T`, sent while its list is read.
pub(in crate::api) struct LongList<T> {
    body: Body,
    of: PhantomData<fn() -> T>,
}

impl<T: ToJSON> LongList<T> {
    /// The answer that `frame` makes of the number of rows, with the rows in its field `list`, which it leaves empty. No
    /// field before that one may depend on the number.
    ///
    /// # Errors
    /// The first rows cannot be read. When later ones cannot, the answer breaks off, so that nobody takes it for whole.
    pub(in crate::api) async fn new<Item, Row>(
        list: &str,
        frame: impl Fn(i64) -> T + Send + 'static,
        chunks: Chunks<Item>,
        row: impl Fn(Item) -> Row + Send + 'static,
    ) -> Result<Self, Error>
    where
        Item: Send + 'static,
        Row: ToJSON + 'static,
    {
        let mark = format!("\"{list}\":[]");
        let around = move |count| {
            let text = frame(count).to_json_string();
            let at = text.find(&mark).map_or(text.len(), |at| at + mark.len() - 1);
            (text[..at].to_owned(), text[at..].to_owned())
        };
        let mut chunks = chunks.fuse();
        let first = chunks.next().await.transpose()?.unwrap_or_default();
        let head = around(0).0;
        let writer =
            Writer { head, first: Some(first), chunks: Some(chunks), row, tail: move |n| around(n).1, count: 0 };
        let pieces = futures_util::stream::unfold(writer, Writer::piece);
        Ok(Self { body: Body::from_bytes_stream(pieces), of: PhantomData })
    }

    /// An answer that is whole already, because it is a page.
    pub(in crate::api) fn whole(answer: &T) -> Self {
        Self { body: Body::from(answer.to_json_string()), of: PhantomData }
    }
}

/// Writes the answer piece by piece.
struct Writer<Item, R, F> {
    head: String,
    first: Option<Vec<Item>>,
    chunks: Option<Fuse<Chunks<Item>>>,
    row: R,
    tail: F,
    count: i64,
}

impl<Item, Row: ToJSON, R: Fn(Item) -> Row, F: Fn(i64) -> String> Writer<Item, R, F> {
    async fn piece(mut self) -> Option<(io::Result<Bytes>, Self)> {
        let chunk = match self.first.take() {
            Some(first) => Some(Ok(first)),
            None => self.chunks.as_mut()?.next().await,
        };
        let piece = match chunk {
            Some(Ok(rows)) => Ok(self.rows(rows)),
            Some(Err(error)) => {
                tracing::error!(%error, "a list broke off");
                self.chunks = None;
                Err(io::Error::other("the list broke off"))
            }
            None => {
                self.chunks = None;
                Ok((self.tail)(self.count))
            }
        };
        Some((piece.map(Bytes::from), self))
    }

    fn rows(&mut self, rows: Vec<Item>) -> String {
        let mut out = std::mem::take(&mut self.head);
        for item in rows {
            if self.count > 0 {
                out.push(',');
            }
            out.push_str(&(self.row)(item).to_json_string());
            self.count += 1;
        }
        out
    }
}

impl<T: Type> Payload for LongList<T> {
    const CONTENT_TYPE: &'static str = "application/json; charset=utf-8";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type> IntoResponse for LongList<T> {
    fn into_response(self) -> Response {
        Response::builder().content_type(<Self as Payload>::CONTENT_TYPE).body(self.body)
    }
}

#[cfg(test)]
mod tests {
    use poem_openapi::Object;

    use super::*;

    #[derive(Object)]
    struct Numbers {
        name: String,
        numbers: Vec<i64>,
        count: i64,
    }

    async fn text(chunks: Vec<Result<Vec<i64>, crate::store::Error>>) -> Result<String, poem::error::ReadBodyError> {
        // As the store makes them: not to be asked again after their end.
        let chunks = futures_util::stream::unfold(chunks.into_iter(), async |mut left| Some((left.next()?, left)));
        let frame = |count| Numbers { name: "\"numbers\":[]".to_owned(), numbers: Vec::new(), count };
        let list = LongList::new("numbers", frame, chunks.boxed(), |number: i64| number).await.ok().unwrap();
        list.into_response().into_body().into_string().await
    }

    #[tokio::test]
    async fn chunks_become_one_list_and_are_counted() {
        let named = |rest: &str| format!("{{\"name\":\"\\\"numbers\\\":[]\",\"numbers\":{rest}}}");
        assert_eq!(text(vec![]).await.unwrap(), named("[],\"count\":0"));
        assert_eq!(text(vec![Ok(vec![7])]).await.unwrap(), named("[7],\"count\":1"));
        let chunks = vec![Ok(vec![1, 2]), Ok(vec![]), Ok(vec![3])];
        assert_eq!(text(chunks).await.unwrap(), named("[1,2,3],\"count\":3"));
    }

    #[tokio::test]
    async fn a_failure_is_no_end_of_a_list() {
        let gone = || Err(crate::store::Error::Unavailable("gone".to_owned()));
        assert!(text(vec![Ok(vec![1]), gone()]).await.is_err());
        let frame = |count| Numbers { name: String::new(), numbers: Vec::new(), count };
        let chunks: Chunks<i64> = futures_util::stream::iter([gone()]).boxed();
        assert!(LongList::new("numbers", frame, chunks, |number| number).await.is_err(), "a status can still tell");
    }
}
