//! Log lines: set up once, written to standard error, as text for people or JSON for machines. Field names are dotted
//! nouns, listed in [`field`]. Tokens, bodies, query strings and addresses of people never go into a field.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, Logging};

/// The names of fields, so that one thing has one name in every line. `tracing`'s macros take them as they stand here.
pub mod field {
    /// The request's id, as in `X-Request-ID` and in events.
    pub const REQUEST_ID: &str = "request.id";
    /// The tenant's id.
    pub const TENANT_ID: &str = "tenant.id";
    /// The group's id.
    pub const GROUP_ID: &str = "group.id";
    /// The user's id.
    pub const USER_ID: &str = "user.id";
    /// The token's id, never its text.
    pub const TOKEN_ID: &str = "token.id";
    /// The request's method.
    pub const HTTP_METHOD: &str = "http.method";
    /// The request's path, without its query: filters name people.
    pub const HTTP_PATH: &str = "http.path";
    /// The name of a rule of compat mode that a request needed.
    pub const SCIM_LENIENCY: &str = "scim.leniency";
    /// The answer's status.
    pub const HTTP_STATUS: &str = "http.status";
    /// Milliseconds from the request's arrival to the start of its answer.
    pub const HTTP_LATENCY: &str = "http.latency_ms";
}

/// Starts logging, with `default` as the filter unless the settings have one. A second call changes nothing.
pub fn start(logging: &Logging, default: &str) {
    let filter = logging.log.as_ref().map_or(default, |filter| filter.as_str());
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(std::io::stderr);
    // The error is that logging has been started already, by a test or an embedding program: theirs stays.
    let _ = match logging.log_format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init(),
    };
}
