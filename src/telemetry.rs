//! Log lines: set up once, written to standard error, as text for people or JSON for machines. Field names are dotted
//! nouns, listed in [`field`]. Tokens, bodies, query strings and addresses of people never go into a field. What looks
//! like a secret all the same is taken out of every line, and libraries that would write down what goes over the wire are
//! not asked to.

use std::io::{self, IsTerminal, Write};

use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, Logging};
use crate::model::redact::redact;

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
    let wanted = EnvFilter::new(logging.log.as_ref().map_or(default, |filter| filter.as_str()));
    let discreet = filter_fn(|line| !is_talkative(line.target(), line.level()));
    // With its hint the filter as a whole has one, and lines below its level cost nothing.
    let filter = wanted.and(discreet.with_max_level_hint(LevelFilter::TRACE));
    let layer = fmt::layer().with_writer(|| Discreet(io::stderr()));
    // The error is that logging has been started already, by a test or an embedding program: theirs stays.
    let _ = match logging.log_format {
        LogFormat::Text => {
            let layer = layer.with_ansi(io::stderr().is_terminal()).with_target(false);
            tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()
        }
        LogFormat::Json => {
            let layer = layer.json().flatten_event(true).with_current_span(true).with_span_list(false);
            tracing_subscriber::registry().with(layer.with_filter(filter)).try_init()
        }
    };
}

/// Whether a line of a library may hold what was sent: the parameters of statements, frames, headers.
fn is_talkative(target: &str, level: &Level) -> bool {
    const TALKATIVE: [&str; 6] = ["tokio_postgres", "hyper", "hyper_util", "h2", "rustls", "reqwest"];
    *level > Level::INFO && target.split("::").next().is_some_and(|library| TALKATIVE.contains(&library))
}

/// Where lines go, without the secrets in them. A line comes whole, in one piece.
struct Discreet<W>(W);

impl<W: Write> Write for Discreet<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(redact(&String::from_utf8_lossy(line)).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_without_secrets() {
        let mut out = Vec::new();
        let line = "asked for /cvk_aaaabbbbccccddddeeee\n";
        assert_eq!(Discreet(&mut out).write(line.as_bytes()).unwrap(), line.len());
        assert_eq!(String::from_utf8(out).unwrap(), "asked for /[redacted]\n");
    }

    #[test]
    fn talkative_libraries_are_kept_short() {
        assert!(is_talkative("tokio_postgres::query", &Level::DEBUG) && is_talkative("h2", &Level::TRACE));
        assert!(!is_talkative("tokio_postgres::query", &Level::WARN) && !is_talkative("convoke::store", &Level::TRACE));
    }
}
