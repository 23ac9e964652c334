//! How often something may happen: so many times a second in the long run, and so many at once.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most that can be asked for: above it a limit limits nothing that one server can answer.
const MOST: u32 = 1_000_000;

/// So many a second, and a burst. Its text is `250/s burst 5000`; `/min` and `/h` are other units, and without a burst
/// it is ten times what one unit allows. `off` is [`None`] where a rate is optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    unit: Unit,
    burst: NonZeroU32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Second,
    Minute,
    Hour,
}

impl Unit {
    const ALL: [Self; 3] = [Self::Second, Self::Minute, Self::Hour];

    const fn name(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        }
    }

    const fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
        })
    }
}

impl Rate {
    /// So many a second, and so many at once; both are at least one.
    #[must_use]
    pub const fn per_second(count: NonZeroU32, burst: NonZeroU32) -> Self {
        Self { count, unit: Unit::Second, burst }
    }

    /// How long it takes until there may be one more.
    #[must_use]
    pub fn period(self) -> Duration {
        self.unit.length() / self.count.get()
    }

    /// How many there may be at once after a long pause.
    #[must_use]
    pub const fn burst(self) -> NonZeroU32 {
        self.burst
    }

    /// The part of it that one of `servers` equal servers allows, rounded up, so that together they allow no less.
    #[must_use]
    pub fn shared_by(self, servers: NonZeroU32) -> Self {
        let part = |whole: NonZeroU32| NonZeroU32::new(whole.get().div_ceil(servers.get())).unwrap_or(whole);
        Self { count: part(self.count), burst: part(self.burst), ..self }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} burst {}", self.count, self.unit.name(), self.burst)
    }
}

/// Why a text is no rate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no rate such as 250/s burst 5000: a number from 1 to 1000000, /s, /min or /h, and such a number again"
)]
pub struct NotARate(String);

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        let refused = || NotARate(text.chars().take(80).collect());
        let number = |part: &str| part.trim().parse::<NonZeroU32>().ok().filter(|number| number.get() <= MOST);
        let (rate, burst) = match text.split_once("burst") {
            Some((rate, burst)) => (rate, Some(number(burst).ok_or_else(refused)?)),
            None => (text, None),
        };
        let (count, unit) = rate.split_once('/').ok_or_else(refused)?;
        let unit = Unit::ALL.into_iter().find(|known| known.name() == unit.trim()).ok_or_else(refused)?;
        let count = number(count).ok_or_else(refused)?;
        Ok(Self { count, unit, burst: burst.unwrap_or(count.saturating_mul(TEN)) })
    }
}

const TEN: NonZeroU32 = NonZeroU32::new(10).expect("10 is not 0");

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Tells how much time has gone by since some moment. It never goes back and does not jump when a clock is set, which is
/// what counting by the second needs; it says nothing of the time of day, which is [`super::clock::Clock`]'s.
#[derive(Clone)]
pub struct Stopwatch(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Stopwatch {
    /// Started now.
    #[must_use]
    pub fn system() -> Self {
        let started = Instant::now();
        Self(Arc::new(move || started.elapsed()))
    }

    /// One that asks `source` every time.
    #[must_use]
    pub fn from_fn(source: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// The time gone by.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stopwatch")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("250/s burst 5000", "250/s burst 5000", 4_000)]
    #[case("30/min", "30/min burst 300", 2_000_000)]
    #[case(" 7200 / h burst 1 ", "7200/h burst 1", 500_000)]
    fn rates_are_read_and_shown(#[case] text: &str, #[case] shown: &str, #[case] microseconds: u64) {
        let rate: Rate = text.parse().unwrap();
        assert_eq!((rate.to_string().as_str(), rate.period()), (shown, Duration::from_micros(microseconds)));
    }

    #[test]
    fn what_is_no_rate_is_shown() {
        for text in ["", "250", "0/s", "-1/s", "250/d", "250/s burst 0", "250/s burst", "1e3/s", "9999999/s"] {
            let said = text.parse::<Rate>().unwrap_err().to_string();
            assert!(said.contains(&format!("\"{text}\"")) && said.contains("/min"), "{said}");
        }
    }

    #[test]
    fn servers_share_it_without_losing_any() {
        let rate: Rate = "250/s burst 5".parse().unwrap();
        assert_eq!(rate.shared_by(NonZeroU32::new(4).unwrap()).to_string(), "63/s burst 2");
        assert_eq!(rate.shared_by(NonZeroU32::MAX).to_string(), "1/s burst 1");
    }
}
