//! Query parameters with their limits: each type says once what it takes, and the document, the default and the refusal
//! all come from there. The framework's own reading of parameters words its refusals in Rust's terms, hence this one.

use chrono::{DateTime, Utc};
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::json;

use super::refused::{Fault, Refused};
use crate::model::fold::fold;
use crate::model::group::GroupType;

/// Why a value cannot be taken; made with [`unfit`].
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api) struct Unfit {
    /// A word for programs, as FastAPI's validation has it.
    kind: &'static str,
    /// What would be right.
    message: String,
}

/// Refuses a value: says what would be right, and what was given, cut short.
pub(in crate::api) fn unfit<T>(kind: &'static str, message: &str, given: &str) -> Result<T, Unfit> {
    let given: String = given.chars().take(80).collect();
    Err(Unfit { kind, message: format!("{message}, not \"{given}\"") })
}

/// A type of query parameter. Its default stands where the parameter is left out.
pub(in crate::api) trait Parameter: Default + Send + Sync {
    /// How the document shows it.
    fn schema() -> MetaSchema;

    /// Reads a value.
    fn read(text: &str) -> Result<Self, Unfit>;
}

/// A query parameter of an endpoint.
pub(in crate::api) struct Asked<P>(pub(in crate::api) P);

impl<'a, P: Parameter> ApiExtractor<'a> for Asked<P> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Query)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(P::schema())))
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let all: Vec<(String, String)> = request.params().unwrap_or_default();
        // The last one wins, as in the services this contract follows.
        let Some((_, text)) = all.iter().rfind(|(name, _)| name == options.name) else {
            return Ok(Self(P::default()));
        };
        match P::read(text) {
            Ok(value) => Ok(Self(value)),
            Err(unfit) => Err(Refused::from(Fault::query(options.name, unfit.kind, unfit.message)).into()),
        }
    }
}

/// Which page, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct PageNumber(pub(in crate::api) i64);

impl Default for PageNumber {
    fn default() -> Self {
        Self(1)
    }
}

impl Parameter for PageNumber {
    fn schema() -> MetaSchema {
        MetaSchema { minimum: Some(1.0), default: Some(json!(1)), ..MetaSchema::new_with_format("integer", "int64") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        integer(text, 1, i64::MAX).map(Self)
    }
}

/// Rows a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct PageSize(pub(in crate::api) i64);

const MOST_PER_PAGE: i64 = 500;

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

impl Parameter for PageSize {
    fn schema() -> MetaSchema {
        MetaSchema {
            minimum: Some(1.0),
            maximum: Some(500.0),
            default: Some(json!(20)),
            ..MetaSchema::new_with_format("integer", "int64")
        }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        integer(text, 1, MOST_PER_PAGE).map(Self)
    }
}

/// Reads a whole number within limits.
pub(in crate::api) fn integer(text: &str, least: i64, most: i64) -> Result<i64, Unfit> {
    let Ok(number) = text.trim().parse::<i64>() else {
        return unfit("int_parsing", "Input should be a valid integer", text);
    };
    if number < least {
        return unfit("greater_than_equal", &format!("Input should be greater than or equal to {least}"), text);
    }
    if number > most {
        return unfit("less_than_equal", &format!("Input should be less than or equal to {most}"), text);
    }
    Ok(number)
}

/// A whole number from `LEAST` to `MOST`, if one is given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Whole<const LEAST: i64, const MOST: i64>(pub(in crate::api) Option<i64>);

impl<const LEAST: i64, const MOST: i64> Parameter for Whole<LEAST, MOST> {
    fn schema() -> MetaSchema {
        MetaSchema {
            minimum: Some(LEAST as f64),
            maximum: (MOST < i64::MAX).then_some(MOST as f64),
            ..MetaSchema::new_with_format("integer", "int64")
        }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        integer(text, LEAST, MOST).map(|number| Self(Some(number)))
    }
}

/// Rows a page: `USUAL` where nothing is said, and never more than `MOST`; who asks for more gets so many.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api) struct Clipped<const USUAL: i64, const MOST: i64>(pub(in crate::api) i64);

impl<const USUAL: i64, const MOST: i64> Default for Clipped<USUAL, MOST> {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl<const USUAL: i64, const MOST: i64> Parameter for Clipped<USUAL, MOST> {
    fn schema() -> MetaSchema {
        MetaSchema {
            minimum: Some(1.0),
            default: Some(json!(USUAL)),
            ..MetaSchema::new_with_format("integer", "int64")
        }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        let digits = text.trim();
        // However many digits: it is more than enough.
        if digits.len() > 18 && digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Ok(Self(MOST));
        }
        integer(text, 1, i64::MAX).map(|number| Self(number.min(MOST)))
    }
}

/// Text to be found in names: trimmed and folded; nothing is no condition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Search(pub(in crate::api) Option<String>);

const LONGEST_SEARCH: usize = 256;

impl Parameter for Search {
    fn schema() -> MetaSchema {
        MetaSchema { max_length: Some(LONGEST_SEARCH), ..MetaSchema::new("string") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        let text = text.trim();
        if text.chars().count() > LONGEST_SEARCH {
            return unfit("string_too_long", &format!("Input should have at most {LONGEST_SEARCH} characters"), text);
        }
        Ok(Self(Some(fold(text)).filter(|folded| !folded.is_empty())))
    }
}

/// Only groups of one type; in any case of letters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct OfType(pub(in crate::api) Option<GroupType>);

impl Parameter for OfType {
    fn schema() -> MetaSchema {
        MetaSchema { enum_items: vec![json!("SECURITY"), json!("DISTRIBUTION")], ..MetaSchema::new("string") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match GroupType::parse(text) {
            Some(group_type) => Ok(Self(Some(group_type))),
            None => unfit("enum", "Input should be 'SECURITY' or 'DISTRIBUTION'", text),
        }
    }
}

/// Free text: an id, a list of words, a cursor. What it means is judged where it is used.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Text(pub(in crate::api) Option<String>);

impl Parameter for Text {
    fn schema() -> MetaSchema {
        MetaSchema::new("string")
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        Ok(Self(Some(text.to_owned())))
    }
}

/// Yes or no; no where it is left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Flag(pub(in crate::api) bool);

impl Parameter for Flag {
    fn schema() -> MetaSchema {
        MetaSchema { default: Some(json!(false)), ..MetaSchema::new("boolean") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        truth(text).map(Self)
    }
}

/// Reads yes or no, in the words that clients use for them.
pub(in crate::api) fn truth(text: &str) -> Result<bool, Unfit> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => unfit("bool_parsing", "Input should be true or false", text),
    }
}

/// Yes, no, or either where it is left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct MaybeFlag(pub(in crate::api) Option<bool>);

impl Parameter for MaybeFlag {
    fn schema() -> MetaSchema {
        MetaSchema::new("boolean")
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        Flag::read(text).map(|flag| Self(Some(flag.0)))
    }
}

/// A point in time, as RFC 3339 writes it. A `+` of an offset that a client did not encode has become a blank.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Instant(pub(in crate::api) Option<DateTime<Utc>>);

impl Parameter for Instant {
    fn schema() -> MetaSchema {
        MetaSchema::new_with_format("string", "date-time")
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match text.trim().replace(' ', "+").parse::<DateTime<Utc>>() {
            Ok(time) => Ok(Self(Some(time))),
            Err(_) => unfit("datetime_parsing", "Input should be a time such as 2026-05-17T12:20:42Z", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_limits_and_the_refusal_names_them() {
        for text in ["1", "20", "500", " 7 "] {
            assert!(PageSize::read(text).is_ok(), "{text}");
        }
        for (text, kind, says) in [
            ("0", "greater_than_equal", "greater than or equal to 1, not \"0\""),
            ("-3", "greater_than_equal", "1"),
            ("501", "less_than_equal", "less than or equal to 500, not \"501\""),
            ("", "int_parsing", "integer"),
            ("ten", "int_parsing", "not \"ten\""),
            ("1.5", "int_parsing", "integer"),
            ("99999999999999999999", "int_parsing", "integer"),
        ] {
            let unfit = PageSize::read(text).unwrap_err();
            assert_eq!(unfit.kind, kind, "{text}");
            assert!(unfit.message.contains(says), "{}", unfit.message);
        }
        assert_eq!(PageNumber::read("9223372036854775807"), Ok(PageNumber(i64::MAX)));
    }

    #[test]
    fn limits_are_kept_or_cut_as_the_type_says() {
        assert_eq!(Whole::<1, 9>::read("9"), Ok(Whole(Some(9))));
        assert_eq!(Whole::<1, 9>::read("10").unwrap_err().kind, "less_than_equal");
        assert_eq!(Whole::<1, 9>::default(), Whole(None));
        assert_eq!(Clipped::<50, 500>::default(), Clipped(50));
        for text in ["501", "9223372036854775807", "99999999999999999999"] {
            assert_eq!(Clipped::<50, 500>::read(text), Ok(Clipped(500)));
        }
        assert_eq!(Clipped::<50, 500>::read("0").unwrap_err().kind, "greater_than_equal");
    }

    #[test]
    fn a_search_is_trimmed_and_folded_and_may_be_nothing() {
        assert_eq!(Search::read("  Straße "), Ok(Search(Some("strasse".to_owned()))));
        assert_eq!(Search::read("   "), Ok(Search(None)));
        assert!(Search::read(&"é".repeat(256)).is_ok());
        assert_eq!(Search::read(&"é".repeat(257)).unwrap_err().kind, "string_too_long");
    }

    #[test]
    fn types_are_words_in_any_case() {
        assert_eq!(OfType::read("security"), Ok(OfType(Some(GroupType::Security))));
        assert_eq!(OfType::read("Distribution_List"), Ok(OfType(Some(GroupType::Distribution))));
        assert!(OfType::read("mail").unwrap_err().message.contains("not \"mail\""));
    }

    #[test]
    fn times_have_an_offset() {
        let time = "2026-05-17T12:20:42Z".parse().unwrap();
        for text in ["2026-05-17T12:20:42Z", "2026-05-17T14:20:42+02:00", "2026-05-17T14:20:42 02:00"] {
            assert_eq!(Instant::read(text), Ok(Instant(Some(time))), "{text}");
        }
        for text in ["", "2026-05-17", "2026-05-17T12:20:42", "now"] {
            assert_eq!(Instant::read(text).unwrap_err().kind, "datetime_parsing", "{text}");
        }
    }

    #[test]
    fn a_long_value_is_not_echoed_whole() {
        let unfit = OfType::read(&"x".repeat(10_000)).unwrap_err();
        assert!(unfit.message.len() < 200);
    }
}
