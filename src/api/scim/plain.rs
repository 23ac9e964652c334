//! Values whose JSON needs no escaping, written as they stand: there are several in every resource, and formatting them
//! first, in a text of their own, was a tenth of a page of groups.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use crate::model::version::Version;
use crate::schema::project::push;

/// An id.
pub(super) fn id(id: Uuid, out: &mut Vec<u8>) {
    out.push(b'"');
    bare_id(id, out);
    out.push(b'"');
}

/// An id within a text.
fn bare_id(id: Uuid, out: &mut Vec<u8>) {
    let mut text = [0; Hyphenated::LENGTH];
    out.extend_from_slice(id.as_hyphenated().encode_lower(&mut text).as_bytes());
}

/// The address of a resource. A base is the text of a URL and has nothing that JSON would escape.
pub(super) fn reference(base: &str, endpoint: &str, id: Uuid, out: &mut Vec<u8>) {
    for piece in ["\"", base, "/", endpoint, "/"] {
        out.extend_from_slice(piece.as_bytes());
    }
    bare_id(id, out);
    out.push(b'"');
}

/// A version as an entity tag, whose own quotes are all there is to escape.
pub(super) fn version(version: Version, out: &mut Vec<u8>) {
    out.extend_from_slice(br#""W/\""#);
    push(&version.0, out);
    out.extend_from_slice(br#"\"""#);
}

/// A time in UTC, to the millisecond (RFC 3339).
pub(super) fn time(at: DateTime<Utc>, out: &mut Vec<u8>) {
    let (naive, millis) = (at.naive_utc(), at.nanosecond() / 1_000_000);
    // Years with a sign and leap seconds are for the library.
    let Some(year) = u32::try_from(naive.year()).ok().filter(|year| *year <= 9_999 && millis < 1_000) else {
        return push(&at.to_rfc3339_opts(SecondsFormat::Millis, true), out);
    };
    let mut text = *b"\"0000-00-00T00:00:00.000Z\"";
    for (number, end, digits) in [
        (year, 4, 4),
        (naive.month(), 7, 2),
        (naive.day(), 10, 2),
        (naive.hour(), 13, 2),
        (naive.minute(), 16, 2),
        (naive.second(), 19, 2),
        (millis, 23, 3),
    ] {
        let mut rest = number;
        for place in (0..digits).map(|digit| end - digit) {
            text[place] = b"0123456789"[(rest % 10) as usize];
            rest /= 10;
        }
    }
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(at: DateTime<Utc>) -> String {
        let mut out = Vec::new();
        time(at, &mut out);
        String::from_utf8(out).unwrap()
    }

    proptest! {
        #[test]
        fn times_are_as_the_library_has_them(seconds in -99_999_999_999_i64..999_999_999_999, nanos in 0..1_999_999_999_u32) {
            if let Some(at) = DateTime::from_timestamp(seconds, nanos) {
                let expected = format!("{:?}", at.to_rfc3339_opts(SecondsFormat::Millis, true));
                prop_assert_eq!(written(at), expected);
            }
        }
    }

    #[test]
    fn the_ends_of_a_year_and_a_leap_second() {
        for text in ["0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2016-12-31T23:59:60.500Z"] {
            assert_eq!(written(text.parse().unwrap()), format!("{text:?}"));
        }
    }

    #[test]
    fn a_version_is_its_entity_tag() {
        for number in [0, 1, 42, i64::MAX] {
            let (mut out, mut expected) = (Vec::new(), Vec::new());
            version(Version(number), &mut out);
            push(&Version(number).etag(), &mut expected);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn an_id_is_in_lower_case() {
        let mut out = Vec::new();
        id(Uuid::from_u128(0x00AB_CDEF), &mut out);
        assert_eq!(out, b"\"00000000-0000-0000-0000-000000abcdef\"");
    }
}
