//! Pages of other origins in a browser (the CORS protocol of the Fetch standard). None may read anything, unless its
//! origin is in the settings. Answers never allow credentials of the browser's own, cookies and the like: there are none
//! here, every API wants a token that a page must have and send itself. So even `*` gives nobody more than a program has.

use poem::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode};
use poem::{Request, Response};

use super::context::header;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const SENT: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, X-Request-ID, X-Tenant-ID",
);
const READ: HeaderValue =
    HeaderValue::from_static("ETag, Idempotency-Replayed, Link, Location, Retry-After, WWW-Authenticate, X-Request-ID");
/// Browsers ask again after at most two hours, whatever they are told.
const KEPT: HeaderValue = HeaderValue::from_static("7200");

/// The origins whose pages may read answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    any: bool,
    named: Vec<String>,
}

impl Origins {
    /// These, each as browsers send it; `*` is any.
    #[must_use]
    pub fn new(origins: impl IntoIterator<Item = String>) -> Self {
        let (any, named): (Vec<_>, Vec<_>) = origins.into_iter().partition(|origin| origin == "*");
        Self { any: !any.is_empty(), named }
    }

    /// The answer to the question a browser asks before a request, if this is one of an origin that may.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let asks = request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        let origin = self.allowed(request.headers()).filter(|_| asks)?;
        let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, SENT);
        headers.insert(ACCESS_CONTROL_MAX_AGE, KEPT);
        Some(response)
    }

    /// What `Access-Control-Allow-Origin` says to the sender of these headers.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let sent = header(headers, ORIGIN.as_str())?;
        if self.any {
            return Some(HeaderValue::from_static("*"));
        }
        self.named.iter().find(|origin| *origin == sent).and_then(|origin| HeaderValue::from_str(origin).ok())
    }

    /// Lets the page read the answer, if it may.
    pub(super) fn open(&self, allowed: Option<HeaderValue>, headers: &mut HeaderMap) {
        if !self.any && !self.named.is_empty() {
            // What a cache keeps for one origin must not go to another.
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = allowed {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, READ);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origins: &Origins, origin: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_str(origin).unwrap());
        origins.allowed(&headers).map(|value| value.to_str().unwrap().to_owned())
    }

    fn of(origins: &[&str]) -> Origins {
        Origins::new(origins.iter().map(|origin| (*origin).to_owned()))
    }

    #[test]
    fn only_named_origins_are_let_in() {
        let origins = of(&["https://console.example.com", "http://localhost:3000"]);
        assert_eq!(allowed(&origins, "https://console.example.com").as_deref(), Some("https://console.example.com"));
        assert!(allowed(&origins, "http://localhost:3000").is_some());
        for other in
            ["http://console.example.com", "https://console.example.com.evil.example", "null", "http://localhost"]
        {
            assert_eq!(allowed(&origins, other), None, "{other}");
        }
        assert_eq!(allowed(&Origins::default(), "https://console.example.com"), None);
        assert_eq!(allowed(&of(&["*"]), "https://a.example").as_deref(), Some("*"));
    }
}
