//! An API's endpoints, mounted: a request goes in, and out comes the answer or, in terms no dialect owns, what went wrong.

use poem::endpoint::BoxEndpoint;
use poem::error::{MethodNotAllowedError, NotFoundError};
use poem::http::StatusCode;
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response};
use poem_openapi::error::ParsePathError;
use poem_openapi::{OpenApi, OpenApiService};
use serde_json::Value;

use super::allow::Allowed;
use super::refused::Refused;
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
        let error = match self.endpoint.call(request).await {
            Ok(response) => return Ok(response),
            Err(error) if error.is_from_response() => return Ok(error.into_response()),
            Err(error) => error,
        };
        Err(match error.downcast::<Refused>() {
            Ok(refused) => Failure::Refused(refused),
            Err(error) if error.is::<MethodNotAllowedError>() => {
                Failure::Method(self.allowed.at(&path).map(str::to_owned))
            }
            Err(error) => other(&error),
        })
    }
}

fn other(error: &poem::Error) -> Failure {
    // A path that cannot be decoded names nothing.
    if error.is::<NotFoundError>() || error.is::<ParsePathError>() || error.is::<poem::error::ParsePathError>() {
        return Failure::NoSuchPath;
    }
    let status = error.status();
    if status.is_client_error() {
        return Failure::Client(status, error.to_string());
    }
    tracing::error!(%error, "the framework failed");
    Failure::Broken
}
