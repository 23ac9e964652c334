//! `Idempotency-Key`, for every POST of every native API, between the front door and the facade: a repeat within 24 hours
//! gets the first answer again and nothing is done twice. Answers that ask to be tried again (429, 5xx) are not kept; of
//! one that shows a secret only the status is.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::Duration;

use futures_util::FutureExt;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LINK, LOCATION, RETRY_AFTER};
use poem::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use poem::{Request, Response};
use serde_json::{Map, Value};

use super::caller::Admitted;
use super::refused::{Fault, Refused};
use super::room::Failure;
use crate::api::Services;
use crate::api::context::{BodyFault, header, read_body};
use crate::api::gate::Turned;
use crate::auth::Authenticated;
use crate::domain::{Begun, Claim, Domain, KeptAnswer, Repeatable};

/// The header of a request.
pub(super) const KEY: &str = "idempotency-key";
/// The header of an answer that is not the first one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Characters a key may have.
pub(super) const LONGEST_KEY: usize = 255;
/// How often an attempt says that it still runs.
const RENEWAL: Duration = Duration::from_secs(15);
/// Headers that are part of an answer that is kept.
const KEPT_HEADERS: [HeaderName; 4] = [CONTENT_TYPE, LOCATION, ETAG, LINK];

/// A native API, as the front door sees it.
pub(in crate::api) trait Facade: Sync {
    /// Answers a request.
    fn call(&self, request: Request) -> impl Future<Output = Response> + Send;

    /// Says in the API's own words what went wrong.
    fn fail(&self, failure: Failure) -> Response;

    /// Says in the API's own words why a request gets no further.
    fn refuse(&self, refused: Refused) -> Response {
        self.fail(Failure::Refused(refused))
    }

    /// Says in the API's own words that the server is at fault.
    fn internal_error(&self) -> Response;

    /// Lets a request in by a credential of the kinds the API takes.
    fn admit(
        &self,
        services: &Services,
        request: &Request,
    ) -> impl Future<Output = Result<Authenticated, Turned>> + Send {
        services.admit(request)
    }
}

/// Has the facade answer, once for each key.
pub(in crate::api) async fn once(services: &Services, facade: &impl Facade, mut request: Request) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return facade.call(request).await;
    }
    let who = match facade.admit(services, &request).await {
        Ok(who) => who,
        Err(turned) => return facade.refuse(turned.into()),
    };
    request.extensions_mut().insert(Admitted(who.clone()));
    let (key, body) = match read(&mut request, services.options.max_body).await {
        Ok(read) => read,
        Err(refused) => return facade.refuse(refused),
    };
    let endpoint = format!("POST {}", request.uri().path());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let repeatable =
        Repeatable { principal: &who.principal, key: &key, endpoint: &endpoint, query: &query, body: &body };
    match services.domain.begin_request(&repeatable).await {
        Ok(Begun::First(claim)) => {
            request.set_body(body);
            attempt(&services.domain, facade, &claim, request).await
        }
        Ok(Begun::Answered(kept)) => replay(facade, kept),
        Ok(Begun::Running) => {
            let mut response = facade.refuse(Refused::StillRunning);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
        Ok(Begun::Misused) => facade.refuse(Refused::KeyReused),
        Err(error) => facade.refuse(Refused::Unavailable(error)),
    }
}

async fn read(request: &mut Request, max_body: usize) -> Result<(String, Vec<u8>), Refused> {
    let fault = |kind, message: String| Fault::new("header", ["Idempotency-Key".into()], kind, message);
    let given = request.headers().get(KEY).and_then(|value| value.to_str().ok()).map(str::trim);
    let key = match given {
        Some(key) if (1..=LONGEST_KEY).contains(&key.len()) => key.to_owned(),
        Some("") => return Err(fault("string_too_short", "Input should have at least 1 character".to_owned()).into()),
        Some(key) => {
            let message = format!("Input should have at most {LONGEST_KEY} characters, not {}", key.len());
            return Err(fault("string_too_long", message).into());
        }
        None => return Err(fault("string_type", "Input should be visible ASCII characters".to_owned()).into()),
    };
    let body = read_body(request.take_body(), max_body).await.map_err(|fault: BodyFault| Refused::Body(fault))?;
    Ok((key, body))
}

async fn attempt(domain: &Domain, facade: &impl Facade, claim: &Claim, request: Request) -> Response {
    let work = AssertUnwindSafe(facade.call(request)).catch_unwind();
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = keep(domain, claim) => match never {},
    };
    match outcome {
        Ok(response) => settle(domain, facade, claim, response).await,
        Err(panic) => {
            release(domain, claim).await;
            resume_unwind(panic)
        }
    }
}

/// Says again and again that the attempt runs.
async fn keep(domain: &Domain, claim: &Claim) -> Infallible {
    loop {
        tokio::time::sleep(RENEWAL).await;
        if let Err(error) = domain.renew_request(claim).await {
            tracing::warn!(%error, "a request with an Idempotency-Key could not say that it still runs");
        }
    }
}

/// Keeps the answer, unless it asks to be tried again.
async fn settle(domain: &Domain, facade: &impl Facade, claim: &Claim, response: Response) -> Response {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        release(domain, claim).await;
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = body.into_bytes().await else {
        tracing::error!("an answer broke off");
        release(domain, claim).await;
        return facade.internal_error();
    };
    let secret = header(&parts.headers, CACHE_CONTROL.as_str()).is_some_and(|text| text.contains("no-store"));
    let kept = KeptAnswer {
        status: status.as_u16(),
        headers: kept_headers(&parts.headers),
        body: (!secret).then(|| bytes.to_vec()),
    };
    if let Err(error) = domain.answer_request(claim, &kept).await {
        // The work is done and its answer must go out; a repeat will find the attempt to have stopped.
        tracing::warn!(%error, "the answer of a request with an Idempotency-Key could not be kept");
    }
    Response::from_parts(parts, bytes.into())
}

async fn release(domain: &Domain, claim: &Claim) {
    if let Err(error) = domain.release_request(claim).await {
        tracing::warn!(%error, "a request with an Idempotency-Key could not be given up; its lease will end");
    }
}

fn kept_headers(headers: &HeaderMap) -> Value {
    let kept = KEPT_HEADERS.iter().filter_map(|name| Some((name.to_string(), header(headers, name.as_str())?.into())));
    Value::Object(kept.collect::<Map<String, Value>>())
}

fn replay(facade: &impl Facade, kept: KeptAnswer) -> Response {
    let named = |name: &str| kept.headers.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(body) = kept.body else {
        return facade.refuse(Refused::AnswerNotKept { status: kept.status, location: named("location") });
    };
    let mut response = Response::builder().status(StatusCode::from_u16(kept.status).unwrap_or_default()).body(body);
    for name in KEPT_HEADERS {
        if let Some(Ok(value)) = named(name.as_str()).map(|text| HeaderValue::from_str(&text)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
