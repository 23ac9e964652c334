//! Answers that are sent while they are made: a list of any length, its rows read in chunks, never whole in memory.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};

/// A JSON array of `T` that is written as its rows come. A failure once the first chunk is out breaks the connection, so
/// that nobody takes a part for the whole.
pub(in crate::api) struct Streamed<T> {
    body: Body,
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T: ToJSON> Streamed<T> {
    /// The first chunk, read already so that its failure has a status, and the rest.
    pub(in crate::api) fn new<E>(first: &[T], rest: impl Stream<Item = Result<Vec<T>, E>> + Send + 'static) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let mut any = !first.is_empty();
        let head = Bytes::from(format!("[{}", rows(first)));
        let tail = rest.map(move |chunk| {
            let chunk = chunk.map_err(std::io::Error::other)?;
            let separator = if any && !chunk.is_empty() { "," } else { "" };
            any |= !chunk.is_empty();
            Ok(Bytes::from(format!("{separator}{}", rows(&chunk))))
        });
        let pieces = futures_util::stream::iter([Ok(head)]).chain(tail).chain(futures_util::stream::iter([Ok::<
            _,
            std::io::Error,
        >(
            Bytes::from_static(b"]"),
        )]));
        Self { body: Body::from_bytes_stream(pieces), of: std::marker::PhantomData }
    }
}

fn rows<T: ToJSON>(rows: &[T]) -> String {
    rows.iter().map(ToJSON::to_json_string).collect::<Vec<_>>().join(",")
}

impl<T: ToJSON + Type> Payload for Streamed<T> {
    const CONTENT_TYPE: &'static str = "application/json; charset=utf-8";

    fn schema_ref() -> MetaSchemaRef {
        Vec::<T>::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Send> IntoResponse for Streamed<T> {
    fn into_response(self) -> Response {
        Response::builder().content_type("application/json; charset=utf-8").body(self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(first: Vec<i64>, rest: Vec<Vec<i64>>) -> String {
        let rest = futures_util::stream::iter(rest.into_iter().map(Ok::<_, std::io::Error>));
        Streamed::new(&first, rest).into_response().into_body().into_string().await.unwrap()
    }

    #[tokio::test]
    async fn chunks_become_one_array() {
        assert_eq!(text(vec![], vec![]).await, "[]");
        assert_eq!(text(vec![1], vec![]).await, "[1]");
        assert_eq!(text(vec![1, 2], vec![vec![3], vec![], vec![4]]).await, "[1,2,3,4]");
        assert_eq!(text(vec![], vec![vec![], vec![7]]).await, "[7]");
    }

    #[tokio::test]
    async fn a_failure_is_no_end() {
        let rest = futures_util::stream::iter([Ok(vec![2]), Err(std::io::Error::other("gone"))]);
        let body = Streamed::new(&[1], rest).into_response().into_body();
        assert!(body.into_string().await.is_err());
    }
}
