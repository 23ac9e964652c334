//! The types of settings that are an amount of something: time, connections, requests.

use std::str::FromStr;
use std::time::Duration;

use super::text::{ByteSize, Unfit, unfit};
use crate::model::rate::Rate;

/// A rate, or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub Option<Rate>);

impl FromStr for Limit {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        if text.trim() == "off" {
            return Ok(Self(None));
        }
        text.parse().map(|rate| Self(Some(rate))).map_err(|_| unfit(text, "is no rate"))
    }
}

/// How long is waited for something, from a tenth of a second to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience(pub Duration);

impl FromStr for Patience {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let range = Duration::from_millis(100)..=Duration::from_secs(24 * 60 * 60);
        let duration = duration(text)?;
        if range.contains(&duration) { Ok(Self(duration)) } else { Err(unfit(text, "is out of range")) }
    }
}

/// A time that may be nothing, up to ten years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term(pub Duration);

impl FromStr for Term {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);
        let duration = duration(text)?;
        if duration <= LONGEST { Ok(Self(duration)) } else { Err(unfit(text, "is out of range")) }
    }
}

fn duration(text: &str) -> Result<Duration, Unfit> {
    humantime::parse_duration(text.trim()).map_err(|error| unfit(text, format!("is no time: {error}")))
}

/// A number of connections of clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clients(pub u32);

impl FromStr for Clients {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let number = text.trim().parse().ok().filter(|number| (1..=1_000_000).contains(number));
        number.map(Self).ok_or_else(|| unfit(text, "does not fit"))
    }
}

/// Bytes that the head of a request may have. Less than 8 KiB is not enough for a token, a filter and a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadSize(pub usize);

impl FromStr for HeadSize {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let ByteSize(size) = text.parse()?;
        if (8 << 10..=1 << 20).contains(&size) { Ok(Self(size)) } else { Err(unfit(text, "is out of range")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("off", true)]
    #[case("500/s burst 10000", true)]
    #[case("500", false)]
    #[case("none", false)]
    fn limits(#[case] text: &str, #[case] good: bool) {
        assert_eq!(text.parse::<Limit>().is_ok(), good);
    }

    #[rstest::rstest]
    #[case("15s", true, true)]
    #[case("1m 30s", true, true)]
    #[case("365d", false, true)]
    #[case("0s", false, true)]
    #[case("20y", false, false)]
    #[case("15", false, false)]
    #[case("-1s", false, false)]
    fn times(#[case] text: &str, #[case] patience: bool, #[case] term: bool) {
        assert_eq!((text.parse::<Patience>().is_ok(), text.parse::<Term>().is_ok()), (patience, term));
    }

    #[rstest::rstest]
    #[case("64KiB", true)]
    #[case("8191", false)]
    #[case("2MiB", false)]
    fn heads(#[case] text: &str, #[case] good: bool) {
        assert_eq!(text.parse::<HeadSize>().is_ok(), good);
    }

    #[test]
    fn connections() {
        assert!("1".parse::<Clients>().is_ok() && "0".parse::<Clients>().is_err() && "x".parse::<Clients>().is_err());
    }
}
