//! `/Me` (RFC 7644 section 3.11): the user the token belongs to, by another address. A request is served as if it named
//! that user, and the answer's Location is the permanent one. The alias gives no right of its own: the token's scopes
//! decide here as everywhere.
//!
//! A token that belongs to no user, as those of identity providers, gets 501: the RFC knows three answers, to serve, to
//! redirect and 501, and for such a token the first two cannot be. A 404 would say that a user is missing. POST is 501
//! as well: nobody registers themselves here.

use poem::http::{HeaderValue, Method, header};
use poem::{Request, Response};

use super::context::Call;
use super::error::Error;
use super::{payload, users};

/// Answers a request to `/Me`.
pub(super) async fn serve(call: &Call, request: Request) -> Result<Response, Error> {
    let method = request.method().clone();
    if method == Method::POST {
        return Err(Error::not_implemented("POST /Me (self-registration)"));
    }
    let id = call.user.ok_or_else(Error::nobody)?.to_string();
    let mut response = match method {
        Method::PUT => users::replace(call, &id, request).await,
        Method::PATCH => users::modify(call, &id, request).await,
        Method::DELETE => users::delete(call, &id).await,
        _ => users::read(call, &id).await,
    }
    .unwrap_or_else(Error::into_response);
    let location = payload::location(call, call.domain().schemas().user(), &id);
    if let Ok(location) = HeaderValue::from_str(&location) {
        // "In any response": also in those without a body and in refusals.
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
