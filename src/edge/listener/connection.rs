//! One connection from its begin to its end.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use poem::endpoint::BoxEndpoint;
use poem::http::uri::Scheme;
use poem::http::{Request, Response, Version};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::Options;
use super::pulse::{Patience, Pulse, Silence, UnderWay, Watched};
use crate::metrics::Metrics;

/// How long a connection that was told to end may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// Requests under way at once on one connection of HTTP/2.
const STREAMS: u32 = 32;

/// What all connections of a listener have in common.
pub(super) struct Connection {
    endpoint: Arc<BoxEndpoint<'static, poem::Response>>,
    tls: Option<TlsAcceptor>,
    pub(super) metrics: Arc<Metrics>,
    patience: Patience,
    builder: Builder<TokioExecutor>,
}

/// The two ends of a connection.
#[derive(Clone)]
pub(super) struct Ends {
    pub(super) local: Addr,
    pub(super) remote: Addr,
}

impl Ends {
    /// Whether a network lies between them.
    const fn are_apart(&self) -> bool {
        matches!(self.remote, Addr::SocketAddr(_))
    }
}

impl Connection {
    pub(super) fn new(
        endpoint: BoxEndpoint<'static, poem::Response>,
        tls: Option<TlsAcceptor>,
        metrics: Arc<Metrics>,
        options: &Options,
    ) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().max_buf_size(options.max_head);
        builder
            .http2()
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(options.max_head).unwrap_or(u32::MAX));
        Self { endpoint: Arc::new(endpoint), tls, metrics, patience: options.patience(), builder }
    }

    /// Serves it until it ends, is silent for too long, or `stop` changes and nothing is left to do.
    pub(super) async fn serve<S>(&self, stream: S, ends: Ends, stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pulse = Pulse::new(self.patience);
        let watched = Watched::new(stream, Arc::clone(&pulse));
        let tls = self.tls.as_ref().filter(|_| ends.are_apart());
        let Some(tls) = tls else { return self.speak(watched, ends, &pulse, Scheme::HTTP, stop).await };
        let shaken = tokio::select! {
            shaken = tls.accept(watched) => shaken,
            silence = pulse.exhausted() => return self.metrics.silent(silence.as_str()),
        };
        match shaken {
            Ok(stream) => Box::pin(self.speak(stream, ends, &pulse, Scheme::HTTPS, stop)).await,
            Err(error) => tracing::debug!(%error, "no TLS"),
        }
    }

    async fn speak<S>(&self, stream: S, ends: Ends, pulse: &Arc<Pulse>, scheme: Scheme, mut stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(|request: Request<Incoming>| {
            let under_way = pulse.begin(request.version() == Version::HTTP_2);
            let asked = asked(request, ends.clone(), scheme.clone());
            let endpoint = Arc::clone(&self.endpoint);
            async move { Ok::<_, Infallible>(answer(endpoint.get_response(asked).await, under_way)) }
        });
        let mut conversation = pin!(self.builder.serve_connection(TokioIo::new(stream), service));
        let silence = tokio::select! {
            // What ends it early is the client's affair.
            _ = conversation.as_mut() => return,
            silence = pulse.exhausted() => Some(silence),
            _ = stop.wait_for(|stop| *stop) => None,
        };
        conversation.as_mut().graceful_shutdown();
        match silence {
            Some(silence) => {
                self.metrics.silent(silence.as_str());
                let polite = silence == Silence::Idle;
                let _ = tokio::time::timeout(if polite { FAREWELL } else { Duration::ZERO }, conversation).await;
            }
            None => tokio::select! {
                _ = conversation => {}
                silence = pulse.exhausted() => self.metrics.silent(silence.as_str()),
            },
        }
    }
}

fn asked(request: Request<Incoming>, ends: Ends, scheme: Scheme) -> poem::Request {
    (request, LocalAddr(ends.local), RemoteAddr(ends.remote), scheme).into()
}

fn answer(answer: poem::Response, under_way: UnderWay) -> Response<Sent> {
    Response::from(answer).map(|body| Sent { body, _under_way: under_way })
}

/// The body of an answer, which is under way until its last byte has been handed on.
struct Sent {
    body: BoxBody<Bytes, io::Error>,
    _under_way: UnderWay,
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
