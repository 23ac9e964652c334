//! What every answer says to browsers and caches, whatever it is: it is what its media type says and nothing else, nobody
//! may put it into a frame, no address leaks out of it, and what may hold personal data or a secret is kept nowhere.

use std::time::Duration;

use poem::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use poem::http::{HeaderMap, HeaderValue};

/// Answers of an API hold nothing that a browser should run or load.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Adds what an answer has not said itself. `hsts` is how long a browser is to come by TLS alone, if it came by TLS.
pub(super) fn cover(headers: &mut HeaderMap, hsts: Option<Duration>) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    // A cache that must ask again each time would still have the data on its disk.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(age) = hsts.filter(|age| !age.is_zero())
        && let Ok(value) = HeaderValue::from_str(&format!("max-age={}", age.as_secs()))
    {
        headers.insert(STRICT_TRANSPORT_SECURITY, value);
    }
}
