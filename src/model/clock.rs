//! The time, as a parameter. Nothing else in the project may ask the system for it, so tests can say what time it is.

use std::sync::Arc;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// Tells the time, in UTC.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
        Self(Arc::new(Utc::now))
    }

    /// A clock that asks `source` every time.
    #[must_use]
    pub fn from_fn(source: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// Now, to the millisecond: what answers show is what is stored, so a client can filter by what it was shown.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let now = (self.0)();
        now.duration_trunc(TimeDelta::milliseconds(1)).unwrap_or(now)
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
