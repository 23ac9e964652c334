//! An API's endpoints, mounted: a request goes in, and out comes the answer or, in terms no dialect owns, what went wrong.

use poem::endpoint::BoxEndpoint;
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::header::ALLOW;
use poem::http::{HeaderValue, StatusCode};
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response};
use poem_openapi::error::{ParseParamError, ParsePathError};
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::Value;

use super::allow::Allowed;
use super::refused::{Fault, Refused};
use crate::api::Services;

/// The endpoints of an API.
pub(in crate::api) struct Room {
    endpoint: BoxEndpoint<'static, Response>,
    allowed: Allowed,
}

/// Why a request was not answered by an endpoint.
pub(in crate::api) enum Failure {
    /// Its reading ended in a refusal.
    Refused(Refused),
    /// Nothing is at its path.
    NoSuchPath,
    /// Its path takes other methods: these, as `Allow` has them.
    Method(Option<String>),
    /// The framework refuses it with a text that is safe to show.
    Client(StatusCode, String),
    /// The framework failed; the cause is in the log.
    Broken,
}

impl Room {
    /// Mounts the endpoints that the document tells of.
    pub(in crate::api) fn new(
        service: OpenApiService<impl OpenApi + 'static, ()>,
        document: &Value,
        services: Services,
    ) -> Self {
        Self { endpoint: service.into_endpoint().data(services).boxed(), allowed: Allowed::of(document) }
    }

    /// Answers a request.
    pub(in crate::api) async fn call(&self, request: Request) -> Result<Response, Failure> {
        let path = request.uri().path().to_owned();
        match self.endpoint.call(request).await {
            Ok(response) => Ok(response),
            Err(error) if error.is_from_response() => Ok(error.into_response()),
            Err(error) => Err(Failure::of(error, || self.allowed.at(&path))),
        }
    }
}

impl Failure {
    /// What an error of the framework, or of something that reads for it, means. `allow` says which methods the path takes.
    pub(in crate::api) fn of<'a>(error: poem::Error, allow: impl FnOnce() -> Option<&'a str>) -> Self {
        let error = match error.downcast::<Refused>() {
            Ok(refused) => return Self::Refused(refused),
            Err(error) => error,
        };
        if let Some(error) = error.downcast_ref::<ParseParamError>() {
            return Self::Refused(Fault::query(error.name, "value_error", error.reason.clone()).into());
        }
        // A path that cannot be decoded names nothing.
        if error.is::<NotFoundError>() || error.is::<ParsePathError>() || error.is::<poem::error::ParsePathError>() {
            return Self::NoSuchPath;
        }
        if error.is::<MethodNotAllowedError>() {
            return Self::Method(allow().map(str::to_owned));
        }
        let status = error.status();
        if status.is_client_error() {
            return Self::Client(status, error.to_string());
        }
        tracing::error!(%error, "the framework failed");
        Self::Broken
    }
}

/// An answer that says which methods the path takes (RFC 9110 section 15.5.6).
pub(in crate::api) fn allowing(mut response: Response, methods: Option<&str>) -> Response {
    if let Some(Ok(value)) = methods.map(HeaderValue::from_str) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(error: impl Into<poem::Error>) -> Failure {
        Failure::of(error.into(), || Some("GET, HEAD"))
    }

    #[test]
    fn what_the_framework_means_is_told_apart() {
        assert!(matches!(failure(MethodNotAllowedError), Failure::Method(Some(allow)) if allow == "GET, HEAD"));
        assert!(matches!(failure(NotFoundError), Failure::NoSuchPath));
        let undecoded = ParsePathError { name: "param0", reason: String::new() };
        assert!(matches!(failure(undecoded), Failure::NoSuchPath));
        let odd = failure(ParseParamError { name: "page", reason: "odd".to_owned() });
        assert!(matches!(odd, Failure::Refused(refused) if refused.to_string() == "page: odd"));
        let broken = poem::error::InternalServerError(std::io::Error::other("cause"));
        assert!(matches!(failure(broken), Failure::Broken));
        let theirs = poem::Error::from_string("too much", StatusCode::PAYLOAD_TOO_LARGE);
        assert!(matches!(failure(theirs), Failure::Client(StatusCode::PAYLOAD_TOO_LARGE, text) if text == "too much"));
    }

    #[test]
    fn methods_become_a_header() {
        assert_eq!(allowing(Response::default(), Some("GET, HEAD")).headers()[ALLOW], "GET, HEAD");
        assert!(allowing(Response::default(), None).headers().is_empty());
    }
}
