//! Points in time as SCIM writes them (RFC 7643 section 2.3.5, xsd:dateTime). Values are stored as they were sent; this
//! module only reads them for comparison.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};

/// Reads a dateTime. Without an offset it is taken as UTC, which xsd:dateTime leaves open. Years outside 0-9999 after
/// conversion to UTC are refused, so that [`normalised`] has one width.
#[must_use]
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let instant = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).ok().or_else(|| {
        let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(naive.and_utc())
    })?;
    (0..=9999).contains(&instant.year()).then_some(instant)
}

/// The instant in UTC with a fixed width, so that text order is time order: `2026-01-31T12:00:00.000000000Z`. Nothing that was read
/// is lost, so what compares as text compares as time.
#[must_use]
pub fn normalised(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{normalised, parse};

    #[rstest]
    #[case("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000000000Z")]
    #[case("2026-01-31T13:00:00.5+01:00", "2026-01-31T12:00:00.500000000Z")]
    #[case("2026-01-31T12:00:00", "2026-01-31T12:00:00.000000000Z")]
    fn offsets_and_fractions_are_read(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(parse(text).map(normalised).as_deref(), Some(expected));
    }

    #[rstest]
    #[case("2026-01-31")]
    #[case("yesterday")]
    #[case("")]
    #[case("9999-12-31T23:59:59-01:00")]
    #[case("2026-13-01T00:00:00Z")]
    fn other_text_is_no_instant(#[case] text: &str) {
        assert_eq!(parse(text), None);
    }
}
